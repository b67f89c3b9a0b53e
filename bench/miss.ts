// What a forwarded miss costs, beside peers in the same run: see README.md. Loopback only.
//
//   node bench/miss.ts [OTHER/dist/main.js]...     builds to compare with
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { BARE } from './bare.ts';
import { cpuSeconds } from './cpu.ts';

const ROUNDS = 3;
const SECONDS = 6;
const QUERIES_PER_SECOND = 1500;
/** Asked first, unmeasured: V8 compiles for some 20,000 questions, and caches fill up. */
const WARM_UP = { seconds: 8, perSecond: 4000 };
const IDLE_SECONDS = 2;
const UPSTREAM_PORT = 25_153;
const OWN_BUILD = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** A server to measure: how it is started on a port of 127.0.0.1. */
interface Peer {
  readonly name: string;
  start(port: number): ChildProcess;
}

interface Figures {
  readonly lost: number;
  /** CPU time, user and system, for one question; µs. */
  readonly cpu: number;
}

const quiet = { stdio: 'ignore' } as const;
const folder = mkdtempSync(join(tmpdir(), 'svcdns-bench-'));

function bare(role: string, port: number): ChildProcess {
  const args = [process.argv[1]!, `--${role}`, `${port}`, `${UPSTREAM_PORT}`];
  return spawn(process.execPath, args, quiet);
}

/** All plugins of the default configuration. */
function svcdns(name: string, main: string): Peer {
  return {
    name,
    start: (port) => {
      const listen = ['--manifests', folder, '--listen', `127.0.0.1:${port}`];
      const others = ['--admin', 'off', '--state', 'off'];
      const forward = ['--forward', `127.0.0.1:${UPSTREAM_PORT}`];
      return spawn(process.execPath, [main, 'serve', ...listen, ...others, ...forward], quiet);
    },
  };
}

/** The same plugins, but for `kubernetes`, which would want an API server. */
const coredns: Peer = {
  name: 'CoreDNS',
  start: (port) => {
    const file = join(folder, 'Corefile');
    const plugins = `forward . 127.0.0.1:${UPSTREAM_PORT}\ncache 30\nloop\nloadbalance\nerrors`;
    writeFileSync(file, `.:${port} {\nbind 127.0.0.1\n${plugins}\n}\n`);
    return spawn('coredns', ['-conf', file], quiet);
  },
};

const hasCoredns = (process.env['PATH'] ?? '')
  .split(':')
  .some((path) => existsSync(join(path, 'coredns')));
const [, , ...builds] = process.argv;
const peers: readonly Peer[] = [
  { name: 'bare echo', start: (port) => bare('echo', port) },
  { name: 'bare relay', start: (port) => bare('relay', port) },
  svcdns('svcdns', OWN_BUILD),
  ...builds.map((main) => svcdns(main, main)),
  ...(hasCoredns ? [coredns] : []),
];

/** Names that nobody has asked for: one in two exists. */
function writeQuestions(file: string, round: string, count: number): void {
  const names = Array.from({ length: count }, (_, i) => {
    return `${i % 2 === 0 ? 'n' : 'a'}${(i * 7919).toString(36)}.${round}.example A`;
  });
  writeFileSync(file, `${names.join('\n')}\n`);
}

async function measure(peer: Peer, port: number): Promise<Figures> {
  const server = peer.start(port);
  await sleep(2500);
  const asked = join(folder, 'questions');
  const ask = (round: string, seconds: number, perSecond: number) => {
    writeQuestions(asked, round, (seconds + 1) * perSecond);
    const load = ['-l', `${seconds}`, '-Q', `${perSecond}`, '-q', '200', '-c', '1'];
    const args = ['-s', '127.0.0.1', '-p', `${port}`, '-d', asked, ...load, '-T', '1'];
    return execFileSync('dnsperf', args, { encoding: 'utf8' });
  };
  ask(`warm${port}`, WARM_UP.seconds, WARM_UP.perSecond);
  const idleBefore = cpuSeconds(server.pid!);
  await sleep(1000 * IDLE_SECONDS);
  const before = cpuSeconds(server.pid!);
  const idle = (before - idleBefore) / IDLE_SECONDS;
  const report = ask(`round${port}`, SECONDS, QUERIES_PER_SECOND);
  const cpu = cpuSeconds(server.pid!) - before - idle * SECONDS;
  server.kill();
  const figure = (label: string) => Number(new RegExp(`${label}:\\s+([\\d.]+)`).exec(report)?.[1]);
  return { lost: figure('Queries lost'), cpu: (cpu / figure('Queries completed')) * 1e6 };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

async function main(): Promise<void> {
  const upstream = bare('upstream', UPSTREAM_PORT);
  const figures = new Map<Peer, Figures[]>(peers.map((peer) => [peer, []]));
  let port = UPSTREAM_PORT;
  for (let round = 0; round < ROUNDS; round++) {
    for (const [peer, rounds] of figures) rounds.push(await measure(peer, ++port));
  }
  upstream.kill();
  const cpuOf = (rounds: readonly Figures[]) => median(rounds.map(({ cpu }) => cpu));
  const relay = cpuOf(figures.get(peers[1]!)!);
  const machine = `${cpus().length} × ${cpus()[0]?.model}`;
  console.log(`Node.js ${process.version}, ${machine}, load by dnsperf on the same machine\n`);
  console.log('| server | CPU a miss, median | each round | lost | of a bare relay |');
  console.log('|---|---|---|---|---|');
  for (const [{ name }, rounds] of figures) {
    const cpu = cpuOf(rounds);
    const each = rounds.map((one) => one.cpu.toFixed(0)).join(', ');
    const lost = rounds.reduce((sum, one) => sum + one.lost, 0);
    const ratio = (cpu / relay).toFixed(1);
    console.log(`| ${name} | ${cpu.toFixed(0)} µs | ${each} | ${lost} | ${ratio} × |`);
  }
}

const role = BARE[process.argv[2]?.replace('--', '') ?? ''];
try {
  if (role === undefined) await main();
  else role(Number(process.argv[3]), Number(process.argv[4]));
} finally {
  rmSync(folder, { recursive: true });
}
