import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ask, askBytes } from '../helpers/ask.ts';
import { eventually } from '../helpers/eventually.ts';
import { PATIENCE_MS } from '../helpers/patience.ts';
import { encodeQuery } from '../helpers/query.ts';
import { rounds, soakTest, TRIES_ALL } from '../helpers/runs.ts';
import { ServeProcess } from '../helpers/serve-process.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { type Asked, FakeUpstream, good } from './fake-upstream.ts';

// Below the ports that the kernel gives to clients.
const DNS = { address: '127.0.0.1', port: 20_171 };
const HEALTH = 20_172;
const READY = 20_173;
const NEXT = { address: '127.0.0.1', port: 20_174 };

/** Signals, in a run. */
const MANY = rounds(1000, 10_000);
const RELOADS = 10;
/** Between two questions of a client that asks until there is nobody. */
const PAUSE_MS = rounds(10, 0);

const WEB = 'web.shop.svc.cluster.local.';

let folder: TempFolder;
let upstream: FakeUpstream;
let upstreamPort: number;
/** What the upstream was asked for `slow.example.org` and has not answered. */
let unanswered: Asked[];
let server: ServeProcess;

beforeEach(async () => {
  folder = new TempFolder();
  folder.write('zones/web.yaml', serviceText('web', '10.96.0.7'));
  unanswered = [];
  upstream = new FakeUpstream((asked) => {
    if (asked.name.toLowerCase() === 'slow.example.org') unanswered.push(asked);
    else good('192.0.2.1')(asked);
  });
  upstreamPort = await upstream.start();
});

afterEach(async () => {
  await server.kill();
  await upstream.stop();
  folder.dispose();
});

const serviceText = (name: string, address: string) => `apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { clusterIP: ${address}, ports: [{ port: 80 }] }
`;

function corefile({ lameduck = '', ttl = 5, more = '' } = {}): string {
  return `.:${DNS.port} {
  bind 127.0.0.1
  errors
  health 127.0.0.1:${HEALTH} {
    ${lameduck}
  }
  ready 127.0.0.1:${READY}
  kubernetes cluster.local {
    manifests zones
    ttl ${ttl}
  }
  forward . 127.0.0.1:${upstreamPort} {
    read_timeout 30s
  }
}
${more}`;
}

function spawn(text: string): void {
  server = new ServeProcess(['--config', folder.write('Corefile', text)], [], {
    LOG_LEVEL: 'info',
  });
}

async function start(text: string): Promise<void> {
  spawn(text);
  await server.until(() => server.printed.includes('Try: dig'), 'start-up text');
}

const probe = (port: number, path: string) =>
  fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } }).then(
    ({ status }) => status,
    () => 'refused',
  );
const ready = () => probe(READY, '/ready');
const health = () => probe(HEALTH, '/health');

/** Asks for the slow name; resolves when the upstream has been asked. */
async function askSlowly(transport: 'udp' | 'tcp'): Promise<{ reply: Promise<Buffer> }> {
  const before = unanswered.length;
  const reply = askBytes(DNS, encodeQuery('slow.example.org.', 'A'), transport);
  reply.catch(() => {}); // told where it is awaited
  await eventually(() => expect(unanswered.length).toBeGreaterThan(before));
  return { reply };
}

const answerAll = () => unanswered.splice(0).forEach(good('192.0.2.9'));
const addressIn = (reply: Buffer) => [...reply.subarray(-4)].join('.');

