import { constants } from 'node:os';
import { describe, expect, test } from 'vitest';
import { readPeer } from '../../../src/dns/address-reader.ts';
import type { Exchange } from '../../../src/server/exchange.ts';
import { type NativeContext, NativeListener } from '../../../src/server/udp/native.ts';
import {
  BATCH,
  HEAD,
  LATER,
  type ListeningBinding,
  REPLIES,
  SLOT,
  SLOT_BYTES,
  slotAt,
  TAKEN,
} from '../../../src/server/udp/native-binding.ts';
import { idOf, later, query, ScriptedExchange } from '../scripted-exchange.ts';
import { guarded, udpContext } from './udp-world.ts';

const { EAGAIN, EIO, EMSGSIZE, ENETDOWN, ENOBUFS, EPERM } = constants.errno;

describe('NativeListener', () => {
  test('answers a batch with one send, each reply in the place of its query', async () => {
    const { kernel } = await world(new ScriptedExchange());
    kernel.deliver(Array.from({ length: BATCH }, (_, i) => query(i, 'x'.repeat(i))));
    expect(kernel.sends).toEqual([{ area: 0, count: BATCH }]);
    expect(kernel.sent.map(({ place, message }) => [place, idOf(message), message.length])).toEqual(
      Array.from({ length: BATCH }, (_, i) => [i, i, 12 + i]),
    );
  });

  test('sends nothing in the place of what gets no reply, whatever was there before', async () => {
    const exchange = new ScriptedExchange();
    const { kernel } = await world(exchange);
    kernel.deliver([query(1), query(2), query(3)]);
    kernel.sent.length = 0;
    const silent = new Set([4, 6]);
    exchange.script = ({ message }, output) =>
      silent.has(idOf(message)) ? 0 : message.copy(output);
    kernel.deliver([query(4), query(5), query(6)]);
    expect(kernel.sent.map(({ place, message }) => [place, idOf(message)])).toEqual([[1, 5]]);
  });

  test.for([0, 7, 13, 17, 19, 37, 464])('ignores a query from port %d', async (port) => {
    const exchange = new ScriptedExchange();
    const { kernel, metrics } = await world(exchange);
    kernel.deliver([query(1)], { port });
    kernel.deliver([query(2)]);
    expect(exchange.taken.map(({ message }) => idOf(message))).toEqual([2]);
    expect(await metrics.text()).toContain('svcdns_udp_ignored_total{reason="source_port"} 1');
  });

  test('does not answer what the load drops, and asks it for each datagram', async () => {
    const exchange = new ScriptedExchange();
    const clients: string[] = [];
    const takes = ({ address }: { readonly address: string }) => clients.push(address) % 2 === 0;
    const sizes: [what: string, bytes: number][] = [];
    const opened = (bytes: number) => void sizes.push(['opened', bytes]);
    const closed = (bytes: number) => void sizes.push(['closed', bytes]);
    const { kernel, listener } = await world(exchange, { load: { takes, opened, closed } });
    kernel.deliver([query(1), query(2), query(3), query(4)]);
    expect(exchange.taken.map(({ message }) => idOf(message))).toEqual([2, 4]);
    expect(clients).toEqual(Array(4).fill('127.0.0.1'));
    const bytes = listener.receiveBufferBytes;
    await listener.close();
    expect(sizes).toEqual([
      ['opened', bytes],
      ['closed', bytes],
    ]);
  });

  test.for([
    ['10.0.0.7', '0a000007'],
    ['2001:db8::7', '20010db8000000000000000000000007'],
  ] as const)('tells who asked: %s', async ([address, hex]) => {
    const asked: unknown[] = [];
    const bytes = Buffer.alloc(16);
    const exchange: Exchange = {
      answer(query) {
        const { peer } = query;
        asked.push(peer.address, peer.port, peer.family, query.copy().peer.address);
        asked.push(bytes.toString('hex', 0, readPeer(peer, bytes)));
        return 0;
      },
    };
    const { kernel } = await world(exchange, {}, address.includes(':') ? '::1' : '127.0.0.1');
    kernel.deliver([query(1)], { address: Buffer.from(hex, 'hex'), port: 4711 });
    const family = address.includes(':') ? 'IPv6' : 'IPv4';
    expect(asked).toEqual([address, 4711, family, address, hex]);
  });

  test('looks at the clock for every eighth query, and says when a batch came', async () => {
    const seen: [receivedAt: number, seenAt: number, kept: number][] = [];
    const { kernel, time } = await world({
      answer(query) {
        seen.push([query.receivedAt, query.seenAt, query.copy().seenAt]);
        time.ms++;
        return 0;
      },
    });
    time.ms = 100;
    kernel.deliver(Array.from({ length: 17 }, (_, i) => query(i)));
    const at = (i: number) => [100, 100 + 8 * Math.floor(i / 8), 0];
    expect(seen).toEqual(Array.from({ length: 17 }, (_, i) => at(i)));
  });

  test('tells which of its addresses was asked, on a socket bound to all', async () => {
    const locals: unknown[] = [];
    const { kernel } = await world(
      {
        answer(asked) {
          locals.push(asked.local.address, asked.copy().local);
          return 0;
        },
      },
      {},
      '0.0.0.0',
    );
    kernel.deliver([query(1)], { local: Buffer.from([10, 9, 0, 2]) });
    kernel.deliver([query(2)], { local: Buffer.from([10, 9, 0, 3]) });
    const both = [2, 3].map((last) => `10.9.0.${last}`);
    expect(locals).toEqual(both.flatMap((address) => [address, { address, port: 53 }]));
  });

  test('collects replies that come later until the end of the turn', async () => {
    const exchange = new ScriptedExchange(later);
    const { kernel, listener, turn } = await world(exchange);
    kernel.deliver([query(1), query(2), query(3)]);
    expect(listener.pending).toBe(3);
    kernel.sends.length = 0;
    for (const i of [2, 0, 1]) exchange.replyTo(i);
    expect(kernel.sends).toEqual([]);
    turn();
    expect(kernel.sends).toEqual([{ area: 1, count: 3 }]);
    expect(kernel.sent.map(({ message }) => idOf(message))).toEqual([3, 1, 2]);
    expect(listener.pending).toBe(0);
  });

  test('sends a batch of them as soon as it is full', async () => {
    const exchange = new ScriptedExchange(later);
    const { kernel, turn } = await world(exchange);
    for (const from of [0, BATCH]) {
      kernel.deliver(Array.from({ length: BATCH }, (_, i) => query(from + i)));
    }
    kernel.sends.length = 0;
    for (let i = 0; i < BATCH + 1; i++) exchange.replyTo(i);
    expect(kernel.sends).toEqual([{ area: 1, count: BATCH }]);
    turn();
    expect(kernel.sends.at(-1)).toEqual({ area: 1, count: 1 });
    expect(kernel.sent.map(({ message }) => idOf(message))).toEqual(
      Array.from({ length: BATCH + 1 }, (_, i) => i),
    );
  });

  test('has a reply leave for whom its query came from, although others asked since', async () => {
    const exchange = new ScriptedExchange(later);
    const { kernel, turn } = await world(exchange);
    kernel.deliver([query(1)], { port: 1111 });
    kernel.deliver([query(2)], { port: 2222 });
    exchange.replyTo(0);
    turn();
    expect(kernel.sent.map(({ port }) => port)).toEqual([1111]);
  });

  test('goes on when there is room again, and drops and counts later replies until then', async () => {
    const exchange = new ScriptedExchange(({ message }, output) =>
      idOf(message) < 10 ? message.copy(output) : later(),
    );
    const { kernel, metrics, turn } = await world(exchange);
    kernel.room = 1;
    kernel.deliver([query(1), query(2), query(3), query(11), query(12), query(13)]);
    exchange.replyTo(3);
    turn();
    exchange.replyTo(4);
    exchange.replyTo(5);
    expect(await metrics.text()).toContain(
      'svcdns_udp_replies_dropped_total{reason="send_queue"} 2',
    );
    kernel.room = Number.POSITIVE_INFINITY;
    kernel.ready(0);
    expect(kernel.sent.map(({ message }) => idOf(message))).toEqual([1, 2, 3, 11]);
    kernel.deliver([query(4)]);
    expect(idOf(kernel.sent.at(-1)!.message)).toBe(4);
  });

  test.for([
    ['EPERM', EPERM, 'EPERM'],
    ['ENOBUFS', ENOBUFS, 'ENOBUFS'],
    ['EMSGSIZE', EMSGSIZE, 'EMSGSIZE'],
    ['EIO', EIO, 'error'],
  ] as const)('counts what the kernel refuses with %s, and says for whom it was', async (row) => {
    const [code, errno, reason] = row;
    const { kernel, metrics, lines } = await world(new ScriptedExchange());
    kernel.refused.set(1, errno);
    kernel.deliver([query(1), query(2), query(3)], { port: 5353 });
    expect(kernel.sent.map(({ message }) => idOf(message))).toEqual([1, 3]);
    expect(await metrics.text()).toContain(
      `svcdns_udp_replies_dropped_total{reason="${reason}"} 1\n`,
    );
    const to = { address: '127.0.0.1', port: 5353 };
    expect(lines).toMatchObject([{ reason: code, from: '127.0.0.1', to }]);
  });

  test('counts what was refused before the rest had to wait, once', async () => {
    const { kernel, metrics } = await world(new ScriptedExchange());
    kernel.refused.set(0, EPERM);
    kernel.room = 1;
    kernel.deliver([query(1), query(2), query(3)]);
    kernel.room = Number.POSITIVE_INFINITY;
    kernel.ready(0);
    expect(kernel.sent.map(({ message }) => idOf(message))).toEqual([2, 3]);
    expect(await metrics.text()).toContain('svcdns_udp_replies_dropped_total{reason="EPERM"} 1\n');
  });

  test('refuses a later reply that no datagram holds, and one for nobody who asked', async () => {
    const exchange = new ScriptedExchange(later);
    const { kernel, listener, metrics, turn } = await world(exchange);
    kernel.deliver([query(1)]);
    listener.reply(Buffer.alloc(SLOT_BYTES + 1), exchange.taken[0]!.peer);
    listener.reply(query(1), { address: '127.0.0.1', port: 1 });
    turn();
    expect(kernel.sent).toEqual([]);
    const text = await metrics.text();
    expect(text).toContain('svcdns_udp_replies_dropped_total{reason="EMSGSIZE"} 1\n');
    expect(text).toContain('svcdns_udp_replies_dropped_total{reason="error"} 1\n');
  });

  test('sends what is still due once it is told to pause', async () => {
    const exchange = new ScriptedExchange(later);
    const { kernel, listener, turn } = await world(exchange);
    kernel.deliver([query(1)]);
    listener.pause();
    expect(kernel.isPaused).toBe(true);
    exchange.replyTo(0);
    turn();
    expect(kernel.sent.map(({ message }) => idOf(message))).toEqual([1]);
  });

  test('counts errors of the socket and logs one a second', async () => {
    const { kernel, metrics, lines, time } = await world(new ScriptedExchange());
    for (let i = 0; i < 10; i++) kernel.ready(-ENETDOWN);
    time.ms = 1000;
    kernel.ready(-ENETDOWN);
    expect(await metrics.text()).toContain('svcdns_udp_socket_errors_total 11');
    expect(lines.map(({ leftOut }) => leftOut)).toEqual([0, 9]);
  });

  test('counts what the kernel says it dropped, through the end of its 32 bits', async () => {
    const { kernel, metrics } = await world(new ScriptedExchange());
    for (const dropped of [5, 5, 12, -3, 2]) {
      kernel.numbers[HEAD.dropped >> 2] = dropped;
      kernel.deliver([query(1)]);
    }
    expect(await metrics.text()).toContain(`svcdns_udp_receive_drops_total ${2 ** 32 + 2}\n`);
  });

  test('sends what came later before it is closed, and counts what still waits', async () => {
    const exchange = new ScriptedExchange(later);
    const { kernel, listener, metrics } = await world(exchange);
    kernel.deliver([query(1), query(2), query(3)]);
    kernel.room = 1;
    exchange.replyTo(0);
    exchange.replyTo(1);
    await listener.close();
    exchange.replyTo(2);
    kernel.ready(1);
    expect(kernel.sent.map(({ message }) => idOf(message))).toEqual([1]);
    expect(kernel.isClosed).toBe(true);
    expect(await metrics.text()).toContain('svcdns_udp_replies_dropped_total{reason="closed"} 2\n');
  });
});

