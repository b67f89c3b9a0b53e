import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Argv, output, type Running, run } from './command.ts';
import { digReply } from './dig-reply.ts';
import { NetworkNamespace } from './namespace.ts';
import { startIn } from './server.ts';
import { requireTools } from './tools.ts';

let host: NetworkNamespace;
let server: Running;

beforeAll(async () => {
  requireTools('ip', 'dig', 'kdig', 'nslookup', 'host');
  host = await NetworkNamespace.create();
  server = await startIn(host);
});

afterAll(async () => {
  await server?.stop();
  await host?.remove();
});

const inside = (command: string) => output(host.command(words(command)));
const dig = async (command: string) =>
  digReply(await inside(`dig @127.0.0.1 +tries=1 +time=5 ${command}`));

describe('dig', () => {
  test.each([
    ['redis.default.svc.cluster.local A', '10.99.209.251'],
    ['redis.default.svc.cluster.local AAAA', ''],
    ['web.shop.svc.cluster.local AAAA', 'fd00:10:96::2080'],
    ['headless-service.default.svc.cluster.local A', '172.17.0.10 172.17.0.11'],
    ['172-17-0-10.headless-service.default.svc.cluster.local A', '172.17.0.10'],
    ['db-1.db.shop.svc.cluster.local A', '172.17.0.21'],
    ['cache.default.svc.cluster.local A', '10.99.209.251 redis.default.svc.cluster.local.'],
    ['cache.default.svc.cluster.local AAAA', 'redis.default.svc.cluster.local.'],
    ['externalname-svc.default.svc.cluster.local A', 'google.com.'],
    [
      '_http._tcp.my-nginx.default.svc.cluster.local SRV',
      '0 100 80 my-nginx.default.svc.cluster.local.',
    ],
    ['-x 10.99.209.251', 'redis.default.svc.cluster.local.'],
    ['-x fd00:10:96::2080', 'web.shop.svc.cluster.local.'],
    ['-x 172.17.0.20', 'db-0.db.shop.svc.cluster.local.'],
    ['172-17-0-3.default.pod.cluster.local A', '172.17.0.3'],
    ['dns-version.cluster.local TXT', '"1.1.0"'],
    ['kubernetes.default.svc.cluster.local A', '10.96.0.1'],
    ['kube-dns.kube-system.svc.cluster.local A', '10.96.0.10'],
  ])('%s gives %s over UDP and TCP', async (question, expected) => {
    for (const transport of ['+notcp', '+tcp']) {
      const text = await inside(`dig @127.0.0.1 +short ${transport} ${question}`);
      expect(text.trim().split('\n').sort().join(' ')).toBe(expected);
    }
  });

  test.each([
    // A name that exists has no error at any type; a name that does not has one at every type.
    ['redis.default.svc.cluster.local A', 'NOERROR', [1, 1, 0, 1]],
    ['redis.default.svc.cluster.local AAAA', 'NOERROR', [1, 0, 1, 1]],
    ['redis.default.svc.cluster.local HTTPS', 'NOERROR', [1, 0, 1, 1]],
    ['default.svc.cluster.local A', 'NOERROR', [1, 0, 1, 1]],
    ['nothing.default.svc.cluster.local A', 'NXDOMAIN', [1, 0, 1, 1]],
    ['nothing.default.svc.cluster.local AAAA', 'NXDOMAIN', [1, 0, 1, 1]],
    ['redis.default.svc.cluster.local.example A', 'REFUSED', [1, 0, 0, 1]],
  ])('%s has status %s', async (question, status, counts) => {
    const reply = await dig(question);
    expect({ status: reply.status, counts: reply.counts }).toEqual({ status, counts });
    if (status !== 'REFUSED') expect(reply.flags).toMatch(/^qr aa rd( ad)?$/);
  });

  test('keeps the letters of the question as they were sent', async () => {
    const text = await inside('dig @127.0.0.1 ReDiS.dEfAuLt.SvC.cLuStEr.LoCaL A');
    expect(text).toContain(';ReDiS.dEfAuLt.SvC.cLuStEr.LoCaL. IN');
    expect(digReply(text).answer).toEqual([
      'ReDiS.dEfAuLt.SvC.cLuStEr.LoCaL. 5 IN A 10.99.209.251',
    ]);
  });

  test('over IPv6', async () => {
    const text = await inside('dig @::1 +short redis.default.svc.cluster.local A');
    expect(text).toBe('10.99.209.251\n');
  });

  test('+keepopen: gets three answers on one connection', async () => {
    const question = 'redis.default.svc.cluster.local A';
    const text = await inside(
      `dig @127.0.0.1 +tcp +keepopen +short ${question} ${question} ${question}`,
    );
    expect(text).toBe('10.99.209.251\n'.repeat(3));
  });
});

