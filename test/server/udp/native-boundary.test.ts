import dgram from 'node:dgram';
import { once } from 'node:events';
import { open as openFile } from 'node:fs/promises';
import net from 'node:net';
import { constants } from 'node:os';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  BATCH,
  HEAD,
  type NativeBinding,
  type NativeSocket,
  REPLIES,
  REUSE_PORT,
  SLOT,
  SLOT_BYTES,
  slotAt,
  TAKEN,
} from '../../../src/server/udp/native-binding.ts';
import { runs } from '../../helpers/runs.ts';
import { settle, until } from '../until.ts';
import { BINDING, BINDING_FILE, openFiles, SOCKET } from './udp-world.ts';

const { EADDRINUSE, EAFNOSUPPORT, EBADF, EINVAL, EMSGSIZE, ENODEV, ENOTSOCK, EPROTOTYPE } =
  constants.errno;
const BUFFER = 1 << 20;

// Where TypeScript and native/udp.c meet, with any values that can be passed: run with sanitizers
// by `npm run test:native`.
describe.runIf(BINDING !== undefined)('native/udp.c', () => {
  const binding = BINDING as NativeBinding;

  test('takes datagrams of any length with any bytes; what is too long is cut', async () => {
    const socket = open(binding);
    const client = await connected(socket);
    const message = fc.uint8Array({ maxLength: 9000, size: 'max' });
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 70 }), async (messages) => {
        socket.taken.length = 0;
        for (const one of messages) client.send(one);
        await until(() => socket.taken.length >= messages.length);
        const cut = messages.map((one) => hex(one.subarray(0, SLOT_BYTES)));
        expect(socket.taken.map(hex)).toEqual(cut);
      }),
      { numRuns: runs(400) },
    );
  });

  test('takes nothing more once it is told to pause, and goes on sending', async () => {
    const socket = open(binding);
    const client = await connected(socket);
    client.send('first');
    await until(() => socket.taken.length === 1);
    binding.pause(socket.socket);
    client.send('second');
    const got = once(client, 'message');
    socket.numbers[slotAt(REPLIES, 0) >> 2] = 5;
    expect(binding.send(socket.socket, 0, 1)).toBe(0);
    expect(((await got) as [Buffer])[0]).toHaveLength(5);
    await settle();
    expect(socket.taken).toHaveLength(1);
    binding.pause(socket.socket);
    binding.close(socket.socket);
    binding.pause(socket.socket);
  });

  test('takes over no file, and no socket of another kind or family, and closes none', async () => {
    const listening = await newSocket(() => {
      const server = net.createServer();
      onTestFinished(() => void server.close());
      return once(server.listen(0, '127.0.0.1'), 'listening');
    });
    const otherFamily = await newSocket(() => {
      const socket = dgram.createSocket('udp6');
      onTestFinished(() => void socket.close());
      return once(socket.bind(0, '::1'), 'listening');
    });
    const file = await openFile('/dev/null');
    const others: [fd: number, errno: number][] = [
      [file.fd, ENOTSOCK],
      [listening, EPROTOTYPE],
      [otherFamily, EPROTOTYPE],
      [1_000_000, EBADF],
    ];
    for (const [fd, errno] of others) {
      expect(binding.open('127.0.0.1', 0, 0, BUFFER, () => {}, fd)).toBe(-errno);
    }
    await file.close();
    for (const fd of [listening, otherFamily]) expect(openFiles(SOCKET)).toContain(fd);
  });

  test('sends what has a length that a datagram can have, and refuses what is longer', async () => {
    const socket = open(binding);
    const client = await connected(socket);
    const received: number[] = [];
    client.on('message', ({ length }) => received.push(length));
    const length = fc.oneof(
      fc.integer({ min: -1, max: SLOT_BYTES + 1 }),
      fc.constantFrom(0, 1, SLOT_BYTES, 65_508, -(2 ** 31), 2 ** 31 - 1),
      fc.integer(),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(length, { minLength: 1, maxLength: BATCH }), async (lengths) => {
        received.length = 0;
        const isTooLong = lengths.map((one) => one > SLOT_BYTES);
        const sent = lengths.filter((one) => one > 0 && one <= SLOT_BYTES);
        let refused: unknown;
        socket.answer = (count) => {
          for (let i = 0; i < count; i++) socket.numbers[slotAt(REPLIES, i) >> 2] = lengths[i]!;
          refused = binding.send(socket.socket, 0, count);
        };
        await sendTogether(client, socket, lengths.length);
        await until(() => received.length >= sent.length);
        await settle();
        expect(received.toSorted(byNumber)).toEqual(sent.toSorted(byNumber));
        expect(refused).toBe(isTooLong.filter(Boolean).length);
        const left = lengths.map((_, i) => socket.numbers[slotAt(REPLIES, i) >> 2]);
        expect(left).toEqual(
          lengths.map((one, i) => (isTooLong[i] ? -EMSGSIZE : Math.min(one, 0))),
        );
      }),
      { numRuns: runs(400), examples: [[[SLOT_BYTES + 1, SLOT_BYTES, -1, 0, 1]]] },
    );
  });

  test('sends to whatever the memory has for a peer, or says why not', async () => {
    const socket = open(binding);
    await fc.assert(
      fc.property(fc.uint8Array({ minLength: 28, maxLength: 28 }), (peer) => {
        peer.set([127, 0, 0, 1], 4); // nowhere but to this machine
        Buffer.from(socket.memory).set(peer, slotAt(REPLIES + 1, 0) + SLOT.peer);
        socket.numbers[slotAt(REPLIES + 1, 0) >> 2] = 12;
        const refused = binding.send(socket.socket, 1, 1);
        expect([0, 1]).toContain(refused);
      }),
      { numRuns: runs(400) },
    );
  });

  test('refuses arguments that make no sense', () => {
    const socket = open(binding);
    const anything = fc.anything({ withBigInt: true, withNullPrototype: true });
    const call = binding as unknown as Record<
      'open' | 'send' | 'close',
      (...a: unknown[]) => unknown
    >;
    fc.assert(
      fc.property(fc.array(anything, { maxLength: 6 }), (values) => {
        if (typeof values[4] !== 'function') expect(() => call.open(...values)).toThrow(TypeError);
        expect(() => call.send(...values)).toThrow(TypeError);
        expect(() => call.close(...values)).toThrow(TypeError);
        const area = typeof values[0] === 'number' && values[0] | 0 ? EINVAL : 0;
        expect([0, -EINVAL, -area]).toContain(call.send(socket.socket, values[0], values[1]));
      }),
      { numRuns: runs(2000) },
    );
    for (const [area, count] of [
      [-1, 0],
      [2, 0],
      [0, -1],
      [0, BATCH + 1],
    ] as const) {
      expect(binding.send(socket.socket, area, count)).toBe(-EINVAL);
    }
  });

  test.for([
    ['nonsense', 0, EINVAL],
    ['', 0, EINVAL],
    ['127.0.0.1'.padEnd(500, '1'), 0, EINVAL],
    ['::1%', 0, ENODEV],
    [`fe80::1%${'x'.repeat(200)}`, 0, ENODEV],
    ['127.0.0.1', -1, EINVAL],
    ['127.0.0.1', 65_536, EINVAL],
  ] as const)('does not open %s with port %d', ([address, port, errno]) => {
    const opened = binding.open(address, port, 0, BUFFER, () => {});
    expect([-errno, -EAFNOSUPPORT]).toContain(opened);
  });

  test('closes in the middle of a batch, and is closed from then on', async () => {
    const socket = open(binding);
    const client = await connected(socket);
    const results: number[] = [];
    socket.answer = (count) => {
      socket.numbers.fill(12, slotAt(REPLIES, 0) >> 2, (slotAt(REPLIES, 0) >> 2) + 1);
      binding.close(socket.socket);
      binding.close(socket.socket);
      results.push(binding.send(socket.socket, 0, count));
    };
    for (let i = 0; i < 10; i++) client.send('x');
    await until(() => results.length > 0);
    await settle();
    expect(results).toEqual([-EBADF]);
  });

  test('leaves no file open behind it', async () => {
    const before = openFiles(SOCKET).length;
    for (let i = 0; i < 300; i++) {
      const opened = binding.open('127.0.0.1', 0, 0, BUFFER, () => {}) as NativeSocket;
      expect(binding.open('127.0.0.1', portOf(opened), 0, BUFFER, () => {})).toBe(-EADDRINUSE);
      binding.close(opened.socket);
    }
    expect(openFiles(SOCKET).length).toBe(before);
  });

  test('shares an address that it had alone, from then on', async () => {
    const first = open(binding);
    const port = portOf(first);
    const beside = () => binding.open('127.0.0.1', port, REUSE_PORT, BUFFER, () => {});
    expect(beside()).toBe(-EADDRINUSE);
    expect(binding.share(first.socket)).toBe(0);
    const second = beside() as NativeSocket;
    expect(portOf(second)).toBe(port);
    expect(binding.open('127.0.0.1', port, 0, BUFFER, () => {})).toBe(-EADDRINUSE);
    binding.close(second.socket);
    expect(binding.share(second.socket)).toBe(-EBADF);
  });

  test('shares a port only when told to', () => {
    const first = open(binding, '127.0.0.1', REUSE_PORT);
    const port = portOf(first);
    expect(binding.open('127.0.0.1', port, 0, BUFFER, () => {})).toBe(-EADDRINUSE);
    const second = binding.open('127.0.0.1', port, REUSE_PORT, BUFFER, () => {}) as NativeSocket;
    expect(portOf(second)).toBe(port);
    binding.close(second.socket);
  });

  test.for([
    ['0.0.0.0', '127.0.0.1'],
    ['0.0.0.0', '127.1.2.3'],
    ['::', '::1'],
  ] as const)('bound to %s, a reply to what %s was asked leaves from there', async ([all, one]) => {
    const socket = open(binding, all);
    const client = await connected(socket, one); // takes nothing from another address
    socket.answer = () => {
      socket.numbers[slotAt(REPLIES, 0) >> 2] = 5;
      expect(binding.send(socket.socket, 0, 1)).toBe(0);
    };
    const reply = once(client, 'message');
    client.send('hello');
    await reply;
  });

  test('says how many datagrams found no room', async () => {
    const socket = open(binding, '127.0.0.1', 0, 1);
    const client = await connected(socket);
    for (let i = 0; i < 200; i++) client.send(Buffer.alloc(1000));
    await settle();
    client.send('one more, which brings the number');
    const { numbers } = socket;
    await until(() => numbers[HEAD.dropped >> 2]! > 0);
    await settle();
    expect(socket.taken.length + numbers[HEAD.dropped >> 2]!).toBe(201);
  });

  test('lets go of a thread that ends while datagrams come', async () => {
    for (let i = 0; i < runs(100); i++) {
      const worker = new Worker(THREAD, { eval: true, workerData: BINDING_FILE });
      const [port] = await once(worker, 'message');
      const client = dgram.createSocket('udp4');
      client.connect(port, '127.0.0.1');
      await once(client, 'connect');
      client.on('error', () => {}); // the port is closed
      for (let sent = 0; sent < 50; sent++) client.send('x');
      await worker.terminate();
      client.close();
    }
  });
});

const THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
const binding = require(workerData);
const opened = binding.open('127.0.0.1', 0, 0, 1 << 20, (count) => binding.send(opened.socket, 0, count));
parentPort.postMessage(new Int32Array(opened.memory)[0]);
`;

/** An open socket, closed with the test; `taken` is all that came, until `answer` looks itself. */
function open(binding: NativeBinding, address = '127.0.0.1', flags = 0, bufferBytes = BUFFER) {
  const ready = (count: number) => own.answer(count);
  const opened = binding.open(address, 0, flags, bufferBytes, ready);
  if (typeof opened === 'number') throw new Error(`errno ${-opened}`);
  onTestFinished(() => binding.close(opened.socket));
  const taken: Buffer[] = [];
  const numbers = new Int32Array(opened.memory);
  const own = {
    ...opened,
    numbers,
    taken,
    answer: (count: number) => {
      for (let i = 0; i < count; i++) {
        const slot = slotAt(TAKEN, i);
        const bytes = Buffer.from(opened.memory, slot + SLOT.bytes, numbers[slot >> 2]!);
        taken.push(Buffer.from(bytes));
      }
    },
  };
  return own;
}

/** A socket that sends at once, without a turn of the event loop in between. */
async function connected(to: NativeSocket, address = '127.0.0.1'): Promise<dgram.Socket> {
  const client = dgram.createSocket(address.includes(':') ? 'udp6' : 'udp4');
  client.connect(portOf(to), address);
  await once(client, 'connect');
  client.setRecvBufferSize(BUFFER);
  onTestFinished(() => void client.close());
  return client;
}

/** Sends so many datagrams that are taken in one batch. */
async function sendTogether(
  client: dgram.Socket,
  socket: { answer: (count: number) => void },
  count: number,
): Promise<void> {
  let batches = 0;
  const { answer } = socket;
  socket.answer = (taken) => {
    batches++;
    expect(taken).toBe(count);
    answer(taken);
  };
  for (let i = 0; i < count; i++) client.send('x');
  await until(() => batches > 0);
}

function portOf({ memory }: NativeSocket): number {
  return new Int32Array(memory)[HEAD.port >> 2]!;
}

const byNumber = (a: number, b: number) => a - b;

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** The file descriptor of the one socket that is opened meanwhile. */
async function newSocket(open: () => Promise<unknown>): Promise<number> {
  const before = new Set(openFiles(SOCKET));
  await open();
  const [fd = -1, ...others] = openFiles(SOCKET).filter((one) => !before.has(one));
  expect(others).toEqual([]);
  return fd;
}
