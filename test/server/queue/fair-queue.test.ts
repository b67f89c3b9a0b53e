import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FairQueue } from '../../../src/server/queue/fair-queue.ts';

interface Item {
  readonly client: string;
  readonly receivedAt: number;
}

/** `a1`, `b2`: the client's letter, then when it came. */
function item(text: string): Item {
  return { client: text.charAt(0), receivedAt: Number(text.slice(1)) };
}

function text(given: Item | undefined): string {
  return given === undefined ? '-' : `${given.client}${given.receivedAt}`;
}

/** A queue that was given these, in order. */
function queueOf(places: number, given: string): FairQueue<Item> {
  const queue = new FairQueue<Item>(places);
  for (const one of given.split(' ')) queue.push(item(one));
  return queue;
}

/** What a queue gives, to its end, when what came before then is late. */
function drained(queue: FairQueue<Item>, late = 0): string {
  const out: string[] = [];
  while (queue.size > 0) out.push(text(queue.take(late)));
  return out.join(' ');
}

describe('FairQueue', () => {
  test('gives clients their turns one after the other, and of each the oldest first', () => {
    const queue = queueOf(100, 'a1 a2 a3 a4 b5 c6 b7');
    expect(drained(queue)).toBe('a1 b5 c6 a2 b7 a3 a4');
    expect(text(queue.take(0))).toBe('-');
  });

  test('gives the newest first of a client whose oldest is late', () => {
    const given = 'a1 a2 a3 a4 b5 c6 b7';
    expect(drained(queueOf(100, given), 10)).toBe('a4 b7 c6 a3 b5 a2 a1');
    expect(drained(queueOf(100, given), 3)).toBe('a4 b5 c6 a3 b7 a2 a1');
  });

  test('lets one that comes later wait for one turn of each of the others at most', () => {
    const queue = queueOf(100, 'a1 a2 a3 b4 b5');
    expect(text(queue.take(0))).toBe('a1');
    queue.push(item('c6'));
    expect(drained(queue)).toBe('b4 a2 c6 b5 a3');
  });

  test('gives up what came before a time, oldest first', () => {
    const queue = queueOf(100, 'a1 b2 a3');
    const before = (at: number) => text(queue.takeBefore(at));
    expect([before(1), before(3), before(3), before(3), queue.size]).toEqual([
      '-',
      'a1',
      'b2',
      '-',
      1,
    ]);
  });

  test('has the oldest of a client go for its newest when it holds as many as are free', () => {
    const queue = queueOf(4, 'a1 a2');
    expect(text(queue.push(item('a3')))).toBe('a1');
    expect(text(queue.push(item('b4')))).toBe('-');
    expect(text(queue.push(item('b5')))).toBe('b4');
    expect(drained(queue)).toBe('a2 b5 a3');
  });

  test('has the oldest of all go for a client that has none, when every place is taken', () => {
    const queue = queueOf(2, 'a1 b2');
    expect(text(queue.push(item('c3')))).toBe('a1');
    expect(text(queue.push(item('c4')))).toBe('c3');
    expect(drained(queue)).toBe('b2 c4');
  });

  test('never holds more than its places, loses nothing, and leaves room beside greedy clients', () => {
    const clients = ['a', 'b', 'c', 'd'];
    const steps = fc.array(fc.constantFrom(...clients, 'take', 'old'), { maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), steps, (places, words) => {
        const queue = new FairQueue<Item>(places);
        const held = new Set<string>();
        for (const [at, word] of words.entries()) {
          if (word === 'take') held.delete(text(queue.take(at - 20)));
          else if (word === 'old') held.delete(text(queue.takeBefore(at - 50)));
          else {
            const out = queue.push({ client: word, receivedAt: at });
            held.add(`${word}${at}`);
            held.delete(text(out));
          }
          expect(queue.size).toBe(held.size);
          expect(queue.size).toBeLessThanOrEqual(places);
          // As many more as each may have: n clients leave one place in n + 1.
          const wanted = Math.floor(places / (clients.length + 1)) - clients.length;
          expect(places - queue.size).toBeGreaterThanOrEqual(Math.max(0, wanted));
        }
        expect(new Set(drained(queue).split(' ').filter(Boolean))).toEqual(held);
      }),
    );
  });

  test('of clients that have enough waiting, gives each the same share whatever the others ask', () => {
    const counts = fc.array(fc.integer({ min: 5, max: 40 }), { minLength: 2, maxLength: 6 });
    fc.assert(
      fc.property(counts, (asked) => {
        const queue = new FairQueue<Item>(1000);
        let at = 0;
        for (const [client, count] of asked.entries()) {
          for (let i = 0; i < count; i++) queue.push({ client: `c${client}`, receivedAt: at++ });
        }
        const taken = Array.from({ length: asked.length * 5 }, () => queue.take(at / 2)?.client);
        for (const client of asked.keys()) {
          expect(taken.filter((one) => one === `c${client}`)).toHaveLength(5);
        }
      }),
    );
  });
});
