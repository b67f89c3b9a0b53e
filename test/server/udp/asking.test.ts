import dgram from 'node:dgram';
import { once } from 'node:events';
import { constants } from 'node:os';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { OpenDatagram } from '../../../src/plugins/datagram.ts';
import { systemSockets } from '../../../src/plugins/forward/transport/sockets.ts';
import { askingSockets } from '../../../src/server/udp/asking-sockets.ts';
import { ASKING, type Asking, type NativeBinding } from '../../../src/server/udp/native-binding.ts';
import { runs } from '../../helpers/runs.ts';
import { settle, until } from '../until.ts';
import { BINDING, BINDING_FILE, EPOLL, openFiles, SOCKET } from './udp-world.ts';

const { EBADF, EMSGSIZE } = constants.errno;

const OPENERS: [string, OpenDatagram][] = [
  ['dgram', systemSockets.datagram],
  ...(BINDING === undefined
    ? []
    : [['native/asking.c', askingSockets(BINDING)] satisfies [string, OpenDatagram]]),
];

describe.each(OPENERS)('a socket of %s that asks', (_name, openDatagram) => {
  test('has whatever the server sends, of any length, one after the other', async () => {
    const server = await udpServer();
    const length = fc.oneof(fc.integer({ min: 0, max: 600 }), fc.constantFrom(1472, 4161, 65_000));
    const message = fc.tuple(length, fc.nat(255)).map(([bytes, fill]) => Buffer.alloc(bytes, fill));
    // The kernel keeps no more than two of the longest.
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(message, { maxLength: 2 }), { maxLength: 9 }),
        async (all) => {
          const sockets = all.map(() => openTo(openDatagram, server.port));
          const peers = await server.askedBy(sockets);
          for (const [at, messages] of all.entries()) {
            for (const one of messages) server.socket.send(one, peers[at]!.port, '127.0.0.1');
          }
          const expected = all.map((messages) => messages.map(hex));
          await until(() => sockets.every(({ events }, at) => events.length >= all[at]!.length));
          expect(sockets.map(({ events }) => events)).toEqual(expected);
          for (const { socket } of sockets) socket.close();
        },
      ),
      { numRuns: runs(60) },
    );
  });

  test.for([
    ['255.255.255.255', '', /^(EACCES|ENETUNREACH)$/],
    ['127.0.0.1', '192.0.2.77', /^EADDRNOTAVAIL$/],
    ['127.0.0.1', '::1', /^(EINVAL|EAFNOSUPPORT|ENOTFOUND)$/],
    ['127.0.0.1', '', /^ECONNREFUSED$/],
  ] as const)('to %s from %s fails, later', async ([address, source, code]) => {
    const server = await udpServer();
    server.socket.close();
    const one = openTo(openDatagram, server.port, source, address);
    one.socket.send(Buffer.from('x'));
    expect(one.events).toEqual([]);
    await until(() => one.events.length > 0);
    one.socket.send(Buffer.from('y'));
    await settle();
    expect(one.events).toEqual([expect.stringMatching(code)]);
  });

  test('leaves from the address that it is to leave from', async () => {
    const server = await udpServer();
    const [peer] = await server.askedBy([openTo(openDatagram, server.port, '127.0.0.7')]);
    expect(peer?.address).toBe('127.0.0.7');
  });

  test('fails once, and late, for a query that is too long', async () => {
    const server = await udpServer();
    const one = openTo(openDatagram, server.port);
    one.socket.send(Buffer.alloc(65_530));
    expect(one.events).toEqual([]);
    await until(() => one.events.length > 0);
    expect(one.events).toEqual(['EMSGSIZE']);
  });

  test('closed by what comes to another has nothing, nor has the one in its place', async () => {
    const server = await udpServer();
    const first = openTo(openDatagram, server.port);
    const second = openTo(openDatagram, server.port);
    const opened: ReturnType<typeof openTo>[] = [];
    for (const one of [first, second]) {
      one.onReceived = () => {
        for (const { socket } of [first, second]) socket.close();
        opened.push(openTo(openDatagram, server.port));
      };
    }
    const peers = await server.askedBy([first, second]);
    for (const { port } of peers) server.socket.send('a reply', port, '127.0.0.1');
    await until(() => opened.length > 0);
    await settle();
    expect(first.events.length + second.events.length).toBe(1);
    expect(opened.map(({ events }) => events)).toEqual([[]]);
  });
});

