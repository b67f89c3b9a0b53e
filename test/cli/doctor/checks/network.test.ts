import { describe, expect, test } from 'vitest';
import { clock } from '../../../../src/cli/doctor/checks/clock.ts';
import { loop } from '../../../../src/cli/doctor/checks/loop.ts';
import { ownServer } from '../../../../src/cli/doctor/checks/own-server.ts';
import { upstreams } from '../../../../src/cli/doctor/checks/upstreams.ts';
import type { Answer } from '../../../../src/cli/doctor/network.ts';
import { Rcode, Type } from '../../../../src/dns/codes.ts';
import type { ResourceRecord } from '../../../../src/dns/record.ts';
import { addressRecord, answer, type FakeWorld, found } from '../world.ts';

type Row = readonly [name: string, world: FakeWorld, lines: readonly string[]];

describe('the check of the server', () => {
  const ZONE = 'cluster.local. SOA';
  const flags = { listen: ['127.0.0.1:1053'] };
  const of = (
    udp: Answer | undefined,
    tcp: Answer | undefined,
    more: FakeWorld = {},
  ): FakeWorld => ({
    flags,
    answers: {
      ...(udp && { [`udp 127.0.0.1:1053 ${ZONE}`]: udp }),
      ...(tcp && { [`tcp 127.0.0.1:1053 ${ZONE}`]: tcp }),
    },
    ...more,
  });
  const GOOD = answer(Rcode.NOERROR);
  const holders = (name: string) => ({
    holders: { 'udp 127.0.0.1:1053': { kind: 'process', name, pid: 7 } as const },
  });
  test.for<Row>([
    [
      'both transports',
      of(GOOD, GOOD),
      ['ok: 127.0.0.1:1053 answers over UDP and TCP: NOERROR for cluster.local. SOA'],
    ],
    [
      'none',
      of(undefined, undefined),
      ['info: nothing answers at 127.0.0.1:1053 yet | svcdns serve'],
    ],
    [
      'held by ours and silent',
      of(undefined, undefined, holders('svcdns')),
      ['fail: 127.0.0.1:1053 is held, and does not answer: no reply | svcdns health'],
    ],
    ['held by another and silent', of(undefined, undefined, holders('nginx')), []],
    [
      'only UDP',
      of(GOOD, undefined),
      [
        'fail: 127.0.0.1:1053 answers over UDP, and not over TCP: no reply | allow TCP in the firewall; in compose: ports: ["127.0.0.1:1053:53/udp", "127.0.0.1:1053:53/tcp"]',
      ],
    ],
    [
      'only TCP',
      of(undefined, GOOD),
      ['fail: 127.0.0.1:1053 answers over TCP, and not over UDP: no reply'],
    ],
    [
      'not ready',
      of(answer(Rcode.SERVFAIL), GOOD),
      ['warn: 127.0.0.1:1053 answers SERVFAIL for cluster.local. SOA | svcdns health'],
    ],
  ])('%s', async ([, world, lines]) => expect(await found(ownServer, world)).toEqual(lines));
});

const UPSTREAM = '192.0.2.1:53';
const ROOT = `udp ${UPSTREAM} . SOA`;

/** An upstream that is there, and knows nothing but the root. */
const HONEST = {
  [ROOT]: answer(Rcode.NOERROR, [], 12.3),
  [`tcp ${UPSTREAM} . SOA`]: answer(Rcode.NOERROR),
  [`udp ${UPSTREAM} svcdns-doctor-0123456789abcdef.com. A`]: answer(Rcode.NXDOMAIN),
  [`udp ${UPSTREAM} svcdns-doctor-0123456789abcdef.invalid. A`]: answer(Rcode.NXDOMAIN),
};

