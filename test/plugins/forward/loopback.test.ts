import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseCorefile } from '../../../src/corefile/parse.ts';
import { ProblemList } from '../../../src/corefile/problems.ts';
import type { OpenDatagram } from '../../../src/plugins/datagram.ts';
import type { Forward } from '../../../src/plugins/forward/index.ts';
import { setupIn } from '../../../src/plugins/forward/setup.ts';
import { MIN_CHOICE } from '../../../src/plugins/forward/transport/datagram-pool.ts';
import { MAX_USES } from '../../../src/plugins/forward/transport/datagram-socket.ts';
import { thisMachine } from '../../../src/plugins/forward/transport/machine.ts';
import { systemSockets } from '../../../src/plugins/forward/transport/sockets.ts';
import { askingSockets } from '../../../src/server/udp/asking-sockets.ts';
import { findNativeBinding } from '../../../src/server/udp/native-binding.ts';
import { type Clock, systemClock } from '../../../src/support/clock.ts';
import { memoryFiles } from '../../corefile/memory-files.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { rounds } from '../../helpers/runs.ts';
import { CERTIFICATE, KEY } from './certificate.ts';
import { addressOf, fromNext, replyText, replyTo, request, World } from './world.ts';

/** What an upstream sends back for a query, from which socket. */
type UdpScript = (query: Buffer, from: number, send: (reply: Buffer) => void) => void;

/** A plugin on the machine's own sockets and clock. */
/** With a clock that stands still, no question gives up on a connection that is slow to come. */
async function realForward(
  directives: string,
  files = new Map<string, string>(),
  clock: Clock = systemClock,
  openDatagram?: OpenDatagram,
): Promise<Forward> {
  const world = new World();
  world.files.clear();
  for (const [path, text] of files) world.files.set(path, text);
  const { blocks } = parseCorefile(`. {\n${directives}\n}\n`, '/Corefile', {
    files: memoryFiles({}),
    env: {},
  } as never);
  const problems = new ProblemList();
  const plugin = setupIn({ ...thisMachine, files: world.machine.files })(
    blocks[0]?.directives ?? [],
    { ...world.context(), clock, openDatagram, random: (bytes) => randomBytes(bytes) },
    problems,
  );
  expect(problems.all).toEqual([]);
  await plugin?.start?.();
  onTestFinished(() => plugin?.stop?.());
  return plugin as Forward;
}

async function udpServer(script: UdpScript, port = 0): Promise<number> {
  const socket = createSocket('udp4', (query, peer) => {
    script(query, peer.port, (reply) => socket.send(reply, peer.port, peer.address));
  });
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return socket.address().port;
}

/** Answers each framed query, and counts connections. */
async function streamServer(make: (serve: (socket: Socket) => void) => Server) {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = make((socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      const query = chunk.subarray(2);
      const reply = replyTo(query, { answers: [addressOf('www.example.org', '192.0.2.1')] });
      const length = Buffer.alloc(2);
      length.writeUInt16BE(reply.length);
      socket.write(length); // split, as a network may do
      socket.write(reply);
    });
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
}

const ask = async (plugin: Forward, name = 'www.example.org') =>
  replyText(
    await plugin.serve(request(name, { receivedAt: systemClock.now() }), fromNext),
  ).toLowerCase();

const GOOD = 'noerror | www.example.org. 60 in a 192.0.2.1';

const NATIVE = findNativeBinding();
const OPENERS: [string, OpenDatagram][] = [
  ['dgram', systemSockets.datagram],
  ...('binding' in NATIVE
    ? [['native/asking.c', askingSockets(NATIVE.binding)] satisfies [string, OpenDatagram]]
    : []),
];

