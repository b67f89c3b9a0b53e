import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { output, type Running } from './command.ts';
import { type DigReply, digReply } from './dig-reply.ts';
import { NetworkNamespace } from './namespace.ts';
import { startIn, ZONES } from './server.ts';
import { requireTools } from './tools.ts';

// The probes of ISC's EDNS compliance reports and of RFC 8906, by dig itself.

const folder = mkdtempSync(join(tmpdir(), 'svcdns-genreport-'));
let host: NetworkNamespace;
let server: Running;

beforeAll(async () => {
  requireTools('ip', 'dig');
  cpSync(ZONES, folder, { recursive: true });
  writeFileSync(join(folder, 'crowd.yaml'), crowd());
  host = await NetworkNamespace.create();
  server = await startIn(host, folder);
});

afterAll(async () => {
  await server?.stop();
  await host?.remove();
  rmSync(folder, { recursive: true });
});

/** What a probe has to see; `edns` is version, flags and size as dig prints them. */
type Expected = Partial<DigReply>;

const PLAIN = '+noedns +noad +norec';
const EDNS = '+edns=0 +nocookie +noad +norec +bufsize=4096';
const EDNS_1 = '+edns=1 +noednsneg +nocookie +noad +norec +bufsize=4096';
const SOA = 'soa cluster.local';

const BASE: Expected = { opcode: 'QUERY', status: 'NOERROR', flags: 'qr aa', mbz: false };
const WITHOUT_OPT: Expected = { ...BASE, counts: [1, 1, 0, 0], edns: undefined };
const WITH_OPT: Expected = {
  ...BASE,
  counts: [1, 1, 0, 1],
  edns: 'version: 0, flags:; udp: 1232',
  options: [],
};
const WITH_COOKIE: Expected = { ...WITH_OPT, options: ['COOKIE'] };
const BADVERS: Expected = {
  opcode: 'QUERY',
  status: 'BADVERS',
  flags: 'qr',
  counts: [1, 0, 0, 1],
  edns: 'version: 0, flags:; udp: 1232',
  options: [],
};
const NOTIMP: Expected = {
  opcode: 'RESERVED15',
  status: 'NOTIMP',
  flags: 'qr',
  counts: [0, 0, 0, 0],
  mbz: false,
};

const PROBES: [string, string, Expected][] = [
  ['dns', `${PLAIN} ${SOA}`, WITHOUT_OPT],
  ['aa', `${PLAIN} +aaflag ${SOA}`, WITHOUT_OPT],
  ['ra', `${PLAIN} +raflag ${SOA}`, WITHOUT_OPT],
  ['tc', `${PLAIN} +tcflag ${SOA}`, WITHOUT_OPT],
  ['ad', `${PLAIN} +adflag ${SOA}`, WITHOUT_OPT],
  [
    'cd',
    `${PLAIN} +cdflag ${SOA}`,
    { ...WITHOUT_OPT, flags: expect.stringMatching(/^qr aa( cd)?$/) },
  ],
  ['rd', `${PLAIN} +rec ${SOA}`, { ...WITHOUT_OPT, flags: 'qr aa rd' }],
  ['zflag', `${PLAIN} +zflag ${SOA}`, WITHOUT_OPT],
  ['opcode', `${PLAIN} +opcode=15 +header-only`, NOTIMP],
  [
    'opcodeflg',
    `${PLAIN} +opcode=15 +header-only +tcflag +rec +raflag +cd +ad +aaflag +zflag`,
    NOTIMP,
  ],
  [
    'opcode with a question',
    `${PLAIN} +opcode=15 ${SOA}`,
    { ...NOTIMP, counts: expect.anything() },
  ],
  ['type666', `${PLAIN} -t TYPE666 cluster.local`, { ...BASE, counts: [1, 0, 1, 0] }],
  ['type1000', `${PLAIN} -t TYPE1000 cluster.local`, { ...BASE, counts: [1, 0, 1, 0] }],
  ['tcp', `${PLAIN} +tcp ${SOA}`, WITHOUT_OPT],
  ['edns', `${EDNS} ${SOA}`, WITH_OPT],
  ['edns1', `${EDNS_1} ${SOA}`, BADVERS],
  ['edns100', `+edns=100 +noednsneg +nocookie +noad +norec ${SOA}`, BADVERS],
  ['ednsopt', `${EDNS} +ednsopt=100 ${SOA}`, WITH_OPT],
  ['ednsopt with data', `${EDNS} +ednsopt=100:0102030405 ${SOA}`, WITH_OPT],
  ['edns1opt', `${EDNS_1} +ednsopt=100 ${SOA}`, BADVERS],
  ['do', `${EDNS} +dnssec ${SOA}`, { ...WITH_OPT, edns: 'version: 0, flags: do; udp: 1232' }],
  [
    'docd',
    `${EDNS} +dnssec +cdflag ${SOA}`,
    { status: 'NOERROR', edns: 'version: 0, flags: do; udp: 1232' },
  ],
  [
    'edns1do',
    `${EDNS_1} +dnssec ${SOA}`,
    { ...BADVERS, edns: expect.stringMatching(/^version: 0, flags:( do)?; udp: 1232$/) },
  ],
  ['ednsflags', `${EDNS} +ednsflags=0x0080 ${SOA}`, WITH_OPT],
  ['edns1flags', `${EDNS_1} +ednsflags=0x0080 ${SOA}`, BADVERS],
  [
    'optlist',
    `${EDNS} +nsid +subnet=0.0.0.0/0 +expire +cookie=0102030405060708 ${SOA}`,
    WITH_COOKIE,
  ],
  ['ednsnsid', `${EDNS} +nsid ${SOA}`, WITH_OPT],
  ['ednscookie', `${EDNS} +cookie=0102030405060708 ${SOA}`, WITH_COOKIE],
  ['ednsexpire', `${EDNS} +expire ${SOA}`, WITH_OPT],
  ['ednssubnet', `${EDNS} +subnet=0.0.0.0/0 ${SOA}`, WITH_OPT],
  ['edns1nsid', `${EDNS_1} +nsid ${SOA}`, BADVERS],
  ['edns1cookie', `${EDNS_1} +cookie=0102030405060708 ${SOA}`, BADVERS],
  ['edns1expire', `${EDNS_1} +expire ${SOA}`, BADVERS],
  ['edns1subnet', `${EDNS_1} +subnet=0.0.0.0/0 ${SOA}`, BADVERS],
  [
    'keepalive, padding',
    `${EDNS} +keepalive +padding=128 ${SOA}`,
    { ...BASE, counts: [1, 1, 0, 1] },
  ],
  [
    'edns@512',
    `${EDNS} +dnssec +bufsize=512 +ignore dnskey cluster.local`,
    { ...BASE, counts: [1, 0, 1, 1] },
  ],
  [
    'edns@512tcp',
    `${EDNS} +dnssec +bufsize=512 +tcp dnskey cluster.local`,
    { ...BASE, counts: [1, 0, 1, 1] },
  ],
  [
    'dig11',
    `+edns=0 +cookie=0102030405060708 +adflag +rec ${SOA}`,
    { ...WITH_COOKIE, flags: expect.stringMatching(/^qr aa rd( ad)?$/) },
  ],
  [
    'bind11',
    `+edns=0 +cookie=0102030405060708 +dnssec +norec +noad ${SOA}`,
    { ...BASE, edns: 'version: 0, flags: do; udp: 1232', options: ['COOKIE'] },
  ],
];

