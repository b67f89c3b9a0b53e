import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DatagramEvents } from '../../../../src/plugins/datagram.ts';
import {
  DatagramPool,
  DatagramSlots,
  MIN_CHOICE,
  SWEEP_MS,
} from '../../../../src/plugins/forward/transport/datagram-pool.ts';
import {
  type DatagramHold,
  MAX_AGE_MS,
  MAX_USES,
} from '../../../../src/plugins/forward/transport/datagram-socket.ts';
import { FakeClock } from '../../../helpers/fake-clock.ts';

const MOST_ASKING = 20;
const MOST_KEPT = 12;

/** A socket as the pool has opened it. */
interface Opened {
  readonly events: DatagramEvents;
  readonly sent: number[];
  isOpen: boolean;
}

/** One query, and all that was said to it. */
interface Asked {
  readonly id: number;
  readonly heard: string[];
  hold: DatagramHold | undefined;
  socket: Opened;
}

const gauge = (add: (amount: number) => void) => ({ add });

/** A pool whose sockets, clock and draws the test moves. */
class PoolWorld {
  readonly clock = new FakeClock();
  readonly sockets: Opened[] = [];
  readonly gauges = { asking: 0, kept: 0 };
  unasked = 0;
  hits = 0;
  drawn = 0;
  #ids = 0;
  readonly pool = new DatagramPool({
    clock: this.clock,
    randomIndex: (count) => this.drawn % count,
    slots: new DatagramSlots(MOST_ASKING, MOST_KEPT, {
      asking: gauge((amount) => {
        this.gauges.asking += amount;
      }),
      kept: gauge((amount) => {
        this.gauges.kept += amount;
      }),
    }),
    counters: { hit: () => void this.hits++, miss: () => {} },
    open: (events) => {
      const socket: Opened = { events, sent: [], isOpen: true };
      this.sockets.push(socket);
      const close = () => {
        socket.isOpen = false;
      };
      return { send: (bytes) => void socket.sent.push(bytes.readUInt16BE()), close };
    },
    unasked: () => void this.unasked++,
  });

  /** Asks with a new ID; undefined when there is no place. */
  ask(id = ++this.#ids): Asked | undefined {
    const heard: string[] = [];
    const bytes = Buffer.alloc(12);
    bytes.writeUInt16BE(id);
    const hold = this.pool.ask(bytes, {
      received: (reply) => void heard.push(`reply ${reply.readUInt16BE()}`),
      strayed: () => void heard.push('stray'),
      failed: (error) => void heard.push(error.message),
    });
    if (hold === undefined) return undefined;
    const socket = this.sockets.find(({ sent }) => sent.at(-1) === id)!;
    return { id, heard, hold, socket };
  }

  /** Asks and has it answered. */
  serve(): Opened {
    const asked = this.ask()!;
    asked.hold!.answered();
    return asked.socket;
  }

  /** Fills it with as many sockets as may be used again. */
  warm(): void {
    const asked = Array.from({ length: MIN_CHOICE }, () => this.ask()!);
    for (const { hold } of asked) hold!.answered();
  }

  get open(): readonly Opened[] {
    return this.sockets.filter(({ isOpen }) => isOpen);
  }
}

const message = (id: number) => {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt16BE(id);
  return bytes;
};

