import fc from 'fast-check';
import type { Arrived } from '../plugins/forward/world.ts';

/** What an upstream does with a query for a name. */
export interface Saying {
  readonly kind: (typeof KINDS)[number];
  readonly count: number;
  readonly ttls: readonly number[];
  /** Bits of the header beside QR and the rcode. */
  readonly flags: number;
  readonly opt: 'none' | 'plain' | 'reason' | 'rcode' | 'twice';
  readonly more: 'none' | 'authority' | 'additional' | 'signed' | 'bytes';
  readonly owner: 'pointer' | 'written';
  readonly wrong: 'no' | 'id' | 'question' | 'case' | 'stray' | 'twice' | 'refused';
  readonly ms: number;
}

const KINDS = [
  ...(['addresses', 'addresses', 'addresses', 'nodata', 'nodata', 'nxdomain', 'nxdomain'] as const),
  ...(['alias', 'alias', 'alias nodata', 'alias nxdomain', 'alias home'] as const),
  ...(['servfail', 'refused', 'referral', 'empty', 'cut', 'other type'] as const),
] as const;

const FLAGS = [0x0180, 0x0180, 0x0580, 0x01a0, 0x0100, 0x01d0];
const COUNTS = [1, 1, 1, 2, 3, 40];

/** A name that this server answers itself. */
export const OWN_NAME = 'own.example';

/** Aliases in a row: more than anybody takes, where there are more. */
const MAX_ALIASES = 12;

const plain: fc.Arbitrary<Saying> = fc.record({
  kind: fc.constantFrom(
    ...(['addresses', 'addresses', 'nodata', 'nxdomain', 'alias', 'alias nodata'] as const),
  ),
  count: fc.constantFrom(...COUNTS),
  ttls: fc.array(fc.constantFrom(1, 7, 60, 4000), { minLength: 1, maxLength: 3 }),
  flags: fc.constantFrom(...FLAGS),
  opt: fc.constantFrom('none', 'plain'),
  more: fc.constant('none'),
  owner: fc.constant('pointer'),
  wrong: fc.constantFrom('no', 'no', 'no', 'id', 'twice'),
  ms: fc.constantFrom(1, 1, 3, 30, 120),
});

const any: fc.Arbitrary<Saying> = fc.record({
  kind: fc.constantFrom(...KINDS),
  count: fc.constantFrom(...COUNTS),
  ttls: fc.array(fc.constantFrom(0, 1, 7, 60, 60, 4000, 0x8000_0001), {
    minLength: 1,
    maxLength: 3,
  }),
  flags: fc.constantFrom(...FLAGS),
  opt: fc.constantFrom('none', 'none', 'plain', 'plain', 'reason', 'rcode', 'twice'),
  more: fc.constantFrom(
    ...(['none', 'none', 'none', 'none', 'authority', 'additional', 'signed', 'bytes'] as const),
  ),
  owner: fc.constantFrom('pointer', 'pointer', 'pointer', 'written'),
  wrong: fc.constantFrom(
    ...(['no', 'no', 'no', 'no', 'no', 'no', 'id', 'question', 'case'] as const),
    ...(['stray', 'twice', 'refused'] as const),
  ),
  ms: fc.constantFrom(1, 1, 1, 3, 30, 120, 650, 3000),
});

export const saying = fc.oneof({ arbitrary: plain, weight: 2 }, any);

const uint16 = (value: number) => [value >>> 8, value & 0xff];
const uint32 = (value: number) => [...uint16(value >>> 16), ...uint16(value & 0xffff)];
const wire = (name: string) => [
  ...name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]),
  0,
];

/** From 1970 to 2038, by the key 1 of the root. */
const SIGNATURE = [...[0x7fff_ffff, 0].flatMap(uint32), 0, 1, 0, 1, 2, 3];

/** A name above that of the question, the question's letters or its own. */
function zone(query: Buffer, isWritten: boolean): number[] {
  const at = 12 + 1 + query[12]!;
  if (query[at] === 0 || !isWritten) return uint16(0xc000 | (query[at] === 0 ? 12 : at));
  return [...query.subarray(at, query.indexOf(0, at) + 1)].map((byte) =>
    byte > 0x40 ? byte | 0x20 : byte,
  );
}

