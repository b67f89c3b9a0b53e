import { expect, test } from 'vitest';
import { bufferedRandom } from '../../src/support/random.ts';

/** Counts up, so that each byte of the first 256 is another; and how often it was asked. */
function counting() {
  const asked: number[] = [];
  let next = 0;
  const fetch = (bytes: number) => {
    asked.push(bytes);
    return Uint8Array.from({ length: bytes }, () => next++);
  };
  return { asked, fetch };
}

test('bufferedRandom() gives out no byte twice, and fetches seldom', () => {
  const { asked, fetch } = counting();
  const random = bufferedRandom(fetch);
  const drawn = [2, 1, 5, 16, 32, 100, 100].flatMap((bytes) => [...random(bytes)]);
  expect(drawn).toEqual(Array.from({ length: 256 }, (_, at) => at));
  expect(asked).toHaveLength(1);
});

test('bufferedRandom() gives as many as are asked for, across the end of its store', () => {
  const { asked, fetch } = counting();
  const random = bufferedRandom(fetch);
  for (let i = 0; i < 1000; i++) expect(random(33)).toHaveLength(33);
  expect(random(100_000)).toHaveLength(100_000);
  expect(asked.at(-1)).toBe(100_000);
});

test('bufferedRandom() draws from the system when nothing else is said', () => {
  const random = bufferedRandom();
  expect(random(16)).not.toEqual(random(16));
});
