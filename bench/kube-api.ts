import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { load } from 'js-yaml';
import { service, serviceOf, slice } from './dump.ts';

/** An API server that holds the objects of the manifests, for CoreDNS's kubernetes plugin. */
export interface KubeApi {
  readonly url: string;
  /** What its certificate is signed with, and itself. */
  readonly certificate: string;
  /** Writes slices, in the lines of a manifest, as they are to be. */
  writeSlices(slices: readonly (readonly string[])[]): Promise<void>;
  /** Stops it for a while: what a load is measured with needs its core. */
  pause(): void;
  resume(): void;
  /** Once it resolves, the ports are free for the next one. */
  stop(): Promise<void>;
}

const ETCD_PORT = 25_001;
const PORT = 25_003;
const START_SECONDS = 120;
/** etcd takes 128 operations at once, each Service has up to three objects; and 1.5 MiB. */
const SERVICES_AT_ONCE = 42;
const BYTES_AT_ONCE = 1_000_000;
/** About as many has an object with one endpoint. */
const ENDPOINT_BYTES = 500;

/**
 * Starts etcd and kube-apiserver from the PATH. The objects are written to etcd as they are, before
 * the API server starts: by its own door, 100,000 would take half an hour.
 */
export async function startKubeApi(
  folder: string,
  services: number,
  endpoints: number,
): Promise<KubeApi> {
  mkdirSync(folder, { recursive: true });
  const log = openSync(join(folder, 'log'), 'a');
  const processes: ChildProcess[] = [];
  const start = (program: string, args: readonly string[]) => {
    processes.push(spawn(program, args, { stdio: ['ignore', log, log] }));
  };
  const signal = (name: NodeJS.Signals) => {
    for (const child of processes) child.kill(name);
  };
  const url = `https://127.0.0.1:${PORT}`;
  try {
    start('etcd', etcdArguments(folder));
    await until('etcd', () => etcd('/v3/kv/range', { key: base64('x') }));
    await fill(services, endpoints);
    start('kube-apiserver', apiServerArguments(folder));
    await until('kube-apiserver', () => isReady(`${url}/readyz`));
  } catch (error) {
    signal('SIGKILL');
    const last = readFileSync(join(folder, 'log'), 'utf8').trim().split('\n').slice(-3);
    throw new Error(`${(error as Error).message}:\n${last.join('\n')}`);
  }
  return {
    url,
    certificate: join(folder, 'apiserver.crt'),
    writeSlices: async (slices) => {
      // One by one, as the API server does: those of one transaction would have one version.
      const puts = slices.map((lines) => put('endpointslices', lines).requestPut);
      await Promise.all(puts.map((one) => etcd('/v3/kv/put', one)));
    },
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    stop: async () => {
      const running = processes.filter(
        ({ exitCode, signalCode }) => exitCode === null && signalCode === null,
      );
      const ended = running.map((child) => once(child, 'exit'));
      signal('SIGKILL');
      await Promise.all(ended);
    },
  };
}