function replyBytes({ bytes: query }: Arrived, saying: Saying): Buffer {
  const { kind, count, flags, opt, more, wrong } = saying;
  const end = query.indexOf(0, 12) + 5;
  const type = query.readUInt16BE(end - 4);
  const ttl = (at: number) => saying.ttls[at % saying.ttls.length]!;
  const written = [...query.subarray(12, end - 4)];
  const owner = saying.owner === 'pointer' ? [0xc0, 12] : written;
  const record = (name: number[], code: number, seconds: number, data: number[]) => [
    ...[...name, ...uint16(code), 0, 1, ...uint32(seconds), ...uint16(data.length)],
    ...data,
  ];
  const dataOf = (at: number) =>
    type === 1
      ? [192, 0, 2, at]
      : type === 28
        ? [0x20, 1, 0xd, 0xb8, ...new Array(11).fill(0), at]
        : [2, 0x61, 0x62];
  const soaData = [
    ...[2, 0x6e, 0x73, ...zone(query, saying.count === 2), 1, 0x68, ...wire('example')],
    ...[1, 7200, 1800, 86_400, ttl(1)].flatMap(uint32),
  ];
  const soa = record(zone(query, saying.owner === 'written'), 6, ttl(0), soaData);
  const ns = record(zone(query, false), 2, 50, wire('ns.example'));
  const addresses = Array.from({ length: count }, (_, at) =>
    record(owner, type, ttl(at), dataOf(at)),
  );
  const answers: number[][] = [];
  const authorities: number[][] = [];
  const additionals: number[][] = [];
  if (kind === 'addresses' || kind === 'cut') answers.push(...addresses);
  if (kind.startsWith('alias')) {
    const targets = Array.from({ length: Math.min(count, MAX_ALIASES) }, (_, at) => [
      ...[2, 0x63, 0x61 + at],
      ...zone(query, saying.owner === 'written'),
    ]);
    if (kind === 'alias home') targets.splice(1, 1, wire(OWN_NAME));
    for (const [at, target] of targets.entries()) {
      answers.push(record(at === 0 ? owner : targets[at - 1]!, 5, ttl(at + 2), target));
    }
    const last = targets.at(-1)!;
    for (let at = 0; kind === 'alias' && at < Math.min(count, 3); at++) {
      answers.push(record(last, type, ttl(at), dataOf(at)));
    }
  }
  if (kind === 'other type') answers.push(record(owner, 16, 50, [1, 0x61]));
  if (kind.endsWith('nodata') || kind.endsWith('nxdomain')) authorities.push(soa);
  if (kind === 'referral') authorities.push(ns);
  if (more === 'authority') authorities.push(ns);
  if (more === 'signed') {
    const signed = answers.length > 0 ? answers : authorities;
    const covered = uint16(answers.length > 0 ? type : 6);
    signed.push(record(owner, 46, 50, [...covered, 8, 2, ...uint32(50), ...SIGNATURE]));
  }
  if (more === 'additional') additionals.push(record(wire('ns.example'), 1, 50, [192, 0, 2, 9]));
  const rcodes = { servfail: 2, refused: 5, nxdomain: 3, 'alias nxdomain': 3 };
  const rcode = rcodes[kind as keyof typeof rcodes] ?? 0;
  const reason = [0, 15, 0, 4, 0, 22, 0x6e, 0x6f];
  const optData = opt === 'reason' ? reason : [];
  const optRecord = [
    ...[0, 0, 41, 4, 208, opt === 'rcode' ? 1 : 0, 0, 0, 0, ...uint16(optData.length)],
    ...optData,
  ];
  if (opt !== 'none') additionals.push(optRecord);
  if (opt === 'twice') additionals.push(optRecord);
  const counts = [1, answers.length, authorities.length, additionals.length].flatMap(uint16);
  const records = [...answers, ...authorities, ...additionals].flat();
  const question = [...query.subarray(12, end)];
  if (wrong === 'case') for (const [at, byte] of question.entries()) question[at] = byte | 0x20;
  if (wrong === 'question') question[1]! ^= 1;
  const id = query.readUInt16BE(0) ^ (wrong === 'id' ? 0x55 : 0);
  const word = 0x8000 | flags | rcode | (kind === 'cut' ? 0x0200 : 0);
  const tail = more === 'bytes' ? [0] : [];
  return Buffer.from([...uint16(id), ...uint16(word), ...counts, ...question, ...records, ...tail]);
}

/** An upstream of which each question has its own saying. */
export function upstream(sayings: readonly Saying[]) {
  return (query: Arrived) => {
    const said = sayings[(query.name.length + query.bytes.length) % sayings.length]!;
    const { wrong, ms } = said;
    if (wrong === 'refused') return query.refuse();
    if (wrong === 'stray') query.stray();
    query.reply(replyBytes(query, said), ms);
    const right = { ...said, wrong: 'no' } as const;
    if (wrong !== 'no') query.reply(replyBytes(query, right), ms + 1);
  };
}
