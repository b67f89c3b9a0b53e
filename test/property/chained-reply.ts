import fc from 'fast-check';
import { Class, Type } from '../../src/dns/codes.ts';

/** The question's name in the letters that the upstream was sent. */
export const SENT = 'WwW.a.ExamplE.';

/** Names that aliases lead to: some end as the question does, in its letters or others. */
const TARGETS = [
  ...['a.ExamplE.', 'b.a.ExamplE.', 'b.a.example.', 'example.', 'www.a.example.', 'WwW.a.ExamplE.'],
  ...['c.test.', 'd.c.test.', 'e.d.c.test.', 'C.Test.', 'xn--a.co.uk.', '.', '\\000.\\255@[.test.'],
  ...[`${'x.'.repeat(126)}`, `${'y'.repeat(63)}.${'z'.repeat(63)}.${'y'.repeat(63)}.test.`],
  ...Array.from({ length: 12 }, (_, at) => `n${at}.cdn.test.`),
] as const;

/** A reply to a question for `SENT`, an alias of an alias and so on. */
export interface Chained {
  readonly type: number;
  readonly dnssecOk: boolean;
  /** Of `TARGETS`. */
  readonly aliases: readonly number[];
  readonly end: 'addresses' | 'denial' | 'nothing';
  readonly addresses: number;
  readonly rcode: number;
  readonly ttls: readonly number[];
  /** Labels above the last name where the zone begins. */
  readonly soaOwner: number;
  readonly beside: readonly (typeof BESIDE)[number][];
  /** Of one of its records. */
  readonly qclass: number;
  readonly shape: (typeof SHAPES)[number];
  /** How names are written, in turn. */
  readonly forms: readonly (typeof FORMS)[number][];
  /** Bytes behind the question that are others. */
  readonly changes: readonly (readonly [at: number, byte: number])[];
}

const BESIDE = ['ns', 'host', 'opt', 'reason', 'soa', 'rrsig', 'text'] as const;

const SHAPES = [
  ...(['in order', 'in order', 'in order', 'in order', 'in order', 'in order'] as const),
  ...(['turned', 'doubled', 'first again', 'address first', 'alias behind'] as const),
] as const;

/** With the first pointer there could be, with one behind a label, with none, to a pointer. */
const FORMS = ['short', 'short', 'late', 'whole', 'twice'] as const;

export const chained: fc.Arbitrary<Chained> = fc.record({
  type: fc.constantFrom(Type.A, Type.A, Type.AAAA, Type.TXT, Type.CNAME, Type.HTTPS),
  dnssecOk: fc.boolean(),
  aliases: fc.oneof(
    fc.array(fc.nat(TARGETS.length - 1), { maxLength: 3 }),
    fc.integer({ min: 0, max: 12 }).map((n) => Array.from({ length: n }, (_, at) => 15 + at)),
  ),
  end: fc.constantFrom('addresses', 'addresses', 'denial', 'denial', 'nothing'),
  addresses: fc.constantFrom(1, 1, 1, 2, 3, 40, 120),
  rcode: fc.constantFrom(0, 0, 0, 0, 3, 3, 2),
  ttls: fc.array(fc.constantFrom(0, 1, 7, 60, 60, 300, 4000, 0x8000_0001), {
    minLength: 1,
    maxLength: 4,
  }),
  soaOwner: fc.constantFrom(0, 1, 1, 2, 3, 9),
  beside: fc.oneof(
    fc.constant([]),
    fc.constant(['opt'] as const),
    fc.array(fc.constantFrom(...BESIDE), { maxLength: 3 }),
  ),
  qclass: fc.constantFrom(1, 1, 1, 1, 1, 1, 1, 1, 3),
  shape: fc.constantFrom(...SHAPES),
  forms: fc.array(fc.constantFrom(...FORMS), { minLength: 1, maxLength: 5 }),
  changes: fc.oneof(
    fc.constant([]),
    fc.array(fc.tuple(fc.nat(300), fc.oneof(fc.nat(255), fc.constantFrom(0, 12, 192, 193))), {
      maxLength: 3,
    }),
  ),
});