function etcdArguments(folder: string): string[] {
  const client = `http://127.0.0.1:${ETCD_PORT}`;
  const peer = `http://127.0.0.1:${ETCD_PORT + 1}`;
  return [
    ['--data-dir', join(folder, 'etcd')],
    ['--listen-client-urls', client, '--advertise-client-urls', client],
    ['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
    [
      '--initial-cluster',
      `default=${peer}`,
      '--unsafe-no-fsync',
      '--quota-backend-bytes',
      '8589934592',
    ],
  ].flat();
}

/**
 * Everybody may do anything: it listens on loopback, most often of a network namespace. With
 * `AlwaysAllow` it would not let anybody in without a name.
 */
function apiServerArguments(folder: string): string[] {
  const key = join(folder, 'accounts.pem');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(key, privateKey.export({ type: 'pkcs1', format: 'pem' }));
  const policy = join(folder, 'policy.jsonl');
  writeFileSync(policy, (['nonResourcePath', 'namespace'] as const).map(mayDoAnything).join('\n'));
  return [
    `--etcd-servers=http://127.0.0.1:${ETCD_PORT}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${PORT}`,
    `--cert-dir=${folder}`,
    '--endpoint-reconciler-type=none',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
    '--service-cluster-ip-range=10.96.0.0/12',
    '--authorization-mode=ABAC',
    `--authorization-policy-file=${policy}`,
    '--anonymous-auth=true',
    '--enable-priority-and-fairness=false',
  ];
}

function mayDoAnything(what: 'nonResourcePath' | 'namespace'): string {
  const group = 'system:unauthenticated';
  const resources = what === 'namespace' ? { resource: '*', apiGroup: '*' } : {};
  return JSON.stringify({
    apiVersion: 'abac.authorization.kubernetes.io/v1beta1',
    kind: 'Policy',
    spec: { group, [what]: '*', ...resources },
  });
}

async function fill(services: number, endpoints: number): Promise<void> {
  await etcd('/v3/kv/txn', { success: namespaces(services) });
  const fitting = Math.ceil(BYTES_AT_ONCE / ENDPOINT_BYTES / (endpoints + 4));
  const atOnce = Math.min(SERVICES_AT_ONCE, fitting);
  for (let at = 0; at < services; at += atOnce) {
    const few = Array.from({ length: Math.min(atOnce, services - at) }, (_, n) => at + n);
    const puts = few.flatMap((one) => [
      put('services/specs', service(one)),
      put('ipaddresses', ipAddress(one)),
      ...(endpoints === 0 ? [] : [put('endpointslices', slice(one, endpoints))]),
    ]);
    await etcd('/v3/kv/txn', { success: puts });
  }
}

/** An API server that finds no allocation of an address makes it before it is ready: one by one. */
function ipAddress(at: number): string[] {
  const { name, ip } = serviceOf(at);
  const [service, namespace] = name.split('.');
  const [family, managed] = ['ip-family: IPv4', 'managed-by: ipallocator.k8s.io'];
  const prefix = 'ipaddress.kubernetes.io/';
  return [
    'apiVersion: networking.k8s.io/v1',
    'kind: IPAddress',
    `metadata: { name: ${ip}, labels: { ${prefix}${family}, ${prefix}${managed} } }`,
    'spec:',
    `  parentRef: { group: "", resource: services, namespace: ${namespace}, name: ${service} }`,
  ];
}

/** CoreDNS answers only for namespaces that there are. */
function namespaces(services: number) {
  const names = Array.from({ length: services }, (_, at) => serviceOf(at).name.split('.')[1]);
  return [...new Set(names)].map((name) =>
    put('namespaces', ['apiVersion: v1', 'kind: Namespace', `metadata: { name: ${name} }`]),
  );
}

/** Writes an object where the API server keeps it; it reads JSON there too. */
function put(resource: string, lines: readonly string[]) {
  const object = load(lines.join('\n')) as { metadata: Record<string, unknown> };
  const { namespace, name } = object.metadata;
  const path = [resource, ...(namespace === undefined ? [] : [namespace]), name].join('/');
  delete object.metadata['resourceVersion'];
  const key = base64(`/registry/${path}`);
  return { requestPut: { key, value: base64(JSON.stringify(object)) } };
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

async function etcd(path: string, body: unknown): Promise<boolean> {
  const url = `http://127.0.0.1:${ETCD_PORT}${path}`;
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`etcd: ${await response.text()}`);
  await response.arrayBuffer();
  return true;
}

function isReady(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    get(url, { rejectUnauthorized: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on('error', () => resolve(false));
  });
}

async function until(what: string, isDone: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; waited < START_SECONDS * 5; waited++) {
    if (await isDone().catch(() => false)) return;
    await sleep(200);
  }
  throw new Error(`Cannot start ${what}: it did not answer in ${START_SECONDS} s`);
}
