// Speed beside peers, on the same data and in the same run: see README.md. Loopback only.
//
//   node bench/compare.ts [OTHER/dist/main.js]...     builds to compare with
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { cpuSeconds } from './cpu.ts';

const SERVICES = 5000;
const SECONDS = 8;
const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'svcdns-bench-'));

/** A server to measure: how it is started on a port of 127.0.0.1. */
interface Peer {
  readonly name: string;
  start(port: number): ChildProcess;
}

interface Figures {
  readonly name: string;
  readonly queriesPerSecond: number;
  readonly lost: number;
  /** CPU time, user and system, for one query; µs. */
  readonly cpu: number;
}

const name = (i: number) => `s${i}.ns${i % 20}.svc.cluster.local`;
const address = (i: number) => `10.100.${Math.floor(i / 250)}.${(i % 250) + 1}`;

function writeData(): void {
  const all = Array.from({ length: SERVICES }, (_, i) => i);
  const manifests = all.map(
    (i) =>
      `apiVersion: v1\nkind: Service\nmetadata: { name: s${i}, namespace: ns${i % 20} }\nspec: { clusterIP: ${address(i)}, ports: [{ port: 80 }] }\n`,
  );
  writeFileSync(join(folder, 'services.yaml'), manifests.join('---\n'));
  const local = all.map((i) => `  local-data: "${name(i)}. 5 IN A ${address(i)}"`);
  writeFileSync(
    join(folder, 'unbound-data.conf'),
    `  local-zone: "cluster.local." static\n${local.join('\n')}\n`,
  );
  writeFileSync(join(folder, 'hosts'), all.map((i) => `${address(i)} ${name(i)}`).join('\n'));
  // Seven in ten exist; the rest are what a search list asks for in vain.
  const queries = Array.from({ length: 20_000 }, (_, at) => {
    const i = (at * 7919) % SERVICES;
    return at % 10 < 7 ? `${name(i)} A` : `www.example${i}.com.ns${i % 20}.svc.cluster.local A`;
  });
  writeFileSync(join(folder, 'queries'), `${queries.join('\n')}\n`);
}

const quiet = { stdio: 'ignore' } as const;

/** All plugins of the default configuration, and an upstream that is nobody. */
function svcdns(name: string, main: string): Peer {
  return {
    name,
    start: (port) => {
      const listen = ['--manifests', folder, '--listen', `127.0.0.1:${port}`];
      const others = ['--admin', 'off', '--forward', '127.0.0.1:9', '--state', 'off'];
      return spawn(process.execPath, [main, 'serve', ...listen, ...others], quiet);
    },
  };
}

const [, , ...builds] = process.argv;
const peers: readonly Peer[] = [
  svcdns('svcdns', MAIN),
  ...builds.map((main) => svcdns(main, main)),
  {
    name: 'unbound, 1 thread',
    start: (port) => {
      const file = join(folder, 'unbound.conf');
      writeFileSync(
        file,
        `server:\n  interface: 127.0.0.1@${port}\n  do-daemonize: no\n  num-threads: 1\n  username: ""\n  chroot: ""\n  directory: "${folder}"\n  pidfile: ""\n  use-syslog: no\n  logfile: "/dev/null"\n${readFileSync(join(folder, 'unbound-data.conf'), 'utf8')}`,
      );
      return spawn('unbound', ['-d', '-c', file], quiet);
    },
  },
  {
    name: 'dnsmasq',
    start: (port) =>
      spawn(
        'dnsmasq',
        [
          '-k',
          '-C',
          '/dev/null',
          '-p',
          `${port}`,
          '-a',
          '127.0.0.1',
          '-z',
          '-h',
          '-R',
          '-H',
          join(folder, 'hosts'),
          '--local=/cluster.local/',
          '-u',
          'root',
        ],
        quiet,
      ),
  },
];

async function measure(peer: Peer, port: number): Promise<Figures> {
  const server = peer.start(port);
  await sleep(4000);
  const before = cpuSeconds(server.pid!);
  const args = [
    '-s',
    '127.0.0.1',
    '-p',
    `${port}`,
    '-d',
    join(folder, 'queries'),
    '-l',
    `${SECONDS}`,
    '-c',
    '4',
    '-q',
    '200',
    '-T',
    '1',
  ];
  const report = execFileSync('dnsperf', args, { encoding: 'utf8' });
  const cpu = cpuSeconds(server.pid!) - before;
  server.kill();
  const figure = (label: string) => Number(new RegExp(`${label}:\\s+([\\d.]+)`).exec(report)?.[1]);
  const completed = figure('Queries completed');
  return {
    name: peer.name,
    queriesPerSecond: figure('Queries per second'),
    lost: figure('Queries lost'),
    cpu: (cpu / completed) * 1e6,
  };
}

writeData();
try {
  const all: Figures[] = [];
  for (const [at, peer] of peers.entries()) all.push(await measure(peer, 25_053 + at));
  const own = all[0]!;
  console.log(
    `Node.js ${process.version}, ${cpus().length} × ${cpus()[0]?.model}, load by dnsperf on the same machine\n`,
  );
  console.log('| server | queries/s | lost | CPU a query | svcdns needs |\n|---|---|---|---|---|');
  for (const { name, queriesPerSecond, lost, cpu } of all) {
    console.log(
      `| ${name} | ${Math.round(queriesPerSecond)} | ${lost} | ${cpu.toFixed(1)} µs | ${(own.cpu / cpu).toFixed(2)} × |`,
    );
  }
} finally {
  rmSync(folder, { recursive: true });
}
