import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { App } from '../../src/app.ts';
import { loadSettings } from '../../src/config/load.ts';
import type { Settings } from '../../src/config/settings.ts';
import { createLoggerTo } from '../../src/observe/log.ts';
import { type AskOptions, ask as askServer } from '../helpers/ask.ts';
import { startAppHere } from '../helpers/control-here.ts';
import { eventually } from '../helpers/eventually.ts';
import { rounds } from '../helpers/runs.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { FakeUpstream } from './fake-upstream.ts';

const service = (address: string) => `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { clusterIP: ${address}, ports: [{ name: http, port: 80 }] }
`;

const WEB = 'web.shop.svc.cluster.local.';

/** Questions about what nobody has. */
const ODD = rounds(100, 1000);

let folder: TempFolder;
let upstream: FakeUpstream;
let upstreamPort: number;
let app: App;

beforeEach(async () => {
  folder = new TempFolder();
  folder.write('zones/shop.yaml', service('10.96.0.7'));
  upstream = new FakeUpstream('192.0.2.1');
  upstreamPort = await upstream.start();
});

afterEach(async () => {
  await app.close();
  await upstream.stop();
  folder.dispose();
});

interface Changes {
  readonly bind?: string;
  readonly ttl?: number;
  readonly lameduck?: string;
  readonly more?: string;
}

/** The Corefile that kubeadm writes, on ports that are free. */
function settingsWith(changes: Changes = {}): Settings {
  const { bind = '127.0.0.1', ttl = 30, lameduck = '0s', more = 'loadbalance' } = changes;
  const config = folder.write(
    'Corefile',
    `.:0 {
      bind ${bind}
      errors
      health 127.0.0.1:0 {
        lameduck ${lameduck}
      }
      ready 127.0.0.1:0
      kubernetes cluster.local in-addr.arpa ip6.arpa {
        manifests zones
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl ${ttl}
      }
      prometheus 127.0.0.1:0
      forward . 127.0.0.1:${upstreamPort} {
        max_concurrent 1000
      }
      cache 30
      loop
      reload
      ${more}
    }\n`,
  );
  const { settings, problems } = loadSettings({ options: { config }, env: {}, cwd: folder.path });
  if (settings === undefined) throw new Error(JSON.stringify(problems));
  return settings;
}

async function start(settings = settingsWith()): Promise<void> {
  app = await startAppHere(settings, { log: createLoggerTo('silent', { write: () => {} }) });
  await app.whenSynced();
}

const ask = (name: string, type: string | number, options: AskOptions = {}) =>
  askServer(app.addresses[0]!, name, type, options);

const get = (path: string) => fetch(`http://127.0.0.1:${app.admin?.port}${path}`);

