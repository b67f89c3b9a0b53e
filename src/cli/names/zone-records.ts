import { Type } from '../../dns/codes.ts';
import { labelsOf, type NameKey } from '../../dns/name.ts';
import type { ResourceRecord } from '../../dns/record.ts';
import { type CompiledName, recordsOf } from '../../zone/answer.ts';
import type { ServedZone } from '../../zone/apex.ts';
import type { Soa } from '../../zone/soa.ts';

/** Published names: a `LiveZone` has some, and so has each `ExtraNames`. */
export interface Names {
  readonly soa: Soa;
  names(): Iterable<CompiledName>;
}

/**
 * Every record of a zone in the canonical order of DNSSEC (RFC 4034 section 6.1), the SOA record
 * first, then NS. A record at a time: their text is many times the size of the names.
 */
export function* zoneRecords(
  live: Names,
  zone: ServedZone,
  serial: number,
): Generator<ResourceRecord> {
  yield live.soa.record(zone.key, serial);
  for (const name of canonicalOrder(namesOf(live, zone))) {
    for (const answer of name.answers.toSorted((a, b) => rank(a.type) - rank(b.type))) {
      yield* recordsOf(name.key, answer).answer;
    }
  }
}

function namesOf(live: Names, zone: ServedZone): CompiledName[] {
  const names: CompiledName[] = [];
  for (const name of live.names()) {
    // Names without records, between others, have no line of their own in a zone file.
    if (name.zone === zone.index && name.answers.length > 0) names.push(name);
  }
  return names;
}

/** By labels from the right, each as bytes. A name comes before those below it. */
function canonicalOrder(names: readonly CompiledName[]): CompiledName[] {
  return names
    .map((name) => ({ name, order: orderKey(name.key) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ name }) => name);
}

/**
 * A text whose order is the canonical one. Between labels stands a character that is less than any
 * byte of a label, each of which is moved up by one for that.
 */
function orderKey(key: NameKey): string {
  return labelsOf(key)
    .toReversed()
    .map((label) => label.replace(/./gs, (byte) => String.fromCharCode(byte.charCodeAt(0) + 1)))
    .join('\0');
}

function rank(type: number): number {
  return type === Type.NS ? 0 : type;
}
