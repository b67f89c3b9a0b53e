import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { output, Running, run } from './command.ts';
import { NetworkNamespace, ResolverFiles } from './namespace.ts';
import { svcdns, whenReady } from './server.ts';
import { requireTools } from './tools.ts';

// "I get an address and curl hangs", of the README: two processes of one machine behind a headless
// Service and behind one with a cluster IP, and curl, which asks for them by Service name.

const PROCESSES = { 'web-1': '10.9.0.11', 'web-2': '10.9.0.12' } as const;
type Name = keyof typeof PROCESSES;

const RESOLV_CONF = `nameserver 127.0.0.1
search shop.svc.cluster.local svc.cluster.local cluster.local
options ndots:5
`;

const SERVICES = `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, clusterIP: 10.96.0.7, ports: [{ port: 8080 }] }
---
apiVersion: v1
kind: Service
metadata: { name: peers, namespace: shop }
spec: { selector: { app: web }, clusterIP: None, ports: [{ port: 8080 }] }
`;

const pod = (name: Name, ready: boolean) => `apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: shop, labels: { app: web } }
status:
  phase: Running
  podIP: ${PROCESSES[name]}
  conditions: [{ type: Ready, status: "${ready ? 'True' : 'False'}" }]
`;

const folder = mkdtempSync(join(tmpdir(), 'svcdns-curl-'));
const running: Running[] = [];
let machine: NetworkNamespace;
let files: ResolverFiles;

beforeAll(async () => {
  requireTools('ip', 'unshare', 'mount', 'curl');
  files = new ResolverFiles(RESOLV_CONF);
  machine = await NetworkNamespace.create();
  for (const [name, address] of Object.entries(PROCESSES)) {
    await machine.addAddress(`${address}/32`, 'lo');
    const script = `require('node:http')
      .createServer((query, reply) => reply.end('${name}'))
      .listen(8080, '${address}', () => console.log('ready'))`;
    const process_ = new Running(machine.command([process.execPath, '-e', script]));
    running.push(process_);
    await process_.until(() => process_.printed.includes('ready'));
  }
  write('services.yaml', SERVICES);
});

afterAll(async () => {
  for (const one of running) await one.stop();
  await machine?.remove();
  files?.remove();
  rmSync(folder, { recursive: true });
});

/** As an editor does, so that no half is read. */
function write(name: string, text: string): void {
  writeFileSync(join(folder, `.${name}`), text);
  renameSync(join(folder, `.${name}`), join(folder, name));
}

async function serve(...options: readonly string[]): Promise<Running> {
  for (const name of ['web-1', 'web-2'] as const) write(`${name}.yaml`, pod(name, true));
  const args = ['--listen', '127.0.0.1:53', '--admin', 'off', '--forward', 'off', '--state', 'off'];
  const line = svcdns('serve', '--manifests', folder, ...args, ...options);
  const server = new Running(machine.command(line));
  await whenReady(server);
  return server;
}

const curl = (host: string) =>
  machine.command(
    files.command(['curl', '--silent', '--show-error', '--max-time', '5', `http://${host}:8080/`]),
  );

/** Who answers curl, asked often enough that each address has come first. */
async function reached(host: string): Promise<string[]> {
  const names = new Set<string>();
  for (let asked = 0; asked < 8; asked++) names.add(await output(curl(host)));
  return [...names].sort();
}

test('a cluster IP is answered, leads nowhere, and the start-up text says so', async () => {
  const server = await serve();
  try {
    expect(server.printed).toContain(`
Cluster IPs such as 10.96.0.7 are answered, but no interface or route of this machine leads there,
a default route aside: connections hang unless something translates them, as kube-proxy does.
--clusterip endpoints answers with endpoints instead: see "I get an address and curl hangs" in README
`);
    const { status, stderr } = await run(curl('web'));
    expect(stderr).toMatch(/^curl: \(\d+\) .*(connect|unreachable)/i);
    expect(status).not.toBe(0);
    expect(await reached('peers')).toEqual(['web-1', 'web-2']);
  } finally {
    await server.stop();
  }
});

test('nothing is said of cluster IPs that a route leads to', async () => {
  await machine.ip('route', 'add', '10.96.0.0/12', 'dev', 'lo');
  const server = await serve();
  try {
    expect(server.printed).not.toContain('Cluster IPs such as');
  } finally {
    await server.stop();
    await machine.ip('route', 'delete', '10.96.0.0/12', 'dev', 'lo');
  }
});

describe('with --clusterip endpoints curl reaches the processes by the names of Services', () => {
  let server: Running;

  beforeAll(async () => {
    server = await serve('--clusterip', 'endpoints');
  });

  afterAll(() => server?.stop());

  test.for(['web', 'web.shop', 'peers'])('%s', async (host) => {
    expect(server.printed).not.toContain('Cluster IPs such as');
    write('web-2.yaml', pod('web-2', true));
    await eventually(async () => expect(await reached(host)).toEqual(['web-1', 'web-2']));
    write('web-2.yaml', pod('web-2', false));
    await eventually(async () => expect(await reached(host)).toEqual(['web-1']));
  });
});
