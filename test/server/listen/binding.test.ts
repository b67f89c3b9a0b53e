import { describe, expect, test } from 'vitest';
import { createLoggerTo } from '../../../src/observe/log.ts';
import { Metrics } from '../../../src/observe/metrics.ts';
import { type Binding, closeBindings } from '../../../src/server/listen/binding.ts';
import { Panics } from '../../../src/server/panics.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';

describe('closeBindings', () => {
  test('one that throws does not keep the others from being paused and closed', async () => {
    const done: string[] = [];
    const log = createLoggerTo('silent', { write: () => {} });
    const metrics = new Metrics();
    const bindings = ['first', 'second', 'third'].map((name) => binding(name, done));
    const panics = new Panics(log, metrics, () => 0);
    await closeBindings(bindings, new FakeClock(), 0, panics);
    expect(done).toEqual([
      ...['first paused', 'second paused', 'third paused'],
      ...['first closed', 'second closed', 'third closed'],
    ]);
    expect(await metrics.text()).toContain('coredns_panics_total 2\n');
  });
});

/** A bound address of which the second throws whatever it is told. */
function binding(name: string, done: string[]): Binding {
  const told = (what: string) => {
    done.push(`${name} ${what}`);
    if (name === 'second') throw new Error('a bug');
  };
  return {
    isBusy: false,
    pause: () => told('paused'),
    close: async () => told('closed'),
  } as unknown as Binding;
}
