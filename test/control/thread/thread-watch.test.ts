import { Worker } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import { kernelThread, kernelThreadCpuMs } from '../../../src/control/thread/kernel-thread.ts';
import { Progress } from '../../../src/control/thread/progress.ts';
import { ThreadWatch } from '../../../src/control/thread/thread-watch.ts';
import { until } from '../../server/until.ts';

/** A thread whose time, CPU time and steps the test moves. */
function watched() {
  const world: { now: number; cpu: number | undefined } = { now: 0, cpu: 0 };
  const progress = new Progress();
  const watch = new ThreadWatch({ progress, now: () => world.now, cpuMs: () => world.cpu });
  /** So much later, and with so much more CPU time. */
  const after = (ms: number, cpuMs = 0) => {
    world.now += ms;
    if (world.cpu !== undefined) world.cpu += cpuMs;
    return watch.fault();
  };
  /** What a look each second says, of which only the last may find a fault. */
  const eachSecond = (seconds: number) => {
    for (let i = 1; i < seconds; i++) expect(after(1000)).toBeUndefined();
    return after(1000);
  };
  return { world, progress, after, eachSecond };
}

describe('ThreadWatch says of a thread that has', () => {
  test('used 60 s of CPU time without a step, that it hangs', () => {
    const { after } = watched();
    after(1000);
    expect(after(100_000, 59_999)).toBeUndefined();
    expect(after(0, 1)).toBe('got nothing done in 60 s of CPU time');
  });

  test('used as much with a step between, that it gets on', () => {
    const { progress, after } = watched();
    after(1000);
    for (let i = 0; i < 10; i++) {
      expect(after(1000, 59_999)).toBeUndefined();
      progress.step();
      expect(after(1000, 1)).toBeUndefined();
    }
  });

  test('no CPU time, that it waits, for ten minutes', () => {
    const { eachSecond } = watched();
    expect(eachSecond(600)).toBe('got nothing done in 600 s');
  });

  test.for([0, undefined])(
    'been stopped for an hour with the watch itself, that it may get on (CPU time %s)',
    (cpu) => {
      const { world, after, eachSecond } = watched();
      world.cpu = cpu;
      expect(after(1000)).toBeUndefined();
      expect(after(3_600_000, 5)).toBeUndefined();
      expect(eachSecond(60)).toBeUndefined();
    },
  );

  test('got a step done, that its waiting begins anew', () => {
    const { progress, eachSecond } = watched();
    expect(eachSecond(599)).toBeUndefined();
    progress.step();
    expect(eachSecond(600)).toBeUndefined();
    expect(eachSecond(1)).toBe('got nothing done in 600 s');
  });

  test('got nothing done where nobody tells its CPU time, that it hangs after two minutes', () => {
    const { world, eachSecond } = watched();
    world.cpu = undefined;
    expect(eachSecond(120)).toBe('got nothing done in 120 s');
  });

  test('a CPU time only since a while, that it has used what was added since', () => {
    const { world, after } = watched();
    world.cpu = undefined;
    expect(after(1000)).toBeUndefined();
    world.cpu = 50_000;
    expect(after(1000)).toBeUndefined();
    expect(after(1000, 60_000)).toBe('got nothing done in 60 s of CPU time');
  });
});

/** A real thread that does this, and a kernel whose clock runs five hundred times as fast. */
function realThread(code: string) {
  const progress = new Progress();
  const text = `const { readlinkSync } = require('node:fs');
    const cells = new Int32Array(require('node:worker_threads').workerData);
    Atomics.store(cells, 1, Number(readlinkSync('/proc/thread-self').split('/').at(-1)));
    Atomics.add(cells, 0, 1);
    ${code}`;
  const worker = new Worker(text, { eval: true, workerData: progress.shared });
  onTestFinished(async () => void (await worker.terminate()));
  const world = { now: 0 };
  const watch = new ThreadWatch({
    progress,
    now: () => world.now,
    cpuMs: (thread) => {
      const ms = kernelThreadCpuMs(thread);
      return ms === undefined ? undefined : ms * 500;
    },
  });
  return { progress, watch, world };
}

describe.runIf(process.platform === 'linux')('ThreadWatch of a real thread', () => {
  test('sees an endless loop by the CPU time it takes', async () => {
    const { progress, watch } = realThread('for (;;);');
    await until(() => progress.steps > 0);
    let fault: string | undefined;
    await until(() => {
      fault = watch.fault();
      return fault !== undefined;
    });
    expect(fault).toMatch(/^got nothing done in \d+ s of CPU time$/);
  });

  test('leaves one alone that is given none', async () => {
    const { progress, watch, world } = realThread('Atomics.wait(cells, 0, cells[0]);');
    await until(() => progress.steps > 0);
    await until(() => watch.fault() === undefined); // the CPU time of its start
    for (; world.now < 599_000; world.now += 1000) expect(watch.fault()).toBeUndefined();
  });
});

test('Progress counts for both sides of the memory they share, and round', () => {
  const one = new Progress();
  const other = new Progress(one.shared);
  one.step();
  one.step();
  other.thread = 77;
  expect([other.steps, one.thread]).toEqual([2, 77]);
  Atomics.store(new Int32Array(one.shared), 0, 2 ** 31 - 1);
  one.step();
  expect(other.steps).not.toBe(2 ** 31 - 1);
});

describe.runIf(process.platform === 'linux')('kernelThreadCpuMs()', () => {
  test('grows with what a thread computes', () => {
    const thread = kernelThread();
    const before = kernelThreadCpuMs(thread) ?? 0;
    expect(before).toBeGreaterThan(0);
    while ((kernelThreadCpuMs(thread) ?? 0) < before + 30) Math.sqrt(2);
  });

  test.for([0, 2 ** 30])('of thread %d, which is none, is unknown', (thread) => {
    expect(kernelThreadCpuMs(thread)).toBeUndefined();
  });
});
