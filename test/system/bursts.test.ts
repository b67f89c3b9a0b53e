import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { output, Running } from './command.ts';
import { NetworkNamespace } from './namespace.ts';
import { startIn } from './server.ts';
import { requireTools } from './tools.ts';

// As many as the native transport takes at once. The server sleeps while they are sent.
const COUNT = 64;
const CLIENT = fileURLToPath(new URL('burst.mjs', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'svcdns-bursts-'));
let host: NetworkNamespace;
let server: Running;

beforeAll(async () => {
  requireTools('ip', 'kill');
  host = await NetworkNamespace.create();
  writeFileSync(join(folder, 'pods.yaml'), headless('few', 2) + headless('many', 25));
  server = await startIn(host, folder);
});

afterAll(async () => {
  await server?.stop();
  await host?.remove();
  rmSync(folder, { recursive: true });
});

// A reply of 25 addresses has 463 bytes: more than an MTU of 400 takes.
test.for([
  ['few', 2, 65_536],
  ['many', 25, 65_536],
  ['many', 25, 400],
  ['few', 2, 400],
] as const)('64 replies at once of %s, %i addresses, MTU %i: all are whole', async (asked) => {
  const [service, addresses, mtu] = asked;
  await host.ip('link', 'set', 'lo', 'mtu', String(mtu));
  process.kill(server.pid, 'SIGSTOP');
  const before = await datagramsSent();
  const name = `${service}.default.svc.cluster.local`;
  const client = host.command([process.execPath, CLIENT, '127.0.0.1', name, String(COUNT)]);
  const asking = new Running(client);
  try {
    await asking.until(() => asking.printed.includes('sent\n'));
  } finally {
    process.kill(server.pid, 'SIGCONT');
  }
  expect(await asking.ended).toBe(0);
  expect(JSON.parse(asking.printed.replace('sent\n', ''))).toEqual({
    ...{ replies: COUNT, addresses: [addresses] },
  });
  // The kernel counts what it is handed, and cuts it later. It refuses to cut what does not fit the
  // MTU, and is not asked again then.
  const isTogether = server.printed.includes('UDP transport: native') && mtu === 65_536;
  expect((await datagramsSent()) - before - COUNT).toBe(isTogether ? 1 : COUNT);
});

/** Datagrams that were sent in the namespace. */
async function datagramsSent(): Promise<number> {
  const [names = '', values = ''] = (await output(host.command(['cat', '/proc/net/snmp'])))
    .split('\n')
    .filter((line) => line.startsWith('Udp:'));
  return Number(values.split(' ')[names.split(' ').indexOf('OutDatagrams')]);
}

/** A headless Service and its EndpointSlice with so many addresses. */
function headless(name: string, count: number): string {
  const addresses = Array.from({ length: count }, (_, i) => `{addresses: [10.1.0.${i + 1}]}`);
  return `
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {clusterIP: None, ports: [{port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: ${name}, labels: {kubernetes.io/service-name: ${name}}}
addressType: IPv4
ports: [{port: 80}]
endpoints: [${addresses.join(', ')}]
---
`;
}
