import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { type Answer, streamDecode, streamEncode } from 'dns-packet';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  onTestFinished,
  test,
} from 'vitest';
import type { App } from '../../src/app.ts';
import { loadSettings } from '../../src/config/load.ts';
import { createLoggerTo } from '../../src/observe/log.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import { type AskOptions, ask as askServer } from '../helpers/ask.ts';
import { startAppHere } from '../helpers/control-here.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { ScriptedUpstream } from './scripted-upstream.ts';
import {
  AUTHORITY,
  CLIENT_CERTIFICATE,
  CLIENT_KEY,
  SERVER_CERTIFICATE,
  SERVER_KEY,
} from './tls-identities.ts';

const WEB = 'web.shop.svc.cluster.local';

const MANIFESTS = `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { clusterIP: 10.96.0.7, ports: [{ name: http, port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: outside, namespace: shop }
spec: { type: ExternalName, externalName: back.example.org }
---
apiVersion: v1
kind: Service
metadata: { name: circle, namespace: shop }
spec: { type: ExternalName, externalName: circle.example.org }
`;

let folder: TempFolder;

beforeEach(() => {
  folder = new TempFolder();
  folder.write('zones/shop.yaml', MANIFESTS);
});

afterEach(() => {
  folder.dispose();
});

interface Running {
  readonly app: App;
  readonly logged: Record<string, unknown>[];
  readonly metrics: Metrics;
  ask(name: string, type: string, options?: AskOptions): ReturnType<typeof askServer>;
}

/** A server of the cluster with these further lines; gone when the test is. */
async function serverWith(directives: string, listen = '.:0'): Promise<Running> {
  const running = await launch(folder, directives, listen);
  onTestFinished(() => running.app.close());
  return running;
}

async function launch(folder: TempFolder, directives: string, listen = '.:0'): Promise<Running> {
  const config = folder.write(
    'Corefile',
    `${listen} {
      bind 127.0.0.1
      errors
      kubernetes cluster.local in-addr.arpa ip6.arpa {
        manifests zones
        fallthrough in-addr.arpa ip6.arpa
      }
      ${directives}
    }\n`,
  );
  const { settings, problems } = loadSettings({ options: { config }, env: {}, cwd: folder.path });
  if (settings === undefined) throw new Error(JSON.stringify(problems));
  const logged: Record<string, unknown>[] = [];
  const log = createLoggerTo('info', { write: (line) => void logged.push(JSON.parse(line)) });
  const metrics = new Metrics();
  const app = await startAppHere(settings, { log, metrics });
  await app.whenSynced();
  return {
    app,
    logged,
    metrics,
    ask: (name, type, options = {}) =>
      askServer(app.addresses[0]!, name, type, { edns: {}, ...options }),
  };
}

async function upstreamWith(answers: (name: string) => readonly Answer[]) {
  const upstream = new ScriptedUpstream(answers);
  onTestFinished(() => upstream.stop());
  return { upstream, port: await upstream.start() };
}

const alias = (name: string, data: string): Answer => ({ type: 'CNAME', name, data, ttl: 60 });

