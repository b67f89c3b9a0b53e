import { expect, test } from 'vitest';
import { gauge, type MetricTable } from '../../src/observe/metric-spec.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import type { ThreadSeries } from '../../src/observe/thread-series.ts';

const UPSTREAM = { to: '192.0.2.1:53' } as const;

const TABLE = {
  in_flight: gauge('', { to: 'configured' }),
  upstream_up: gauge('', { to: 'configured' }, 'least'),
  hosts_entries: gauge('', { to: 'configured' }, 'most'),
} as const satisfies MetricTable;

/** The metrics of one more thread, joined to `all`; `end` ends the thread. */
function thread(all: Metrics) {
  const leaving: (() => void)[] = [];
  // What a message does to it: another view of the same memory.
  const join = ({ name, labels, values }: ThreadSeries) => {
    const { buffer, byteOffset, length } = values;
    leaving.push(all.join({ name, labels, values: new Float64Array(buffer, byteOffset, length) }));
  };
  const own = new Metrics([TABLE], undefined, join);
  const end = () => {
    for (const leave of leaving.splice(0)) leave();
  };
  return { own, end };
}

test('Metrics shows what several threads count as one number, after a thread has ended too', () => {
  const all = new Metrics([TABLE]);
  const [first, second] = [thread(all), thread(all)];
  const reason = { reason: 'ENOMEM' } as const;
  all.counter('svcdns_udp_replies_dropped_total', reason).add(1);
  first.own.counter('svcdns_udp_replies_dropped_total', reason).add(10);
  second.own.counter('svcdns_udp_replies_dropped_total', reason).add(100);
  const dropped = () => all.now('svcdns_udp_replies_dropped_total').map(({ value }) => value);
  expect(dropped()).toEqual([111]);
  first.end();
  expect(dropped()).toEqual([111]);
  const next = thread(all);
  next.own.counter('svcdns_udp_replies_dropped_total', reason).add(1000);
  expect(dropped()).toEqual([1111]);
});

test('Metrics sums histograms of threads bucket by bucket', async () => {
  const all = new Metrics([TABLE]);
  const { own, end } = thread(all);
  all.histogram('svcdns_chain_queue_seconds').observe(0.001);
  own.histogram('svcdns_chain_queue_seconds').observe(0.002, 2);
  expect(all.now('svcdns_chain_queue_seconds')).toEqual([{ labels: {}, value: 3, sum: 0.005 }]);
  end();
  const text = await all.text();
  expect(text).toContain('svcdns_chain_queue_seconds_bucket{le="0.001"} 1\n');
  expect(text).toContain('svcdns_chain_queue_seconds_bucket{le="0.004"} 3\n');
});

test.for([
  ['in_flight', [2, 3], 5, 2],
  ['upstream_up', [1, 0], 0, 1],
  ['upstream_up', [0, 1], 0, 0],
  ['hosts_entries', [7, 7], 7, 7],
] as const)('Metrics shows the gauge %s of two threads, %o, as %d', ([name, values, both, own]) => {
  const all = new Metrics([TABLE]);
  const other = thread(all);
  const shown = all.of(TABLE);
  shown.gauge(name, UPSTREAM).set(values[0]);
  other.own.of(TABLE).gauge(name, UPSTREAM).set(values[1]);
  expect(shown.now(name)).toMatchObject([{ value: both }]);
  other.end();
  expect(shown.now(name)).toMatchObject([{ value: own }]);
});

test('Metrics shows a gauge that only another thread has', () => {
  const all = new Metrics([TABLE]);
  thread(all).own.of(TABLE).gauge('upstream_up', UPSTREAM).set(1);
  expect(all.of(TABLE).now('upstream_up')).toEqual([{ labels: UPSTREAM, value: 1, sum: 0 }]);
});

test('Metrics.refresh() shows other threads what is kept elsewhere', () => {
  const all = new Metrics([TABLE]);
  const { own } = thread(all);
  own.read('svcdns_chain_queue_length', () => 42);
  own.read('svcdns_chain_in_flight', () => {
    throw new Error('not there yet');
  });
  expect(all.now('svcdns_chain_queue_length')).toMatchObject([{ value: 0 }]);
  own.refresh();
  expect(all.now('svcdns_chain_queue_length')).toMatchObject([{ value: 42 }]);
  expect(all.now('svcdns_chain_in_flight')).toMatchObject([{ value: 0 }]);
});
