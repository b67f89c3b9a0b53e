import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Argv, output, Running } from './command.ts';
import { Internet } from './internet.ts';
import { NetworkNamespace, ResolverFiles } from './namespace.ts';
import { svcdns, whenReady } from './server.ts';
import { requireTools } from './tools.ts';

// A compose network: containers with static addresses, svcdns as their sidecar and only name
// server, and Docker's resolver at 127.0.0.11 of the sidecar. They reach each other over HTTP by
// the names of Services, although nobody routes a cluster IP.

const SIDECAR = '10.9.0.53';
const DOCKER = '127.0.0.11';
const CONTAINERS = { 'web-1': '10.9.0.11', 'web-2': '10.9.0.12', api: '10.9.0.20' } as const;
type Container = keyof typeof CONTAINERS;
const NAMES = Object.keys(CONTAINERS) as Container[];

/** As a Pod of the namespace shop has it. */
const RESOLV_CONF = `nameserver ${SIDECAR}
search shop.svc.cluster.local svc.cluster.local cluster.local
options ndots:5
`;

/** The manifests of the cluster, as they are: no address in them. */
const SERVICES = `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ name: http, port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: api, namespace: shop }
spec: { ports: [{ name: http, port: 80 }] }
`;

const pod = (name: Container) => `apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: shop, labels: { app: web } }
status: { phase: Running, podIP: ${CONTAINERS[name]}, conditions: [{ type: Ready, status: "True" }] }
`;

/** Beside them, where the containers are. */
const PLACES = `${pod('web-1')}---
${pod('web-2')}---
apiVersion: v1
kind: Endpoints
metadata: { name: api, namespace: shop }
subsets: [{ addresses: [{ ip: ${CONTAINERS.api} }], ports: [{ name: http, port: 80 }] }]
`;

const ANNOTATION = 'annotations: { svcdns.dev/endpoints-dns: "web-1,web-2" }';

/** Or, by the names that compose gives them. */
const NAMED = `${SERVICES.replace('name: web,', `name: web, ${ANNOTATION},`)}---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: api-1, namespace: shop, labels: { kubernetes.io/service-name: api } }
addressType: FQDN
endpoints: [{ addresses: [api.example.net] }]
ports: [{ name: http, port: 80 }]
`;

const corefile = (option: string) => `.:53 {
    errors
    kubernetes cluster.local in-addr.arpa {
        manifests objects.yaml
        ${option}
        fallthrough in-addr.arpa
    }
    forward . /etc/resolv.conf
}
`;

const folder = mkdtempSync(join(tmpdir(), 'svcdns-compose-'));
const spaces = new Map<string, NetworkNamespace>();
const servers: Running[] = [];
let containerFiles: ResolverFiles;
let sidecarFiles: ResolverFiles;
let docker: Internet | undefined;

beforeAll(async () => {
  requireTools('ip', 'unshare', 'mount', 'dig');
  containerFiles = new ResolverFiles(RESOLV_CONF);
  sidecarFiles = new ResolverFiles(`nameserver ${DOCKER}\noptions ndots:0\n`);
  const bridge = await NetworkNamespace.create();
  spaces.set('bridge', bridge);
  await bridge.addBridge('br0');
  for (const [name, address] of [...Object.entries(CONTAINERS), ['sidecar', SIDECAR] as const]) {
    const space = await NetworkNamespace.create();
    spaces.set(name, space);
    await bridge.plug(space, name, 'br0');
    await space.addAddress(`${address}/24`, name);
  }
  for (const name of NAMES) servers.push(await serveHttp(name));
});

afterAll(async () => {
  for (const server of servers) await server.stop();
  await docker?.stop();
  for (const space of spaces.values()) await space.remove();
  for (const files of [containerFiles, sidecarFiles]) files?.remove();
  rmSync(folder, { recursive: true });
});

/** A web server in a container, which says who it is and who asked. */
async function serveHttp(name: Container): Promise<Running> {
  const script = `require('node:http')
    .createServer((query, reply) => reply.end('${name} at ' + query.headers.host))
    .listen(80, '${CONTAINERS[name]}', () => console.log('ready'))`;
  const server = new Running(space(name).command([process.execPath, '-e', script]));
  await server.until(() => server.printed.includes('ready'));
  return server;
}