describe("A server whose upstream's answer leads to a name of the cluster", () => {
  const world = {
    'www.example.org': alias('www.example.org', WEB),
    'back.example.org': alias('back.example.org', WEB),
    'gone.example.org': alias('gone.example.org', 'gone.shop.svc.cluster.local'),
    'circle.example.org': alias('circle.example.org', 'circle.shop.svc.cluster.local'),
  };

  const own = new TempFolder();
  const answers = (name: string) => {
    const found = Object.entries(world).find(([known]) => known === name);
    return found === undefined ? [] : [found[1]];
  };
  const upstream = new ScriptedUpstream(answers);
  let running: Running;

  beforeAll(async () => {
    own.write('zones/shop.yaml', MANIFESTS);
    running = await launch(own, `forward . 127.0.0.1:${await upstream.start()}\ncache 30`);
  });

  afterAll(async () => {
    await running.app.close();
    upstream.stop();
    own.dispose();
  });

  /** The server that the tests share, and its upstream, which has forgotten what it was asked. */
  function started() {
    upstream.asked.length = 0;
    return { upstream, ...running };
  }

  test.for(['udp', 'tcp'] as const)('follows it itself, over %s', async (transport) => {
    const { upstream, ask } = started();
    const { rcode, answer } = await ask('www.example.org.', 'A', { transport });
    expect([rcode, ...answer]).toEqual([
      'NOERROR',
      `www.example.org. 60 IN CNAME ${WEB}.`,
      `${WEB}. 5 IN A 10.96.0.7`,
    ]);
    expect(upstream.asked).toEqual(['www.example.org a']);
  });

  test('follows an ExternalName out and back in', async () => {
    const { upstream, ask } = started();
    const { rcode, answer } = await ask('outside.shop.svc.cluster.local.', 'A');
    expect([rcode, ...answer]).toEqual([
      'NOERROR',
      'outside.shop.svc.cluster.local. 5 IN CNAME back.example.org.',
      `back.example.org. 60 IN CNAME ${WEB}.`,
      `${WEB}. 5 IN A 10.96.0.7`,
    ]);
    expect(upstream.asked).toEqual(['back.example.org a']);
  });

  test('says NXDOMAIN for one that the cluster does not have', async () => {
    const { upstream, ask } = started();
    const reply = await ask('gone.example.org.', 'A');
    expect(reply.rcode).toBe('NXDOMAIN');
    expect(reply.authority.join()).toContain('cluster.local. 5 IN SOA');
    expect(upstream.asked).toEqual(['gone.example.org a']);
  });

  test.for(['circle.shop.svc.cluster.local.', 'circle.example.org.'])(
    'ends a circle begun at %s with SERVFAIL and the reason',
    async (name) => {
      // Its own: what is kept of one circle would be said of the other.
      const { upstream, port } = await upstreamWith(answers);
      const { ask } = await serverWith(`forward . 127.0.0.1:${port}\ncache 30`);
      const reply = await ask(name, 'A');
      expect(reply.rcode).toBe('SERVFAIL');
      const [option] = reply.opt?.options ?? [];
      expect(Buffer.from(option?.data ?? []).toString('latin1', 2)).toBe(
        `CNAME chain leads round in a circle to ${name}`,
      );
      expect(reply.answer).toEqual([]);
      expect(upstream.asked).toEqual(['circle.example.org a']);
    },
  );

  test('leaves a name that falls through to the upstream, as RFC 2317 delegates', async () => {
    const { upstream, port } = await upstreamWith((name) => [
      alias(name, `8.sub.${name.slice(2)}`),
      { type: 'PTR', name: `8.sub.${name.slice(2)}`, ttl: 60, data: 'dns.example.org' },
    ]);
    const { ask } = await serverWith(`forward . 127.0.0.1:${port}`);
    expect((await ask('8.8.8.8.in-addr.arpa.', 'PTR')).answer).toEqual([
      '8.8.8.8.in-addr.arpa. 60 IN CNAME 8.sub.8.8.8.in-addr.arpa.',
      '8.sub.8.8.8.in-addr.arpa. 60 IN PTR dns.example.org.',
    ]);
    expect(upstream.asked).toEqual(['8.8.8.8.in-addr.arpa ptr']);
  });

  test('never keeps what the cluster said', async () => {
    const { upstream, ask } = started();
    await ask('www.example.org.', 'A');
    await ask('www.example.org.', 'A');
    expect(upstream.asked).toEqual(['www.example.org a', 'www.example.org a']);
  });
});

