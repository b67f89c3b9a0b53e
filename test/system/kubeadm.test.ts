import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { output, Running, run } from './command.ts';
import { Internet } from './internet.ts';
import { NetworkNamespace, ResolverFiles } from './namespace.ts';
import { svcdns, whenReady, ZONES } from './server.ts';
import { requireTools } from './tools.ts';

// The Corefile that kubeadm writes, byte for byte: port 53 and the ports of its probes on every
// address, and /etc/resolv.conf. Only the source of the manifests is said on the command line.

const COREFILE = fileURLToPath(new URL('../fixtures/corefiles/kubeadm', import.meta.url));
const SERVER = '10.8.0.1';
const INTERNET = '10.7.0.53';

let node: NetworkNamespace;
let host: NetworkNamespace;
let outside: NetworkNamespace;
let files: ResolverFiles;
let internet: Internet;
let server: Running;

beforeAll(async () => {
  requireTools('ip', 'unshare', 'mount', 'dig');
  node = await NetworkNamespace.create();
  host = await NetworkNamespace.create();
  outside = await NetworkNamespace.create();
  await host.connect(node, 'eth0');
  await host.connect(outside, 'wan0');
  await host.addAddress(`${SERVER}/24`, 'eth0');
  await node.addAddress('10.8.0.10/24', 'eth0');
  await host.addAddress('10.7.0.1/24', 'wan0');
  await outside.addAddress(`${INTERNET}/24`, 'wan0');
  files = new ResolverFiles(`search example.org\nnameserver ${INTERNET}\noptions ndots:1\n`);
  internet = await Internet.start(outside, INTERNET);
  const argv = svcdns('-conf', COREFILE, '--manifests', ZONES);
  server = new Running(host.command(files.command(argv)));
  await whenReady(server);
});

afterAll(async () => {
  await server?.stop();
  await internet?.stop();
  for (const namespace of [node, host, outside]) await namespace?.remove();
  files?.remove();
});

const dig = (...words: readonly string[]) =>
  output(node.command(['dig', `@${SERVER}`, '+tries=1', '+time=5', ...words]));

async function status(url: string): Promise<string> {
  const script = `fetch('${url}').then((r) => r.text().then((text) => console.log(r.status, text)))`;
  return output(node.command([process.execPath, '-e', script]));
}

describe.each(['+notcp', '+tcp'])('dig %s', (transport) => {
  test('names of the cluster have the TTL of the Corefile', async () => {
    const answer = await dig(transport, '+noall', '+answer', 'redis.default.svc.cluster.local');
    expect(answer).toMatch(
      /^redis\.default\.svc\.cluster\.local\.\s+30\s+IN\s+A\s+10\.99\.209\.251\n$/,
    );
    expect(await dig(transport, '+short', '-x', '10.99.209.251')).toBe(
      'redis.default.svc.cluster.local.\n',
    );
  });

  test('other names come from the servers in /etc/resolv.conf', async () => {
    expect(await dig(transport, '+short', 'www.example.org')).toBe('192.0.2.80\n');
    const name = `missing-${transport.slice(1)}.example.org`;
    expect(await dig(transport, name)).toContain('status: NXDOMAIN');
    expect(internet.asked).toContain(`${name} A ${transport === '+tcp' ? 'tcp' : 'udp'}`);
  });
});

test('/health, /ready and /metrics are at the ports that probes and Prometheus know', async () => {
  expect(await status(`http://${SERVER}:8080/health`)).toMatch(/^200 OK/);
  expect(await status(`http://${SERVER}:8181/ready`)).toMatch(/^200 OK/);
  const metrics = await status(`http://${SERVER}:9153/metrics`);
  expect(metrics).toMatch(/^coredns_dns_requests_total\{.*server="dns:\/\/:53".*\} \d+$/m);
  expect(metrics).toMatch(/^coredns_forward_max_concurrent_rejects_total\S* 0$/m);
});

test('A15 nobody is answered at the ports of echo, daytime, qotd, chargen and time', async () => {
  for (const port of [7, 13, 17, 19, 37]) {
    const words = ['+notcp', '+tries=1', '+time=1', '-b', `10.8.0.10#${port}`];
    const argv = ['dig', `@${SERVER}`, ...words, 'redis.default.svc.cluster.local'] as const;
    expect([port, (await run(node.command(argv))).status]).toEqual([port, 9]);
  }
  expect(await dig('+short', '-b', '10.8.0.10#1053', 'redis.default.svc.cluster.local')).toBe(
    '10.99.209.251\n',
  );
});