function space(name: string): NetworkNamespace {
  const found = spaces.get(name);
  if (found === undefined) throw new Error(`There is no container ${name}`);
  return found;
}

const inside = (name: Container, argv: Argv) =>
  output(space(name).command(containerFiles.command(argv)));

/** What a program in a container gets at a URL, through its libc's resolver. */
const get = (from: Container, url: string) =>
  inside(from, [
    process.execPath,
    '-e',
    `fetch('${url}').then((reply) => reply.text()).then((text) => process.stdout.write(text))`,
  ]);

/** The addresses that the container's libc finds. */
async function found(from: Container, name: string): Promise<string[]> {
  const text = await inside(from, ['getent', 'ahosts', name]);
  const streams = text.split('\n').filter((line) => line.includes('STREAM'));
  return streams.map((line) => line.split(/\s+/)[0] ?? '').sort();
}

const dig = (...words: readonly string[]) =>
  inside('api', ['dig', `@${SIDECAR}`, '+short', '+tries=1', '+time=5', ...words]);

async function startSidecar(option: string, manifests: string): Promise<void> {
  writeFileSync(join(folder, 'Corefile'), corefile(option));
  writeFileSync(join(folder, 'objects.yaml'), manifests);
  const argv = svcdns('-conf', join(folder, 'Corefile'), '--admin', 'off');
  const server = new Running(space('sidecar').command(sidecarFiles.command(argv)));
  onTestFinished(() => server.stop());
  await whenReady(server);
}

async function startDocker(...names: readonly string[]): Promise<void> {
  await docker?.stop();
  docker = await Internet.start(space('sidecar'), DOCKER, names);
}

/** Every container finds and reaches the others. */
async function expectNetwork(): Promise<void> {
  expect(await found('api', 'web')).toEqual([CONTAINERS['web-1'], CONTAINERS['web-2']]);
  expect(await found('web-1', 'api.shop')).toEqual([CONTAINERS.api]);
  expect(await get('web-1', 'http://api/')).toBe('api at api');
  expect(await get('web-2', 'http://api.shop.svc.cluster.local/')).toMatch(/^api at /);
  expect(await get('api', 'http://web.shop/')).toMatch(/^web-[12] at web\.shop$/);
}

describe('clusterip endpoints', () => {
  test('unmodified Services lead to the containers whose addresses Pods and Endpoints name', async () => {
    await startDocker();
    await startSidecar('clusterip endpoints', `${SERVICES}---\n${PLACES}`);
    await expectNetwork();
    expect(await dig('-x', CONTAINERS['web-2'])).toBe('web.shop.svc.cluster.local.\n');
    const heads = new Set<string>();
    for (let i = 0; i < 40; i++) {
      heads.add((await dig('web.shop.svc.cluster.local')).split('\n')[0] ?? '');
    }
    expect([...heads].sort()).toEqual([CONTAINERS['web-1'], CONTAINERS['web-2']]);
    expect(docker?.asked.filter((question) => question.includes('cluster.local'))).toEqual([]);
  });
});

describe('endpoints dns', () => {
  const places = NAMES.map((name) => {
    const host = name === 'api' ? 'api.example.net' : name;
    return `${host}=${CONTAINERS[name]}`;
  });

  test('Services lead to the containers by the names that Docker’s resolver knows', async () => {
    await startDocker(...places);
    await startSidecar('endpoints dns', NAMED);
    await expectNetwork();
    expect(docker?.asked).toContain('web-1 A udp');
    expect(docker?.asked).toContain('api.example.net A udp');
    expect(docker?.asked.filter((question) => question.includes('cluster.local'))).toEqual([]);
  });

  test('a container that ends is left out, and one that comes back elsewhere is found there', async () => {
    await startDocker(...places);
    await startSidecar('endpoints dns', NAMED);
    expect(await dig('web.shop.svc.cluster.local')).toMatch(/^10\.9\.0\.1[12]\n10\.9\.0\.1[12]\n$/);
    await startDocker(`web-1=${CONTAINERS['web-1']}`);
    expect(await get('api', 'http://web/')).toBe('web-1 at web');
    await startDocker(`web-2=${CONTAINERS['web-2']}`);
    expect(await get('api', 'http://web/')).toBe('web-2 at web');
    await startDocker();
    expect(await dig('web.shop.svc.cluster.local')).toBe('');
  });
});
