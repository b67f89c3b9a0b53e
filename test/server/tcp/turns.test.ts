import { expect, test } from 'vitest';
import { Turns } from '../../../src/server/tcp/turns.ts';

test('Turns waits for a look at the sockets only once half of a turn has been taken', () => {
  const tasks: (() => void)[] = [];
  const turns = new Turns(4, (task) => void tasks.push(task));
  const waiter = { resume: () => {} };
  const take = () => `${turns.take(waiter)} ${tasks.length}`;
  expect([take(), take(), take(), take(), take()]).toEqual([
    'true 0',
    'true 0',
    'true 1',
    'true 1',
    'false 1',
  ]);
  tasks.pop()?.();
  expect(take()).toBe('true 0');
});