/** Its bytes, and where the question ends. */
export function chainedReply(reply: Chained): { bytes: Buffer; questionEnd: number } {
  const { type, aliases, end, addresses, rcode, ttls, soaOwner, beside, shape, changes } = reply;
  const writer = new Writer(reply.forms);
  writer.name(SENT, 'whole');
  writer.numbers([type, Class.IN], 2);
  const questionEnd = writer.length;
  const names = [SENT, ...aliases.map((at) => TARGETS[at]!)];
  const last = names.at(-1)!;
  const ttl = (at: number) => ttls[at % ttls.length]!;
  const answers: (() => void)[] = aliases.map((target, at) => () => {
    writer.record(names[at]!, Type.CNAME, ttl(at), () => writer.name(TARGETS[target]!));
  });
  for (let at = 0; end === 'addresses' && at < addresses; at++) {
    const data = type === Type.AAAA ? new Array(16).fill(at) : [192, 0, 2, at];
    const code = type === Type.AAAA ? type : Type.A;
    answers.push(() => writer.record(last, code, ttl(at + aliases.length), () => writer.raw(data)));
  }
  if (shape === 'turned') answers.reverse();
  if (shape === 'doubled') answers.push(...answers);
  if (shape === 'first again' && answers.length > 0) answers.push(answers[0]!);
  if (shape === 'address first' && answers.length > 0) answers.unshift(answers.at(-1)!);
  if (shape === 'alias behind') {
    answers.push(() => writer.record(last, Type.CNAME, ttl(0), () => writer.name('c.test.')));
  }
  writer.otherClass = reply.qclass === 1 ? -1 : (answers.length * 7) % (answers.length + 1);
  for (const write of answers) write();
  let authorities = 0;
  if (end === 'denial') {
    const zone = last.split('.').slice(soaOwner).join('.') || '.';
    writer.soa(soaOwner === 9 ? 'other.test.' : zone, ttl(3), ttl(2));
    authorities++;
  }
  for (const kind of beside) {
    if (kind === 'ns') writer.record('a.ExamplE.', 2, 50, () => writer.name('ns.c.test.'));
    else if (kind === 'soa') writer.soa('test.', 50, 50);
    else if (kind === 'rrsig') writer.record(last, 46, 50, () => writer.raw([0, 1, 5, 0, 0, 0]));
    else if (kind === 'text') writer.record(last, 16, 50, () => writer.raw([1, 0x61]));
    else continue;
    authorities++;
  }
  let additionals = 0;
  for (const kind of beside) {
    if (kind === 'host') writer.record('ns.c.test.', 1, 50, () => writer.raw([192, 0, 2, 9]));
    else if (kind === 'opt') writer.raw([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]);
    else if (kind === 'reason')
      writer.raw([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 6, 0, 15, 0, 2, 0, 22]);
    else continue;
    additionals++;
  }
  const header = [0x1234, 0x8180 | rcode, 1, answers.length, authorities, additionals];
  const bytes = writer.message(header);
  for (const [at, byte] of changes) {
    if (bytes.length > questionEnd) bytes[questionEnd + (at % (bytes.length - questionEnd))] = byte;
  }
  return { bytes, questionEnd };
}

/** Writes records, names compressed in all ways that there are. */
class Writer {
  readonly #bytes: number[] = new Array(12).fill(0);
  readonly #forms: Chained['forms'];
  /** Where names stand, in their letters. */
  readonly #known: (readonly [name: string, at: number])[] = [];
  #names = 0;
  #records = 0;
  /** The record that is of class CH. */
  otherClass = -1;

  constructor(forms: Chained['forms']) {
    this.#forms = forms;
  }

  get length(): number {
    return this.#bytes.length;
  }

  raw(bytes: readonly number[]): void {
    this.#bytes.push(...bytes);
  }

  numbers(values: readonly number[], size: 2 | 4): void {
    for (const value of values) {
      for (let byte = size - 1; byte >= 0; byte--) this.#bytes.push((value >>> (8 * byte)) & 0xff);
    }
  }

  name(text: string, form = this.#forms[this.#names++ % this.#forms.length]!): void {
    const labels = text === '.' ? [] : text.slice(0, -1).split('.');
    const pointers: (readonly [name: string, at: number])[] = [];
    for (let at = 0; at < labels.length; at++) {
      const rest = `${labels.slice(at).join('.')}.`;
      const all = this.#known.filter(([name]) => name === rest);
      const known = form === 'twice' ? all.at(-1) : all[0];
      const isUsed = form === 'short' || form === 'twice' || (form === 'late' && at > 0);
      pointers.push([rest, this.length]);
      if (known !== undefined && isUsed) {
        this.numbers([0xc000 | known[1]], 2);
        this.#known.push(...pointers);
        return;
      }
      const label = Buffer.from(
        labels[at]!.replace(/\\(\d{3})/g, (_, code) => String.fromCharCode(Number(code))),
        'latin1',
      );
      this.raw([label.length, ...label]);
    }
    this.raw([0]);
    this.#known.push(...pointers);
  }

  record(owner: string, type: number, ttl: number, data: () => void): void {
    this.name(owner);
    this.numbers([type, this.#records++ === this.otherClass ? Class.CH : Class.IN], 2);
    this.numbers([ttl], 4);
    const at = this.length;
    this.numbers([0], 2);
    data();
    const length = this.length - at - 2;
    this.#bytes[at] = length >> 8;
    this.#bytes[at + 1] = length & 0xff;
  }

  soa(zone: string, ttl: number, minimum: number): void {
    this.record(zone, Type.SOA, ttl, () => {
      this.name('ns.c.test.');
      this.name('h.a.ExamplE.');
      this.numbers([1, 2, 3, 4, minimum], 4);
    });
  }

  message(header: readonly number[]): Buffer {
    const bytes = Buffer.from(this.#bytes);
    for (const [at, value] of header.entries()) bytes.writeUInt16BE(value, 2 * at);
    return bytes;
  }
}
