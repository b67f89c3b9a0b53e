import { describe, expect, test } from 'vitest';
import { CATALOGUE } from '../../src/observe/catalogue.ts';
import { counter } from '../../src/observe/metric-spec.ts';
import { Metrics } from '../../src/observe/metrics.ts';

const ZONE = { server: 'dns://:53', zone: 'cluster.local.', view: '' };
const REQUEST = { ...ZONE, proto: 'udp', family: '1', type: 'A' };

describe('Metrics', () => {
  test('shows a counter as Prometheus wants it', async () => {
    const metrics = new Metrics();
    const requests = metrics.counter('coredns_dns_requests_total', REQUEST);
    requests.add(1);
    requests.add(2);
    expect(await linesOf(metrics, 'coredns_dns_requests_total')).toEqual([
      '# HELP coredns_dns_requests_total Queries taken.',
      '# TYPE coredns_dns_requests_total counter',
      'coredns_dns_requests_total{server="dns://:53",zone="cluster.local.",view="",proto="udp",family="1",type="A"} 3',
    ]);
  });

  test('gives the same series for the same labels in any order', async () => {
    const metrics = new Metrics();
    metrics.counter('coredns_dns_requests_total', REQUEST).add(1);
    const { type, ...rest } = REQUEST;
    metrics.counter('coredns_dns_requests_total', { type, ...rest }).add(1);
    const [, , ...samples] = await linesOf(metrics, 'coredns_dns_requests_total');
    expect(samples).toEqual([expect.stringMatching(/ 2$/)]);
  });

  test('shows a gauge as it was last set', async () => {
    const metrics = new Metrics();
    const gauge = metrics.gauge('svcdns_listen_addresses');
    gauge.set(7);
    gauge.set(3);
    gauge.add(1);
    expect(await linesOf(metrics, 'svcdns_listen_addresses')).toContain(
      'svcdns_listen_addresses 4',
    );
  });

  test('counts in a histogram what is at most the bound of the bucket', async () => {
    const metrics = new Metrics();
    const sizes = metrics.histogram('coredns_dns_request_size_bytes', { ...ZONE, proto: 'udp' });
    for (const size of [0, 1, 100, 101, 511, 512, 65_535]) sizes.observe(size);
    const samples = (await linesOf(metrics, 'coredns_dns_request_size_bytes')).slice(2);
    const counts = samples.map((line) =>
      line.replace(/^.*size_bytes(_\w+){(?:le="(.*?)")?.*} /, '$1 $2 '),
    );
    expect(counts).toEqual([
      '_bucket 0 1',
      '_bucket 100 3',
      '_bucket 200 4',
      '_bucket 300 4',
      '_bucket 400 4',
      '_bucket 511 5',
      '_bucket 1023 6',
      '_bucket 2047 6',
      '_bucket 4095 6',
      '_bucket 8291 6',
      '_bucket 16000 6',
      '_bucket 32000 6',
      '_bucket 48000 6',
      '_bucket 64000 6',
      '_bucket +Inf 7',
      '_sum  66760',
      '_count  7',
    ]);
  });

  test('counts a value that no label has as `other`, so that nobody can add series', async () => {
    const metrics = new Metrics();
    for (let type = 0; type < 10_000; type++) {
      metrics.counter('coredns_dns_requests_total', { ...REQUEST, type: `TYPE${type}` }).add(1);
    }
    const [, , ...samples] = await linesOf(metrics, 'coredns_dns_requests_total');
    expect(samples).toEqual([expect.stringMatching(/type="other"} 10000$/)]);
  });

  test('counts what is beyond its cap in one series a metric, so that sums stay right', async () => {
    const metrics = new Metrics([], 3);
    for (let zone = 0; zone < 10; zone++) {
      const labels = { ...ZONE, zone: `${zone}.example.` };
      metrics.counter('coredns_dns_do_requests_total', labels).add(1);
    }
    metrics.histogram('coredns_dns_request_duration_seconds', ZONE).observe(0.5);
    const [, , ...samples] = await linesOf(metrics, 'coredns_dns_do_requests_total');
    expect(samples).toEqual([
      'coredns_dns_do_requests_total{server="dns://:53",zone="0.example.",view=""} 1',
      'coredns_dns_do_requests_total{server="dns://:53",zone="1.example.",view=""} 1',
      'coredns_dns_do_requests_total{server="dns://:53",zone="2.example.",view=""} 1',
      'coredns_dns_do_requests_total{server="other",zone="other",view="other"} 7',
    ]);
    const text = await metrics.text();
    expect(text).toContain(
      'coredns_dns_request_duration_seconds_count{server="other",zone="other",view="other"} 1',
    );
    expect(text).toContain('svcdns_metrics_series_refused_total 8');
  });

  test('shows no gauge beyond its cap: a number that many set says nothing', async () => {
    const metrics = new Metrics([], 1);
    metrics.gauge('svcdns_open_files_limit', { use: 'tcp' }).set(1);
    metrics.gauge('svcdns_open_files_limit', { use: 'admin' }).set(2);
    const [, , ...samples] = await linesOf(metrics, 'svcdns_open_files_limit');
    expect(samples).toEqual(['svcdns_open_files_limit{use="tcp"} 1']);
  });

  test('shows every metric without labels from the start, so that the first event is a rise', async () => {
    const plugin = { svcdns_hits_total: counter('Hits.') };
    const text = await new Metrics([plugin]).text();
    for (const [name, { type, labels }] of Object.entries({ ...CATALOGUE, ...plugin })) {
      const sample = type === 'histogram' ? `${name}_count` : name;
      if (Object.keys(labels).length === 0) expect(text).toContain(`\n${sample} 0\n`);
      else expect(text).not.toContain(name);
    }
  });

  test('drops the series of what is no longer in use, and has room for others', async () => {
    const metrics = new Metrics([], 1);
    metrics.gauge('coredns_plugin_enabled', { ...ZONE, name: 'cache' }).set(1);
    metrics.clear('coredns_plugin_enabled');
    metrics.gauge('coredns_plugin_enabled', { ...ZONE, name: 'forward' }).set(1);
    const [, , ...samples] = await linesOf(metrics, 'coredns_plugin_enabled');
    expect(samples).toEqual([
      'coredns_plugin_enabled{server="dns://:53",zone="cluster.local.",view="",name="forward"} 1',
    ]);
  });

  test('lets others have their turn while it writes a long text', async () => {
    const metrics = new Metrics();
    for (let zone = 0; zone < 100; zone++) {
      const labels = { ...ZONE, zone: `${zone}.example.` };
      metrics.histogram('coredns_dns_request_duration_seconds', labels).observe(1);
      metrics.histogram('coredns_dns_request_size_bytes', { ...labels, proto: 'udp' }).observe(1);
    }
    const order: string[] = [];
    const written = metrics.text().then(() => order.push('text'));
    setImmediate(() => order.push('other'));
    await written;
    expect(order).toEqual(['other', 'text']);
  });

  test('files a value as often as it is told', async () => {
    const metrics = new Metrics();
    const name = 'coredns_dns_request_duration_seconds';
    metrics.histogram(name, ZONE).observe(0.25, 4);
    const lines = await linesOf(metrics, name);
    expect(lines.slice(-2)).toEqual([
      `${name}_sum{server="dns://:53",zone="cluster.local.",view=""} 1`,
      `${name}_count{server="dns://:53",zone="cluster.local.",view=""} 4`,
    ]);
  });

  test('escapes what a label may not contain', async () => {
    const metrics = new Metrics();
    metrics.counter('coredns_dns_do_requests_total', { ...ZONE, zone: 'a"b\\c\nd' }).add(1);
    expect(await metrics.text()).toContain('zone="a\\"b\\\\c\\nd"');
  });

  test('reads a number that is kept elsewhere when it is asked, and leaves out one that throws', async () => {
    const metrics = new Metrics();
    let open = 1;
    metrics.read('svcdns_tcp_connections', () => open);
    metrics.read('svcdns_listen_addresses', () => {
      throw new Error('closed');
    });
    open = 5;
    expect(await metrics.text()).toContain('\nsvcdns_tcp_connections 5\n');
    expect(await linesOf(metrics, 'svcdns_listen_addresses')).toHaveLength(2);
  });

  test('rejects labels that are not in the catalogue, and missing ones', () => {
    const metrics = new Metrics();
    const { zone, ...noZone } = ZONE;
    expect(zone).toBe('cluster.local.');
    expect(() => metrics.counter('coredns_dns_do_requests_total', noZone as typeof ZONE)).toThrow(
      'Cannot count in coredns_dns_do_requests_total: label "zone" is missing',
    );
    const tooMany = { ...ZONE, client: '10.0.0.1' };
    expect(() => metrics.counter('coredns_dns_do_requests_total', tooMany)).toThrow(
      'Cannot count in coredns_dns_do_requests_total: it has no label "client"',
    );
  });

  test('shows the process only when told, without the gauges that are named as counters', async () => {
    const metrics = new Metrics();
    expect(await metrics.text()).not.toContain('process_');
    metrics.includeProcess();
    const text = await metrics.text();
    expect(text).toContain('process_resident_memory_bytes');
    expect(text).not.toMatch(/^# TYPE \S+_total gauge$/m);
  });
});

/** The lines of one metric. */
async function linesOf(metrics: Metrics, name: string): Promise<string[]> {
  const blocks = (await metrics.text()).trimEnd().split('\n\n');
  return blocks.find((block) => block.startsWith(`# HELP ${name} `))?.split('\n') ?? [];
}
