import { expect, test } from 'vitest';
import { Gathering } from '../../../src/sources/kubeapi/gathering.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';

test('Gathering takes a few objects after 10 ms, and after a crowd no more until 40 ms are over', () => {
  const clock = new FakeClock();
  const start = clock.now();
  const taken: string[] = [];
  let waiting = 0;
  const gathering = new Gathering(clock, (since) => {
    const objects = waiting;
    taken.push(`${objects} at ${clock.now() - start}, from ${since - start}`);
    waiting = 0;
    return objects;
  });
  const come = (objects: number) => {
    waiting += objects;
    gathering.call();
  };
  come(3);
  clock.advance(4);
  come(1);
  clock.advance(6);
  come(5);
  clock.advance(10);
  come(1);
  clock.advance(30);
  come(1);
  clock.advance(10);
  come(2);
  clock.advance(10);
  expect(taken).toEqual([
    '4 at 10, from 0',
    '5 at 20, from 10',
    '2 at 60, from 20',
    '2 at 70, from 60',
  ]);
});
