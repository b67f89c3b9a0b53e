import dnsPacket, { type Answer } from 'dns-packet';
import { describe, expect, test } from 'vitest';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { freePort } from '../../helpers/free-port.ts';
import { until } from '../../server/until.ts';
import { fakeServer, replyTo, type Script } from '../fake-dns-server.ts';
import { folderWith } from '../folder.ts';
import { type Outcome, TestIo } from '../test-io.ts';

const SOA: Answer = {
  type: 'SOA',
  name: 'cluster.local',
  ttl: 5,
  data: {
    mname: 'ns.dns.cluster.local',
    rname: 'hostmaster.cluster.local',
    serial: 1,
    refresh: 2,
    retry: 3,
    expire: 4,
    minimum: 5,
  },
};
const A: Answer = { type: 'A', name: 'web.shop.svc.cluster.local', ttl: 5, data: '10.96.0.7' };
const SRV: Answer = {
  type: 'SRV',
  name: '_http._tcp.web.shop.svc.cluster.local',
  ttl: 5,
  data: { priority: 0, weight: 100, port: 80, target: 'web.shop.svc.cluster.local' },
};

/** Asks a server with this script. */
async function query(line: string, script: Script): Promise<Outcome> {
  const { port } = await fakeServer(script);
  return new TestIo().outcome(`query ${line} @127.0.0.1:${port}`);
}

describe('query prints', () => {
  test('a reply as dig does, in zone-file text', async () => {
    const { code, stdout, stderr } = await query(
      '_http._tcp.web.shop.svc.cluster.local SRV',
      (asked) => [
        replyTo(asked, {
          flags: dnsPacket.AUTHORITATIVE_ANSWER,
          answers: [SRV],
          authorities: [SOA],
          additionals: [A],
          edns: {},
        }),
      ],
    );
    expect(stderr).toBe('');
    expect(stdout.replace(/id: \d+/, 'id: 1').replace(/127.0.0.1:\d+/, '127.0.0.1:1')).toBe(
      `;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1
;; flags: qr aa rd; QUERY: 1, ANSWER: 1, AUTHORITY: 1, ADDITIONAL: 2

;; OPT PSEUDOSECTION:
; EDNS: version: 0, udp: 1232

;; QUESTION SECTION:
;_http._tcp.web.shop.svc.cluster.local. IN SRV

;; ANSWER SECTION:
_http._tcp.web.shop.svc.cluster.local. 5 IN SRV 0 100 80 web.shop.svc.cluster.local.

;; AUTHORITY SECTION:
cluster.local. 5 IN SOA ns.dns.cluster.local. hostmaster.cluster.local. 1 2 3 4 5

;; ADDITIONAL SECTION:
web.shop.svc.cluster.local. 5 IN A 10.96.0.7

;; Query time: 0 msec
;; SERVER: 127.0.0.1:1 (UDP)
;; MSG SIZE  rcvd: 284
`,
    );
    expect(code).toBe(0);
  });

  test.for<[record: Answer, line: string]>([
    [{ ...A, data: '10.0.0.1' } as Answer, '10.0.0.1'],
    [{ type: 'AAAA', name: 'a', data: 'fd00:0::1' }, 'fd00::1'],
    [{ type: 'CNAME', name: 'a', data: 'b.example' }, 'b.example.'],
    [{ type: 'TXT', name: 'a', data: ['one "1"', Buffer.from([7])] }, '"one \\"1\\"" "\\007"'],
    [{ type: 'MX', name: 'a', data: { preference: 10, exchange: 'mx.example' } }, '10 mx.example.'],
    [{ type: 'NULL', name: 'a', data: Buffer.from('abc') }, '\\# 3 616263'],
    [SRV, '0 100 80 web.shop.svc.cluster.local.'],
  ])('--short only the data of $type', async ([record, line]) => {
    const script: Script = (asked) => [replyTo(asked, { answers: [record], additionals: [A] })];
    expect(await query('a ANY --short', script)).toEqual({
      code: 0,
      stdout: `${line}\n`,
      stderr: '',
    });
  });

  test('an extended error in words, in one line', async () => {
    const error: [number, string] = [14, 'not\u001b[2J read\nyet'];
    const script: Script = (asked) => [replyTo(asked, { rcode: 2, edns: { error } })];
    const { stdout } = await query('a', script);
    expect(stdout).toContain('\n; EDE: 14 (Not Ready): not?[2J read?yet\n');
    expect(await query('a --short', script)).toEqual({
      code: 1,
      stdout: '',
      stderr: 'SERVFAIL, 14 (Not Ready): not?[2J read?yet\n',
    });
  });
});

