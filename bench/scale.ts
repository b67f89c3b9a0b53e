// What large folders and many changes cost: see README.md. Loopback only.
//
//   npm run bench:scale -- [--large] [--seconds N] [--only PART]... [OTHER/dist/main.js]
//
// PART is `loads`, `one`, `many` or `queries`.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Client } from './client.ts';
import { cpuSeconds } from './cpu.ts';
import { dump, service, serviceOf } from './dump.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    large: { type: 'boolean' },
    only: { type: 'string', multiple: true, default: ['loads', 'one', 'many', 'queries'] },
    seconds: { type: 'string', default: '60' },
  },
});
const seconds = Number(values.seconds);
const MAIN = positionals[0] ?? fileURLToPath(new URL('../dist/main.js', import.meta.url));
const PORT = 25_253;
const root = mkdtempSync(join(tmpdir(), 'svcdns-scale-'));

/** A server with a folder of its own, which has been answered from once. */
class Server {
  readonly folder = mkdtempSync(join(root, 'm-'));
  readonly client = new Client(PORT);
  #process: ChildProcess | undefined;

  write(file: string, text: string): void {
    // As editors and kubectl's users do; a file written in place may be read half.
    writeFileSync(join(root, 'next'), text);
    renameSync(join(root, 'next'), join(this.folder, file));
  }

  /** Waits until the Service of this number is answered, and after that for `settleMs`. */
  async start(last: number, settleMs = 0): Promise<void> {
    const listen = ['--manifests', this.folder, '--listen', `127.0.0.1:${PORT}`];
    const others = ['--admin', 'off', '--forward', '127.0.0.1:9', '--state', 'off'];
    const args = [MAIN, 'serve', ...listen, ...others];
    const child = spawn(process.execPath, args, { stdio: 'ignore' });
    process.once('exit', () => child.kill()); // also when a measurement fails
    this.#process = child;
    await this.client.open();
    const { name, ip } = serviceOf(last);
    while ((await this.client.ask(name)) !== ip) await sleep(20);
    await sleep(settleMs);
  }

  get cpu(): number {
    return cpuSeconds(this.#process!.pid!);
  }

  /** MB now, and the most so far. */
  get memory(): { readonly now: number; readonly peak: number } {
    const status = readFileSync(`/proc/${this.#process!.pid!}/status`, 'utf8');
    const field = (key: string) => Number(new RegExp(`${key}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
    return { now: Math.round(field('VmRSS')), peak: Math.round(field('VmHWM')) };
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.#process!.once('exit', done));
    this.#process!.kill();
    await ended;
    this.client.close();
    rmSync(this.folder, { recursive: true });
  }
}

async function loads() {
  console.log('| manifests | file | CPU to the first right answer | RSS 10 s later | peak |');
  console.log('|---|---|---|---|---|');
  await load(1000, 0, 'documents');
  await load(10_000, 5, 'list');
  await load(3000, 5, 'documents');
  if (values.large) await load(100_000, 3, 'list');
  console.log();
}

async function load(services: number, endpoints: number, form: 'list' | 'documents') {
  const server = new Server();
  const text = dump({ services, endpoints, form });
  server.write('all.yaml', text);
  await server.start(services - 1);
  const cpu = server.cpu;
  await sleep(10_000);
  const { now, peak } = server.memory;
  const what = `${services} Services, ${services * endpoints} endpoints, ${form}`;
  const size = `${Math.round(text.length / 1e6)} MB`;
  console.log(`| ${what} | ${size} | ${cpu.toFixed(1)} s | ${now} MB | ${peak} MB |`);
  await server.stop();
}

/** One Service of 5,000 gets another port, over and over. */
async function oneChange(form: 'list' | 'documents') {
  const server = new Server();
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

/** 1,000 files change in turn; one change in 20 is asked for until it is answered. */
async function manyChanges(seconds: number) {
  const server = new Server();
  const file = (at: number, ip: string) =>
    service(at).join('\n').replaceAll(serviceOf(at).ip, ip).concat('\n');
  for (let at = 0; at < 1000; at += 1) server.write(`s${at}.yaml`, file(at, serviceOf(at).ip));
  await server.start(999, 3000);
  const delays: number[] = [];
  const asked: Promise<void>[] = [];
  const began = performance.now();
  for (let change = 0; change < seconds * 1000; change += 1) {
    const at = (change * 7) % 1000;
    const ip = `10.${100 + (change >> 16)}.${(change >> 8) & 255}.${change & 255}`;
    server.write(`s${at}.yaml`, file(at, ip));
    if (change % 20 === 0) asked.push(untilAnswered(server.client, at, ip, delays));
    // At least a turn of the event loop each, so that answers are seen when they come.
    await sleep(Math.max(0, began + change - performance.now()));
  }
  await Promise.all(asked);
  const took = (performance.now() - began) / 1000;
  const rate = Math.round((seconds * 1000) / took);
  console.log(`${rate} changes a second over 1,000 files: write to answer ${spread(delays)}`);
  await server.stop();
}

async function untilAnswered(client: Client, at: number, ip: string, delays: number[]) {
  const wrote = performance.now();
  while (performance.now() - wrote < 900) {
    if ((await client.ask(serviceOf(at).name)) === ip) break;
    await sleep(2);
  }
  delays.push(performance.now() - wrote);
}

/** While 10 MB change again and again, names are asked for, one after the other. */
async function queriesWhileReading(seconds: number) {
  const server = new Server();
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

mkdirSync(root, { recursive: true });
try {
  console.log(`Node.js ${process.version}, ${cpus().length} × ${cpus()[0]?.model}\n`);
  const has = (part: string) => values.only.includes(part);
  if (has('loads')) await loads();
  if (has('one')) for (const form of ['documents', 'list'] as const) await oneChange(form);
  if (has('many')) await manyChanges(seconds);
  if (has('queries')) await queriesWhileReading(seconds);
} finally {
  rmSync(root, { recursive: true });
}
