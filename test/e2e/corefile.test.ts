import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { App } from '../../src/app.ts';
import { loadSettings } from '../../src/config/load.ts';
import type { Settings } from '../../src/config/settings.ts';
import { createLoggerTo } from '../../src/observe/log.ts';
import { ListenError } from '../../src/server/listen/listen-error.ts';
import { type AskOptions, ask as askServer } from '../helpers/ask.ts';
import { startAppHere } from '../helpers/control-here.ts';
import { PATIENCE_MS } from '../helpers/patience.ts';
import { encodeQuery } from '../helpers/query.ts';
import { rounds } from '../helpers/runs.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { FakeUpstream } from './fake-upstream.ts';

const MANIFESTS = `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { clusterIP: 10.96.0.7, ports: [{ name: http, port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: outside, namespace: shop }
spec: { type: ExternalName, externalName: www.example.org }
`;

/** Each has four reloads. */
const ROUNDS = rounds(1, 5);
/** Of each of four clients, at least. */
const QUERIES = rounds(200, 5000);
/** Of one client at a time. */
const UNDER_WAY = rounds(1, 16);
/** Between a reply and the next question, ms. */
const PAUSE_MS = rounds(5, 0);

const WEB = 'web.shop.svc.cluster.local.';

let folder: TempFolder;
let upstream: FakeUpstream;
let upstreamPort: number;
let app: App | undefined;

beforeEach(async () => {
  folder = new TempFolder();
  folder.write('zones/shop.yaml', MANIFESTS);
  upstream = new FakeUpstream('192.0.2.1');
  upstreamPort = await upstream.start();
});

afterEach(async () => {
  await app?.close();
  app = undefined;
  await upstream.stop();
  folder.dispose();
});

interface Changes {
  readonly ttl?: number;
  readonly more?: string;
}

/** The Corefile that kubeadm writes, without what needs a fixed port. */
function settingsWith({ ttl = 30, more = '' }: Changes = {}): Settings {
  const config = folder.write(
    'Corefile',
    `.:0 {
      bind 127.0.0.1
      errors
      kubernetes cluster.local in-addr.arpa ip6.arpa {
        manifests zones
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl ${ttl}
      }
      forward . 127.0.0.1:${upstreamPort}
      cache 30
      loop
      reload
      loadbalance
      ${more}
    }\n`,
  );
  const { settings, problems } = loadSettings({ options: { config }, env: {}, cwd: folder.path });
  if (settings === undefined) throw new Error(JSON.stringify(problems));
  return settings;
}

async function start(): Promise<App> {
  const log = createLoggerTo('silent', { write: () => {} });
  app = await startAppHere(settingsWith(), { log });
  await app.whenSynced();
  return app;
}

const ask = (name: string, type: string, options: AskOptions = {}) =>
  askServer(app!.addresses[0]!, name, type, { edns: {}, ...options });

/** How often the upstream was asked for this; `loop` asks it things of its own. */
const timesAsked = (question: string) => upstream.asked.filter((one) => one === question).length;

/** A port that is in use. */
async function takenPort() {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  return { port: (holder.address() as AddressInfo).port, release: () => holder.close() };
}

