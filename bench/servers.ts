import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiled } from './compiled.ts';
import { dump, serviceOf } from './dump.ts';
import type { KubeApi } from './kube-api.ts';
import { MIXES, type Mix, TRANSPORTS, type Transport } from './workload.ts';

/** What a server is to be started with. */
export interface Setup {
  /** Exists, and is the server's own. */
  readonly folder: string;
  readonly port: number;
  /** A port of 127.0.0.1 that answers names outside. */
  readonly upstream: number;
  readonly services: number;
  /** Manifests of these Services. */
  readonly manifests: string;
  readonly api: KubeApi | undefined;
}

/** A server to measure. */
export interface Server {
  readonly name: string;
  readonly mixes: readonly Mix[];
  readonly transports: readonly Transport[];
  /** False for one that knows no DNS. */
  readonly answers: boolean;
  /** Why it cannot be started here. */
  readonly missing?: string | undefined;
  /** Whether it wants the same objects in an API server. */
  readonly usesApi?: boolean;
  /** Reads what it prints, as a log collector does. */
  readonly prints?: boolean;
  /** Tidies its memory up some seconds after it has read everything. */
  readonly tidies?: boolean;
  /** Writes its files; the program and its arguments. */
  command(setup: Setup): readonly string[];
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CLUSTER: readonly Mix[] = ['hit', 'pod'];
const dns = { mixes: MIXES, transports: TRANSPORTS, answers: true } as const;
const bare = { mixes: MIXES, transports: ['udp'], answers: false } as const;

/** All that are known, in the order of the tables: the first is what others are compared with. */
export function allServers(builds: readonly string[]): Server[] {
  const own = join(ROOT, 'dist', 'main.js');
  return [
    svcdns('svcdns', own, 'stock', 'native'),
    svcdns('svcdns-dgram', own, 'stock', 'dgram'),
    { ...svcdns('svcdns-bare', own, 'bare', 'native'), mixes: CLUSTER },
    { ...svcdns('svcdns-log', own, 'log', 'native'), mixes: CLUSTER, prints: true },
    { ...svcdns('svcdns-rules', own, 'rules', 'native'), mixes: CLUSTER },
    ...builds.map((main) => svcdns(main, main, 'stock', undefined)),
    { name: 'echo', ...bare, command: ({ port }) => role('echo', port) },
    {
      name: 'relay',
      ...bare,
      mixes: ['forwarded-miss'],
      command: ({ port, upstream }) => role('relay', port, upstream),
    },
    {
      name: 'tcp-echo',
      ...bare,
      transports: ['tcp', 'connect'],
      command: ({ port }) => role('tcp-echo', port),
    },
    {
      name: 'c-echo',
      ...bare,
      missing: withoutProgram('cc'),
      command: (setup) => [compiled('echo', setup.folder), `${setup.port}`],
    },
    { name: 'knot', ...dns, mixes: CLUSTER, missing: withoutProgram('knotd'), command: knot },
    { name: 'unbound', ...dns, missing: withoutProgram('unbound'), command: unbound },
    {
      name: 'dnsmasq',
      ...dns,
      transports: ['udp'], // over TCP it closes each connection after 100 queries, and dnsperf ends at that
      missing: withoutProgram('dnsmasq'),
      command: dnsmasq,
    },
    {
      name: 'coredns',
      ...dns,
      missing: ['coredns', 'kube-apiserver', 'etcd'].map(withoutProgram).find(Boolean),
      usesApi: true,
      command: (setup) => coredns(setup, 'kubernetes cluster.local {', setup.api),
    },
    {
      name: 'coredns-file',
      ...dns,
      missing: withoutProgram('coredns'),
      command: (setup) => {
        const zone = join(setup.folder, 'cluster.zone');
        writeFileSync(zone, zoneFile(setup.services));
        return coredns(setup, `file ${zone} cluster.local {`, undefined);
      },
    },
  ];
}

/** Those that are measured when none are named: no variants of svcdns, and one CoreDNS. */
export function usualServers(all: readonly Server[]): Server[] {
  const hasApi = all.some(({ name, missing }) => name === 'coredns' && missing === undefined);
  const unusual = [
    'svcdns-bare',
    'svcdns-log',
    'svcdns-rules',
    hasApi ? 'coredns-file' : 'coredns',
  ];
  return all.filter(({ name }) => !unusual.includes(name));
}

/** The command that plays one of the roles of bench/bare.ts. */
export function role(name: string, port: number, upstream = 0): string[] {
  return [process.execPath, process.argv[1]!, '--role', name, `${port}`, `${upstream}`];
}

function withoutProgram(name: string): string | undefined {
  const found = (process.env['PATH'] ?? '').split(':').some((path) => existsSync(join(path, name)));
  return found ? undefined : `no ${name} on the PATH`;
}

function svcdns(
  name: string,
  main: string,
  corefile: keyof typeof COREFILES,
  transport: 'native' | 'dgram' | undefined,
): Server {
  const library = join(ROOT, 'prebuilds', `linux-${process.arch}`, 'node.napi.node');
  const unbuilt = [main, ...(transport === 'native' ? [library] : [])].find(
    (file) => !existsSync(file),
  );
  const how = unbuilt === library ? 'npm run build:native' : 'npm run build';
  return {
    name,
    ...dns,
    tidies: true,
    missing: unbuilt && `no ${basename(unbuilt)}: ${how}`,
    command: (setup) => {
      const file = join(setup.folder, 'Corefile');
      const lines = COREFILES[corefile](setup).join('\n  ');
      writeFileSync(file, `.:${setup.port} {\n  bind 127.0.0.1\n  ${lines}\n}\n`);
      const options = transport === undefined ? [] : ['--transport', transport];
      return [process.execPath, main, 'serve', '--config', file, '--state', 'off', ...options];
    },
  };
}

const kubernetes = ({ manifests }: Setup) =>
  `kubernetes cluster.local {\n    manifests ${manifests}\n  }`;

/** The servers' own ports are also TCP ports, so metrics have others. */
const metricsPort = ({ port }: Setup) => port + 5000;

/** What can stand around `kubernetes`. */
const COREFILES = {
  bare: (setup: Setup) => [kubernetes(setup)],
  stock: (setup: Setup) => [
    kubernetes(setup),
    `forward . 127.0.0.1:${setup.upstream}`,
    'cache 30',
    'loop',
    'loadbalance',
    'errors',
    `prometheus 127.0.0.1:${metricsPort(setup)}`,
  ],
  log: (setup: Setup) => [kubernetes(setup), 'log'],
  rules: (setup: Setup) => [
    kubernetes(setup),
    'rewrite name exact old.example new.example',
    'acl {\n    block net 192.0.2.0/24\n  }',
    'k8s_external external.example',
    'k8s_gateway gateway.example',
    'autopath @kubernetes',
  ],
} as const;

const SOA = 'SOA ns.dns.cluster.local. hostmaster.cluster.local. 1 7200 1800 86400 5';

function zoneFile(services: number): string {
  const head = `$ORIGIN cluster.local.\n$TTL 5\n@ ${SOA}\n@ NS ns.dns\nns.dns A 127.0.0.1\n`;
  return head + records(services, (name, ip) => `${name}.svc A ${ip}\n`);
}

function records(services: number, line: (name: string, ip: string) => string): string {
  return Array.from({ length: services }, (_, at) => {
    const { name, ip } = serviceOf(at);
    return line(name, ip);
  }).join('');
}

function knot({ folder, port, services }: Setup): string[] {
  writeFileSync(join(folder, 'cluster.zone'), zoneFile(services));
  const file = join(folder, 'knot.conf');
  const server = `rundir: ${folder}\n  listen: 127.0.0.1@${port}\n  udp-workers: 1\n  tcp-workers: 1\n  background-workers: 1`;
  const zone = 'zonefile-sync: -1\n    zonefile-load: whole\n    journal-content: none';
  writeFileSync(
    file,
    `server:\n  ${server}\ndatabase:\n  storage: ${folder}\ntemplate:\n  - id: default\n    storage: ${folder}\n    ${zone}\nzone:\n  - domain: cluster.local\n    file: cluster.zone\n`,
  );
  return ['knotd', '-c', file];
}

function unbound({ folder, port, upstream, services }: Setup): string[] {
  const server = [
    'interface: 127.0.0.1@' + port,
    'do-daemonize: no',
    'num-threads: 1',
    'username: ""',
    'chroot: ""',
    `directory: "${folder}"`,
    'pidfile: ""',
    'use-syslog: no',
    'logfile: "/dev/null"',
    'do-not-query-localhost: no',
    'module-config: "iterator"',
    'incoming-num-tcp: 100',
    'local-zone: "cluster.local." static',
    `local-data: "cluster.local. 5 ${SOA}"`,
  ];
  const data = records(
    services,
    (name, ip) => `  local-data: "${name}.svc.cluster.local. 5 A ${ip}"\n`,
  );
  const file = join(folder, 'unbound.conf');
  const forward = `forward-zone:\n  name: "."\n  forward-addr: 127.0.0.1@${upstream}\n`;
  const head = server.map((line) => `  ${line}\n`).join('');
  writeFileSync(file, `server:\n${head}${data}remote-control:\n  control-enable: no\n${forward}`);
  return ['unbound', '-d', '-c', file];
}

function dnsmasq({ folder, port, upstream, services }: Setup): string[] {
  const file = join(folder, 'hosts');
  writeFileSync(
    file,
    records(services, (name, ip) => `${ip} ${name}.svc.cluster.local\n`),
  );
  const listen = ['-k', '-C', '/dev/null', '-p', `${port}`, '-a', '127.0.0.1', '-z', '-u', 'root'];
  const names = [
    '-h',
    '-H',
    file,
    '--local=/cluster.local/',
    '--local-ttl=5',
    '--cache-size=10000',
  ];
  const forward = ['-R', `--server=127.0.0.1#${upstream}`, '--dns-forward-max=1000'];
  return ['dnsmasq', ...listen, ...names, ...forward];
}

/** The stock Corefile; `zone` is the line that serves the cluster's names. */
function coredns(setup: Setup, zone: string, api: KubeApi | undefined): string[] {
  const { folder, port, upstream } = setup;
  const file = join(folder, 'Corefile');
  const names = `${zone}${api === undefined ? '' : `\n    endpoint ${api.url}\n    ttl 5`}\n  }`;
  const others = [
    `forward . 127.0.0.1:${upstream}`,
    'cache 30',
    'loop',
    'loadbalance',
    'errors',
    `prometheus 127.0.0.1:${metricsPort(setup)}`,
  ];
  writeFileSync(file, `.:${port} {\n  bind 127.0.0.1\n  ${[names, ...others].join('\n  ')}\n}\n`);
  const trust = api === undefined ? [] : ['env', `SSL_CERT_FILE=${api.certificate}`];
  return [...trust, 'coredns', '-conf', file];
}

/** Writes the manifests of so many Services, as `kubectl get -A -o yaml` prints them. */
export function writeManifests(folder: string, services: number, endpoints: number): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'services.yaml');
  writeFileSync(file, dump({ services, endpoints, form: 'list' }));
  return dirname(file);
}
