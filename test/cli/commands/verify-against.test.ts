import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/support/clock.ts';
import { InProcessServer } from '../../helpers/in-process.ts';
import { manifestWorld } from '../../helpers/manifest-world.ts';
import { fakeServer } from '../fake-dns-server.ts';
import { folderWith, WEB } from '../folder.ts';
import { TestIo } from '../test-io.ts';

/** A server of these manifests at a port of loopback; `change` makes its replies others. */
async function serverOf(
  manifests: string,
  change: (query: Buffer, reply: Buffer) => Buffer = (_, reply) => reply,
): Promise<string> {
  const { namespaces, serverAddresses } = manifestWorld(manifests, ['127.0.0.1']);
  const server = new InProcessServer().load(namespaces, serverAddresses);
  const { port } = await fakeServer((query, transport) => [
    change(query, server.answer(query, transport)),
  ]);
  return `127.0.0.1:${port}`;
}

async function against(server: string, options = '', parts = {}) {
  const io = new TestIo({ cwd: folderWith({ 'k8s/web.yaml': WEB }), ...parts });
  const { code, stdout, stderr } = await io.outcome(
    `verify --against ${server} --manifests k8s --rate 1000000 ${options}`,
  );
  return { code, stdout: stdout.replaceAll(server, 'THERE'), stderr };
}

/** Without what depends on the length of a port, and on how many questions there are. */
function shown(text: string): string {
  return text.replaceAll(/ {2,}/g, ' ').replace(/^\d+ questions(.*: )\d+/m, 'n questions$1n');
}

describe('verify --against', () => {
  test('says nothing of a server that answers the same', async () => {
    const { code, stdout, stderr } = await against(await serverOf(WEB));
    expect(stdout).toMatch(
      /^\d{3} questions to THERE and svcdns: (\d+) answered the same, 0 otherwise\n$/,
    );
    expect([code, stderr]).toEqual([0, '']);
  });

  test('shows what is answered otherwise, alike questions about a name in one', async () => {
    const moved = WEB.replace('10.96.0.7', '10.96.0.8').replace('port: 80', 'port: 81');
    const { code, stdout } = await against(await serverOf(moved));
    expect(code).toBe(1);
    expect(shown(stdout)).toBe(`7.0.96.10.in-addr.arpa. A AAAA SRV CNAME TXT SOA NS MX HTTPS
 THERE NXDOMAIN
 svcdns NODATA
7.0.96.10.in-addr.arpa. PTR ANY
 THERE NXDOMAIN
 svcdns PTR web.shop.svc.cluster.local.
web.shop.svc.cluster.local. A ANY
 THERE A 10.96.0.8
 svcdns A 10.96.0.7
web.shop.svc.cluster.local. SRV
 THERE SRV 0 100 81 web.shop.svc.cluster.local.
 svcdns SRV 0 100 80 web.shop.svc.cluster.local.
_http._tcp.web.shop.svc.cluster.local. A ANY
 THERE A 10.96.0.8
 svcdns A 10.96.0.7
_http._tcp.web.shop.svc.cluster.local. SRV
 THERE SRV 0 100 81 web.shop.svc.cluster.local.
 svcdns SRV 0 100 80 web.shop.svc.cluster.local.
n questions to THERE and svcdns: n answered the same, 17 otherwise
`);
  });

  test('shows other TTLs once', async () => {
    const { code, stdout } = await against(await serverOf(WEB), '--ttl 30');
    expect(code).toBe(1);
    expect(stdout).toContain('answers with TTL 5 from THERE, 30 from svcdns: ');
  });

  test('gives known differences their row, and lists them behind the others', async () => {
    const isTxt = (query: Buffer) => query.includes('\x05local\x00\x00\x10', 0, 'latin1');
    const server = await serverOf(WEB, (query, reply) => {
      if (isTxt(query) && reply.readUInt16BE(6) === 0) reply[3] = (reply[3]! & 0xf0) | 3;
      return reply;
    });
    const { code, stdout } = await against(server);
    expect(code).toBe(1);
    expect(shown(stdout)).toBe(`dns.cluster.local. TXT
 THERE NXDOMAIN
 svcdns NODATA
web.shop.svc.cluster.local. TXT
 THERE NXDOMAIN
 svcdns NODATA
_tcp.web.shop.svc.cluster.local. TXT
 THERE NXDOMAIN
 svcdns NODATA
_http._tcp.web.shop.svc.cluster.local. TXT
 THERE NXDOMAIN
 svcdns NODATA
In docs/compatibility.md: TXT at \`Z\`, \`svc.Z\`, \`pod.Z\`, \`NS.svc.Z\`, \`NS.pod.Z\`, \`ns.dns.Z\`; PTR at \`ns.dns.Z\`
 cluster.local. TXT: NXDOMAIN there, NODATA here
 pod.cluster.local. TXT: NXDOMAIN there, NODATA here
 shop.pod.cluster.local. TXT: NXDOMAIN there, NODATA here
 svc.cluster.local. TXT: NXDOMAIN there, NODATA here
 shop.svc.cluster.local. TXT: NXDOMAIN there, NODATA here
n questions to THERE and svcdns: n answered the same, 5 as docs/compatibility.md says, 4 otherwise
`);
  });

  test('exits with 2 when the server does not answer', async () => {
    const server = await serverOf(WEB, () => Buffer.from('no message'));
    const { code, stdout, stderr } = await against(server, '--timeout 1', { clock: systemClock });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe(`svcdns verify: No answer: udp ${server}: no reply to 3 tries of 1 ms\n`);
  });
});
