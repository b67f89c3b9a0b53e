import { describe, expect, test } from 'vitest';
import { Exposition } from '../../src/admin/exposition.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import { FakeClock } from '../helpers/fake-clock.ts';

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Metrics that take so long to write, and count how often they are. */
class SlowMetrics extends Metrics {
  readonly #clock: FakeClock;
  readonly #ms: number;
  written = 0;

  constructor(clock: FakeClock, ms: number) {
    super();
    this.#clock = clock;
    this.#ms = ms;
  }

  override async text(): Promise<string> {
    this.written++;
    this.#clock.advance(this.#ms);
    return `text ${this.written}`;
  }
}

function slow(ms: number) {
  const clock = new FakeClock();
  const metrics = new SlowMetrics(clock, ms);
  return { clock, metrics, exposition: new Exposition(metrics, clock) };
}

describe('Exposition.text()', () => {
  test('writes once for all who ask at the same time', async () => {
    const { exposition, metrics } = slow(5);
    const asked = Array.from({ length: 64 }, () => exposition.text());
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['text 1']));
    expect(metrics.written).toBe(1);
  });

  test('writes anew for who asks later, after nine times as long as it took', async () => {
    const { clock, exposition, metrics } = slow(5);
    await exposition.text();
    const later = [exposition.text(), exposition.text()];
    await settled();
    clock.advance(44);
    await settled();
    expect(metrics.written).toBe(1);
    clock.advance(1);
    expect(await Promise.all(later)).toEqual(['text 2', 'text 2']);
  });

  test('makes nobody wait who asks as rarely as Prometheus does', async () => {
    const { clock, exposition, metrics } = slow(5);
    for (let scrape = 1; scrape <= 3; scrape++) {
      expect(await exposition.text()).toBe(`text ${scrape}`);
      clock.advance(15_000);
    }
    expect(metrics.written).toBe(3);
  });

  test('goes on after a failure, which everybody who waited is told', async () => {
    const { exposition, metrics } = slow(0);
    const text = metrics.text.bind(metrics);
    metrics.text = () => Promise.reject(new Error('a bug'));
    const failed = await Promise.allSettled([exposition.text(), exposition.text()]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    metrics.text = text;
    expect(await exposition.text()).toBe('text 1');
  });
});
