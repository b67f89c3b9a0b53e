import { once } from 'node:events';
import { createServer } from 'node:net';
import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ServeProcess } from '../helpers/serve-process.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { CLUSTER_MIX, Judge, MIX, TcpStub, UdpClient } from './reload-clients.ts';
import { startUpstream } from './reload-upstream.ts';
import {
  type Config,
  changed,
  corefile,
  FIRST,
  MANIFESTS,
  PORTS,
  spoiled,
} from './reload-world.ts';

const QUERIES = 1_000_000;
const RELOADS = 200;
const SOCKETS = 4;
/** Questions that a socket has under way. */
const WINDOW = 16;
/** Questions after which a short-lived TCP connection makes room for another. */
const SHORT_LIFE = 50;
const POLL_MS = 50;

const folder = new TempFolder();
const holder = createServer();
let upstream: Awaited<ReturnType<typeof startUpstream>>;
let server: ServeProcess;

beforeAll(async () => {
  folder.write('one/web.yaml', MANIFESTS.one);
  folder.write('two/web.yaml', MANIFESTS.two);
  folder.write('Corefile', corefile(FIRST));
  holder.listen(PORTS.taken, '127.0.0.1');
  await once(holder, 'listening');
  upstream = await startUpstream(PORTS.upstream);
  // Garbage is collected once a second, so that what is measured is what is held.
  const collect = 'data:text/javascript,setInterval(globalThis.gc, 200).unref()';
  const node = ['--expose-gc', '--import', collect];
  server = new ServeProcess(['--config', folder.at('Corefile')], node, { LOG_LEVEL: 'info' });
  await server.until(() => server.printed.includes('Try: dig'), 'start-up text');
});

afterAll(async () => {
  await server.kill();
  upstream.stop();
  holder.close();
  folder.dispose();
});

test(`${QUERIES} queries over ${RELOADS} reloads, half of them invalid: nothing lost, nothing wrong`, async () => {
  const judge = new Judge();
  judge.wants(FIRST);
  const clients = new Clients(judge);
  await clients.start();
  const probes = [new Probe(PORTS.health, '/health'), new Probe(PORTS.ready, '/ready')];
  const heaps: number[] = [];

  const start = performance.now();
  let config = FIRST;
  let invalid = 0;
  let isAsking = true;
  const asking = (async () => {
    while (isAsking) await clients.turn();
  })();
  for (let reload = 0; reload < RELOADS; reload++) {
    // Spread over the run, whatever its speed.
    while (judge.answered / QUERIES < reload / RELOADS) await turn();
    if (reload % 2 === 0) {
      config = changed(config, reload / 2);
      await take(config, judge, clients);
    } else {
      await refuse(spoiled(config, invalid++));
    }
    if (reload % 10 === 9) heaps.push(await heapBytes(config));
  }
  while (judge.answered < QUERIES) await turn();
  isAsking = false;
  await asking;
  await clients.finish();
  const seconds = (performance.now() - start) / 1000;
  for (const probe of probes) await probe.stop();

  const figures = `${judge.answered} queries, ${clients.overTcp} of them over TCP on ${clients.connections} connections, in ${seconds.toFixed(1)} s; heap ${mib(heaps[4]!)} → ${mib(heaps.at(-1)!)} MiB`;
  process.stdout.write(`reloads: ${figures}\n`);
  expect(judge.wrong).toEqual([]);
  expect(judge.lost).toBe(0);
  expect(judge.answered).toBeGreaterThanOrEqual(QUERIES);
  expect(clients.overTcp).toBeGreaterThan(QUERIES / 100);
  for (const probe of probes) {
    expect(probe.failures).toEqual([]);
    expect(probe.answered).toBeGreaterThan(RELOADS);
  }
  const counted = await metrics(config);
  expect(invalid).toBe(RELOADS / 2);
  expect(counted('coredns_reload_failed_total')).toBe(invalid);
  expect(counted('coredns_panics_total')).toBe(0);
  expect(counted('svcdns_listen_addresses')).toBe(
    1 + Number(config.hasPort) + Number(config.hasAddress),
  );
  expect(Math.min(...heaps.slice(-5)), figures).toBeLessThan(
    Math.min(...heaps.slice(3, 8)) * 1.15 + 4 * 2 ** 20,
  );
});

/** Has the server take a configuration. */
async function take(config: Config, judge: Judge, clients: Clients): Promise<void> {
  clients.leave(config);
  judge.wants(config);
  await signalAfter(corefile(config), /^Reloading (complete|failed)/, 'Reloading complete');
  judge.confirm();
  await clients.join(config);
}

/** Has the server refuse a Corefile. */
async function refuse(text: string): Promise<void> {
  const said = await signalAfter(text, /^Reloading (complete|failed)/);
  expect(said).toMatch(/^Reloading failed, and nothing has changed: /);
}

let signals = 0;

async function signalAfter(text: string, wanted: RegExp, exactly?: string): Promise<string> {
  folder.write('Corefile', text);
  const from = server.logged.length;
  server.signal(signals++ % 4 < 2 ? 'SIGHUP' : 'SIGUSR1');
  const said = await server.message(wanted, from);
  if (exactly !== undefined) expect(said, server.logged.slice(from).join('\n')).toBe(exactly);
  return said;
}

