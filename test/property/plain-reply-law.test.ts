import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Class, Type } from '../../src/dns/codes.ts';
import { type Message, readMessage, readSections } from '../../src/dns/message.ts';
import { keyOfWire, wireFromText } from '../../src/dns/name.ts';
import { PlainReply } from '../../src/dns/plain-reply.ts';
import type { ResourceRecord } from '../../src/dns/record.ts';
import { classify } from '../../src/plugins/cache/classify.ts';
import { SpelledReply } from '../../src/plugins/forward/exchange/spelled-reply.ts';
import { usableReply } from '../../src/plugins/forward/exchange/usable-reply.ts';
import type { Request } from '../../src/plugins/plugin.ts';
import { question } from '../helpers/plugin-harness.ts';
import { runs } from '../helpers/runs.ts';
import { type Chained, chained, chainedReply, SENT } from './chained-reply.ts';

const ASKED = 'wWW.a.eXAMPLE.';

/** What the plugins make of a message: the client's reply, and what a cache keeps of it. */
function ofPlugins(message: Message, request: Request) {
  const query = { ...request, dnssecOk: request.edns?.dnssecOk === true, options: [] };
  const sentName = wireFromText(SENT);
  const reply = usableReply(
    { message, sentName, isStream: false, isCut: false },
    query,
    () => false,
  );
  if (reply === undefined) throw new Error('of no use');
  const spelled = new SpelledReply(reply, sentName).in(request.name);
  return { spelled, found: classify(request, spelled, 0) };
}

/** Owners may be in the letters that the same name has elsewhere. */
function comparable(records: readonly ResourceRecord[]) {
  return records.map((record) => ({ ...record, owner: keyOfWire(record.owner) }));
}

function check(bytes: Buffer, questionEnd: number, { type, dnssecOk }: Chained): boolean {
  const plain = new PlainReply();
  if (!plain.read(bytes, questionEnd, type)) return false;
  const edns = { size: 1232, dnssecOk, options: [] };
  const request = question(`${ASKED} A`, { type, edns });
  const message = readMessage(bytes);
  expect([plain.flags, plain.rcode]).toEqual([message.flags, message.rcode]);
  expect(message.edns?.options ?? []).toEqual([]);
  const { spelled, found } = ofPlugins(message, request);
  if (found.kind !== 'positive' && found.kind !== 'denial') throw new Error(found.kind);
  expect([plain.isDenial, plain.ttl]).toEqual([found.kind === 'denial', found.ttl]);
  const head = Buffer.from(bytes.subarray(0, questionEnd));
  head.write(request.name, 12, 'latin1');
  for (const isKept of [false, true]) {
    const sent = Buffer.concat([head, Buffer.from(plain.wire(isKept), 'latin1')]);
    const sections = readSections(sent, questionEnd, [plain.answers, plain.authorities, 0]);
    const { answer, authority, additional } = isKept ? found.sections : spelled;
    expect(sections.map(comparable)).toEqual([answer, authority, additional].map(comparable));
    // With its question and nothing behind, it is a whole message.
    sent.writeUInt16BE(plain.answers, 6);
    sent.writeUInt16BE(plain.authorities, 8);
    sent.writeUInt16BE(0, 10);
    readMessage(sent);
  }
  return true;
}

test('what PlainReply takes, the plugins would take, and make the same of it', {
  timeout: 600_000,
}, () => {
  const taken = { answers: 0, denials: 0, longest: 0 };
  fc.assert(
    fc.property(chained, (reply) => {
      const { bytes, questionEnd } = chainedReply(reply);
      const original = Buffer.from(bytes);
      if (!check(bytes, questionEnd, reply)) return;
      expect(bytes).toEqual(original);
      if (reply.changes.length > 0) return;
      if (reply.end === 'addresses') taken.answers++;
      else taken.denials++;
      taken.longest = Math.max(taken.longest, reply.aliases.length);
    }),
    { numRuns: runs(200_000) },
  );
  expect(taken.answers).toBeGreaterThan(100);
  expect(taken.denials).toBeGreaterThan(100);
  expect(taken.longest).toBe(8);
});

test('PlainReply takes no more than any bytes are', { timeout: 600_000 }, () => {
  const header = fc.tuple(fc.nat(3), fc.nat(2), fc.nat(2));
  fc.assert(
    fc.property(header, fc.uint8Array({ maxLength: 120 }), (counts, random) => {
      const { bytes, questionEnd } = chainedReply(BARE);
      const head = Buffer.from(bytes.subarray(0, questionEnd));
      for (const [at, count] of counts.entries()) head.writeUInt16BE(count, 6 + 2 * at);
      check(Buffer.concat([head, random]), questionEnd, BARE);
    }),
    { numRuns: runs(200_000) },
  );
});

const BARE: Chained = {
  type: Type.A,
  dnssecOk: false,
  aliases: [],
  end: 'nothing',
  addresses: 1,
  rcode: 0,
  ttls: [60],
  soaOwner: 0,
  beside: [],
  qclass: Class.IN,
  shape: 'in order',
  forms: ['short'],
  changes: [],
};
