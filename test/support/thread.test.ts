import { once } from 'node:events';
import { expect, test } from 'vitest';
import {
  endPreparedThreads,
  prepareThread,
  startThread,
  type ThreadProgram,
} from '../../src/support/thread.ts';

/** The control thread, which cannot take these tasks apart and ends with an error. */
const PROGRAM: ThreadProgram = { file: 'worker.cjs', maxNewMib: 3 };
const MISSING: ThreadProgram = { file: 'none.cjs', maxNewMib: 3 };

test('a prepared thread is given one task, and the next has a thread of its own', async () => {
  const prepared = prepareThread(PROGRAM);
  const threads = [startThread(PROGRAM, {}), startThread(PROGRAM, {})];
  expect(threads[0]).toBe(prepared);
  expect(threads[1]).not.toBe(prepared);
  const errors = await Promise.all(threads.map((thread) => once(thread, 'error')));
  for (const [error] of errors) expect(error).toBeInstanceOf(TypeError);
});

test('one that ends before it has a task is forgotten', async () => {
  const prepared = prepareThread(MISSING);
  await new Promise((resolve) => prepared.once('exit', resolve)); // `once` rejects at its error
  const thread = startThread(MISSING, {});
  expect(thread).not.toBe(prepared);
  await once(thread, 'error');
});

test('one without a task is ended', async () => {
  const prepared = prepareThread(PROGRAM);
  endPreparedThreads();
  await once(prepared, 'exit');
});