describe('the check of upstreams', () => {
  const to = (forward: string[], answers: FakeWorld['answers'] = {}): FakeWorld => ({
    flags: { forward },
    answers,
  });
  const FIX = 'svcdns serve --forward ADDRESS, of a server that answers';
  const WHERE = `${UPSTREAM} (--forward)`;
  const DIG = `svcdns query . SOA @${UPSTREAM}`;
  const OK = `ok: ${WHERE} answers in 12 ms, over UDP and TCP`;
  /** A good upstream, a slow one, and one whose certificate is wrong. */
  function overTls(
    what: string,
    destination: string,
    option: string,
    servername: string,
    at = '192.0.2.9:853',
  ): Row[] {
    const corefile = `.:1053 {\n forward . ${destination} {\n ${option}\n }\n}\n`;
    const host = destination.includes('dns.example:') ? 'dns.example, ' : '';
    const where = `${at} (${host}Corefile:2:12)`;
    const [address, port] = at.split(':');
    const root = `tls ${servername} ${at} . SOA`;
    const slow = `${where} is slow: 900 ms, the TLS handshake included`;
    const wrong = { fault: 'its certificate has expired', fix: 'another server' };
    return [
      [
        `over TLS, ${what}`,
        { corefile, answers: { [root]: answer(Rcode.NOERROR, [], 30) } },
        [`ok: ${where} answers in 30 ms, over TLS`],
      ],
      [
        `over TLS, ${what}, slow`,
        { corefile, answers: { [root]: answer(Rcode.NOERROR, [], 900) } },
        [`warn: ${slow} | kdig +tls . SOA @${address} -p ${port}`],
      ],
      [
        `over TLS, ${what}, with a wrong certificate`,
        { corefile, answers: { [root]: wrong } },
        [`fail: ${where} does not answer over TLS: ${wrong.fault} | ${wrong.fix}`],
      ],
    ];
  }
  test.for<Row>([
    ['none', to(['off']), ['info: nothing is forwarded: other names are refused']],
    ['honest', to(['192.0.2.1'], HONEST), [OK]],
    [
      'of resolv.conf',
      { answers: HONEST, files: { '/etc/resolv.conf': '#\nnameserver 192.0.2.1\n' } },
      [`ok: ${UPSTREAM} (/etc/resolv.conf:2) answers in 12 ms, over UDP and TCP`],
    ],
    [
      'a resolv.conf that is not there',
      {},
      [
        expect.stringMatching(
          /^fail: forward at .*Corefile:\d+:\d+ names no server/,
        ) as unknown as string,
      ],
    ],
    ['all silent', to(['192.0.2.1']), [`fail: ${WHERE} does not answer: no reply | ${FIX}`]],
    [
      'one of two silent',
      to(['192.0.2.1', '192.0.2.2'], HONEST),
      [OK, `warn: 192.0.2.2:53 (--forward) does not answer: no reply | ${FIX}`],
    ],
    [
      'slow, without TCP, and refusing',
      to(['192.0.2.1'], { [ROOT]: answer(Rcode.REFUSED, [], 900) }),
      [
        `warn: ${WHERE} answers REFUSED for the root | ${DIG}`,
        `warn: ${WHERE} is slow: 900 ms | ${DIG}`,
        `warn: ${WHERE} answers over UDP, and not over TCP, which large answers need: no reply | ${DIG} --tcp`,
      ],
    ],
    [
      'lying',
      to(['192.0.2.1'], {
        ...HONEST,
        [`udp ${UPSTREAM} svcdns-doctor-0123456789abcdef.com. A`]: answer(Rcode.NOERROR, [
          addressRecord('198.51.100.7'),
        ]),
      }),
      [
        `warn: ${WHERE} answers names that do not exist with 198.51.100.7 | svcdns serve --forward ADDRESS, of a server that tells the truth`,
      ],
    ],
    [
      'ourselves',
      to(['127.0.0.1:1053']),
      [
        `fail: forward at --forward leads only back here (127.0.0.1:1053): other names get SERVFAIL | ${FIX}`,
      ],
    ],
    [
      'ourselves and another',
      to(['127.0.0.1:1053', '192.0.2.1'], HONEST),
      ['info: 127.0.0.1:1053 (--forward) is svcdns itself, and left out', OK],
    ],
    ...overTls('an address', 'tls://192.0.2.9', '', '-', '192.0.2.9:853'),
    ...overTls('a name beside it', 'tls://192.0.2.9%dns.example', '', 'dns.example'),
    ...overTls('tls_servername', 'tls://192.0.2.9', 'tls_servername b.example', 'b.example'),
    ...overTls('a host', 'tls://dns.example:8853', '', 'dns.example', '192.0.2.1:8853'),
    [
      'by name',
      to(['dns.example'], HONEST),
      [OK.replace('(--forward)', '(dns.example, --forward)')],
    ],
    [
      'by name and by its address',
      to(['192.0.2.1', 'dns.example'], HONEST),
      [OK.replace('(--forward)', '(dns.example, --forward)')],
    ],
    [
      'by a name of ourselves',
      to(['here.example:1053']),
      [
        `fail: forward at --forward leads only back here (127.0.0.1:1053): other names get SERVFAIL | ${FIX}`,
      ],
    ],
    [
      'by a name that is not there',
      to(['gone.example']),
      [`warn: gone.example (--forward) has no address that this machine finds | ${FIX}`],
    ],
  ])('%s', async ([, world, lines]) => expect(await found(upstreams, world)).toEqual(lines));

  test('asks no more than eight', async () => {
    const many = Array.from({ length: 12 }, (_, at) => `192.0.2.${at + 1}`);
    expect(await found(upstreams, to(many))).toHaveLength(8);
  });
});