describe('DatagramPool', () => {
  test('ask() opens a socket for each query until there is a choice of them, then draws one', () => {
    const world = new PoolWorld();
    for (let i = 0; i < MIN_CHOICE; i++) world.serve();
    expect(world.sockets).toHaveLength(MIN_CHOICE);
    world.drawn = 3;
    expect(world.serve()).toBe(world.sockets[3]);
    world.drawn = 5;
    expect(world.sockets.indexOf(world.serve())).not.toBe(3);
    expect(world.sockets).toHaveLength(MIN_CHOICE);
    expect(world.hits).toBe(2);
  });

  test('ask() sends one query at a time from a socket', () => {
    const world = new PoolWorld();
    world.warm();
    const [first, second] = [world.ask()!, world.ask()!];
    expect(first.socket).not.toBe(second.socket);
  });

  test(`a socket sends at most ${MAX_USES} queries`, () => {
    const world = new PoolWorld();
    for (let i = 0; i < 1000; i++) world.serve();
    expect(Math.max(...world.sockets.map(({ sent }) => sent.length))).toBe(MAX_USES);
    expect(world.open.length).toBeLessThanOrEqual(MIN_CHOICE);
  });

  test(`no query leaves from a socket of ${MAX_AGE_MS} ms, used or not; none stays open much longer`, () => {
    const world = new PoolWorld();
    world.clock.advance(1); // so that sockets and sweeps are not in step
    world.warm();
    world.clock.advance(MAX_AGE_MS - 1);
    expect(world.sockets.indexOf(world.serve())).toBeLessThan(MIN_CHOICE);
    world.clock.advance(1);
    expect(world.sockets.indexOf(world.serve())).toBe(MIN_CHOICE);
    world.clock.advance(MAX_AGE_MS + SWEEP_MS);
    expect(world.open).toEqual([]);
    expect(world.clock.timers).toBe(0);
  });

  test('a socket whose query was given up is closed: its reply would be late', () => {
    const world = new PoolWorld();
    const asked = world.ask()!;
    asked.hold!.close();
    asked.socket.events.received(message(asked.id));
    expect(asked.heard).toEqual([]);
    expect(world.open).toEqual([]);
  });

  test('a reply that comes twice is dropped, while the socket waits and in its next query', () => {
    const world = new PoolWorld();
    world.warm();
    const [socket] = world.sockets;
    const [before] = socket!.sent;
    socket!.events.received(message(before!));
    expect(world.unasked).toBe(1);
    const asked = world.ask()!;
    expect(asked.socket).toBe(socket);
    socket!.events.received(message(before!));
    socket!.events.received(message(asked.id));
    expect(asked.heard).toEqual([`reply ${asked.id}`]);
    expect(world.unasked).toBe(2);
  });

  test('what another query of the same ID is told is its own', () => {
    const world = new PoolWorld();
    world.warm();
    const [id] = world.sockets[0]!.sent;
    const asked = world.ask(id)!;
    asked.socket.events.received(message(id!));
    expect(asked.heard).toEqual([`reply ${id}`]);
  });

  test.for(['a guess', 'nothing readable', 'a stranger'])(
    '%s at a socket that waits: it is closed',
    (kind) => {
      const world = new PoolWorld();
      world.warm();
      const { events } = world.sockets[0]!;
      if (kind === 'a stranger') events.strayed();
      else events.received(kind === 'a guess' ? message(60_000) : Buffer.alloc(0));
      expect(world.sockets[0]!.isOpen).toBe(false);
      expect(world.open).toHaveLength(MIN_CHOICE - 1);
      expect(world.gauges).toEqual({ asking: 0, kept: MIN_CHOICE - 1 });
      expect(world.unasked).toBe(1);
    },
  );

  test('an error is the query under way, or nobody when there is none', () => {
    const world = new PoolWorld();
    world.warm();
    const asked = world.ask()!;
    asked.socket.events.failed(new Error('ECONNREFUSED'));
    expect(asked.heard).toEqual(['ECONNREFUSED']);
    world.sockets[3]!.events.failed(new Error('ECONNREFUSED'));
    expect(world.gauges).toEqual({ asking: 0, kept: MIN_CHOICE - 2 });
  });

  test('distrust() closes what has not been answered since', () => {
    const world = new PoolWorld();
    world.warm();
    world.clock.advance(100);
    const recent = world.serve();
    world.pool.distrust(50);
    expect(world.open).toEqual([recent]);
  });

  test('close() lets go of what waits now, and of the others when their queries end; reopen() undoes it', () => {
    const world = new PoolWorld();
    world.warm();
    const asked = world.ask()!;
    world.pool.close();
    expect(world.open).toEqual([asked.socket]);
    asked.hold!.answered();
    expect(world.open).toEqual([]);
    expect(world.clock.timers).toBe(0);
    world.pool.reopen();
    world.serve();
    expect(world.open).toHaveLength(1);
  });
});

type Step =
  | readonly ['ask' | 'tick', number]
  | readonly ['reply' | 'old reply' | 'guess' | 'stray' | 'error', number]
  | readonly ['answered' | 'give up' | 'again' | 'distrust', number];

