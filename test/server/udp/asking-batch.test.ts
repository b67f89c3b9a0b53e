import { constants } from 'node:os';
import { expect, test } from 'vitest';
import { askingSockets } from '../../../src/server/udp/asking-sockets.ts';
import { ASKING, type AskingBinding } from '../../../src/server/udp/native-binding.ts';

/** What came to a socket: a datagram, one from somebody else, or an error of the system. */
type Arrival = readonly [socket: number, came: string | 'astray' | number];

/** Sockets `0`, `1` … whose arrivals the test hands over in one batch, and what they tell. */
function batches(opened: number) {
  const memory = new ArrayBuffer(ASKING.bytes + 1024);
  const hungUp: number[] = [];
  let ready = (_arrivals: number) => {};
  let last = -1;
  const binding: AskingBinding = {
    startAsking: (given) => {
      ready = given;
      return { asking: {}, memory };
    },
    connect: () => ++last,
    ask: () => 0,
    hangUp: (_asking, socket) => void hungUp.push(socket),
    stopAsking: () => {},
  };
  const events: string[] = [];
  /** What a socket does once it has told. */
  const then = new Map<number, () => void>();
  const openDatagram = askingSockets(binding);
  const open = (at: number) => {
    const tell = (what: string) => {
      events.push(`${at} ${what}`);
      then.get(at)?.();
    };
    return openDatagram({ address: '192.0.2.1', port: 53 }, undefined, {
      received: (bytes) => tell(String(bytes)),
      strayed: () => tell('strayed'),
      failed: (error) => tell((error as NodeJS.ErrnoException).code ?? error.message),
    });
  };
  const sockets = Array.from({ length: opened }, (_, at) => open(at));
  const arrive = (...arrivals: Arrival[]) => {
    let used = 0;
    for (const [at, [socket, came]] of arrivals.entries()) {
      const bytes = Buffer.from(typeof came === 'string' ? came : '');
      const length = typeof came === 'number' ? -came : bytes.length;
      const place = at * ASKING.arrivalBytes;
      new Int32Array(memory, place, 4).set([socket, length, used, came === 'astray' ? 1 : 0]);
      Buffer.from(memory).set(bytes, ASKING.bytes + used);
      used += bytes.length;
    }
    ready(arrivals.length);
  };
  return { arrive, events, hungUp, open, sockets, then };
}

const { ECONNREFUSED } = constants.errno;

test('each socket has what came to it, in the order it came', () => {
  const { arrive, events, hungUp } = batches(3);
  arrive([1, 'one'], [0, ECONNREFUSED], [2, 'astray'], [1, ''], [0, 'late'], [7, 'nobody']);
  expect(events).toEqual(['1 one', '0 ECONNREFUSED', '2 strayed', '1 ']);
  expect(hungUp).toEqual([0]);
});

test('what comes behind one who throws is handed over, and the first error thrown then', () => {
  const { arrive, events, then } = batches(3);
  for (const at of [0, 1]) {
    then.set(at, () => {
      throw new Error(`thrown by ${at}`);
    });
  }
  expect(() => arrive([0, ECONNREFUSED], [1, 'b'], [2, 'c'])).toThrow('thrown by 0');
  expect(events).toEqual(['0 ECONNREFUSED', '1 b', '2 c']);
});

test('closed by what came to the one before it, a socket has nothing of its own', () => {
  const { arrive, events, hungUp, open, sockets, then } = batches(3);
  then.set(0, () => {
    sockets[1]!.close();
    open(3); // which has a number of its own
  });
  arrive([0, 'a'], [1, 'b'], [2, 'c'], [3, 'd']);
  expect(events).toEqual(['0 a', '2 c', '3 d']);
  expect(hungUp).toEqual([1]);
});

test('nobody has anything more once all are closed in the middle of a batch', () => {
  const { arrive, events, sockets, then } = batches(3);
  then.set(1, () => {
    for (const socket of sockets) socket.close();
  });
  arrive([0, 'a'], [1, 'b'], [0, 'c'], [2, ECONNREFUSED], [1, 'e']);
  expect(events).toEqual(['0 a', '1 b']);
});
