// What large folders and many changes cost: see README.md. Loopback only.
//
//   npm run bench:scale -- [--large] [--seconds N] [--rounds N] [--only PART]... \
//     [BUILD/dist/main.js]...
//
// PART is `loads`, `one`, `many` or `queries`. Builds that are named are measured in turn, in each
// round of `loads` and `many`.
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type DumpOptions, dump, serviceOf } from './dump.ts';
import { changeFiles } from './file-changes.ts';
import { FolderServer } from './folder-server.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    large: { type: 'boolean' },
    only: { type: 'string', multiple: true, default: ['loads', 'one', 'many', 'queries'] },
    seconds: { type: 'string', default: '60' },
    rounds: { type: 'string', default: '1' },
  },
});
const seconds = Number(values.seconds);
const OURS = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const builds = positionals.length > 0 ? positionals : [OURS];
const main = builds[0]!;

type Form = DumpOptions['form'];

async function loads() {
  console.log('| manifests | file | CPU to the first right answer | RSS 16 s later | peak |');
  console.log('|---|---|---|---|---|');
  for (const build of inTurn()) {
    await load(build, 1000, 0, 'documents');
    await load(build, 10_000, 5, 'list');
    await load(build, 3000, 5, 'documents');
    if (values.large) await load(build, 100_000, 3, 'list');
  }
  console.log();
}

/** Each build once a round. */
function inTurn(): readonly string[] {
  return Array.from({ length: Number(values.rounds) }, () => builds).flat();
}

/** Which build it was, where there is more than one. */
function nameOf(build: string): string {
  return builds.length > 1 ? `${build}: ` : '';
}

async function load(build: string, services: number, endpoints: number, form: Form) {
  const server = new FolderServer(build);
  const text = dump({ services, endpoints, form });
  server.write('all.yaml', text);
  await server.start(services - 1);
  const cpu = server.cpu;
  await sleep(16_000);
  const { now, peak } = server.memory;
  const what = `${nameOf(build)}${services} Services, ${services * endpoints} endpoints, ${form}`;
  const size = `${Math.round(text.length / 1e6)} MB`;
  console.log(`| ${what} | ${size} | ${cpu.toFixed(1)} s | ${now} MB | ${peak} MB |`);
  await server.stop();
}

/** One Service of 5,000 gets another port, over and over. */
async function oneChange(form: Form) {
  const server = new FolderServer(main);
  const text = dump({ services: 5000, endpoints: 0, form });
  server.write('all.yaml', text);
  await server.start(4999, 5000);
  const costs: number[] = [];
  for (let round = 0; round < 10; round += 1) {
    const before = server.cpu;
    const ip = serviceOf(2500).ip.replace(/\d+$/, `${200 + round}`);
    server.write('all.yaml', text.replaceAll(` ${serviceOf(2500).ip}\n`, ` ${ip}\n`));
    while ((await server.client.ask(serviceOf(2500).name)) !== ip) await sleep(20);
    await sleep(2000); // what follows a change belongs to it
    costs.push((server.cpu - before) * 1000);
  }
  const idle = server.cpu;
  await sleep(5000);
  const share = ((server.cpu - idle) / 5) * 2000;
  const cost = quantile(costs, 0.5) - share;
  console.log(`One change of 5,000 Services, ${form}: ${cost.toFixed(0)} ms of CPU`);
  await server.stop();
}

/** 1,000 files change in turn, 1,000 times a second. */
async function manyChanges() {
  for (const build of inTurn()) {
    const server = new FolderServer(build, existsSync(MEMORY) ? MEMORY : undefined);
    const found = await changeFiles(server, { aSecond: 1000, seconds });
    const { rate, delays, cpu, loadCpu, late } = found;
    const written = `${Math.round(rate)} changes a second over 1,000 files, at most ${late.toFixed(0)} ms late`;
    const cost = `CPU a change: ${cpu.toFixed(0)} µs, to write and ask ${loadCpu.toFixed(0)} µs`;
    console.log(`${nameOf(build)}${written}: write to answer ${spread(delays)}; ${cost}`);
  }
}

/** A file system without a disk: one takes up to 0.3 ms to have a file replaced. */
const MEMORY = '/dev/shm';

/** While 10 MB change again and again, names are asked for, one after the other. */
async function queriesWhileReading(seconds: number) {
  const server = new FolderServer(main);
  const text = dump({ services: 3000, endpoints: 5, form: 'documents' });
  server.write('all.yaml', text);
  await server.start(2999, 5000);
  const delays: number[] = [];
  let lost = 0;
  const end = performance.now() + seconds * 1000;
  let round = 0;
  const rewriting = setInterval(() => {
    round += 1;
    server.write('all.yaml', text.replaceAll('port: 80\n', `port: ${8000 + round}\n`));
  }, 3000);
  while (performance.now() < end) {
    const sent = performance.now();
    const found = await server.client.ask(serviceOf(delays.length % 3000).name);
    delays.push(performance.now() - sent);
    if (found === undefined) lost += 1;
    await sleep(1);
  }
  clearInterval(rewriting);
  console.log(`Queries while 10 MB are read again: ${spread(delays)}, ${lost} lost`);
  await server.stop();
}

function quantile(all: readonly number[], part: number): number {
  const sorted = all.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

function spread(delays: readonly number[]): string {
  const ms = (part: number) => `${quantile(delays, part).toFixed(1)} ms`;
  return `p50 ${ms(0.5)}, p99 ${ms(0.99)}, p99.9 ${ms(0.999)} (${delays.length} asked)`;
}

console.log(`Node.js ${process.version}, ${cpus().length} × ${cpus()[0]?.model}\n`);
const has = (part: string) => values.only.includes(part);
if (has('loads')) await loads();
if (has('one')) for (const form of ['documents', 'list'] as const) await oneChange(form);
if (has('many')) await manyChanges();
if (has('queries')) await queriesWhileReading(seconds);
