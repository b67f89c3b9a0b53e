import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TempFolder } from '../helpers/temp-folder.ts';
import { type Finished, run } from '../system/command.ts';
import { svcdns } from '../system/server.ts';
import { Cluster } from './cluster.ts';
import { DnsServer } from './dns-servers.ts';
import { createStill, OTHER_WEB } from './still.ts';

const folder = new TempFolder();
let cluster: Cluster;
let coredns: DnsServer;

beforeAll(async () => {
  cluster = await Cluster.start('namespace-controller');
  await createStill(cluster.api);
  coredns = await DnsServer.coredns(cluster.kubeconfig('coredns'));
});

afterAll(async () => {
  await coredns?.stop();
  await cluster?.stop();
  folder.dispose();
});

describe('verify --against a CoreDNS with its kubernetes plugin', () => {
  const verify = (...options: string[]): Promise<Finished> => {
    const { address, port } = coredns.address;
    const against = ['--against', `${address}:${port}`, '--rate', '10000', '--config', 'off'];
    const kubeconfig = ['--kubeconfig', cluster.kubeconfig('svcdns')];
    return run(svcdns('verify', ...against, ...kubeconfig, ...options));
  };

  test('finds nothing that docs/compatibility.md does not say', async () => {
    const { status, stdout } = await verify('--ttl', '30');
    expect(stdout).toMatch(/^In docs\/compatibility.md: any type but PTR at a reverse name/m);
    expect(stdout).toMatch(/ [1-9]\d* as docs\/compatibility.md says, 0 otherwise\n$/);
    expect(status).toBe(0);
  });

  test('finds other TTLs, and a Service that has another address', async () => {
    const overlay = folder.write('web.yaml', OTHER_WEB);
    const { status, stdout } = await verify('--manifests', overlay);
    const address = /127\.0\.0\.1:\d+ +A (10\.[\d.]+)\n/.exec(stdout)?.[1] ?? '';
    const text = stdout.replaceAll(/127\.0\.0\.1:\d+/g, 'CoreDNS').replaceAll(/ {2,}/g, ' ');
    expect(text).toContain(
      `web.still.svc.cluster.local. A\n CoreDNS A ${address}\n svcdns A 10.96.7.7\n`,
    );
    expect(text).toContain(
      '\n7.7.96.10.in-addr.arpa. PTR ANY\n CoreDNS NXDOMAIN\n svcdns PTR web.still.',
    );
    expect(text).toMatch(/^\d+ answers with TTL 30 from CoreDNS, 5 from svcdns: \S+ [A-Z]+ …$/m);
    expect(status).toBe(1);
  });
});