test.for(['udp', 'tcp'] as const)(
  'A server with the stock Corefile over %s answers names of the cluster and forwards others',
  async (transport) => {
    await start();
    const asked = (name: string, type: string) => ask(name, type, { transport });
    const web = await asked(WEB, 'A');
    expect(web.answer).toEqual([`${WEB} 30 IN A 10.96.0.7`]);
    expect(web.flags).toContain('aa');
    const reverse = await asked('7.0.96.10.in-addr.arpa.', 'PTR');
    expect(reverse.answer).toEqual([`7.0.96.10.in-addr.arpa. 30 IN PTR ${WEB}`]);
    expect((await asked('nope.shop.svc.cluster.local.', 'A')).rcode).toBe('NXDOMAIN');
    expect(timesAsked('nope.shop.svc.cluster.local a')).toBe(0);

    // An alias to the outside is followed, and what the upstream has said is kept.
    const outside = await asked('outside.shop.svc.cluster.local.', 'A');
    expect(outside.rcode).toBe('NOERROR');
    expect(outside.answer).toEqual([
      'outside.shop.svc.cluster.local. 30 IN CNAME www.example.org.',
      expect.stringMatching(/^www\.example\.org\. \d+ IN A 192\.0\.2\.1$/),
    ]);
    const first = await asked('other.example.org.', 'A');
    expect(first.answer).toEqual([
      expect.stringMatching(/^other\.example\.org\. \d+ IN A 192\.0\.2\.1$/),
    ]);
    expect(first.flags).not.toContain('aa');
    expect((await asked('other.example.org.', 'A')).answer).toHaveLength(1);
    expect(timesAsked('other.example.org a')).toBe(1);

    // Names that mean something here only stay here.
    expect((await asked('localhost.', 'A')).answer).toEqual([
      expect.stringMatching(/^localhost\. \d+ IN A 127\.0\.0\.1$/),
    ]);
    expect((await asked('9.9.9.10.in-addr.arpa.', 'PTR')).rcode).toBe('NXDOMAIN');
    expect(timesAsked('localhost a') + timesAsked('9.9.9.10.in-addr.arpa ptr')).toBe(0);
    await asked('8.8.8.8.in-addr.arpa.', 'PTR');
    expect(timesAsked('8.8.8.8.in-addr.arpa ptr')).toBe(1);
  },
);

test('A server whose upstream is dead says so, and goes on with the names of the cluster', async () => {
  await start();
  await upstream.stop();
  const reply = await ask('www.example.org.', 'A');
  expect(reply.rcode).toBe('SERVFAIL');
  const codes = reply.opt?.options.map(({ data }) => Buffer.from(data).readUInt16BE(0)) ?? [];
  expect(codes.filter((code) => code === 22 || code === 23)).toHaveLength(1);
  expect((await ask(WEB, 'A')).answer).toEqual([`${WEB} 30 IN A 10.96.0.7`]);
});

describe('App.reload()', () => {
  test('takes a new TTL, at the same sockets', async () => {
    const { reload, addresses } = await start();
    expect(await reload(settingsWith({ ttl: 77 }))).toEqual([]);
    expect(app?.addresses).toEqual(addresses);
    expect((await ask(WEB, 'A')).answer).toEqual([`${WEB} 77 IN A 10.96.0.7`]);
  });

  test('keeps what the cache holds', async () => {
    const { reload } = await start();
    await ask('www.example.org.', 'A');
    expect(await reload(settingsWith({ ttl: 77 }))).toEqual([]);
    expect((await ask('www.example.org.', 'A')).answer).toHaveLength(1);
    expect(timesAsked('www.example.org a')).toBe(1);
  });

  test('changes nothing for a Corefile with a mistake in a plugin', async () => {
    const { reload } = await start();
    const problems = await reload(settingsWith({ ttl: 77, more: 'bufsize x' }));
    expect(problems.map(({ severity }) => severity)).toEqual(['error']);
    expect((await ask(WEB, 'A')).answer).toEqual([`${WEB} 30 IN A 10.96.0.7`]);
  });

  test('changes nothing for a Corefile that listens on a taken port', async () => {
    const { reload, addresses } = await start();
    const taken = await takenPort();
    const settings = settingsWith({ ttl: 77, more: `ready 127.0.0.1:0\n${onPort(taken.port)}` });
    await expect(reload(settings)).rejects.toThrow(ListenError);
    expect(app?.addresses).toEqual(addresses);
    expect(app?.admin).toBeUndefined();
    expect((await ask(WEB, 'A')).answer).toEqual([`${WEB} 30 IN A 10.96.0.7`]);
    expect((await ask('www.example.org.', 'A')).answer).toHaveLength(1);
    taken.release();
    // The way is free again for the next attempt.
    expect(await reload(settings)).toEqual([]);
    expect((await ask(WEB, 'A')).answer).toEqual([`${WEB} 77 IN A 10.96.0.7`]);
  });

  test(`loses no query and gets none wrong, over ${4 * ROUNDS} reloads of which half fail`, async () => {
    const { reload, addresses } = await start();
    await ask('www.example.org.', 'A');
    const taken = await takenPort();
    const clients = [0, 1, 2, 3].map(() => new Asker(addresses[0]!.port));
    await Promise.all(clients.map((client) => client.start()));
    const outcomes: string[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      const wanted = [
        { ttl: 40 + i },
        { ttl: 99, more: 'bufsize x' },
        { ttl: 60 + i, more: 'nsid x' },
        { ttl: 99, more: onPort(taken.port) },
      ];
      for (const changes of wanted) {
        const done = reload(settingsWith(changes));
        outcomes.push(
          await done.then(
            (problems) => `${problems.length}`,
            () => 'failed',
          ),
        );
      }
    }
    expect(outcomes).toEqual(
      Array.from({ length: ROUNDS }, () => ['0', '1', '0', 'failed']).flat(),
    );
    await Promise.all(clients.map((client) => client.finish(QUERIES)));
    taken.release();
    expect(clients.map(({ wrong }) => wrong)).toEqual([[], [], [], []]);
    expect(clients.map(({ sent, received }) => sent - received)).toEqual([0, 0, 0, 0]);
    expect(clients.reduce((sum, { received }) => sum + received, 0)).toBeGreaterThanOrEqual(
      4 * QUERIES,
    );
    expect((await ask(WEB, 'A')).answer).toEqual([`${WEB} ${59 + ROUNDS} IN A 10.96.0.7`]);
  });
});