describe.each(OPENERS)('UDP sockets of %s', (_name, openDatagram) => {
  const udpForward = (directives: string) =>
    realForward(directives, new Map(), systemClock, openDatagram);

  test('ask from ports of which none is used often, and frees them all', async () => {
    const ports: number[] = [];
    const port = await udpServer((query, from, send) => {
      ports.push(from);
      send(replyTo(query, { answers: [addressOf('www.example.org', '192.0.2.1')] }));
    });
    const plugin = await udpForward(`forward . 127.0.0.1:${port}`);
    for (let i = 0; i < 300; i++) expect(await ask(plugin)).toBe(GOOD);
    const uses = new Map<number, number>();
    for (const from of ports) uses.set(from, (uses.get(from) ?? 0) + 1);
    expect(Math.max(...uses.values())).toBeLessThanOrEqual(MAX_USES);
    expect(uses.size).toBeGreaterThan(MIN_CHOICE);
    await plugin.stop();
    // Free again: somebody else can have them.
    for (const from of uses.keys()) await udpServer(() => {}, from);
  });

  test('draw ports and IDs that tell nothing of the next', async () => {
    const seen: { port: number; id: number }[] = [];
    const port = await udpServer((query, from, send) => {
      seen.push({ port: from, id: query.readUInt16BE(0) });
      send(replyTo(query, { answers: [addressOf('www.example.org', '192.0.2.1')] }));
    });
    const plugin = await udpForward(`forward . 127.0.0.1:${port}`);
    const QUERIES = rounds(1000, 3000);
    for (let i = 0; i < QUERIES; i++) await ask(plugin);
    const [least = 0, most = 0] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')
      .split(/\s+/)
      .map(Number);
    // 16 bins of equal width hold about the same number: chi-square of 15 degrees is over 74 once
    // in 10^9.
    const bins = (values: number[], from: number, width: number) => {
      const counts = new Array<number>(16).fill(0);
      for (const value of values) counts[Math.floor(((value - from) * 16) / width)]!++;
      const expected = values.length / 16;
      return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    };
    // A port sends some queries; what counts is what it tells of those after it.
    const ports = [...new Set(seen.map((query) => query.port))];
    const ids = seen.map(({ id }) => id);
    expect(seen).toHaveLength(QUERIES);
    expect(ports.length).toBeGreaterThan(QUERIES / MAX_USES);
    expect(bins(ports, least, most - least + 1)).toBeLessThan(74);
    expect(bins(ids, 0, 65_536)).toBeLessThan(74);
    // Six deviations of what chance gives, for the correlation of each with the one before.
    for (const values of [ports, ids]) {
      expect(Math.abs(lagOne(values))).toBeLessThan(6 / Math.sqrt(values.length));
    }
  });

  test.for(['[::1]', '[::ffff:127.0.0.1]', '0.0.0.0'])(
    'know the server at %s by its replies',
    async (host) => {
      const socket = createSocket(host === '[::1]' ? 'udp6' : 'udp4');
      socket.on('message', (query, peer) => {
        const answers = [addressOf('www.example.org', '192.0.2.1')];
        socket.send(replyTo(query, { answers }), peer.port, peer.address);
      });
      socket.bind(0, host === '[::1]' ? '::1' : '127.0.0.1');
      await once(socket, 'listening');
      onTestFinished(() => void socket.close());
      const plugin = await udpForward(`forward . ${host}:${socket.address().port}`);
      expect(await ask(plugin)).toBe(GOOD);
    },
  );

  test('take nothing from another port of the same host', async () => {
    const stranger = createSocket('udp4');
    stranger.bind(0, '127.0.0.1');
    await once(stranger, 'listening');
    onTestFinished(() => void stranger.close());
    const port = await udpServer((query, from, send) => {
      const forged = replyTo(query, { answers: [addressOf('www.example.org', '6.6.6.6')] });
      stranger.send(forged, from, '127.0.0.1', () => {
        send(replyTo(query, { answers: [addressOf('www.example.org', '192.0.2.1')] }));
      });
    });
    const plugin = await udpForward(`forward . 127.0.0.1:${port}`);
    for (let i = 0; i < 20; i++) expect(await ask(plugin)).toBe(GOOD);
  });

  test('learn that nobody listens', async () => {
    const port = await udpServer(() => {});
    const plugin = await udpForward(`forward . 127.0.0.9:${port} {\n max_fails 0\n}`);
    expect(await ask(plugin)).toBe('servfail ede23');
  });
});

describe('systemSockets', () => {
  test('stream() asks over TCP what UDP cut, on a connection that is kept', async () => {
    const tcp = await streamServer((serve) => createServer(serve));
    await udpServer((query, _from, send) => send(replyTo(query, { flags: 0x0380 })), tcp.port);
    const plugin = await realForward(`forward . 127.0.0.1:${tcp.port}`, new Map(), new FakeClock());
    for (let i = 0; i < 20; i++) expect(await ask(plugin)).toBe(GOOD);
    expect(tcp.connections()).toBe(1);
  });

  const tls = () =>
    streamServer((serve) => createTlsServer({ cert: CERTIFICATE, key: KEY }, serve));
  const files = new Map([['/etc/ca.pem', CERTIFICATE]]);

  test('stream() asks over TLS a server that proves its name, on a connection that is kept', async () => {
    const { port, connections } = await tls();
    const plugin = await realForward(
      `forward . tls://127.0.0.1:${port} {\n tls ca.pem\n tls_servername dns.example.test\n}`,
      files,
      new FakeClock(),
    );
    for (let i = 0; i < 10; i++) expect(await ask(plugin)).toBe(GOOD);
    expect(connections()).toBe(1);
  });

  test.for([
    ['another name', 'tls ca.pem\n tls_servername other.example.test'],
    ['no name, and an address that is not in the certificate', 'tls ca.pem'],
    ['a certificate that nobody vouches for', 'tls_servername dns.example.test'],
  ])('stream() asks nothing of a TLS server with %s', async ([, options]) => {
    const { port } = await tls();
    const plugin = await realForward(
      `forward . tls://127.0.0.1:${port} {\n max_fails 0\n ${options}\n}`,
      files,
    );
    expect(await ask(plugin)).toBe('servfail ede23');
  });
});

/** How much each value tells of the next: 0 nothing, 1 or -1 all. */
function lagOne(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const spread = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const together = values
    .slice(1)
    .reduce((sum, value, at) => sum + (value - mean) * (values[at]! - mean), 0);
  return together / spread;
}
