import { beforeAll, describe, expect, test } from 'vitest';
import { InProcessServer } from '../helpers/in-process.ts';
import { manifestWorld } from '../helpers/manifest-world.ts';
import { ednsOption, nameBytes, type PacketOptions, packet } from '../helpers/packet.ts';
import { readWire, type WireMessage } from '../helpers/wire.ts';

const MANIFESTS = `
kind: Service
metadata: { name: web, namespace: shop }
spec: { clusterIP: 10.96.0.7, ports: [{ name: http, port: 80 }] }
---
kind: Service
metadata: { name: ext, namespace: shop }
spec: { type: ExternalName, externalName: example.com }
---
kind: Service
metadata: { name: many, namespace: shop }
spec: { clusterIP: None, ports: [{ name: http, port: 80 }] }
---
kind: EndpointSlice
metadata: { name: many-1, namespace: shop, labels: { kubernetes.io/service-name: many } }
addressType: IPv4
ports: [{ name: http, port: 80 }]
endpoints: [${Array.from({ length: 90 }, (_, i) => `{ addresses: [10.1.0.${i + 1}] }`).join(', ')}]
---
${headless('fifty', 50)}
---
${headless('sixteen', 16)}
---
${headless('huge', 5000)}
`;

function headless(name: string, endpoints: number): string {
  const addresses = Array.from(
    { length: endpoints },
    (_, i) => `{ addresses: [10.${endpoints % 250}.${i >> 8}.${i & 255}] }`,
  );
  return `kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { clusterIP: None, ports: [{ name: http, port: 80 }] }
---
kind: EndpointSlice
metadata: { name: ${name}-1, namespace: shop, labels: { kubernetes.io/service-name: ${name} } }
addressType: IPv4
ports: [{ name: http, port: 80 }]
endpoints: [${addresses.join(', ')}]`;
}

const QR = 0x8000;
const AA = 0x0400;
const TC = 0x0200;
const RD = 0x0100;
const RA = 0x0080;
const Z = 0x0040;
const AD = 0x0020;
const CD = 0x0010;
const SOA = 6;
const OPT = 41;
const server = new InProcessServer();

beforeAll(() => server.load(manifestWorld(MANIFESTS, []).namespaces));

const apexQuery = (options: PacketOptions = {}): PacketOptions => ({
  name: 'cluster.local',
  type: SOA,
  ...options,
});
const ask = (options: PacketOptions, transport: 'udp' | 'tcp' = 'udp'): WireMessage =>
  readWire(server.answer(packet(options), transport));
const rcode = (message: WireMessage) =>
  (message.flags & 0xf) | (opt(message) === undefined ? 0 : (opt(message)!.ttl >>> 24) << 4);
const opt = (message: WireMessage) => message.additional.find((record) => record.type === OPT);
const hasSoa = (message: WireMessage) => message.answer.some((record) => record.type === SOA);

