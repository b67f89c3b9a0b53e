import type { Answer } from 'dns-packet';
import { describe, expect, test } from 'vitest';
import { fakeServer, replyTo } from '../fake-dns-server.ts';
import { folderWith, WEB } from '../folder.ts';
import { type Outcome, TestIo } from '../test-io.ts';

const NAME = 'web.shop.svc.cluster.local.';

function verify(line: string, files: Record<string, string>): Promise<Outcome> {
  return new TestIo({ cwd: folderWith(files) }).outcome(`verify ${line}`);
}

/** A name server that has one A record, and is told how often it was asked. */
function serverWith(address: string) {
  const answers: Answer[] = [{ type: 'A', name: NAME.slice(0, -1), ttl: 5, data: address }];
  return fakeServer((query) =>
    query.includes('\x03web\x04shop\x03svc')
      ? [replyTo(query, { answers })]
      : [replyTo(query, { rcode: 3 })],
  );
}

describe('verify', () => {
  test('says nothing of what is as expected, of all tried that a search list leads to', async () => {
    const expected = `
- { name: web, from: shop, answers: [10.96.0.7], ttl: 5 }
- { name: web.shop, search: [svc.cluster.local], answers: [10.96.0.7] }
- { name: ${NAME}, type: AAAA, answers: [] }
- { name: web, from: nowhere, rcode: NXDOMAIN }
- { name: 7.0.96.10.in-addr.arpa, type: PTR, answers: [WEB.shop.svc.cluster.local] }
`;
    const files = { 'k8s/web.yaml': WEB, 'expected.yaml': expected };
    expect(await verify('expected.yaml --manifests k8s --forward off', files)).toMatchObject({
      code: 2, // --forward is an option of serve
    });
    expect(await verify('expected.yaml --manifests k8s', files)).toEqual({
      code: 0,
      stdout: '5 questions: all answered as expected\n',
      stderr: '',
    });
  });

  test('shows each question that is answered otherwise, with its place', async () => {
    const expected = `${NAME} 5 IN A 10.96.0.8
${NAME} 5 IN A 10.96.0.9
;; NXDOMAIN ${NAME} AAAA
;; NODATA no.shop.svc.cluster.local. A
${NAME} 30 IN SRV 0 100 80 ${NAME}
`;
    const files = { 'k8s/web.yaml': WEB, 'expected.txt': expected };
    expect(await verify('expected.txt --manifests k8s', files)).toEqual({
      code: 1,
      stdout: `expected.txt:1:1: ${NAME} A
  expected  10.96.0.8, 10.96.0.9 (TTL 5)
  got       10.96.0.7 (TTL 5)
expected.txt:3:1: ${NAME} AAAA
  expected  NXDOMAIN
  got       NODATA
expected.txt:4:1: no.shop.svc.cluster.local. A
  expected  NODATA
  got       NXDOMAIN
expected.txt:5:1: ${NAME} SRV
  expected  0 100 80 ${NAME} (TTL 30)
  got       0 100 80 ${NAME} (TTL 5)
4 questions: 0 answered as expected, 4 not
`,
      stderr: '',
    });
  });

  test('says of names outside that upstreams would be asked, and does not judge them', async () => {
    const files = {
      'k8s/web.yaml': WEB,
      'expected.txt': `${NAME} A 10.96.0.7\n;; NXDOMAIN www.example.org. A\n`,
      'outside.txt': 'www.example.org. A 192.0.2.1\n',
    };
    expect(await verify('expected.txt --manifests k8s', files)).toEqual({
      code: 0,
      stdout: `expected.txt:2:1: www.example.org. A
  expected  NXDOMAIN
  got       not asked: a server would ask its upstreams, so ask one with --server
2 questions: 1 answered as expected, 1 not asked
`,
      stderr: '',
    });
    expect((await verify('outside.txt --manifests k8s', files)).code).toBe(2);
    const { stdout } = await verify('expected.txt --manifests k8s --format junit', files);
    expect(stdout).toContain('tests="2" failures="0" errors="0" skipped="1"');
    expect(stdout).toContain('      <skipped message="not asked: a server would');
  });

  test('asks what plugins of the Corefile say too', async () => {
    const Corefile = `. {
      hosts {
        192.0.2.7 db.example.org
        fallthrough
      }
      kubernetes cluster.local {
        manifests k8s
      }
    }
    `;
    const expected = `db.example.org. A 192.0.2.7\n${NAME} A 10.96.0.7\n;; REFUSED example.net. A\n`;
    const files = { 'k8s/web.yaml': WEB, Corefile, 'expected.txt': expected };
    const { code, stdout } = await verify('expected.txt --config Corefile', files);
    expect([code, stdout]).toEqual([0, '3 questions: all answered as expected\n']);
  });

  test('asks a server, with a search list', async () => {
    const { port, queries } = await serverWith('10.96.0.9');
    const expected = `- { name: web, from: shop, answers: [10.96.0.7] }
- { name: web, from: prod, rcode: NXDOMAIN }
`;
    const line = `e.yaml --server 127.0.0.1:${port} --format json`;
    const { code, stdout } = await verify(line, { 'e.yaml': expected });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      questions: 2,
      asExpected: 1,
      notAsked: 0,
      differing: [
        {
          ...{ file: 'e.yaml', line: 1, column: 11, name: 'web', type: 'A' },
          search: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
          expected: { rcode: 'NOERROR', answers: ['10.96.0.7'] },
          got: {
            name: 'web.shop.svc.cluster.local',
            rcode: 'NOERROR',
            answers: ['10.96.0.9'],
            ttls: [5],
          },
        },
      ],
    });
    expect(queries).toHaveLength(6);
  });

  test('writes JUnit XML, whatever stands in it', async () => {
    const files = {
      'k8s/web.yaml': WEB,
      'a&b.txt': `${NAME} A 10.96.0.7\n`,
      'c.txt': `${NAME} TXT "<&>"\n`,
    };
    const { code, stdout } = await verify('a&b.txt c.txt --manifests k8s --format junit', files);
    expect(code).toBe(1);
    expect(stdout.replace(/ time="[\d.]+"/g, '')).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="svcdns verify" tests="2" failures="1" errors="0">
  <testsuite name="a&amp;b.txt" tests="1" failures="0" errors="0">
    <testcase name="${NAME} A" classname="a&amp;b.txt:1" file="a&amp;b.txt" line="1"/>
  </testsuite>
  <testsuite name="c.txt" tests="1" failures="1" errors="0">
    <testcase name="${NAME} TXT" classname="c.txt:1" file="c.txt" line="1">
      <failure message="expected &quot;&lt;&amp;&gt;&quot;, got NODATA">expected &quot;&lt;&amp;&gt;&quot;, got NODATA</failure>
    </testcase>
  </testsuite>
</testsuites>
`);
  });

  test('exits with 2 for a file with mistakes, and prints all of them', async () => {
    const files = { 'k8s/web.yaml': WEB, 'e.yaml': '- { name: a, tpye: A, rcode: NXD }\n' };
    expect(await verify('e.yaml --manifests k8s', files)).toEqual({
      code: 2,
      stdout: '',
      stderr: `e.yaml:1:14: error: Unknown key "tpye": did you mean 'type'? [VERIFY_EXPECTED]
e.yaml:1:30: error: Unknown rcode "NXD": expected NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED, YXDOMAIN, YXRRSET, NXRRSET, NOTAUTH, NOTZONE, BADVERS, BADCOOKIE [VERIFY_EXPECTED]
`,
    });
  });

  test('exits with 2 when a plugin cannot be made as the Corefile asks', async () => {
    const Corefile = '. {\n  template IN A x..y\n  kubernetes {\n    manifests k8s\n  }\n}\n';
    const files = { 'k8s/web.yaml': WEB, Corefile, 'e.txt': `${NAME} A 10.96.0.7\n` };
    const { code, stdout, stderr } = await verify('e.txt --config Corefile', files);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^Corefile:2:\d+: error: /);
  });

  test.for([
    ['', 'Expected a file of expected answers, as in svcdns verify expected.yaml'],
    ['none.yaml --manifests k8s', "Cannot read 'none.yaml': there is no such file"],
    ['e.txt --server 127.0.0.1:x', "Cannot ask the server '127.0.0.1:x': expected SERVER or"],
    ['e.txt --server ::1 --manifests k8s', 'Cannot ask both --server and --manifests'],
    ['e.txt --format xml', "Cannot use 'xml' for --format: expected text, json, junit"],
    ['e.txt --rate 0', "Cannot use '0' for --rate: expected a whole number, 1 to 1000000"],
  ])('exits with 2: %s', async ([line = '', message]) => {
    const { code, stderr } = await verify(line, { 'k8s/web.yaml': WEB, 'e.txt': 'a. A 10.0.0.1' });
    expect(code).toBe(2);
    expect(stderr).toContain(`svcdns verify: ${message}`);
  });
});

test('records --format verify writes what verify expects', async () => {
  const folder = folderWith({ 'k8s/web.yaml': WEB });
  const { code, stdout } = await new TestIo({ cwd: folder }).outcome('records k8s --format verify');
  expect(code).toBe(0);
  expect(stdout).toBe(`; What svcdns verify is to expect. Written by svcdns records --format verify.
dns-version.cluster.local. 28800 IN TXT "1.1.0"
web.shop.svc.cluster.local. 5 IN A 10.96.0.7
web.shop.svc.cluster.local. 5 IN SRV 0 100 80 web.shop.svc.cluster.local.
_http._tcp.web.shop.svc.cluster.local. 5 IN A 10.96.0.7
_http._tcp.web.shop.svc.cluster.local. 5 IN SRV 0 100 80 web.shop.svc.cluster.local.
7.0.96.10.in-addr.arpa. 5 IN PTR web.shop.svc.cluster.local.
`);
  const files = { 'k8s/web.yaml': WEB, 'expected.txt': stdout };
  const verified = await verify('expected.txt --manifests k8s', files);
  expect(verified).toEqual({
    code: 0,
    stdout: '6 questions: all answered as expected\n',
    stderr: '',
  });
});