describe.for(['SIGTERM', 'SIGINT'] as const)('%s', (signal) => {
  /** What costs most is tried with one of them in `npm test`, with both in the soak tests. */
  const mostly = test.runIf(signal === 'SIGTERM' || TRIES_ALL);

  mostly('takes readiness at once, and answers until lameduck is over', async () => {
    await start(corefile({ lameduck: 'lameduck 8s' }));
    const open = await connectTcp();
    expect(await ready()).toBe(200);
    server.signal(signal);
    await server.message(/^Not ready any more/);
    expect([await ready(), await health()]).toEqual([503, 200]);
    expect((await ask(DNS, WEB, 'A')).answer).toEqual([`${WEB} 5 IN A 10.96.0.7`]);
    expect((await ask(DNS, WEB, 'A', { transport: 'tcp' })).answer).toHaveLength(1);
    expect((await ask(DNS, 'www.example.org.', 'A')).answer).toHaveLength(1);
    expect(addressIn(await open.ask())).toBe('10.96.0.7');
    // Every question gets its reply, until there is nobody at the port: none is met with silence.
    expect(await answeredUntilRefused()).toBeGreaterThan(10);
    expect(await server.exited()).toEqual({ code: 0, signal: null });
    open.close();
  });

  mostly.for([
    ['during lameduck', 'lameduck 8s'],
    ['without lameduck', ''],
  ])('gives what is under way its reply, over UDP and TCP, %s', async ([, lameduck]) => {
    await start(corefile({ lameduck: lameduck! }));
    const asked = [await askSlowly('udp'), await askSlowly('tcp')];
    server.signal(signal);
    await eventually(async () => expect(await ready()).not.toBe(200));
    answerAll();
    const replies = await Promise.all(asked.map(({ reply }) => reply));
    expect(replies.map(addressIn)).toEqual(['192.0.2.9', '192.0.2.9']);
    expect(await server.exited()).toEqual({ code: 0, signal: null });
  });

  mostly('during the start ends in good order too', async () => {
    const many = Array.from({ length: 6000 }, (_, i) =>
      serviceText(`s${i}`, `10.${100 + (i >> 14)}.${(i >> 8) & 63}.${i & 255}`),
    );
    folder.write('zones/many.yaml', many.join('---\n'));
    spawn(corefile());
    await eventually(async () => expect(await health()).toBe(200));
    server.signal(signal);
    expect(await server.exited()).toEqual({ code: 0, signal: null });
    expect(server.printed).not.toContain('Try: dig');
  });

  soakTest(`during a reload ends in good order too, ${RELOADS} times`, async () => {
    for (let i = 0; i < RELOADS; i++) {
      await start(corefile());
      folder.write(
        'Corefile',
        corefile({ ttl: 10 + i, more: `.:${NEXT.port} {\nbind 127.0.0.1\nwhoami\n}\n` }),
      );
      server.signal(i % 2 === 0 ? 'SIGHUP' : 'SIGUSR1');
      if (i % 3 > 0) await server.message(/^Reloading/);
      server.signal(signal);
      expect(await server.exited()).toEqual({ code: 0, signal: null });
    }
  });

  mostly('has what a large change came to in the log, too', async () => {
    await start(corefile());
    const many = Array.from({ length: 60 }, (_, i) => serviceText(`s${i}`, `10.96.1.${i}`));
    folder.write('zones/many.yaml', many.join('---\n'));
    await server.message(/^Service shop\/s0 added$/); // its records are told 0.1 s later
    server.signal(signal);
    expect(await server.exited()).toEqual({ code: 0, signal: null });
    expect(server.logged).toContainEqual(
      expect.stringMatching(/^\+ s\d+\.shop\.svc\.cluster\.local\. 5 IN A 10\.96\.1\./),
    );
  });

  test('once more ends the process at once, with the code that shells give for it', async () => {
    await start(corefile({ lameduck: 'lameduck 1h' }));
    server.signal(signal);
    await server.message(/^Not ready any more/);
    await setTimeout(350); // sooner, it would be one and the same
    server.signal(signal);
    expect(await server.exited()).toEqual({ code: signal === 'SIGINT' ? 130 : 143, signal: null });
  });
});