describe('kdig', () => {
  test('+tcp: A, with the reply compressed and authoritative', async () => {
    const text = await inside('kdig @127.0.0.1 +tcp redis.default.svc.cluster.local A');
    expect(text).toContain(';; ->>HEADER<<- opcode: QUERY; status: NOERROR;');
    expect(text).toMatch(/;; Flags: qr aa rd; QUERY: 1; ANSWER: 1; AUTHORITY: 0; ADDITIONAL: 0/);
    expect(text).toMatch(/redis\.default\.svc\.cluster\.local\.\s+5\s+IN\s+A\s+10\.99\.209\.251/);
    expect(text).toMatch(/\(TCP\)/);
  });

  test.each([
    ['headless-service.default.svc.cluster.local A', '172.17.0.10 172.17.0.11'],
    ['redis.default.svc.cluster.local AAAA', ''],
    ['cache.default.svc.cluster.local A', '10.99.209.251 redis.default.svc.cluster.local.'],
    [
      '_postgres._tcp.db.shop.svc.cluster.local SRV',
      '0 50 5432 db-0.db.shop.svc.cluster.local. 0 50 5432 db-1.db.shop.svc.cluster.local.',
    ],
  ])('+tcp +short %s', async (question, expected) => {
    const text = await inside(`kdig @127.0.0.1 +tcp +short ${question}`);
    expect(text.trim().split('\n').sort().join(' ')).toBe(expected);
  });

  test('+tcp: a name that does not exist is NXDOMAIN with the SOA', async () => {
    const text = await inside('kdig @127.0.0.1 +tcp nothing.default.svc.cluster.local A');
    expect(text).toContain('status: NXDOMAIN;');
    expect(text).toMatch(/cluster\.local\.\s+5\s+IN\s+SOA\s+ns\.dns\.cluster\.local\./);
  });
});

describe('nslookup', () => {
  test('finds the address and finds no fault with the missing AAAA', async () => {
    const { status, stdout } = await run(
      host.command(['nslookup', 'redis.default.svc.cluster.local', '127.0.0.1']),
    );
    expect(stdout).toMatch(/Name:\tredis\.default\.svc\.cluster\.local\nAddress: 10\.99\.209\.251/);
    expect(stdout).not.toContain("can't find");
    expect(status).toBe(0);
  });

  test('-type=srv', async () => {
    const text = await inside(
      'nslookup -type=srv _https._tcp.kubernetes.default.svc.cluster.local 127.0.0.1',
    );
    expect(text).toContain('service = 0 100 443 kubernetes.default.svc.cluster.local.');
  });

  test('says NXDOMAIN of a name that does not exist', async () => {
    const { status, stdout } = await run(
      host.command(['nslookup', 'nothing.default.svc.cluster.local', '127.0.0.1']),
    );
    expect(stdout).toContain("** server can't find nothing.default.svc.cluster.local: NXDOMAIN");
    expect(status).toBe(1);
  });
});

describe('host', () => {
  // It asks for A, AAAA and MX.
  test.each([
    [
      'redis.default.svc.cluster.local',
      'redis.default.svc.cluster.local has address 10.99.209.251',
    ],
    [
      'web.shop.svc.cluster.local',
      'web.shop.svc.cluster.local has address 10.96.20.80\n' +
        'web.shop.svc.cluster.local has IPv6 address fd00:10:96::2080',
    ],
    [
      '10.99.209.251',
      '251.209.99.10.in-addr.arpa domain name pointer redis.default.svc.cluster.local.',
    ],
  ])('%s', async (name, expected) => {
    const text = await inside(`host ${name} 127.0.0.1`);
    expect(text.split('\n\n')[1]?.trim()).toBe(expected);
  });

  test('-t soa: names the name server and the mailbox of the zone', async () => {
    const text = await inside('host -t soa cluster.local 127.0.0.1');
    expect(text).toMatch(
      /cluster\.local has SOA record ns\.dns\.cluster\.local\. hostmaster\.cluster\.local\. \d+ 7200 1800 86400 5/,
    );
  });

  test('says NXDOMAIN of a name that does not exist', async () => {
    const { status, stdout } = await run(
      host.command(['host', 'nothing.default.svc.cluster.local', '127.0.0.1']),
    );
    expect(stdout).toContain('not found: 3(NXDOMAIN)');
    expect(status).toBe(1);
  });
});

describe('bash', () => {
  // What /dev/udp sends is no DNS at all: one write, one datagram.
  const GARBAGE = [
    '',
    '\\x00',
    'GET / HTTP/1.1\\r\\n\\r\\n',
    '\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff',
    // A header that promises 65,535 questions; one question cut short; a name that points to
    // itself.
    '\\x12\\x34\\x01\\x00\\xff\\xff\\x00\\x00\\x00\\x00\\x00\\x00',
    '\\x12\\x34\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x05redis',
    '\\x12\\x34\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\xc0\\x0c\\x00\\x01\\x00\\x01',
  ];

  test('/dev/udp: malformed packets change nothing for the next client', async () => {
    const lines = GARBAGE.map((bytes) => `printf '${bytes}' > /dev/udp/127.0.0.1/53`);
    const script = `for round in 1 2 3 4 5; do\n${lines.join('\n')}\nhead -c 1400 /dev/urandom > /dev/udp/127.0.0.1/53\ndone`;
    await output(host.command(['bash', '-c', script]));
    expect((await dig('redis.default.svc.cluster.local A')).status).toBe('NOERROR');
    expect(server.isRunning).toBe(true);
  });

  test('/dev/tcp: a connection with garbage, and one left half-way, change nothing for the next client', async () => {
    const script =
      "exec 3<> /dev/tcp/127.0.0.1/53; printf '\\xff\\xffgarbage' >&3; exec 4<> /dev/tcp/127.0.0.1/53; printf '\\x00' >&4";
    await output(host.command(['bash', '-c', script]));
    expect((await dig('+tcp redis.default.svc.cluster.local A')).status).toBe('NOERROR');
    expect(server.isRunning).toBe(true);
  });
});

function words(command: string): Argv {
  return command.split(' ') as [string, ...string[]];
}
