// A cluster's names from an API server, beside CoreDNS on the same one: see README.md.
//
//   npm run bench:cluster -- [--services 1000,10000] [--endpoints 5] [--seconds N] [--rounds N]
//     [--only svcdns]
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Client } from './client.ts';
import { Changes, delaysOf } from './cluster-changes.ts';
import { parseProcessors } from './cpu.ts';
import { type KubeApi, startKubeApi } from './kube-api.ts';
import { type Cores, RunningServer, shareCores } from './measure.ts';
import type { Server, Setup } from './servers.ts';
import { spreadOf } from './statistics.ts';

const { values } = parseArgs({
  options: {
    services: { type: 'string', default: '1000,10000' },
    endpoints: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: 'svcdns,coredns' },
  },
});
const SECONDS = Number(values.seconds);
const ENDPOINTS = Number(values.endpoints);
/** RSS is read once the memory of the list, or of changes, has been collected, s. */
const SETTLE_SECONDS = 10;
const CHANGES_A_SECOND = 100;
const UPDATES_A_SECOND = 500;

/** What is measured of one server in one round, by the row of the table. */
type Row = Map<string, number>;

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const dns = { mixes: ['hit', 'pod'], transports: ['udp'], answers: true } as const;

/** Both with the same Corefile and kubeconfig. */
const SERVERS: readonly Server[] = [
  {
    ...{ name: 'svcdns', ...dns },
    command: (setup) => {
      const own = [join(ROOT, 'dist', 'main.js'), 'serve', '--config', corefile(setup)];
      return [process.execPath, ...own, '--state', 'off'];
    },
  },
  { ...{ name: 'coredns', ...dns }, command: (setup) => ['coredns', '-conf', corefile(setup)] },
];

const MEASURED = SERVERS.filter(({ name }) => values.only.split(',').includes(name));

function corefile({ folder, port, api }: Setup): string {
  const kubeconfig = join(folder, 'kubeconfig');
  const cluster = `{ server: "${api!.url}", certificate-authority: "${api!.certificate}" }`;
  writeFileSync(
    kubeconfig,
    `apiVersion: v1
kind: Config
current-context: bench
contexts: [{ name: bench, context: { cluster: bench, user: bench } }]
clusters: [{ name: bench, cluster: ${cluster} }]
users: [{ name: bench, user: {} }]
`,
  );
  const file = join(folder, 'Corefile');
  const names = `kubernetes cluster.local {\n    kubeconfig ${kubeconfig}\n    ttl 5\n  }`;
  const others = ['loadbalance', 'errors', `prometheus 127.0.0.1:${port + 5000}`];
  writeFileSync(file, `.:${port} {\n  bind 127.0.0.1\n  ${[names, ...others].join('\n  ')}\n}\n`);
  return file;
}

let nextPort = 25_060;

async function measureOne(
  server: Server,
  place: Pick<Setup, 'services' | 'api' | 'folder'>,
  changes: Changes,
  cores: Cores | undefined,
): Promise<Row> {
  const port = nextPort++;
  const setup: Setup = { ...place, port, upstream: 9, manifests: '' };
  const running = await RunningServer.start(server, setup, cores);
  const client = new Client(port);
  try {
    const row = measureRunning(running, client, place.api, changes);
    return await Promise.race([row, running.ended]);
  } finally {
    place.api?.resume();
    client.close();
    await running.stop();
  }
}

async function measureRunning(
  running: RunningServer,
  client: Client,
  api: KubeApi | undefined,
  changes: Changes,
): Promise<Row> {
  const row: Row = new Map();
  row.set('list to first right answer, s', running.start.seconds);
  row.set('CPU until then, s', running.start.cpu);
  await sleep(SETTLE_SECONDS * 1000);
  row.set('RSS, MB', running.memory);
  api?.pause();
  for (const mix of dns.mixes) {
    const wish = { mix, transport: 'udp', seconds: SECONDS, hasTimes: false, misses: 0 } as const;
    const { user, system } = await running.measure(wish);
    row.set(`CPU of a query (${mix}), µs`, user + system);
  }
  api?.resume();
  await client.open();
  await changes.caughtUp(client); // the API server has just been paused
  const { p50, p99, lost } = await delaysOf(changes, client, CHANGES_A_SECOND, SECONDS);
  row.set(`change to answer at ${CHANGES_A_SECOND}/s, p50, ms`, p50);
  row.set(`change to answer at ${CHANGES_A_SECOND}/s, p99, ms`, p99);
  row.set('changes not answered in 5 s', lost);
  await changes.caughtUp(client);
  const before = running.cpu;
  const made = await changes.run(UPDATES_A_SECOND, SECONDS);
  await changes.caughtUp(client);
  const each = (running.cpu - before) / made;
  row.set('CPU of a changed slice, µs', each * 1e6);
  row.set(`CPU at ${UPDATES_A_SECOND} slices/s, % of a core`, each * UPDATES_A_SECOND * 100);
  await sleep(SETTLE_SECONDS * 1000);
  row.set(`RSS ${SETTLE_SECONDS} s after all, MB`, running.memory);
  return row;
}

async function measureAll(services: number, folder: string, cores: Cores | undefined) {
  const api: KubeApi = await startKubeApi(join(folder, 'api'), services, ENDPOINTS);
  const rows = new Map<string, Row[]>(MEASURED.map(({ name }) => [name, []]));
  try {
    const changes = new Changes(api, services, ENDPOINTS);
    for (let round = 1; round <= Number(values.rounds); round++) {
      for (const server of MEASURED) {
        process.stderr.write(`${services} Services, round ${round}: ${server.name}\n`);
        const place = { services, api, folder: join(folder, `${server.name}-${round}`) };
        mkdirSync(place.folder);
        rows.get(server.name)!.push(await measureOne(server, place, changes, cores));
      }
    }
  } finally {
    await api.stop();
  }
  return rows;
}

function table(services: number, rows: ReadonlyMap<string, readonly Row[]>): string {
  const names = [...rows.keys()];
  const what = [...(rows.get(names[0]!)?.[0]?.keys() ?? [])];
  const cell = (name: string, row: string) => {
    const { median, least, most } = spreadOf(rows.get(name)!.map((one) => one.get(row)!));
    const text = (value: number) => (value < 10 ? value.toFixed(1) : value.toFixed(0));
    return `${text(median)} (${text(least)}–${text(most)})`;
  };
  const head = `| ${services} Services, ${services * ENDPOINTS} endpoints | ${names.join(' | ')} |`;
  const lines = what.map(
    (row) => `| ${row} | ${names.map((name) => cell(name, row)).join(' | ')} |`,
  );
  return [head, `|---|${names.map(() => '---|').join('')}`, ...lines].join('\n');
}

let isDone = false;
process.on('exit', (code) => {
  if (!isDone) console.error(`bench:cluster ended before its last table, with code ${code}`);
});
const folder = mkdtempSync(join(tmpdir(), 'svcdns-cluster-'));
try {
  const allowed = /^Cpus_allowed_list:\s+(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  const cores = shareCores(parseProcessors(allowed?.[1] ?? '0'));
  const load = `load ${loadavg()[0]!.toFixed(0)}`;
  console.log(`Node.js ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, ${load}`);
  for (const services of values.services.split(',').map(Number)) {
    const place = join(folder, `${services}`);
    mkdirSync(place);
    console.log(`\n${table(services, await measureAll(services, place, cores))}`);
  }
  isDone = true;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