describe('the check of loops', () => {
  const SEE = 'svcdns serve --forward ADDRESS, of a server that does not ask svcdns';
  test.for<Row>([
    [
      'no server',
      {},
      ['info: whether upstreams send queries back is known once a server runs (127.0.0.1:8053)'],
    ],
    ['no admin address', { flags: { admin: 'off' } }, []],
    [
      'none',
      { metrics: 'svcdns_loop_detected{server="dns://:53",zone="."} 0\n' },
      ['ok: no upstream sends queries back (127.0.0.1:8053/metrics)'],
    ],
    [
      'one',
      { metrics: '# HELP x\nsvcdns_loop_detected{server="dns://:53",zone="."} 1\n' },
      [
        `warn: upstreams that send queries back, and are not asked: 1 of {server="dns://:53",zone="."} | ${SEE}`,
      ],
    ],
  ])('%s', async ([, world, lines]) => expect(await found(loop, world)).toEqual(lines));
});

describe('the check of the clock', () => {
  const NOW = 1_700_000_000; // 2023-11-14T22:13:20Z
  const DAY = 86_400;
  const at = (wallSeconds: number, more: FakeWorld = {}): FakeWorld => ({
    flags: { forward: ['192.0.2.1'] },
    answers: { ...HONEST, [ROOT]: answer(Rcode.NOERROR, [signature(NOW - DAY, NOW + 12 * DAY)]) },
    wallSeconds,
    ...more,
  });
  const SIGNED = '2023-11-13T22:13Z to 2023-11-26T22:13Z';
  const FIX = 'sudo timedatectl set-ntp true';
  test.for<Row>([
    [
      'right',
      at(NOW),
      [`ok: 2023-11-14T22:13Z is within the signatures of the root zone, ${SIGNED}`],
    ],
    [
      'four minutes before',
      at(NOW - DAY - 240),
      [expect.stringMatching(/^ok: /) as unknown as string],
    ],
    [
      'years behind',
      at(0),
      [
        `fail: the clock says 1970-01-01T00:00Z, and the root zone is signed for ${SIGNED} | ${FIX}`,
      ],
    ],
    [
      'a month ahead',
      at(NOW + 30 * DAY),
      [
        `fail: the clock says 2023-12-14T22:13Z, and the root zone is signed for ${SIGNED} | ${FIX}`,
      ],
    ],
    [
      'behind a manifest',
      at(NOW, { changed: { 'FOLDER/k8s/web.yaml': NOW + 3600, 'FOLDER/k8s/old.yaml': NOW } }),
      [
        expect.stringMatching(
          /^fail: the clock says 2023-11-14T22:13Z, and .*\/k8s\/web\.yaml was changed at 2023-11-14T23:13Z \| sudo/,
        ) as unknown as string,
      ],
    ],
    [
      'without a witness',
      at(NOW, { answers: HONEST }),
      ['info: 2023-11-14T22:13Z; no upstream has signatures of the root zone to compare with'],
    ],
    [
      'a signature that is cut off',
      at(NOW, { answers: { [ROOT]: answer(Rcode.NOERROR, [cutOff()]) } }),
      ['info: 2023-11-14T22:13Z; no upstream has signatures of the root zone to compare with'],
    ],
  ])('%s', async ([, world, lines]) => expect(await found(clock, world)).toEqual(lines));
});

/** RRSIG of the root's SOA, whose signature itself does not matter. */
function signature(from: number, to: number): ResourceRecord {
  const bytes = Buffer.alloc(20);
  bytes.writeUInt16BE(Type.SOA, 0);
  bytes.writeUInt32BE(to, 8);
  bytes.writeUInt32BE(from, 12);
  return { owner: '', type: Type.RRSIG, ttl: 86_400, data: { kind: 'raw', bytes } };
}

function cutOff(): ResourceRecord {
  return { ...signature(0, 0), data: { kind: 'raw', bytes: Buffer.alloc(7) } };
}
