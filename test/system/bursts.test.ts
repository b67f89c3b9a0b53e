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
  requireTools('ip', 'nft');
  host = await NetworkNamespace.create();
  writeFileSync(join(folder, 'pods.yaml'), headless('few', 2) + headless('many', 25));
  server = await startIn(host, folder);
});

afterAll(async () => {
  await server?.stop();
  await host?.remove();
  rmSync(folder, { recursive: true });
});

/** Has the server find all questions at once, and waits until the client says so. */
async function askAtOnce(name: string, ...source: readonly string[]): Promise<Running> {
  process.kill(server.pid, 'SIGSTOP');
  try {
    const args = ['127.0.0.1', `${name}.default.svc.cluster.local`, String(COUNT), ...source];
    const client = new Running(host.command([process.execPath, CLIENT, ...args]));
    await client.until(() => client.printed.includes('sent\n'));
    return client;
  } finally {
    process.kill(server.pid, 'SIGCONT');
  }
}

test('a firewall that refuses the replies to one client changes nothing for others', async () => {
  const rules = [
    'add table ip svcdns',
    'add chain ip svcdns out { type filter hook output priority 0; }',
    'add rule ip svcdns out ip daddr 127.0.0.9 udp sport 53 counter drop',
  ];
  await output(host.command(['nft', rules.join('; ')]));
  const refused = await askAtOnce('few', '127.0.0.9');
  const list = host.command(['nft', 'list', 'chain', 'ip', 'svcdns', 'out']);
  // As one message, where they leave as one, and once more each alone.
  await server.until(async () => {
    const [, packets] = /packets (\d+)/.exec(await output(list)) ?? [];
    return Number(packets) >= COUNT;
  });
  await refused.stop();
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
  const before = await datagramsSent();
  const asking = await askAtOnce(service);
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