describe('ISC genreport: SOA of the apex, one oddity each', () => {
  test.for<[string, PacketOptions]>([
    ['dns', {}],
    ['aa', { flags: AA }],
    ['tc', { flags: TC }],
    ['ra', { flags: RA }],
    ['ad', { flags: AD }],
    ['cd', { flags: CD }],
    ['rd', { flags: RD }],
    ['zflag', { flags: Z }],
    ['edns', { opt: { size: 4096 } }],
    ['ednsopt', { opt: { data: ednsOption(100) } }],
    ['do', { opt: { flags: 0x8000 } }],
    ['docd', { flags: CD, opt: { flags: 0x8000 } }],
    ['ednsflags', { opt: { flags: 0x0080 } }],
    ['ednsnsid', { opt: { data: ednsOption(3) } }],
    ['ednscookie', { opt: { data: ednsOption(10, Buffer.alloc(8, 7)) } }],
    ['ednsexpire', { opt: { data: ednsOption(9) } }],
    ['ednssubnet', { opt: { data: ednsOption(8, Buffer.of(0, 1, 0, 0)) } }],
    [
      'optlist',
      {
        opt: {
          data: Buffer.concat([
            ednsOption(3),
            ednsOption(8, Buffer.of(0, 1, 0, 0)),
            ednsOption(9),
            ednsOption(10, Buffer.alloc(8, 7)),
          ]),
        },
      },
    ],
  ])('%s', ([, options]) => {
    for (const transport of ['udp', 'tcp'] as const) {
      const query = apexQuery(options);
      const reply = ask(query, transport);
      const asked = query.flags ?? RD;
      // AA set, RD and CD as asked; TC, RA, Z and AD never.
      expect(reply.flags).toBe(QR | AA | (asked & (RD | CD)));
      expect(rcode(reply)).toBe(0);
      expect(hasSoa(reply)).toBe(true);
      expect(opt(reply) !== undefined).toBe(query.opt !== undefined);
      if (query.opt === undefined) continue;
      // Extended rcode 0, version 0, DO as asked, every unknown flag zero, no option echoed.
      const asksDo =
        !Array.isArray(query.opt) && 'flags' in query.opt && query.opt.flags === 0x8000;
      expect(opt(reply)).toMatchObject({ owner: '.', class: 1232, ttl: asksDo ? 0x8000 : 0 });
      expect(opt(reply)!.data).toHaveLength(0);
    }
  });

  test.for<[string, number, Buffer]>([
    ['a subnet of no bytes', 8, Buffer.alloc(0)],
    ['a subnet of family 9', 8, Buffer.of(0, 9, 24, 0, 1, 2, 3)],
    ['a subnet of 33 bits', 8, Buffer.of(0, 1, 33, 0, 1, 2, 3, 4, 5)],
    ['EXPIRE of one byte', 9, Buffer.of(1)],
    ['keepalive of one byte', 11, Buffer.of(1)],
    ['an extended error of one byte', 15, Buffer.of(1)],
    ['UL of three bytes', 2, Buffer.of(1, 2, 3)],
    ['LLQ of one byte', 1, Buffer.of(1)],
  ])('an option that means nothing here is not judged: %s', ([, code, data]) => {
    const reply = ask(apexQuery({ opt: { data: ednsOption(code, data) } }));
    expect([rcode(reply), hasSoa(reply), opt(reply)!.data.length]).toEqual([0, true, 0]);
  });

  test.for<[string, PacketOptions]>([
    ['edns1', { opt: { version: 1 } }],
    ['edns1opt', { opt: { version: 1, data: ednsOption(100) } }],
    ['edns1do', { opt: { version: 1, flags: 0x8000 } }],
    ['edns1flag', { opt: { version: 1, flags: 0x0040 } }],
    ['edns100 with NSID and COOKIE', { opt: { version: 100, data: ednsOption(3) } }],
  ])('%s is BADVERS, with OPT version 0 and no SOA', ([, options]) => {
    const reply = ask(apexQuery(options));
    expect(rcode(reply)).toBe(16);
    expect(reply.flags & (QR | AA)).toBe(QR);
    expect(hasSoa(reply)).toBe(false);
    expect((opt(reply)!.ttl >>> 16) & 0xff).toBe(0);
    expect(opt(reply)!.ttl & 0x7fff).toBe(0);
    const asked = options.opt as { flags?: number };
    expect(opt(reply)!.ttl & 0x8000).toBe((asked.flags ?? 0) & 0x8000);
  });

  test.for<[string, PacketOptions]>([
    ['opcode', { flags: 15 << 11, question: Buffer.alloc(0) }],
    [
      'opcodeflg',
      { flags: (15 << 11) | AA | TC | RD | RA | Z | AD | CD, question: Buffer.alloc(0) },
    ],
    ['opcode 15 with a question', { flags: 15 << 11 }],
    ['STATUS', { flags: 2 << 11 }],
    ['NOTIFY', { flags: (4 << 11) | AA }],
    ['UPDATE', { flags: 5 << 11 }],
  ])('%s is NOTIMP, every section empty, no flag but QR', ([, options]) => {
    const bytes = server.answer(packet(options));
    expect(bytes).toHaveLength(12);
    const reply = readWire(bytes);
    expect(reply.flags).toBe(QR | ((options.flags as number) & 0x7800) | 4);
  });

  test('NOTIMP, FORMERR and BADVERS carry an OPT record when the query had one', () => {
    const two = Buffer.concat([
      nameBytes('a'),
      Buffer.of(0, 1, 0, 1),
      nameBytes('b'),
      Buffer.of(0, 1, 0, 1),
    ]);
    for (const options of [
      { flags: 5 << 11, opt: {} },
      { question: two, counts: [2, 0, 0, 1] as const, opt: {} },
      { opt: [{}, {}] },
    ]) {
      expect(opt(ask(options))).toBeDefined();
    }
  });

  test('type list: every type is NODATA or an answer, never an error', () => {
    for (let type = 0; type <= 260; type++) {
      if (type === 251 || type === 252) continue; // transfers are refused, below
      const reply = ask({ name: 'web.shop.svc.cluster.local', type });
      expect([type, rcode(reply)]).toEqual([type, 0]);
      const answers = [1, 33, 255].includes(type);
      expect([type, reply.answer.length > 0]).toEqual([type, answers]);
      expect([type, reply.authority.length]).toEqual([type, answers ? 0 : 1]);
    }
    for (const type of [666, 1000, 65_535]) expect(rcode(ask(apexQuery({ type })))).toBe(0);
  });
});