const STEPS = [
  ...(['ask', 'ask', 'ask', 'tick', 'reply', 'reply', 'old reply', 'guess', 'stray'] as const),
  ...(['error', 'answered', 'answered', 'answered', 'give up', 'again', 'distrust'] as const),
];

describe('law', () => {
  const steps = fc.array(fc.tuple(fc.constantFrom(...STEPS), fc.nat(1000)), { maxLength: 300 });

  test('whatever comes in whatever order: a query hears only its own socket while it is under way, and all sockets close', () => {
    fc.assert(
      fc.property(steps, (script: readonly Step[]) => {
        const world = new PoolWorld();
        const all: Asked[] = [];
        const underWay = new Set<Asked>();
        /** What each query may have heard by now. */
        const expected = new Map<Asked, string[]>();
        const holderOf = (socket: Opened) => [...underWay].find((one) => one.socket === socket);
        const pick = <Item>(items: Iterable<Item>, at: number): Item | undefined => {
          const list = [...items];
          return list[at % Math.max(1, list.length)];
        };
        const tell = (socket: Opened | undefined, what: string, event: () => void) => {
          const holder = socket && holderOf(socket);
          if (holder !== undefined) expected.get(holder)!.push(what);
          event();
        };
        for (const [kind, at] of script) {
          world.drawn = at;
          const asked = pick(underWay, at);
          const socket = kind === 'reply' ? asked?.socket : pick(world.open, at);
          switch (kind) {
            case 'ask': {
              const next = world.ask();
              expect(next === undefined).toBe(underWay.size === MOST_ASKING);
              if (next === undefined) break;
              expect(holderOf(next.socket)).toBeUndefined();
              expect(next.socket.isOpen).toBe(true);
              all.push(next);
              underWay.add(next);
              expected.set(next, []);
              break;
            }
            case 'reply':
              if (asked === undefined) break;
              tell(socket, `reply ${asked.id}`, () => socket!.events.received(message(asked.id)));
              break;
            case 'old reply': {
              const old = pick(all, at);
              if (old === undefined || underWay.has(old)) break;
              const holder = holderOf(old.socket);
              // One that was its socket's last is dropped; an older one could be a guess.
              const isLast = old.socket.sent.at(-2) === old.id;
              if (holder !== undefined && !isLast) expected.get(holder)!.push(`reply ${old.id}`);
              old.socket.events.received(message(old.id));
              break;
            }
            case 'guess':
              tell(socket, 'reply 65535', () => socket?.events.received(message(65_535)));
              break;
            case 'stray':
              tell(socket, 'stray', () => socket?.events.strayed());
              break;
            case 'error': {
              const holder = socket && holderOf(socket);
              tell(socket, 'down', () => {
                if (socket) socket.isOpen = false; // as the network's own sockets
                socket?.events.failed(new Error('down'));
              });
              if (holder !== undefined) underWay.delete(holder);
              break;
            }
            case 'answered':
            case 'give up':
              if (asked === undefined) break;
              underWay.delete(asked);
              if (kind === 'answered') asked.hold!.answered();
              else asked.hold!.close();
              break;
            case 'again': {
              // A hold that is over has no say any more.
              const over = pick(all, at);
              if (over !== undefined && !underWay.has(over)) over.hold!.close();
              break;
            }
            case 'distrust':
              world.pool.distrust(world.clock.now() - at);
              break;
            case 'tick':
              world.clock.advance(at * 5);
          }
          for (const one of all) expect(one.heard).toEqual(expected.get(one));
          expect(world.gauges.asking).toBe(underWay.size);
          expect(world.gauges.kept).toBeLessThanOrEqual(MOST_KEPT);
          expect(world.open.length).toBe(world.gauges.asking + world.gauges.kept);
        }
        world.pool.close();
        for (const { hold } of underWay) hold!.answered();
        expect(world.open).toEqual([]);
        expect(world.gauges).toEqual({ asking: 0, kept: 0 });
        expect(world.clock.timers).toBe(0);
        expect(Math.max(0, ...world.sockets.map(({ sent }) => sent.length))).toBeLessThanOrEqual(
          MAX_USES,
        );
      }),
      { numRuns: 300 },
    );
  });
});