interface Series {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

async function scrape(): Promise<Series[]> {
  const lines = (await (await get('/metrics')).text()).split('\n');
  return lines.flatMap((line) => {
    const [, name = '', labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (value === undefined) return [];
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
    return [
      { name, labels: new Map(pairs.map(([, k = '', v = '']) => [k, v])), value: Number(value) },
    ];
  });
}

/** The series that a selector finds: `name{label="value",label}`; a label alone has to be there. */
function select(series: readonly Series[], selector: string): Series[] {
  const [, wanted, conditions = ''] = /^(\w+)(?:\{(.*)\})?$/.exec(selector) ?? [];
  const labels = conditions.split(',').filter(Boolean);
  return series.filter(
    (one) =>
      one.name === wanted &&
      labels.every((condition) => {
        const [label = '', value] = condition.split('=');
        const actual = one.labels.get(label);
        return value === undefined ? actual !== undefined : actual === value.replaceAll('"', '');
      }),
  );
}

const total = (series: readonly Series[], selector: string) =>
  select(series, selector).reduce((sum, { value }) => sum + value, 0);

/** A little of everything that the panels show. */
async function mixedLoad(): Promise<void> {
  for (const transport of ['udp', 'tcp'] as const) {
    await ask(WEB, 'A', { transport });
    await ask(WEB, 'AAAA', { transport, edns: { do: true } });
    await ask('nope.shop.svc.cluster.local.', 'A', { transport });
    await ask('www.example.org.', 'A', { transport });
    await ask('www.example.org.', 'MX', { transport });
  }
  folder.write('zones/shop.yaml', service('10.96.0.8'));
  const isPublished = async () =>
    expect((await ask(WEB, 'A')).answer.join()).toContain('10.96.0.8');
  await eventually(isPublished);
}

/**
 * What the public dashboards and the alerts of the CoreDNS mixin ask for; a label alone is one they
 * group by.
 */
const PANELS = `
  coredns_build_info{version}
  coredns_plugin_enabled{server,zone,view,name="kubernetes"}
  coredns_panics_total
  coredns_dns_requests_total{server,zone,proto="udp"}
  coredns_dns_requests_total{server,zone,proto="tcp"}
  coredns_dns_requests_total{type="A",family="1"}
  coredns_dns_requests_total{type="AAAA",view}
  coredns_dns_do_requests_total{zone}
  coredns_dns_request_duration_seconds_bucket{server,zone,le="0.00025"}
  coredns_dns_request_duration_seconds_bucket{server,zone,le="+Inf"}
  coredns_dns_request_duration_seconds_count{server,zone}
  coredns_dns_request_duration_seconds_sum{server,zone}
  coredns_dns_request_size_bytes_bucket{proto="udp",le="511"}
  coredns_dns_request_size_bytes_bucket{proto="tcp",le="511"}
  coredns_dns_response_size_bytes_bucket{proto="udp",le="1023"}
  coredns_dns_response_size_bytes_bucket{proto="tcp",le="1023"}
  coredns_dns_responses_total{rcode="NOERROR",server,zone}
  coredns_dns_responses_total{rcode="NXDOMAIN"}
  coredns_dns_responses_total{plugin="kubernetes"}
  coredns_cache_entries{type="success",server,zones}
  coredns_cache_entries{type="denial"}
  coredns_cache_hits_total{type="success",server}
  coredns_cache_hits_total{type="denial"}
  coredns_cache_misses_total{server}
  coredns_cache_requests_total{server}
  coredns_cache_evictions_total{type="success"}
  coredns_cache_prefetch_total{server}
  coredns_cache_drops_total{server}
  coredns_cache_served_stale_total{server}
  coredns_forward_healthcheck_broken_total
  coredns_forward_max_concurrent_rejects_total
  coredns_proxy_request_duration_seconds_bucket{proxy_name="forward",to,rcode="NOERROR",le="+Inf"}
  coredns_proxy_request_duration_seconds_count{to,rcode}
  coredns_proxy_healthcheck_failures_total{proxy_name="forward",to}
  coredns_proxy_conn_cache_hits_total{proxy_name="forward",to,proto}
  coredns_proxy_conn_cache_misses_total{proxy_name="forward",to,proto}
  coredns_health_request_duration_seconds_bucket{le="2.5"}
  coredns_health_request_failures_total
  coredns_reload_failed_total
  coredns_kubernetes_dns_programming_duration_seconds_bucket{service_kind="cluster_ip",le="+Inf"}
  process_cpu_seconds_total
  process_resident_memory_bytes
  process_virtual_memory_bytes
  process_open_fds
  process_max_fds
  process_start_time_seconds
`
  .trim()
  .split(/\s+/);

describe('/metrics', () => {
  test("gives series to every panel of CoreDNS's dashboards", async () => {
    await start();
    await mixedLoad();
    await eventually(async () => {
      const series = await scrape();
      expect(PANELS.filter((selector) => select(series, selector).length === 0)).toEqual([]);
    });
  });

  test('counts what was asked', async () => {
    await start();
    await ask(WEB, 'A');
    await ask(WEB, 'A', { transport: 'tcp' });
    await ask('www.example.org.', 'A');
    await ask('www.example.org.', 'A');
    const series = await scrape();
    const counted = [
      'coredns_dns_requests_total{type="A",zone="."}',
      'coredns_dns_responses_total{plugin="kubernetes",rcode="NOERROR"}',
      'coredns_dns_responses_total{plugin="forward",rcode="NOERROR"}',
      'coredns_dns_responses_total{plugin="cache",rcode="NOERROR"}',
      'coredns_cache_hits_total{type="success"}',
      'coredns_dns_request_duration_seconds_count',
      'coredns_dns_request_size_bytes_bucket{proto="tcp",le="+Inf"}',
      'coredns_dns_response_size_bytes_count{proto="udp"}',
    ];
    expect(counted.map((selector) => total(series, selector))).toEqual([4, 2, 1, 1, 1, 4, 1, 3]);
  });

  test('names a server for each address of `bind`', async () => {
    await start(settingsWith({ bind: '127.0.0.1 ::1' }));
    for (const address of app.addresses) {
      await askServer(address, WEB, 'A');
      await askServer(address, WEB, 'A', { transport: 'tcp' });
    }
    const series = await scrape();
    const servers = app.addresses.map(({ address }) =>
      address.includes(':') ? `dns://[${address}]:0` : `dns://${address}:0`,
    );
    const counts = servers.map((server) =>
      total(series, `coredns_dns_requests_total{server="${server}"}`),
    );
    expect(counts).toEqual(servers.map(() => 2));
    for (const server of servers) {
      expect(total(series, `coredns_plugin_enabled{server="${server}",name="forward"}`)).toBe(1);
    }
  });

  test('goes on counting over a reload, and tells which plugins are in use now', async () => {
    await start();
    await mixedLoad();
    const before = await scrape();
    expect(await app.reload(settingsWith({ ttl: 77, more: 'whoami' }))).toEqual([]);
    await ask(WEB, 'A');
    const after = await scrape();
    const counters = before.filter(({ name }) => /^coredns_.*(_total|_bucket|_count)$/.test(name));
    expect(counters.length).toBeGreaterThan(100);
    const fallen = counters.filter(({ name, labels, value }) => {
      const now = after.find((one) => one.name === name && sameLabels(one.labels, labels));
      return now === undefined || now.value < value;
    });
    expect(fallen).toEqual([]);
    const name = 'coredns_dns_requests_total{type="A"}';
    expect(total(after, name)).toBe(total(before, name) + 1);
    const plugins = select(after, 'coredns_plugin_enabled').map(({ labels }) => labels.get('name'));
    expect(plugins).toContain('whoami');
    expect(plugins).not.toContain('loadbalance');
  });

  test('has no more series after many names, types and classes that nobody has', async () => {
    await start();
    await mixedLoad();
    const odd = async (from: number) => {
      for (let i = from; i < from + ODD; i++) {
        await ask(`x${i}.shop.svc.cluster.local.`, 256 + i, { edns: {} });
        if (i % 10 === 0) await ask(`n${i}.y${i}.example.`, 'A', { edns: {} });
      }
    };
    await odd(0);
    await scrape();
    const before = await scrape();
    await odd(ODD);
    expect(idsOf(await scrape())).toEqual(idsOf(before));
    expect(total(before, 'svcdns_metrics_series_refused_total')).toBe(0);
  });
});

describe('/ready', () => {
  test('names the plugin that waits, and says 200 OK once it has all names', async () => {
    const settings = settingsWith();
    folder.remove('zones/shop.yaml');
    folder.remove('zones');
    app = await startAppHere(settings, { log: createLoggerTo('silent', { write: () => {} }) });
    const waiting = await get('/ready');
    expect([waiting.status, await waiting.text()]).toEqual([503, 'kubernetes']);
    expect((await get('/health')).status).toBe(200);
    folder.write('zones/shop.yaml', service('10.96.0.7'));
    await app.whenSynced();
    const ready = await get('/ready');
    expect([ready.status, await ready.text()]).toEqual([200, 'OK']);
  });

  test('says 503 for as long as `lameduck` lasts, while `/health` says OK', async () => {
    await start(settingsWith({ lameduck: '1s' }));
    const closed = app.close();
    const { port } = app.admin ?? {};
    const ready = await fetch(`http://127.0.0.1:${port}/ready`);
    expect([ready.status, await ready.text()]).toEqual([503, 'Shutting down']);
    const health = await fetch(`http://127.0.0.1:${port}/health`);
    expect([health.status, await health.text()]).toEqual([200, 'OK']);
    await closed;
  });
});

function sameLabels(a: Series['labels'], b: Series['labels']): boolean {
  return a.size === b.size && [...a].every(([label, value]) => b.get(label) === value);
}

/** Node.js adds series of its own whenever it finds a new reason to collect garbage. */
function idsOf(series: readonly Series[]): string[] {
  return series
    .filter(({ name }) => !name.startsWith('nodejs_'))
    .map(({ name, labels }) => `${name} ${[...labels].join(' ')}`);
}