describe('query exits with', () => {
  test.for([
    ['NOERROR', {}, 0],
    ['NXDOMAIN', { rcode: 3 }, 1],
    ['REFUSED', { rcode: 5, question: [] }, 1],
    ['BADVERS', { edns: { upper: 1 } }, 1],
  ] as const)('the right code for %s', async ([status, parts, code]) => {
    const reply = { ...parts } as Parameters<typeof replyTo>[1];
    const outcome = await query('a', (asked) => [replyTo(asked, reply)]);
    expect(outcome.stdout).toContain(`status: ${status}, `);
    expect(outcome.code).toBe(code);
  });

  test('2 when nothing listens there', async () => {
    // Over TCP, whose refusal needs no ICMP message; health.test.ts has it over UDP.
    const { port } = await fakeServer(() => []);
    const outcome = await new TestIo().outcome(`query a @[::1]:${port} --tcp`);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toContain(`svcdns query: No answer: tcp [::1]:${port}: `);
  });

  test('2 when the server of the settings does not run, with what to do', async () => {
    const io = new TestIo({ env: { SVCDNS_LISTEN: `127.0.0.1:${freePort()}` } });
    const { code, stderr } = await io.outcome('query a --tcp');
    expect(stderr).toContain(
      ': expected a running svcdns serve, or @SERVER[:PORT] for another server\n',
    );
    expect(code).toBe(2);
  });

  test('2 when no reply comes to two tries', async () => {
    const clock = new FakeClock();
    const server = await fakeServer(() => []);
    const io = new TestIo({ clock });
    const outcome = io.outcome(`query a @127.0.0.1:${server.port} --timeout 700`);
    await until(() => server.queries.length === 1);
    clock.advance(700);
    await until(() => server.queries.length === 2);
    clock.advance(699);
    expect(clock.timers).toBe(1);
    clock.advance(1);
    expect(await outcome).toEqual({
      code: 2,
      stdout: '',
      stderr: `svcdns query: No answer: udp 127.0.0.1:${server.port}: no reply to 2 tries of 700 ms\n`,
    });
    expect(server.queries[0]?.bytes).toEqual(server.queries[1]?.bytes);
    expect(clock.timers).toBe(0);
  });

  test('2 when no reply comes over TCP', async () => {
    const clock = new FakeClock();
    const server = await fakeServer(() => []);
    const io = new TestIo({ clock });
    const outcome = io.outcome(`query a @127.0.0.1:${server.port} --tcp`);
    await until(() => server.queries.length === 1);
    clock.advance(2000);
    expect((await outcome).code).toBe(2);
    expect(io.err).toContain('no reply within 2000 ms');
    expect(clock.timers).toBe(0);
  });

  test('2 when a reply is cut short', async () => {
    const script: Script = (asked) => [replyTo(asked, { answers: [A] }).subarray(0, -2)];
    const outcome = await query('a', script);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toContain('malformed reply: Record data runs past the end');
  });

  test('2 when a Corefile that names the server is wrong', async () => {
    const io = new TestIo({ cwd: folderWith({ Corefile: '. {\n' }) });
    expect((await io.outcome('query a --config Corefile')).code).toBe(2);
    expect(io.err).toContain('Corefile:1:3: error: ');
  });
});

