import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Argv, output, Running, run } from './command.ts';
import { NetworkNamespace, ResolverFiles } from './namespace.ts';
import { ROOT, svcdns, whenReady, ZONES } from './server.ts';
import { requireTools } from './tools.ts';

/**
 * The one of the machine's resolv.conf: every name outside has an address, and none a mail server.
 */
const UPSTREAM = `.:53 {
    bind 127.0.0.53
    template IN A {
        answer "{{ .Name }} 60 IN A 192.0.2.1"
    }
    template IN ANY {
        rcode NXDOMAIN
    }
}
`;

/** Every transport, family, flag, outcome and plugin that counts something. */
const LOAD = `
  @127.0.0.1 web.shop.svc.cluster.local A
  @127.0.0.1 web.shop.svc.cluster.local AAAA +dnssec
  @::1 _http._tcp.web.shop.svc.cluster.local SRV +tcp
  @127.0.0.1 no-such-name.shop.svc.cluster.local A
  @127.0.0.1 -x 10.96.0.10
  @127.0.0.1 10-0-0-7.shop.pod.cluster.local A
  @127.0.0.1 cache.default.svc.cluster.local A
  @127.0.0.1 cluster.local NS
  @127.0.0.1 cluster.local TYPE65280
  @127.0.0.1 cluster.local AXFR
  @127.0.0.1 cluster.local ANY
  @127.0.0.1 www.example.org A
  @127.0.0.1 www.example.org A +tcp
  @::1 www.example.org MX
  @127.0.0.1 version.bind TXT CH
  @127.0.0.1 cluster.local SOA +opcode=notify
  @127.0.0.1 cluster.local SOA +edns=7 +noednsneg
`
  .trim()
  .split('\n')
  .map((line) => line.trim().split(' '));

let host: NetworkNamespace;
let upstream: Running;
let server: Running;
let metrics: string;
const folder = mkdtempSync(join(tmpdir(), 'svcdns-promtool-'));
const files = new ResolverFiles('nameserver 127.0.0.53\n');

beforeAll(async () => {
  requireTools('ip', 'dig', 'mount', 'promtool', 'unshare');
  host = await NetworkNamespace.create();
  writeFileSync(join(folder, 'Corefile'), UPSTREAM);
  upstream = inside(svcdns('serve', '--config', join(folder, 'Corefile')));
  await upstream.until(() => upstream.printed.includes('Listening on'));
  const kubeadm = `${ROOT}/test/fixtures/corefiles/kubeadm`;
  server = inside(svcdns('serve', '--config', kubeadm, '--manifests', ZONES));
  await whenReady(server);
  for (const question of LOAD) {
    await run(host.command(['dig', '+tries=1', '+time=5', ...question] as Argv));
  }
  metrics = await fetched('http://127.0.0.1:9153/metrics');
});

afterAll(async () => {
  await server?.stop(); // lameduck: 5 s
  await upstream?.stop();
  await host?.remove();
  files.remove();
  rmSync(folder, { recursive: true });
});

describe('The metrics of a server with the stock Corefile, after a mixed load', () => {
  test('are accepted by promtool, without a word', async () => {
    const checked = await run(['promtool', 'check', 'metrics'], { input: metrics });
    expect(checked).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('count all of it', () => {
    for (const series of [
      /^coredns_dns_requests_total{server="dns:\/\/:53",zone="\.",view="",proto="tcp",family="2",type="SRV"} 1$/m,
      /^coredns_dns_responses_total{.*rcode="NOERROR",plugin="forward"} [1-9]/m,
      /^coredns_dns_responses_total{.*rcode="NXDOMAIN",plugin="kubernetes"} 1$/m,
      /^coredns_dns_responses_total{.*zone="dropped".*rcode="NOTIMP"/m,
      /^coredns_cache_hits_total{.*type="success".*} 1$/m,
      /^coredns_proxy_request_duration_seconds_count{proxy_name="forward",to="127\.0\.0\.53:53",rcode="NOERROR"} [1-9]/m,
      /^coredns_reload_version_info{hash="sha512",value="[0-9a-f]{128}"} 1$/m,
      /^coredns_build_info{version="\d+\.\d+\.\d+",revision="",goversion="v\d+\.\d+\.\d+"} 1$/m,
      /^coredns_plugin_enabled{server="dns:\/\/:53",zone="\.",view="",name="kubernetes"} 1$/m,
      /^process_resident_memory_bytes [1-9]/m,
    ]) {
      expect(metrics).toMatch(series);
    }
  });

  test.each([8080, 8181, 9153])('are beside /health and /ready on port %d', async (port) => {
    expect(await fetched(`http://127.0.0.1:${port}/health`)).toBe('OK');
    expect(await fetched(`http://[::1]:${port}/ready`)).toBe('OK');
    expect(await fetched(`http://127.0.0.1:${port}/metrics`)).toContain('coredns_build_info{');
  });
});

/** A program on the host, which has a resolv.conf of its own. */
function inside(argv: Argv): Running {
  return new Running(host.command(files.command(argv)));
}

/** What a page on the host says, whatever its status. */
function fetched(url: string): Promise<string> {
  const script = 'const r = await fetch(process.argv[1]); process.stdout.write(await r.text());';
  const argv: Argv = [process.execPath, '--input-type=module', '--eval', script, url];
  return output(host.command(argv));
}