describe('sizes', () => {
  const many = (size: number | undefined): PacketOptions => ({
    name: 'many.shop.svc.cluster.local',
    type: 1,
    ...(size === undefined ? {} : { opt: { size, flags: 0x8000 } }),
  });

  test.for<[string, number | undefined, number]>([
    ['no EDNS', undefined, 512],
    ['EDNS 0 bytes', 0, 512],
    ['EDNS 512', 512, 512],
    ['EDNS 1232', 1232, 1232],
    ['EDNS 4096', 4096, 1232],
    ['EDNS 65535', 65_535, 1232],
  ])('%s: at most %i bytes come over UDP, whole RRsets, TC and OPT kept', ([, size, limit]) => {
    const bytes = server.answer(packet(many(size)));
    expect(bytes.length).toBeLessThanOrEqual(limit as number);
    const reply = readWire(bytes);
    expect(reply.flags & TC).toBe(TC);
    expect(reply.answer).toHaveLength(0);
    expect(opt(reply) !== undefined).toBe(size !== undefined);
  });

  test('TCP carries it all, whatever the EDNS size', () => {
    const reply = ask(many(512), 'tcp');
    expect(reply.flags & TC).toBe(0);
    expect(reply.answer).toHaveLength(90);
  });

  test('RFC 2181 section 9: additional records are left out without TC', () => {
    const query: PacketOptions = { name: '10-1-0-1.many.shop.svc.cluster.local', type: 33 };
    expect(ask(query).additional).toHaveLength(1);
    // 16 SRV records fit in 1,232 bytes, not all of their 16 addresses.
    const half = packet({ name: '_http._tcp.sixteen.shop.svc.cluster.local', type: 33, opt: {} });
    const cut = readWire(server.answer(half));
    expect(cut.flags & TC).toBe(0);
    expect(cut.answer).toHaveLength(16);
    expect(cut.additional.length).toBeLessThan(16);
    expect(server.answer(half).length).toBeLessThanOrEqual(1232);
    const srv = { name: '_http._tcp.many.shop.svc.cluster.local', type: 33 };
    const whole = ask(srv, 'tcp');
    expect(whole.answer).toHaveLength(90);
    expect(whole.additional).toHaveLength(90);
  });

  test('an RRset that no message can carry is cut, and says so', () => {
    const query = packet({ name: 'huge.shop.svc.cluster.local' });
    const reply = readWire(server.answer(query, 'tcp'));
    expect(reply.flags & TC).toBe(TC);
    expect(reply.answer.length).toBeGreaterThan(4000);
  });

  test('a port name without underscores gets the same records, whatever the size', () => {
    for (const service of ['web', 'sixteen', 'fifty', 'many', 'huge']) {
      for (const type of [1, 33]) {
        const [with_, without] = ['_http._tcp', 'http.tcp'].map((port) =>
          ask({ name: `${port}.${service}.shop.svc.cluster.local`, type }, 'tcp'),
        );
        const records = ({ answer, additional }: WireMessage) =>
          [...answer, ...additional].map(({ owner, data }) => `${owner} ${data.toString('hex')}`);
        const asked = (text: string) => text.replace(/^_?http\._?tcp\./, '');
        expect(records(without!).map(asked)).toEqual(records(with_!).map(asked));
      }
    }
  });

  test('names are compressed: 20 bytes of answer for one address', () => {
    const query = packet({ name: 'web.shop.svc.cluster.local' });
    expect(server.answer(query)).toHaveLength(query.length + 16);
  });
});

describe('the question', () => {
  test('comes back byte for byte, and so does the owner name (0x20)', () => {
    const query = packet({ name: 'wEb.ShOp.sVc.ClUsTeR.lOcAl' });
    const reply = server.answer(query);
    expect(reply.subarray(12, query.length)).toEqual(query.subarray(12));
    expect(readWire(reply).answer[0]?.owner).toBe('wEb.ShOp.sVc.ClUsTeR.lOcAl.');
  });

  test('two cases of one name get the same answer (Zonemaster NS09)', () => {
    const [a, b] = ['web.shop.svc.cluster.local', 'WEB.SHOP.SVC.CLUSTER.LOCAL'].map((name) =>
      ask({ name }),
    );
    expect(a?.answer[0]?.data).toEqual(b?.answer[0]?.data);
  });

  test.for([
    'a\\.b.shop.svc.cluster.local',
    '\\000.shop.svc.cluster.local',
    '\\255\\254.shop.svc.cluster.local',
    '\\226\\132\\170.shop.svc.cluster.local',
    '__proto__.shop.svc.cluster.local',
    'constructor.svc.cluster.local',
    '_.shop.svc.cluster.local',
    '_._.web.shop.svc.cluster.local',
    '.o.o.po.pod.8'.slice(1),
  ])('%s does not exist, and does no harm', (name) => {
    expect([3, 5]).toContain(rcode(ask({ name })));
  });

  test('\\119eb is web: an escape is only a way of writing', () => {
    expect(ask({ name: '\\119eb.shop.svc.cluster.local' }).answer).toHaveLength(1);
  });
});