/** Ends the block, and begins another at this port. */
const onPort = (port: number) => `}\nother.example:${port} {\nbind 127.0.0.1\nwhoami`;

/** Asks `UNDER_WAY` questions at a time, each once. */
class Asker {
  readonly #socket = createSocket('udp4');
  readonly #port: number;
  readonly #due = new Map<number, Buffer>();
  #leastSent = Number.POSITIVE_INFINITY;
  #finished = () => {};
  readonly wrong: string[] = [];
  sent = 0;
  received = 0;

  constructor(port: number) {
    this.#port = port;
  }

  async start(): Promise<void> {
    this.#socket.connect(this.#port, '127.0.0.1');
    await once(this.#socket, 'connect');
    this.#socket.on('message', (reply) => this.#take(reply));
    this.#socket.on('error', (error) => this.wrong.push(error.message));
    for (let i = 0; i < UNDER_WAY; i++) this.#ask();
  }

  /** Goes on until so many have been asked, and waits for what is due. A lost reply never comes. */
  async finish(least: number): Promise<void> {
    const giveUp = AbortSignal.timeout(PATIENCE_MS);
    await new Promise<void>((resolve) => {
      this.#finished = resolve;
      giveUp.addEventListener('abort', () => resolve());
      this.#leastSent = least;
    });
    this.#socket.close();
  }

  #ask(): void {
    const isOutside = this.sent % 4 === 3;
    const query = encodeQuery(isOutside ? 'www.example.org.' : WEB, 'A', {
      id: this.sent % 65_536,
    });
    this.#due.set(query.readUInt16BE(0), query);
    this.sent++;
    this.#socket.send(query);
  }

  #askLater(): void {
    if (PAUSE_MS === 0) this.#ask();
    else setTimeout(() => this.#ask(), PAUSE_MS);
  }

  #take(reply: Buffer): void {
    const query = this.#due.get(reply.readUInt16BE(0));
    this.#due.delete(reply.readUInt16BE(0));
    this.received++;
    const isOutside = query?.includes('example') ?? false;
    const address = [...reply.subarray(-4)].join('.');
    const isRight =
      query !== undefined &&
      reply.subarray(12, query.length).equals(query.subarray(12)) &&
      (reply.readUInt16BE(2) & 15) === 0 &&
      reply.readUInt16BE(6) === 1 &&
      address === (isOutside ? '192.0.2.1' : '10.96.0.7');
    if (!isRight && this.wrong.length < 10) this.wrong.push(reply.toString('hex'));
    if (this.sent < this.#leastSent) this.#askLater();
    else if (this.#due.size === 0) this.#finished();
  }
}
