import dgram from 'node:dgram';
import { once } from 'node:events';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  BATCH,
  HEAD,
  LATER,
  type NativeBinding,
  type NativeSocket,
  REPLIES,
  SLOT,
  slotAt,
  TAKEN,
} from '../../../src/server/udp/native-binding.ts';
import { runs } from '../../helpers/runs.ts';
import { until } from '../until.ts';
import { BINDING } from './udp-world.ts';

const BUFFER = 1 << 20;

// Around 512 bytes, up to which replies of one size to one client leave as one message. Few sizes,
// so that many are the same.
const length = fc.constantFrom(12, 13, 100, 511, 512, 513, 1232);

// Several clients ask, each address of the server, in any order. Whatever the kernel is handed,
// each client receives its own replies, each as a datagram of its own from the address it had
// asked.
describe.runIf(BINDING !== undefined)('native/segments.c', () => {
  const binding = BINDING as NativeBinding;

  test.for([
    ['127.0.0.1', ['127.0.0.1']],
    ['0.0.0.0', ['127.0.0.1', '127.0.0.2']],
    ['::1', ['::1']],
    ['::', ['::1']],
  ] as const)('of %s, every reply arrives as a datagram of its own', async ([bound, addresses]) => {
    const server = open(binding, bound);
    const family = bound.includes(':') ? 'udp6' : 'udp4';
    const clients = await Promise.all([1, 2, 3].map(() => client(family)));
    const asked = fc.record({
      client: fc.nat({ max: clients.length - 1 }),
      address: fc.constantFrom(...addresses),
      length,
    });
    const batch = fc.array(asked, { minLength: 1, maxLength: BATCH, size: 'max' });
    await fc.assert(
      fc.asyncProperty(batch, fc.constantFrom(REPLIES, LATER), async (all, group) => {
        for (const one of clients) one.received.length = 0;
        server.answer = (place) => all[place]!;
        server.group = group;
        all.forEach((one, place) => {
          clients[one.client]!.socket.send(Buffer.of(place), server.port, one.address);
        });
        const received = () => clients.flatMap((one) => one.received);
        await until(() => received().length >= all.length);
        const expected = clients.map((_, number) =>
          all.flatMap((one, place) =>
            one.client === number ? [`${place}: ${one.length} from ${one.address}`] : [],
          ),
        );
        expect(clients.map((one) => one.received.toSorted())).toEqual(
          expected.map((one) => one.toSorted()),
        );
        expect(server.refused).toBe(0);
      }),
      { numRuns: runs(300) },
    );
  });

  test('a client that cannot be reached keeps nothing from the others', async () => {
    const server = open(binding, '127.0.0.1');
    const reached = await client('udp4');
    const nobody = Buffer.alloc(28);
    server.numbers.fill(0);
    reached.socket.send(Buffer.of(0), server.port, '127.0.0.1');
    server.answer = () => undefined;
    await until(() => server.taken > 0);
    const memory = Buffer.from(server.memory);
    const peer = memory.subarray(slotAt(TAKEN, 0) + SLOT.peer).subarray(0, 28);
    for (let place = 0; place < BATCH; place++) {
      // Of every two one has an address family that there is not.
      memory.set(place % 2 === 0 ? peer : nobody, slotAt(LATER, place) + SLOT.peer);
      write(server, LATER, place, 40);
    }
    expect(binding.send(server.socket, LATER - REPLIES, BATCH)).toBe(BATCH / 2);
    await until(() => reached.received.length >= BATCH / 2);
    const even = Array.from({ length: BATCH / 2 }, (_, i) => `${2 * i}: 40 from 127.0.0.1`);
    expect(reached.received.toSorted()).toEqual(even.toSorted());
    const left = Array.from(
      { length: BATCH },
      (_, i) => server.numbers[slotAt(LATER, i) >> 2]! < 0,
    );
    expect(left).toEqual(Array.from({ length: BATCH }, (_, i) => i % 2 === 1));
  });
});

interface Reply {
  readonly length: number;
}

/** A socket that answers what `answer` says to the byte it was asked, by either way. */
function open(binding: NativeBinding, address: string) {
  const opened = binding.open(address, 0, 0, BUFFER, (count) => ready(count)) as NativeSocket;
  onTestFinished(() => binding.close(opened.socket));
  const memory = Buffer.from(opened.memory);
  const own = {
    ...opened,
    numbers: new Int32Array(opened.memory),
    port: new Int32Array(opened.memory)[HEAD.port >> 2]!,
    group: REPLIES as typeof REPLIES | typeof LATER,
    taken: 0,
    refused: 0,
    answer: (_asked: number): Reply | undefined => undefined,
  };
  const ready = (count: number) => {
    for (let i = 0; i < count; i++) {
      const from = slotAt(TAKEN, i);
      const asked = memory[from + SLOT.bytes]!;
      const reply = own.answer(asked);
      if (reply === undefined) continue;
      if (own.group === LATER) memory.copyWithin(slotAt(LATER, i), from, from + SLOT.bytes);
      write(own, own.group, i, reply.length, asked);
    }
    own.taken += count;
    own.refused += binding.send(opened.socket, own.group - REPLIES, count);
  };
  return own;
}

/** A message of so many bytes, each of which is the number. */
function write(
  to: { readonly memory: ArrayBuffer; readonly numbers: Int32Array },
  group: typeof REPLIES | typeof LATER,
  place: number,
  bytes: number,
  number = place,
): void {
  const slot = slotAt(group, place);
  Buffer.from(to.memory).fill(number, slot + SLOT.bytes, slot + SLOT.bytes + bytes);
  to.numbers[slot >> 2] = bytes;
}

/** A client; what it received as `NUMBER: BYTES from ADDRESS`, where all bytes are the number. */
async function client(family: 'udp4' | 'udp6') {
  const socket = dgram.createSocket(family);
  const received: string[] = [];
  socket.on('message', (message, { address }) => {
    const [number = -1] = message;
    const isWhole = message.every((byte) => byte === number);
    received.push(`${isWhole ? number : 'mixed'}: ${message.length} from ${address}`);
  });
  socket.bind(0, family === 'udp4' ? '127.0.0.1' : '::1');
  await once(socket, 'listening');
  socket.setRecvBufferSize(BUFFER);
  onTestFinished(() => void socket.close());
  return { socket, received };
}