interface From {
  readonly address?: Buffer;
  readonly port?: number;
  readonly local?: Buffer;
}

/** The binding and the kernel behind it, which has as much room as the test says. */
class FakeKernel implements ListeningBinding {
  readonly layout = 1;
  readonly memory = new ArrayBuffer(slotAt(LATER + 1, 0));
  readonly numbers = new Int32Array(this.memory);
  readonly sends: { area: number; count: number }[] = [];
  readonly sent: { place: number; message: Buffer; port: number }[] = [];
  /** Errors by place. */
  readonly refused = new Map<number, number>();
  room = Number.POSITIVE_INFINITY;
  isClosed = false;
  isPaused = false;
  ready: (count: number) => void = () => {};
  readonly #bytes = Buffer.from(this.memory);

  open(...[, , , , ready]: Parameters<ListeningBinding['open']>) {
    this.ready = ready;
    this.numbers[HEAD.port >> 2] = 53;
    return { socket: {}, memory: this.memory };
  }

  deliver(messages: readonly Buffer[], from: From = {}): void {
    const { address = Buffer.from([127, 0, 0, 1]), port = 5353, local } = from;
    for (const [place, message] of messages.entries()) {
      const slot = slotAt(TAKEN, place);
      this.numbers[slot >> 2] = message.length;
      this.#bytes.writeUInt16BE(port, slot + SLOT.peer + 2);
      address.copy(this.#bytes, slot + SLOT.peer + (address.length === 4 ? 4 : 8));
      local?.copy(this.#bytes, slot + SLOT.local);
      message.copy(this.#bytes, slot + SLOT.bytes);
    }
    this.ready(messages.length);
  }

  send(_socket: object, area: number, count: number): number {
    this.sends.push({ area, count });
    let faults = 0;
    for (let place = 0; place < count; place++) {
      const slot = slotAt(REPLIES + area, place);
      const length = this.numbers[slot >> 2]!;
      const errno = this.refused.get(place);
      if (length <= 0) continue;
      if (this.room === 0) return -EAGAIN;
      if (errno === undefined) {
        this.room--;
        const message = Buffer.from(this.#bytes.subarray(slot + SLOT.bytes).subarray(0, length));
        const peer = area === 0 ? slotAt(TAKEN, place) : slot;
        const port = this.#bytes.readUInt16BE(peer + SLOT.peer + 2);
        this.sent.push({ place, message, port });
      } else faults++;
      this.numbers[slot >> 2] = errno === undefined ? 0 : -errno;
    }
    return faults;
  }

  pause(): void {
    this.isPaused = true;
  }

  share(): number {
    return 0;
  }

  close(): void {
    this.isClosed = true;
  }
}

async function world(
  exchange: Exchange,
  others: Pick<NativeContext, 'load'> = {},
  address = '127.0.0.1',
) {
  const kernel = new FakeKernel();
  const context = udpContext();
  let scheduled: (() => void)[] = [];
  const listener = new NativeListener(address, guarded(exchange, context), {
    ...context,
    ...others,
    binding: kernel,
    schedule: (run) => void scheduled.push(run),
  });
  await listener.start(53);
  const turn = () => {
    for (const run of scheduled.splice(0)) run();
    scheduled = [];
  };
  return { ...context, kernel, listener, turn };
}
