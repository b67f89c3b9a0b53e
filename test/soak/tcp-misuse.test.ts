import { expect, onTestFinished, test } from 'vitest';
import { SlowWorld } from '../e2e/slow-world.ts';
import { holdPart, MISUSES, misuse, pipeline } from '../e2e/tcp-misuse.ts';
import { eventuallyTrue } from '../helpers/eventually.ts';

const CONNECTIONS = 10_000;

/** At a time: more than the server has comfort for, and fewer than its places. */
const AT_A_TIME = 1200;

const PORT = 20_201;

test('10,000 misused connections leave no place taken, nothing thrown, and nothing unanswered', async () => {
  const world = await SlowWorld.start(PORT);
  const faults: string[] = [];
  let next = 0;
  let isOver = false;
  const one = async () => {
    while (next < CONNECTIONS) {
      const number = next++;
      const fault = await misuse(world.address, MISUSES[number % MISUSES.length]!, number);
      if (fault !== undefined) faults.push(fault);
    }
  };
  // Somebody who uses up turns, so that others are held in the middle of theirs, and loses nothing.
  let answered = 0;
  const greedy = async () => {
    for (; !isOver; answered++) await pipeline(world.address, 2000);
  };
  const asking = Promise.all([greedy(), greedy()]);
  await Promise.all(Array.from({ length: AT_A_TIME }, one));
  isOver = true;
  await asking;
  expect(faults).toEqual([]);
  expect(answered).toBeGreaterThan(0);
  expect(await world.metric('svcdns_tcp_connections_accepted_total')).toBeGreaterThanOrEqual(
    CONNECTIONS,
  );
  const places = () => world.metric('svcdns_tcp_connections');
  await eventuallyTrue(async () => (await places()) === 0);
  expect(await world.metric('coredns_panics_total')).toBe(0);

  for (let i = 0; i < 100; i++) {
    const socket = await holdPart(world.address, i);
    onTestFinished(() => void socket.destroy());
  }
  const replies = await world.askSlowly(20);
  world.server.signal('SIGTERM');
  await eventuallyTrue(async () => (await world.ready()) !== 200);
  world.answerAll();
  expect((await Promise.all(replies)).length).toBe(20);
  expect(await world.server.exited()).toEqual({ code: 0, signal: null });
});
