import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addClusterIps, copySeeds, EXPOSED, readyPod } from '../helpers/seeds.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { type Running, run } from './command.ts';
import { NetworkNamespace, ResolverFiles } from './namespace.ts';
import { startIn } from './server.ts';
import { requireTools } from './tools.ts';

// The resolv.conf of a Pod in the namespace default.
const RESOLV_CONF = `nameserver 127.0.0.1
search default.svc.cluster.local svc.cluster.local cluster.local
options ndots:5 timeout:5 attempts:1
`;

const folder = new TempFolder();
let host: NetworkNamespace;
let resolver: ResolverFiles;
let server: Running;

beforeAll(async () => {
  requireTools('ip', 'unshare', 'mount', 'nslookup', 'getent');
  copySeeds(folder.path, ['nginx', 'counter', 'webui']);
  folder.write('exposed.yaml', EXPOSED);
  folder.write('pods.yaml', readyPod('redis-1', 'app: counter, tier: db', '172.17.0.3'));
  addClusterIps(folder.path, { redis: '10.99.209.251' });
  host = await NetworkNamespace.create();
  resolver = new ResolverFiles(RESOLV_CONF);
  server = await startIn(host, folder.path);
});

afterAll(async () => {
  await server?.stop();
  await host?.remove();
  resolver?.remove();
  folder.dispose();
});

const inPod = (...argv: [string, ...string[]]) => run(host.command(resolver.command(argv)));

describe('in a Pod of the namespace default', () => {
  test.each([
    ['my-nginx', 'my-nginx.default.svc.cluster.local', '10.100.187.202'],
    ['redis', 'redis.default.svc.cluster.local', '10.99.209.251'],
    ['redis.default', 'redis.default.svc.cluster.local', '10.99.209.251'],
    ['redis.default.svc.cluster.local', 'redis.default.svc.cluster.local', '10.99.209.251'],
    ['nodeport-service', 'nodeport-service.default.svc.cluster.local', '10.100.100.200'],
    ['172-17-0-3.redis', '172-17-0-3.redis.default.svc.cluster.local', '172.17.0.3'],
  ])('nslookup %s', async (name, found, address) => {
    const { status, stdout } = await inPod('nslookup', name);
    // BIND's nslookup remarks on every server that is authoritative only, as a cluster's is.
    const remark = ';; Got recursion not available from 127.0.0.1\n';
    expect(stdout.replaceAll(remark, '').trim()).toBe(
      `Server:\t\t127.0.0.1\nAddress:\t127.0.0.1#53\n\nName:\t${found}\nAddress: ${address}`,
    );
    expect(status).toBe(0);
  });

  test('nslookup externalname-svc shows the alias', async () => {
    const { stdout } = await inPod('nslookup', 'externalname-svc');
    expect(stdout).toContain(
      'externalname-svc.default.svc.cluster.local\tcanonical name = google.com.\n',
    );
  });

  test('getent hosts counter-lb finds an address that no manifest names, among those of Services', async () => {
    const { status, stdout } = await inPod('getent', 'hosts', 'counter-lb');
    expect(stdout).toMatch(
      /^10\.(?:9[6-9]|10\d|11[01])\.\d+\.\d+\s+counter-lb\.default\.svc\.cluster\.local\n$/,
    );
    expect(status).toBe(0);
  });
});