/** Everybody who asks, at the addresses that the configuration has. */
class Clients {
  readonly #judge: Judge;
  readonly #udp: UdpClient[] = [];
  readonly #tcp: TcpStub[] = [];
  /** At the second port and the second address, while they are there for sure. */
  readonly #guests = new Map<Guest, (UdpClient | TcpStub)[]>();
  /** Those that ask no more, and still wait for replies. */
  readonly #leaving = new Set<UdpClient | TcpStub>();
  #short: TcpStub;
  #ended = 0;
  connections = 0;

  constructor(judge: Judge) {
    this.#judge = judge;
    this.#short = this.#connect('127.0.0.1', PORTS.dns);
  }

  get overTcp(): number {
    return (
      this.#ended +
      this.#all().reduce((sum, one) => sum + (one instanceof TcpStub ? one.sent : 0), 0)
    );
  }

  async start(): Promise<void> {
    for (let i = 0; i < SOCKETS; i++) {
      this.#udp.push(await new UdpClient(this.#judge, WINDOW, MIX).connect('127.0.0.1', PORTS.dns));
    }
    // Kept open over all reloads.
    for (let i = 0; i < 2; i++) this.#tcp.push(this.#connect('127.0.0.1', PORTS.dns));
  }

  /**
   * Asks what there is room for, lets replies come, and replaces a connection that has had its
   * life.
   */
  async turn(): Promise<void> {
    for (const client of this.#all()) client.fill();
    await turn();
    for (const client of this.#all()) client.checkLost();
    for (const client of this.#leaving) this.#seeOff(client);
    if (this.#short.sent < SHORT_LIFE) return;
    const old = this.#short;
    this.#short = this.#connect('127.0.0.1', PORTS.dns);
    this.#ended += old.sent;
    this.#leaving.add(old);
  }

  /** Stops asking where the next configuration will not listen. */
  leave({ hasPort, hasAddress }: Config): void {
    if (!hasPort) this.#part('hasPort');
    if (!hasAddress) this.#part('hasAddress');
  }

  /** Asks where the configuration listens by now. */
  async join({ hasPort, hasAddress }: Config): Promise<void> {
    if (hasPort) await this.#meet('hasPort', '127.0.0.1', PORTS.second);
    if (hasAddress) await this.#meet('hasAddress', '127.0.0.2', PORTS.dns);
  }

  /** Waits for what is still due. */
  async finish(): Promise<void> {
    for (const client of this.#all()) this.#leaving.add(client);
    while (this.#leaving.size > 0) {
      for (const client of this.#leaving) this.#seeOff(client);
      await turn();
    }
  }

  #all(): (UdpClient | TcpStub)[] {
    return [...this.#udp, ...this.#tcp, this.#short, ...[...this.#guests.values()].flat()];
  }

  #connect(address: string, port: number, mix = MIX): TcpStub {
    this.connections++;
    return new TcpStub(this.#judge, WINDOW / 2, mix, address, port);
  }

  async #meet(guest: Guest, address: string, port: number): Promise<void> {
    if (this.#guests.has(guest)) return;
    const mix = guest === 'hasPort' ? CLUSTER_MIX : MIX;
    const udp = await new UdpClient(this.#judge, WINDOW / 2, mix).connect(address, port);
    this.#guests.set(guest, [udp, this.#connect(address, port, mix)]);
  }

  #part(guest: Guest): void {
    for (const client of this.#guests.get(guest) ?? []) {
      if (client instanceof TcpStub) this.#ended += client.sent;
      this.#leaving.add(client);
      client.leave();
    }
    this.#guests.delete(guest);
  }

  #seeOff(client: UdpClient | TcpStub): void {
    client.checkLost();
    if (!client.isIdle) return;
    this.#leaving.delete(client);
    client.close();
  }
}

type Guest = 'hasPort' | 'hasAddress';

/**
 * Asks an admin server for the same again and again, as a kubelet does, and keeps what was no 200.
 */
class Probe {
  readonly failures: string[] = [];
  readonly #url: string;
  readonly #asking: Promise<void>;
  #isStopped = false;
  answered = 0;

  constructor(port: number, path: string) {
    this.#url = `http://127.0.0.1:${port}${path}`;
    this.#asking = this.#askOn();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#asking;
  }

  async #askOn(): Promise<void> {
    while (!this.#isStopped) {
      await this.#ask();
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  async #ask(): Promise<void> {
    try {
      const { status } = await fetch(this.#url, { headers: { connection: 'close' } });
      if (status === 200) this.answered++;
      else this.failures.push(`${this.#url}: ${status}`);
    } catch (error) {
      this.failures.push(`${this.#url}: ${String((error as Error).cause ?? error)}`);
    }
  }
}

async function metrics(config: Config): Promise<(name: string) => number> {
  const port = config.hasMetrics ? PORTS.otherMetrics : PORTS.metrics;
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return (name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

async function heapBytes(config: Config): Promise<number> {
  return (await metrics(config))('nodejs_heap_size_used_bytes');
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}

/** Lets everything else happen. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