test.each(PROBES)('%s: dig %s', async (_, arguments_, expected) => {
  expect(await dig(arguments_)).toMatchObject(expected);
});

test('every type gets NOERROR at a name that exists', async () => {
  const types =
    'A NS MD MF CNAME SOA MB MG MR NULL WKS PTR HINFO MINFO MX TXT RP AFSDB X25 ISDN RT NSAP NSAP-PTR ' +
    'SIG KEY PX GPOS AAAA LOC NXT EID NIMLOC SRV ATMA NAPTR KX CERT A6 DNAME SINK APL DS SSHFP ' +
    'IPSECKEY RRSIG NSEC DNSKEY DHCID NSEC3 NSEC3PARAM TLSA SMIMEA HIP NINFO RKEY TALINK CDS CDNSKEY ' +
    'OPENPGPKEY CSYNC ZONEMD SVCB HTTPS SPF UINFO UID GID UNSPEC NID L32 L64 LP EUI48 EUI64 URI CAA ' +
    'AVC AMTRELAY TA DLV TYPE1000 TYPE65535';
  const statuses = new Map<string, string>();
  for (const type of types.split(' ')) {
    const { status } = await dig(`+norec -t ${type} redis.default.svc.cluster.local`);
    if (status !== 'NOERROR') statuses.set(type, status);
  }
  expect(statuses).toEqual(new Map());
});

test.each([
  ['+noedns', 512],
  ['+bufsize=512', 512],
  ['+bufsize=1232', 1232],
  ['+bufsize=4096', 1232],
  ['+bufsize=65535', 1232],
])('%s: no reply over UDP is longer than %i bytes, and TCP has the whole', async (size, most) => {
  const cut = await dig(`${size} +ignore +notcp crowd.default.svc.cluster.local`);
  expect(cut.bytes).toBeLessThanOrEqual(most);
  expect(cut.flags).toContain('tc');
  expect(cut.edns === undefined).toBe(size === '+noedns');
  const whole = await dig(`${size} crowd.default.svc.cluster.local`);
  expect(whole.answer).toHaveLength(200);
});

async function dig(command: string): Promise<DigReply> {
  const args = `@127.0.0.1 +tries=1 +time=5 ${command}`.split(' ');
  return digReply(await output(host.command(['dig', ...args])));
}

/** A headless Service of 200 endpoints: 3,200 bytes of addresses. */
function crowd(): string {
  const addresses = Array.from({ length: 200 }, (_, index) => `{ ip: 10.20.30.${index + 1} }`);
  return `apiVersion: v1
kind: Service
metadata: { name: crowd }
spec: { clusterIP: None, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Endpoints
metadata: { name: crowd }
subsets: [{ addresses: [${addresses.join(', ')}], ports: [{ port: 80 }] }]
`;
}