describe('A server whose upstream speaks TLS', () => {
  /** Answers who shows a certificate of the authority. */
  async function tlsUpstream() {
    const state = { connections: 0, clients: new Set<string>(), protocols: new Set<string>() };
    const sockets = new Set<TLSSocket>();
    const options = { cert: SERVER_CERTIFICATE, key: SERVER_KEY, ca: AUTHORITY, requestCert: true };
    const server = createTlsServer({ ...options, rejectUnauthorized: true }, (socket) => {
      state.connections++;
      state.clients.add(String(socket.getPeerCertificate().subject['CN']));
      state.protocols.add(socket.getProtocol() ?? '');
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('data', (bytes) => {
        const { id = 0, questions = [] } = streamDecode(bytes);
        const name = questions[0]?.name ?? '';
        const answers: Answer[] = [{ type: 'A', name, ttl: 60, data: '192.0.2.1' }];
        socket.write(streamEncode({ type: 'response', id, flags: 0x0180, questions, answers }));
      });
    });
    server.on('tlsClientError', () => {});
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return { state, port: (server.address() as AddressInfo).port };
  }

  beforeEach(() => {
    folder.write('tls/ca.pem', AUTHORITY);
    folder.write('tls/client.pem', CLIENT_CERTIFICATE);
    folder.write('tls/client.key', CLIENT_KEY);
    folder.write('tls/other.pem', SERVER_CERTIFICATE);
    folder.write('tls/nonsense.pem', 'nonsense');
  });

  test('verifies it, shows its own certificate, and keeps the connection', async () => {
    const { state, port } = await tlsUpstream();
    const { ask } = await serverWith(
      `forward . tls://127.0.0.1:${port} {
        tls tls/client.pem tls/client.key tls/ca.pem
        tls_servername dns.example.test
      }`,
    );
    for (let i = 0; i < 20; i++) {
      expect((await ask(`n${i}.example.org.`, 'A')).answer).toEqual([
        `n${i}.example.org. 60 IN A 192.0.2.1`,
      ]);
    }
    expect(state).toEqual({
      connections: 1,
      clients: new Set(['client.example.test']),
      protocols: new Set(['TLSv1.3']),
    });
  });

  const wrongs: [what: string, options: string, expected: RegExp][] = [
    [
      'another name',
      'tls tls/client.pem tls/client.key tls/ca.pem\ntls_servername other.example.test',
      /does not match certificate's altnames.*other\.example\.test/,
    ],
    [
      'no name, and an address that it is not for',
      'tls tls/client.pem tls/client.key tls/ca.pem',
      /IP: 127\.0\.0\.1 is not in the cert's list/,
    ],
    [
      'an authority that we do not trust',
      'tls tls/client.pem tls/client.key\ntls_servername dns.example.test',
      /self-signed certificate in certificate chain/,
    ],
  ];
  test.for(wrongs)('asks nothing of one with %s, and tells why', async ([, options, expected]) => {
    const { port } = await tlsUpstream();
    const { ask, logged } = await serverWith(
      `forward . tls://127.0.0.1:${port} {\nmax_connect_attempts 1\n${options}\n}`,
    );
    const reply = await ask('www.example.org.', 'A');
    expect(reply.rcode).toBe('SERVFAIL');
    const [option] = reply.opt?.options ?? [];
    expect(Buffer.from(option?.data ?? []).readUInt16BE(0)).toBe(23);
    expect(logged.find(({ msg }) => msg === 'no upstream answered')).toMatchObject({
      upstreams: `127.0.0.1:${port}`,
      failure: 'network',
      error: expect.stringMatching(expected),
    });
  });

  test.for([
    [
      'tls tls/nonsense.pem',
      "Corefile:9:5: .*Cannot use 'tls/nonsense.pem' for TLS: .*: expected PEM",
    ],
    ['tls tls/other.pem tls/client.key tls/ca.pem', "Cannot use 'tls/other.pem' 'tls/client.key'"],
  ])('does not start with "%s"', async ([options, expected]) => {
    await expect(serverWith(`forward . tls://127.0.0.1 {\n${options}\n}`)).rejects.toThrow(
      new RegExp(expected!),
    );
  });
});