describe('what is refused or ignored', () => {
  test.for<[string, PacketOptions, number]>([
    ['AXFR', { name: 'cluster.local', type: 252 }, 5],
    ['IXFR', { name: 'cluster.local', type: 251 }, 5],
    ['class CH', { name: 'version.bind', type: 16, qclass: 3 }, 5],
    ['class NONE', { qclass: 254 }, 5],
    ['a name outside our zones', { name: 'example.com' }, 5],
    ['the root', { name: '.', type: 2 }, 5],
    ['a zone that only ends alike', { name: 'xcluster.local' }, 5],
    ['two questions', { counts: [2, 0, 0, 0] }, 1],
    ['two questions, in flags of a reply', { counts: [2, 0, 0, 0], flags: RD | RA | TC | AD }, 1],
  ])('%s', ([, options, expected]) => {
    const reply = ask(options);
    expect(rcode(reply)).toBe(expected);
    expect(reply.flags & (AA | RA | TC | AD)).toBe(0);
    expect(reply.answer).toHaveLength(0);
    expect(reply.authority).toHaveLength(0); // RFC 8906, Zonemaster NS07: no upward referral
  });

  test('a refused question is echoed', () => {
    expect(ask({ name: 'example.com' }).questions[0]?.name).toBe('example.com.');
  });

  test('a response is never answered (CVE-2024-2169)', () => {
    expect(server.answer(packet({ flags: QR }))).toHaveLength(0);
    expect(server.answer(packet({ flags: QR | (5 << 11) }))).toHaveLength(0);
  });

  test('our own replies are never answered', () => {
    const reply = server.answer(packet());
    expect(server.answer(reply)).toHaveLength(0);
  });
});

describe('negative answers', () => {
  test('RFC 2308: the SOA of the zone, TTL and MINIMUM the negative TTL', () => {
    const nxdomain = ask({ name: 'nope.shop.svc.cluster.local' });
    expect(rcode(nxdomain)).toBe(3);
    expect(nxdomain.flags & AA).toBe(AA);
    expect(nxdomain.authority).toHaveLength(1);
    expect(nxdomain.authority[0]).toMatchObject({ owner: 'cluster.local.', type: SOA, ttl: 5 });
    expect(nxdomain.authority[0]!.data.readUInt32BE(nxdomain.authority[0]!.data.length - 4)).toBe(
      5,
    );
  });

  test('the longest name there is still gets its SOA in 512 bytes', () => {
    const label = 'x'.repeat(60);
    const name = `${label}.${label}.${label}.${'y'.repeat(40)}.svc.cluster.local`;
    const bytes = server.answer(packet({ name, opt: {} }));
    expect(rcode(readWire(bytes))).toBe(3);
    expect(bytes.length).toBeLessThan(512);
  });

  test('RFC 8020: nothing exists below a name that does not exist', () => {
    for (const name of ['nope.shop.svc.cluster.local', 'x.nope.shop.svc.cluster.local']) {
      for (const type of [1, 6, 28, 255]) expect(rcode(ask({ name, type }))).toBe(3);
    }
  });

  test('before the first load: SERVFAIL with EDE 14, never NXDOMAIN', () => {
    const unsynced = new InProcessServer();
    const reply = readWire(
      unsynced.answer(packet({ name: 'nope.shop.svc.cluster.local', opt: {} })),
    );
    expect(rcode(reply)).toBe(2);
    expect(opt(reply)!.data.subarray(0, 2)).toEqual(Buffer.of(0, 15));
    expect(opt(reply)!.data.readUInt16BE(4)).toBe(14);
    expect(rcode(readWire(unsynced.answer(packet({ name: 'nope.shop.svc.cluster.local' }))))).toBe(
      2,
    );
    expect(rcode(readWire(unsynced.answer(packet({ name: 'example.com' }))))).toBe(5);
  });
});

test('RFC 8482: ANY gets one RRset, in at most 512 bytes', () => {
  const reply = ask({ name: 'web.shop.svc.cluster.local', type: 255 });
  expect(new Set(reply.answer.map((record) => record.type)).size).toBe(1);
  const large = packet({ name: 'fifty.shop.svc.cluster.local', type: 255, opt: { size: 4096 } });
  expect(server.answer(large).length).toBeLessThanOrEqual(512);
  expect(readWire(server.answer(large)).flags & TC).toBe(TC);
  expect(readWire(server.answer(large, 'tcp')).answer).toHaveLength(50);
});
