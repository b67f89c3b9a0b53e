import dgram from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import { afterEach, describe, expect, test } from 'vitest';
import type { ListenAddress } from '../../../src/corefile/listen-address.ts';
import type { SocketAddress } from '../../../src/dns/query.ts';
import { createLoggerTo } from '../../../src/observe/log.ts';
import { Metrics } from '../../../src/observe/metrics.ts';
import { Listeners } from '../../../src/server/listen/listeners.ts';
import { dgramTransport, type UdpContext } from '../../../src/server/udp/dgram.ts';
import { systemClock } from '../../../src/support/clock.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { freePort } from '../../helpers/free-port.ts';
import { idOf, later, query, ScriptedExchange } from '../scripted-exchange.ts';
import { TcpClient } from '../tcp/tcp-client.ts';
import { settle, until } from '../until.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe('Listeners.prepare() and commit', () => {
  test('opens UDP and TCP on every address, all on the one port that was picked', async () => {
    const { start } = server([
      { address: '127.0.0.1', port: 0 },
      { address: '127.0.0.2', port: 0 },
      { address: '::1', port: 0 },
    ]);
    const bound = await start();
    expect(bound.map(({ address }) => address)).toEqual(['127.0.0.1', '127.0.0.2', '::1']);
    expect(new Set(bound.map(({ port }) => port)).size).toBe(1);
    for (const address of bound) {
      expect(await askUdp(address)).toEqual(address);
      expect(await askTcp(address)).toBe(7);
    }
  });

  test('stands for a wildcard with each address, and replies from the one asked', async () => {
    const { start } = server([{ address: '', port: 0 }], {
      machine: ['127.0.0.1', '127.0.0.2'],
    });
    const bound = await start();
    expect(bound.map(({ address }) => address)).toEqual(['127.0.0.1', '127.0.0.2']);
    for (const address of bound) expect(await askUdp(address)).toEqual(address);
  });

  test('fails with the holder’s name when UDP is taken, and leaves nothing open', async () => {
    const port = freePort();
    await udpSocket('127.0.0.2', port);
    const { start } = server([
      { address: '127.0.0.1', port },
      { address: '127.0.0.2', port },
    ]);
    await expect(start()).rejects.toMatchObject({
      name: 'ListenError',
      code: 'EADDRINUSE',
      protocol: 'udp',
      message:
        `Cannot listen on 127.0.0.2:${port} (udp): address already in use: ` +
        `held by ${processName()} (pid ${process.pid}), which is this one. ` +
        `Use another port (--listen 127.0.0.2:${port === 65_535 ? 65_534 : port + 1})`,
    });
    await isFree({ address: '127.0.0.1', port });
  });

  test('fails when TCP is taken, and leaves nothing open', async () => {
    const port = freePort();
    await tcpServer('127.0.0.1', port);
    const { start } = server([
      { address: '127.0.0.2', port },
      { address: '127.0.0.1', port },
    ]);
    await expect(start()).rejects.toMatchObject({
      code: 'EADDRINUSE',
      protocol: 'tcp',
      address: '127.0.0.1',
    });
    await isFree({ address: '127.0.0.2', port });
    await (await udpSocket('127.0.0.1', port)).address();
  });

  test('tries another free port when the first is taken for TCP', async () => {
    const taken: net.Server[] = [];
    let tries = 0;
    const { start } = server([{ address: '127.0.0.1', port: 0 }], {
      // Takes the TCP port of the first UDP socket as soon as that has its port.
      createSocket: (options) => {
        const socket = dgram.createSocket(options);
        const bind = socket.bind.bind(socket) as (...args: unknown[]) => dgram.Socket;
        const isFirst = tries++ === 0;
        // The kernel's own pick could be the port of another test's connection.
        socket.bind = ((options: object, done: () => void) =>
          bind({ ...options, port: freePort() }, () => {
            if (!isFirst) return done();
            const thief = net.createServer().listen(socket.address().port, '127.0.0.1', done);
            taken.push(thief);
            cleanups.push(() => thief.close());
          })) as typeof socket.bind;
        return socket;
      },
    });
    const [bound] = await start();
    expect(tries).toBe(2);
    expect(bound?.port).not.toBe((taken[0]!.address() as net.AddressInfo).port);
    expect(await askTcp(bound!)).toBe(7);
  });

  test('leaves out an optional address that the machine lacks, and says so', async () => {
    const { start, lines } = server([
      { address: '127.0.0.1', port: 0 },
      { address: '192.0.2.222', port: 0, optional: true },
    ]);
    expect((await start()).map(({ address }) => address)).toEqual(['127.0.0.1']);
    expect(lines.join('')).toContain('192.0.2.222:');
  });

  test.for([
    ['a required address that the machine lacks', { address: '192.0.2.222', port: 0 }],
    ['only optional ones that it lacks', { address: '192.0.2.222', port: 0, optional: true }],
  ] as const)('fails for %s', async ([, spec]) => {
    const { start } = server([spec]);
    await expect(start()).rejects.toThrow(/^Cannot listen on /);
  });

  test('fails for an optional address that is taken', async () => {
    const held = await udpSocket('127.0.0.1', 0);
    const { port } = held.address();
    const { start } = server([{ address: '127.0.0.1', port, optional: true }]);
    await expect(start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  test('fails for a wildcard when the machine does not tell its addresses', async () => {
    const { start, breakInterfaces } = server([{ address: '', port: 0 }]);
    breakInterfaces();
    await expect(start()).rejects.toThrow(
      "Cannot list this machine's addresses: uv_interface_addresses. Name those to listen on: ",
    );
  });

  test('starts without an address of a wildcard that is not usable yet', async () => {
    const machine = ['127.0.0.1', '192.0.2.222'];
    const { start } = server([{ address: '', port: 0 }], { machine });
    expect((await start()).map(({ address }) => address)).toEqual(['127.0.0.1']);
  });
});

describe('Listeners on a machine whose addresses change', () => {
  test('binds what came, on the same port, and closes what has gone', async () => {
    const machine = ['127.0.0.1', '127.0.0.2'];
    const one = server([{ address: '', port: 0 }], { machine });
    const [first] = await one.start();
    machine.splice(1, 1, '127.0.0.3');
    one.clock.advance(5000);
    await until(() => one.changes.length === 1);
    const { port } = first!;
    const now = ['127.0.0.1', '127.0.0.3'].map((address) => ({ address, port }));
    expect(one.changes).toEqual([now]);
    expect(one.listeners.addresses).toEqual(now);
    expect(await askUdp(now[1]!)).toEqual(now[1]);
    expect(await askTcp(now[1]!)).toBe(7);
    await isFree({ address: '127.0.0.2', port });
  });

  test('tells what it has closed when a reload ends the look', async () => {
    const machine = ['127.0.0.1', '127.0.0.2'];
    const one = server([{ address: '', port: 0 }], { machine });
    const [first] = await one.start();
    machine.pop();
    one.clock.advance(5000);
    await one.start(); // while the address is being closed
    expect(one.changes).toEqual([[first]]);
    expect(one.lines.join('')).toContain('The addresses listened on have changed');
  });

  test('tries a new address again that was not usable at first, telling it once', async () => {
    const machine = ['127.0.0.1'];
    const one = server([{ address: '', port: 0 }], { machine });
    await one.start();
    machine.push('192.0.2.222');
    for (let i = 0; i < 3; i++) {
      one.clock.advance(5000);
      await until(() => one.clock.timers === 1);
    }
    expect(one.lines.filter((line) => line.includes('192.0.2.222')).length).toBe(1);
    expect(one.changes).toEqual([]);
    expect(await one.metrics.text()).toContain('svcdns_listen_failures_total 3');
  });

  test('keeps everything when the machine does not tell its addresses', async () => {
    const machine = ['127.0.0.1'];
    const one = server([{ address: '', port: 0 }], { machine });
    const bound = await one.start();
    one.breakInterfaces();
    one.clock.advance(5000);
    await until(() => one.clock.timers === 1);
    expect(one.listeners.addresses).toEqual(bound);
    expect(await askUdp(bound[0]!)).toEqual(bound[0]);
  });

  test('does not look at the machine when every address was named', async () => {
    const one = server([{ address: '127.0.0.1', port: 0 }]);
    one.breakInterfaces();
    await one.start();
    expect(one.clock.timers).toBe(0);
  });
});

describe('Listeners.stop()', () => {
  test('closes every socket and leaves no timer', async () => {
    const one = server([{ address: '', port: 0 }], { machine: ['127.0.0.1'] });
    const [bound] = await one.start();
    await one.listeners.stop({ graceMs: 0 });
    await isFree(bound!);
    expect([one.clock.timers, one.listeners.addresses]).toEqual([0, []]);
  });

  test('waits for the replies that are due, over UDP and TCP', async () => {
    const exchange = new ScriptedExchange(later);
    const one = server([{ address: '127.0.0.1', port: 0 }], { exchange, clock: systemClock });
    const [bound] = await one.start();
    const udp = askUdp(bound!);
    const tcp = askTcp(bound!);
    await until(() => exchange.taken.length === 2);
    const stopped = one.listeners.stop({ graceMs: 10_000 });
    await settle();
    exchange.replyTo(0);
    exchange.replyTo(1);
    expect([await udp, await tcp]).toEqual([bound, 7]);
    await stopped;
    await isFree(bound!);
  });

  test('waits no longer than the grace', async () => {
    const exchange = new ScriptedExchange(later);
    const one = server([{ address: '127.0.0.1', port: 0 }], { exchange });
    const [bound] = await one.start();
    const client = await TcpClient.connect(bound!.port);
    client.send(query(1));
    await until(() => exchange.taken.length === 1);
    let stopped = false;
    const stopping = one.listeners.stop({ graceMs: 1000 }).then(() => {
      stopped = true;
    });
    await settle(); // from here on it counts
    for (let ms = 0; ms < 1000; ms += 20) {
      expect(stopped).toBe(false);
      await until(() => one.clock.timers > 0);
      one.clock.advance(20);
      await settle();
    }
    await stopping;
    await client.gone();
  });

  test('takes no new TCP connection while replies are due, and still answers UDP', async () => {
    const exchange = new ScriptedExchange(later);
    const one = server([{ address: '127.0.0.1', port: 0 }], { exchange, clock: systemClock });
    const [bound] = await one.start();
    const first = askUdp(bound!);
    await until(() => exchange.taken.length === 1);
    const stopped = one.listeners.stop({ graceMs: 10_000 });
    await until(async () => !(await canConnect(bound!.port)));
    const second = askUdp(bound!);
    await until(() => exchange.taken.length === 2);
    exchange.replyTo(1);
    exchange.replyTo(0);
    expect([await first, await second]).toEqual([bound, bound]);
    await stopped;
  });
});

interface ServerOptions {
  readonly exchange?: ScriptedExchange;
  /** The addresses that the machine says it has; may be changed by the test. */
  readonly machine?: readonly string[];
  readonly clock?: typeof systemClock;
  readonly createSocket?: NonNullable<UdpContext['createSocket']>;
}

function server(listen: readonly ListenAddress[], options: ServerOptions = {}) {
  const { exchange = new ScriptedExchange(), machine = [], createSocket } = options;
  const clock = new FakeClock();
  const metrics = new Metrics();
  const lines: string[] = [];
  const changes: (readonly SocketAddress[])[] = [];
  const log = createLoggerTo('info', { write: (line) => void lines.push(line) });
  let isBroken = false;
  const listeners = new Listeners({
    metrics,
    clock: options.clock ?? clock,
    log,
    onAddressesChanged: (addresses) => void changes.push(addresses),
    interfaces: () => {
      if (isBroken) throw new Error('uv_interface_addresses');
      return { lo: machine.map(interfaceInfo) };
    },
    datagrams: dgramTransport({
      log,
      metrics,
      now: () => clock.now(),
      ...(createSocket && { createSocket }),
    }),
  });
  cleanups.push(() => listeners.stop({ graceMs: 0 }));
  const start = async () => {
    const opened = await listeners.prepare([{ listen, exchange }]);
    opened.commit();
    return listeners.addresses;
  };
  const breakInterfaces = () => {
    isBroken = true;
  };
  return { listeners, start, clock, metrics, lines, changes, breakInterfaces };
}

function interfaceInfo(address: string): NetworkInterfaceInfo {
  return { address, netmask: '', mac: '', internal: false, cidr: null, family: 'IPv4' };
}

/** Asks over UDP, and tells where the reply came from. */
async function askUdp({ address, port }: SocketAddress): Promise<SocketAddress> {
  const socket = await udpSocket(address.includes(':') ? '::1' : '127.0.0.1', 0);
  socket.send(query(7), port, address);
  const [, from] = (await once(socket, 'message')) as [Buffer, dgram.RemoteInfo];
  return { address: from.address, port: from.port };
}

/** Asks query 7 over TCP, and tells the id of the reply. */
async function askTcp({ address, port }: SocketAddress): Promise<number> {
  const client = await TcpClient.connect(port, address);
  cleanups.push(() => client.socket.destroy());
  client.send(query(7));
  const [reply] = await client.received(1);
  return idOf(reply!);
}

const canConnect = (port: number) =>
  TcpClient.connect(port).then(
    ({ socket }) => {
      socket.destroy();
      return true;
    },
    () => false,
  );

/** Succeeds only when nobody has the address and port, with either protocol. */
async function isFree({ address, port }: SocketAddress): Promise<void> {
  await udpSocket(address, port);
  await tcpServer(address, port);
}

async function udpSocket(address: string, port: number): Promise<dgram.Socket> {
  const socket = dgram.createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.bind(port, address);
  await once(socket, 'listening');
  cleanups.push(() => socket.close());
  return socket;
}

async function tcpServer(address: string, port = 0): Promise<net.Server> {
  const held = net.createServer().listen(port, address);
  await once(held, 'listening');
  cleanups.push(() => held.close());
  return held;
}

/** As the kernel knows it: 15 bytes of what the program calls itself. */
function processName(): string {
  return readFileSync('/proc/self/comm', 'utf8').trim();
}