describe('A server whose upstream leads back to it', () => {
  const isLoopMetric = (line: string) => line.startsWith('svcdns_loop_detected{');
  const detected = async ({ metrics }: Running) =>
    (await metrics.text()).split('\n').find(isLoopMetric);

  test('does not ask itself, and says so once with the place', async () => {
    const running = await serverWith('forward . 127.0.0.1:25311', '.:25311');
    for (let i = 0; i < 3; i++) {
      expect((await running.ask(`n${i}.example.org.`, 'A')).rcode).toBe('SERVFAIL');
    }
    const told = running.logged.filter(({ msg }) => /is this server itself: it/.test(String(msg)));
    expect(told).toMatchObject([
      { origin: `${folder.path}/Corefile:8:17`, upstream: '127.0.0.1:25311' },
    ]);
    expect(await detected(running)).toMatch(/ 1$/);
    expect((await running.ask(`${WEB}.`, 'A')).answer).toEqual([`${WEB}. 5 IN A 10.96.0.7`]);
  });

  test('through another: cuts it, names it with its place, and asks the others', async () => {
    // A relay, which sends everything it is asked to the server.
    const relay = await upstreamWith(() => []);
    const good = await upstreamWith((name) => [{ type: 'A', name, ttl: 60, data: '192.0.2.1' }]);
    const running = await serverWith(
      `forward . 127.0.0.1:${relay.port} 127.0.0.1:${good.port} {\npolicy sequential\n}\nloop`,
    );
    relay.upstream.relayTo(running.app.addresses[0]!.port);
    await expect.poll(() => detected(running)).toMatch(/ 1$/);
    const told = running.logged.filter(({ plugin }) => plugin === 'loop');
    expect(told).toMatchObject([
      {
        level: 'error',
        upstream: `127.0.0.1:${relay.port}`,
        origin: `${folder.path}/Corefile:8:17`,
      },
    ]);
    for (let i = 0; i < 10; i++) {
      const { answer } = await running.ask(`n${i}.example.org.`, 'A');
      expect(answer).toEqual([`n${i}.example.org. 60 IN A 192.0.2.1`]);
    }
    expect(relay.upstream.asked.filter((one) => /^n\d/.test(one))).toEqual([]);
    expect((await running.ask(`${WEB}.`, 'A')).answer).toEqual([`${WEB}. 5 IN A 10.96.0.7`]);
  });
});

describe('A server with an upstream that gives 2,000 addresses', () => {
  const addresses = (name: string): Answer[] =>
    Array.from({ length: 2000 }, (_, i) => {
      return { type: 'A', name, ttl: 60, data: `10.1.${i >> 8}.${i & 255}` };
    });

  test('passes on all of them over TCP, and TC over UDP', async () => {
    const { port } = await upstreamWith(addresses);
    const { ask } = await serverWith(`forward . 127.0.0.1:${port}`);
    const whole = await ask('big.example.org.', 'A', { transport: 'tcp' });
    expect(whole.rcode).toBe('NOERROR');
    expect(new Set(whole.answer).size).toBe(2000);
    const cut = await ask('big.example.org.', 'A');
    expect(cut.flags).toContain('tc');
    expect(cut.answer).toEqual([]);
  });
});

test('A server whose resolv.conf does not exist starts, warns, and says that there is no upstream', async () => {
  const running = await serverWith('forward . ./run/resolv.conf');
  const reply = await running.ask('www.example.org.', 'A');
  expect(reply.rcode).toBe('SERVFAIL');
  const data = Buffer.from(reply.opt?.options[0]?.data ?? []);
  expect([data.readUInt16BE(0), data.toString('latin1', 2)]).toEqual([
    22,
    'no upstream to forward to',
  ]);
  const path = `${folder.path}/run/resolv.conf`;
  expect(running.logged).toContainEqual(
    expect.objectContaining({ level: 'warn', file: path, msg: expect.stringContaining(path) }),
  );
  expect((await running.ask(`${WEB}.`, 'A')).answer).toEqual([`${WEB}. 5 IN A 10.96.0.7`]);
});