describe('query asks', () => {
  test.for([
    ['web.shop.svc.cluster.local', 'web.shop.svc.cluster.local', 'A'],
    ['Web.Shop. aaaa', 'Web.Shop', 'AAAA'],
    ['. NS', '.', 'NS'],
    ['a HTTPS', 'a', 'UNKNOWN_65'],
    ['a TYPE65280', 'a', 'UNKNOWN_65280'],
    ['-x 10.96.0.7', '7.0.96.10.in-addr.arpa', 'PTR'],
    ['-x fd00::1 TXT', `1.${'0.'.repeat(29)}d.f.ip6.arpa`, 'TXT'],
  ] as const)('for "%s" the question %s %s', async ([line, name, type]) => {
    const server = await fakeServer((asked) => [replyTo(asked)]);
    await new TestIo().outcome(`query ${line} @127.0.0.1:${server.port}`);
    const asked = dnsPacket.decode(server.queries[0]!.bytes);
    expect(asked.questions).toEqual([{ name, type, class: 'IN' }]);
    expect(asked.flags).toBe(dnsPacket.RECURSION_DESIRED);
    expect(asked.additionals).toMatchObject([{ type: 'OPT', udpPayloadSize: 1232, flags: 0 }]);
  });

  test('again over TCP when the reply is truncated', async () => {
    const server = await fakeServer((asked, transport) => [
      transport === 'udp'
        ? replyTo(asked, { flags: dnsPacket.TRUNCATED_RESPONSE })
        : replyTo(asked, { answers: [A] }),
    ]);
    const { code, stdout } = await new TestIo().outcome(`query a @127.0.0.1:${server.port}`);
    expect(code).toBe(0);
    expect(stdout).toContain(' (TCP)\n');
    expect(stdout).toContain('10.96.0.7');
    expect(server.queries.map(({ transport }) => transport)).toEqual(['udp', 'tcp']);
  });

  test('over TCP at once with --tcp', async () => {
    const server = await fakeServer((asked) => [replyTo(asked, { answers: [A] })]);
    await new TestIo().outcome(`query a --tcp @127.0.0.1:${server.port}`);
    expect(server.queries.map(({ transport }) => transport)).toEqual(['tcp']);
  });

  test.for([
    ['SVCDNS_LISTEN', (port: number) => ({ SVCDNS_LISTEN: `127.0.0.1:${port},[::1]:1` })],
    ['SVCDNS_LISTEN of every address', (port: number) => ({ SVCDNS_LISTEN: `:${port}` })],
  ] as const)('the server of %s', async ([, env]) => {
    const server = await fakeServer((asked) => [replyTo(asked)]);
    const io = new TestIo({ env: env(server.port) });
    expect((await io.outcome('query a')).code).toBe(0);
    expect(server.queries).toHaveLength(1);
  });

  test('the server of a Corefile', async () => {
    const server = await fakeServer((asked) => [replyTo(asked)]);
    const Corefile = `.:${server.port} {\n  kubernetes cluster.local {\n    manifests k8s\n  }\n}\n`;
    const io = new TestIo({ cwd: folderWith({ Corefile }) });
    expect((await io.outcome('query a --config Corefile')).code).toBe(0);
    expect(server.queries).toHaveLength(1);
  });

  test('nobody when the port is left to the system', async () => {
    const io = new TestIo({ env: { SVCDNS_LISTEN: '127.0.0.1:0' } });
    expect((await io.outcome('query a')).code).toBe(2);
    expect(io.err).toContain('Cannot tell which port to ask');
  });
});

describe('query passes over', () => {
  const question = [{ type: 'A', name: 'other' }] as const;
  test.for<[what: string, stranger: (asked: Buffer) => Buffer]>([
    ['another ID', (asked) => replyTo(asked, { id: asked.readUInt16BE(0) ^ 1 })],
    ['another question', (asked) => replyTo(asked, { question: [...question] })],
    ['no question and no error', (asked) => replyTo(asked, { question: [] })],
    ['the query itself', (asked) => asked],
    ['half a header', (asked) => replyTo(asked).subarray(0, 11)],
    ['nothing', () => Buffer.alloc(0)],
  ])('a datagram with %s, and takes the reply after it', async ([, stranger]) => {
    const script: Script = (asked) => [stranger(asked), replyTo(asked, { answers: [A] })];
    expect(await query('web.shop.svc.cluster.local --short', script)).toMatchObject({
      code: 0,
      stdout: '10.96.0.7\n',
    });
  });

  test('the case of the letters in the question', async () => {
    const lower: Script = (asked) => [replyTo(asked, { question: [{ type: 'A', name: 'web' }] })];
    expect((await query('WeB', lower)).code).toBe(0);
  });

  test('nothing over TCP: a reply to another question is no answer', async () => {
    const script: Script = (asked) => [replyTo(asked, { question: [...question] })];
    const outcome = await query('a --tcp', script);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toContain('the reply is to another question');
  });
});