describe('SIGHUP', () => {
  test('keeps TCP connections: an idle one, and one with a question under way', async () => {
    await start(corefile());
    const idle = await connectTcp();
    const { reply } = await askSlowly('tcp');
    folder.write('Corefile', corefile({ ttl: 77 }));
    server.signal('SIGHUP');
    const reloaded = server.message(/^Reloading complete/);
    // The client has 5 s of patience, and a busy machine may take longer to reload.
    await Promise.race([reloaded, setTimeout(3000)]);
    answerAll();
    expect(addressIn(await reply)).toBe('192.0.2.9');
    await reloaded;
    const answer = await idle.ask();
    expect(answer.readUInt32BE(answer.length - 10)).toBe(77);
    idle.close();
  });

  test('with a Corefile that is wrong says where, and changes nothing; nor when an admin port is taken, not even a DNS port', async () => {
    await start(corefile());
    const isAsBefore = async () => {
      expect([await ready(), await health()]).toEqual([200, 200]);
      expect((await ask(DNS, WEB, 'A')).answer).toEqual([`${WEB} 5 IN A 10.96.0.7`]);
    };
    const file = folder.write('Corefile', corefile({ ttl: 77 }).replace('errors', 'erorrs'));
    server.signal('SIGHUP');
    await server.message(/^Reloading failed, and nothing has changed: 1 error$/);
    expect(server.logged).toContainEqual(expect.stringContaining(`${file}:3:3: error: `));
    await isAsBefore();

    const from = server.logged.length;
    const more = `.:${NEXT.port} {\nbind 127.0.0.1\nready 127.0.0.1:${upstreamPort}\nwhoami\n}\n`;
    folder.write('Corefile', corefile({ ttl: 77, more }));
    server.signal('SIGHUP');
    const said = await server.message(/^Reloading failed/, from);
    const taken = `Cannot listen on 127.0.0.1:${upstreamPort} (tcp): address already in use`;
    expect(said).toContain(`${file}:18:1: ${taken}`);
    await isAsBefore();
    await expect(askBytes(NEXT, encodeQuery(WEB, 'A'), 'tcp')).rejects.toThrow();
  });

  test(`${MANY} times is no more than a few reloads, and the last content is taken`, async () => {
    await start(corefile());
    folder.write('Corefile', corefile({ ttl: 77 }));
    for (let i = 0; i < MANY; i++) server.signal('SIGHUP');
    await server.message(/^Reloading complete/);
    folder.write('Corefile', corefile({ ttl: 78 }));
    server.signal('SIGHUP');
    await eventually(async () =>
      expect((await ask(DNS, WEB, 'A')).answer).toEqual([`${WEB} 78 IN A 10.96.0.7`]),
    );
    expect(server.logged.filter((text) => text === 'Reloading').length).toBeLessThan(MANY / 10);
    expect([await ready(), await health()]).toEqual([200, 200]);
  });
});

/** A connection that stays open. */
async function connectTcp() {
  const socket = connect(DNS.port, DNS.address);
  await once(socket, 'connect');
  const query = encodeQuery(WEB, 'A');
  const length = Buffer.alloc(2);
  length.writeUInt16BE(query.length);
  return {
    ask: async (): Promise<Buffer> => {
      socket.write(Buffer.concat([length, query]));
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const [reply] = (await once(socket, 'data', { signal })) as [Buffer];
      return reply.subarray(2);
    },
    close: () => socket.destroy(),
  };
}

/**
 * Asks one question after the other over UDP until the port is closed, and tells how many were
 * answered. The kernel throws away what arrives in the very moment of closing: the last question
 * may get nothing.
 *
 * @throws Error when one got nothing and the port was open after it.
 */
async function answeredUntilRefused(): Promise<number> {
  const socket = createSocket('udp4');
  socket.connect(DNS.port, DNS.address);
  await once(socket, 'connect');
  const query = encodeQuery(WEB, 'A');
  let silent = 0;
  try {
    for (let answered = 0; ; answered++) {
      const reply = once(socket, 'message', { signal: AbortSignal.timeout(5000) });
      socket.send(query);
      const outcome = await reply.then(
        () => 'reply',
        (error) =>
          (error as NodeJS.ErrnoException).code === 'ECONNREFUSED' ? 'refused' : 'silence',
      );
      if (outcome === 'refused') return answered - silent;
      if (silent > 0) throw new Error(`Question ${answered - 1} got nothing`);
      if (outcome === 'silence') silent++;
      await setTimeout(PAUSE_MS);
    }
  } finally {
    socket.close();
  }
}