describe.runIf(BINDING !== undefined)('native/asking.c', () => {
  const binding = BINDING as NativeBinding;

  test('takes no socket of the other kind, nor the other one of these', () => {
    const { asking } = start(binding, () => {});
    const opened = binding.open('127.0.0.1', 0, 0, 1 << 20, () => {}, -1);
    const { socket } = opened as Exclude<typeof opened, number>;
    onTestFinished(() => binding.close(socket));
    const call = binding as unknown as Record<string, (...values: unknown[]) => unknown>;
    expect(() => call['connect']!(socket, '127.0.0.1', 9, '')).toThrow(TypeError);
    expect(() => call['stopAsking']!(socket)).toThrow(TypeError);
    expect(() => call['send']!(asking, 0, 0)).toThrow(TypeError);
    expect(() => call['close']!(asking)).toThrow(TypeError);
  });

  test('refuses arguments that make no sense', () => {
    const { asking } = start(binding, () => {});
    const socket = binding.connect(asking, '127.0.0.1', 9, '');
    expect(socket).toBeGreaterThanOrEqual(0);
    const anything = fc.anything({ withBigInt: true, withNullPrototype: true });
    const call = binding as unknown as Record<string, (...values: unknown[]) => unknown>;
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 5 }), (values) => {
        for (const name of ['connect', 'ask', 'hangUp', 'stopAsking']) {
          expect(() => call[name]!(...values)).toThrow(TypeError);
        }
        if (typeof values[0] !== 'function') {
          expect(() => call['startAsking']!(...values)).toThrow(TypeError);
        }
        const [address, port, source = ''] = values;
        const opened = call['connect']!(asking, address, port, source);
        if (typeof opened === 'number' && opened >= 0) binding.hangUp(asking, opened);
        const isOurs = typeof values[0] === 'number' && (values[0] | 0) === socket;
        if (!isOurs) expect(call['ask']!(asking, values[0], 1)).toBe(-EBADF);
        if (!isOurs) call['hangUp']!(asking, values[0]);
      }),
      { numRuns: runs(1000) },
    );
    const length = fc.oneof(fc.integer(), fc.integer({ min: -1, max: ASKING.queryBytes + 1 }));
    fc.assert(
      fc.property(length, (bytes) => {
        const isPossible = bytes >= 0 && bytes <= ASKING.queryBytes;
        if (!isPossible) expect(binding.ask(asking, socket, bytes)).toBe(-EMSGSIZE);
      }),
      { numRuns: runs(300) },
    );
  });

  test('has numbers of its own for each socket, and closes none twice', () => {
    const { asking } = start(binding, () => {});
    const open = () => binding.connect(asking, '127.0.0.1', 9, '');
    const seen = new Set<number>();
    for (let i = 0; i < 500; i++) {
      const [one, other] = [open(), open()];
      for (const socket of [one, other]) {
        expect(seen.has(socket)).toBe(false);
        seen.add(socket);
      }
      binding.hangUp(asking, one);
      binding.hangUp(asking, one);
      expect(binding.ask(asking, one, 1)).toBe(-EBADF);
      if (i % 2 === 0) binding.hangUp(asking, other);
    }
    binding.stopAsking(asking);
    binding.stopAsking(asking);
    expect(open()).toBe(-EBADF);
  });

  test('is stopped in the middle of a batch', async () => {
    const server = await udpServer();
    const seen: number[] = [];
    const { asking } = start(binding, (count) => {
      seen.push(count);
      binding.stopAsking(asking);
    });
    const peers: dgram.RemoteInfo[] = [];
    server.socket.on('message', (_, peer) => void peers.push(peer));
    for (let i = 0; i < 9; i++)
      binding.ask(asking, binding.connect(asking, '127.0.0.1', server.port, ''), 1);
    await until(() => peers.length === 9);
    for (const { port } of peers) server.socket.send('reply', port, '127.0.0.1');
    await until(() => seen.length > 0);
    await settle();
    expect(seen).toHaveLength(1);
  });

  test('lets go of a thread that ends while datagrams come', async () => {
    const server = await udpServer();
    server.socket.on('message', (query, peer) => {
      for (let i = 0; i < 5; i++) server.socket.send(query, peer.port, peer.address);
    });
    const before = openFiles(SOCKET, EPOLL).length;
    for (let i = 0; i < runs(20); i++) {
      const workerData = { file: BINDING_FILE, port: server.port };
      const worker = new Worker(THREAD, { eval: true, workerData });
      await once(worker, 'message');
      await worker.terminate();
    }
    expect(openFiles(SOCKET, EPOLL).length).toBe(before);
  });
});

const THREAD = `
const { parentPort, workerData: { file, port } } = require('node:worker_threads');
const binding = require(file);
const { asking } = binding.startAsking(() => {});
for (let i = 0; i < 100; i++) binding.ask(asking, binding.connect(asking, '127.0.0.1', port, ''), 9);
parentPort.postMessage('asked');
`;

function start(binding: NativeBinding, ready: (count: number) => void): Asking {
  const started = binding.startAsking(ready);
  if (typeof started === 'number') throw new Error(`errno ${-started}`);
  onTestFinished(() => binding.stopAsking(started.asking));
  return started;
}

/** A socket to a port of 127.0.0.1, and what came to it. */
function openTo(openDatagram: OpenDatagram, port: number, source?: string, address = '127.0.0.1') {
  const events: string[] = [];
  const opened = {
    events,
    onReceived: () => {},
    socket: openDatagram({ address, port }, source === '' ? undefined : source, {
      received: (bytes) => {
        events.push(hex(bytes));
        opened.onReceived();
      },
      strayed: () => void events.push('stray'),
      failed: (error) => void events.push((error as NodeJS.ErrnoException).code ?? error.message),
    }),
  };
  onTestFinished(() => opened.socket.close());
  return opened;
}

/** Somebody to ask. */
async function udpServer() {
  const socket = dgram.createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(async () => {
    try {
      socket.close();
    } catch {
      // The test has closed it.
    }
  });
  /** Who the sockets are, once each has asked. */
  const askedBy = async (sockets: readonly ReturnType<typeof openTo>[]) => {
    const peers: dgram.RemoteInfo[] = [];
    const note = (query: Buffer, peer: dgram.RemoteInfo) => {
      peers[query[0]!] = peer;
    };
    socket.on('message', note);
    for (const [at, one] of sockets.entries()) one.socket.send(Buffer.from([at]));
    await until(() => peers.filter(Boolean).length === sockets.length);
    socket.off('message', note);
    return peers;
  };
  return { socket, port: socket.address().port, askedBy };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
