// Speed beside peers, on the same data and in the same run: see README.md. `npm run bench` bundles
// and starts it, in a network namespace of its own where that is possible.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BARE } from './bare.ts';
import { judge, loadsOf, type Ratio, renewed } from './budget.ts';
import { chart } from './chart.ts';
import { parseProcessors } from './cpu.ts';
import { installedSize } from './installed.ts';
import { type KubeApi, startKubeApi } from './kube-api.ts';
import { type Cores, RunningServer, shareCores, type Wish } from './measure.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { markdown } from './report.ts';
import { loadName, Results } from './results.ts';
import {
  allServers,
  role,
  type Server,
  type Setup,
  usualServers,
  writeManifests,
} from './servers.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BUDGET = join(ROOT, 'bench', 'budget.json');
const UPSTREAM_PORT = 25_052;
let nextPort = UPSTREAM_PORT + 1;

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  const all = allServers(options.builds);
  if (options.task === 'help') process.stdout.write(USAGE);
  if (options.task === 'list') {
    for (const { name, missing } of all) console.log(`${name}${missing ? `: ${missing}` : ''}`);
  }
  if (options.task === 'help' || options.task === 'list') return 0;
  const folder = mkdtempSync(join(tmpdir(), 'svcdns-bench-'));
  const upstream = spawn(process.execPath, role('upstream', UPSTREAM_PORT).slice(1), {
    stdio: 'ignore',
  });
  try {
    const results = await measureAll(options, chosen(all, options), folder);
    if (results.loads.length === 0) {
      throw new Error('Nothing was measured: no such server is here, or none has such a load');
    }
    console.log(title());
    console.log(`\n${installedSize(ROOT)}\n`);
    console.log(markdown(results));
    if (options.chart !== undefined) writeChart(options.chart, results);
    return settle(options, results);
  } finally {
    upstream.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @throws Error for a name that there is not */
function chosen(all: readonly Server[], { only, task, builds }: Options): Server[] {
  const unknown = only.find((name) => !all.some((server) => server.name === name));
  if (unknown !== undefined) {
    throw new Error(
      `Cannot measure ${unknown}: expected ${all.map(({ name }) => name).join(', ')}`,
    );
  }
  const budgeted =
    task === 'measure' ? [] : readBudget().flatMap(({ server, peer }) => [server, peer]);
  const names = only.length > 0 ? [...only, ...builds] : budgeted;
  const wanted =
    names.length > 0 ? all.filter(({ name }) => names.includes(name)) : usualServers(all);
  return wanted.filter(({ name, missing }) => {
    if (missing !== undefined) say(`Without ${name}: ${missing}`);
    return missing === undefined;
  });
}

async function measureAll(
  options: Options,
  servers: readonly Server[],
  folder: string,
): Promise<Results> {
  const results = new Results();
  const allowed = /^Cpus_allowed_list:\s+(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  const cores = shareCores(parseProcessors(allowed?.[1] ?? '0'));
  if (cores === undefined) say('Servers and load share one processor: rates mean little.');
  for (const [at, services] of options.services.entries()) {
    const place = join(folder, `${services}`);
    const manifests = writeManifests(join(place, 'manifests'), services, options.endpoints);
    let api: KubeApi | undefined;
    if (servers.some(({ usesApi }) => usesApi)) {
      say(`${services} Services: starting an API server`);
      api = await startKubeApi(join(place, 'api'), services, options.endpoints);
    }
    try {
      const setup = { upstream: UPSTREAM_PORT, services, manifests, api };
      // Names outside have nothing to do with how many there are inside.
      const wishes = wishesOf(options).filter(
        ({ mix }) => at === 0 || !mix.startsWith('forwarded'),
      );
      const wanted = [...servers];
      for (let round = 1; round <= options.rounds; round++) {
        for (const server of [...wanted]) {
          const own = wishesFor(server, wishes, options, services);
          const run = { server, wishes: own, cores, isFirst: round === 1 };
          const progress = `${services} Services, round ${round} of ${options.rounds}: ${server.name}`;
          const fault = await measureOne(
            run,
            {
              ...setup,
              folder: join(place, `${server.name.replaceAll('/', '_')}`),
              port: nextPort++,
            },
            results,
            progress,
          );
          if (fault === undefined) continue;
          say(`Without ${server.name} from here on: ${fault}`);
          wanted.splice(wanted.indexOf(server), 1);
        }
      }
    } finally {
      await api?.stop();
    }
  }
  return results;
}

/** What is measured of a server: of all that was asked for what it can do, and is needed. */
function wishesFor(server: Server, wishes: readonly Wish[], options: Options, services: number) {
  const able = wishes.filter(
    ({ mix, transport }) => server.mixes.includes(mix) && server.transports.includes(transport),
  );
  if (options.task === 'measure') return able;
  const needed = loadsOf(readBudget(), server.name);
  return able.filter((wish) => needed.has(loadName(services, wish)));
}

interface Run {
  readonly server: Server;
  readonly wishes: readonly Wish[];
  readonly cores: Cores | undefined;
  /** Its answers are checked then. */
  readonly isFirst: boolean;
}

/** One server in one round; why it is to be left out, if it is. */
async function measureOne(
  { server, wishes, cores, isFirst }: Run,
  setup: Setup,
  results: Results,
  progress: string,
): Promise<string | undefined> {
  if (wishes.length === 0) return undefined;
  let running: RunningServer | undefined;
  try {
    if (server.usesApi) setup.api?.resume();
    running = await RunningServer.start(server, setup, cores);
    for (const wish of isFirst ? wishes : []) {
      const fault = await running.fault(wish);
      if (fault !== undefined) return fault;
    }
    setup.api?.pause();
    results.addStart(setup.services, server.name, running.start);
    await running.rest();
    for (const wish of wishes) {
      const load = loadName(setup.services, wish);
      const figures = await running.measure(wish).catch((error: Error) => {
        say(`${progress}, ${load}: ${error.message}`);
      });
      if (figures === undefined) continue;
      results.add(load, server.name, figures);
      const cpu = (figures.user + figures.system).toFixed(1);
      say(`${progress}, ${load}: ${Math.round(figures.queriesPerSecond)}/s, ${cpu} µs`);
    }
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await running?.stop();
  }
}

function wishesOf({ mixes, transports, seconds, hasTimes, misses, pace }: Options): Wish[] {
  return mixes.flatMap((mix) => {
    const over = mix.startsWith('forwarded') ? transports.slice(0, 1) : transports;
    return over.map((transport) => ({ mix, transport, seconds, hasTimes, misses, pace }));
  });
}

function title(): string {
  const [first] = cpus();
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, Node.js ${process.version}, ${cpus().length} × ${first?.model}`;
}

/** Draws the `pod` load where there is one, of the middle size. */
function writeChart(file: string, results: Results): void {
  const loads = results.loads.filter((load) => load.includes('udp'));
  const pods = loads.filter((load) => load.endsWith('pod'));
  const candidates = pods.length > 0 ? pods : loads;
  const load = candidates[candidates.length >> 1];
  if (load === undefined) throw new Error('Cannot draw a chart: nothing was measured over UDP');
  writeFileSync(file, chart(`CPU time for one query (${load})`, results.rows(load)));
}

function readBudget(): Ratio[] {
  return JSON.parse(readFileSync(BUDGET, 'utf8')) as Ratio[];
}

function settle({ task }: Options, results: Results): number {
  if (task === 'measure') return 0;
  const cpuOf = results.cpuOf.bind(results);
  if (task === 'set-budget') {
    writeFileSync(BUDGET, `${JSON.stringify(renewed(readBudget(), cpuOf), null, 2)}\n`);
    return 0;
  }
  const { lines, isKept } = judge(readBudget(), cpuOf);
  console.log(lines.join('\n'));
  return isKept ? 0 : 1;
}

const isRole = process.argv[2] === '--role';
if (isRole) BARE[process.argv[3]!]!(Number(process.argv[4]), Number(process.argv[5]));
else
  process.exitCode = await main().catch((error: Error) => {
    say(error.message);
    return 2;
  });
