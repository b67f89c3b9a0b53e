import { objectPlace } from '../../control/explain-objects.ts';
import type { Provenance } from '../../control/provenance.ts';
import { typeName } from '../../dns/codes.ts';
import { type NameKey, textOf } from '../../dns/name.ts';
import type { ResourceRecord } from '../../dns/record.ts';
import { recordText } from '../../dns/text.ts';

/** What stands above the records of a zone file. */
export interface ZoneFileHead {
  readonly apex: NameKey;
  readonly ttl: number;
  /** For the reader, one line each. */
  readonly comments: readonly string[];
}

/** A zone file (RFC 1035 section 5), line by line, each with its end. */
export function* zoneFileLines(
  { apex, ttl, comments }: ZoneFileHead,
  records: Iterable<ResourceRecord>,
): Generator<string> {
  for (const comment of comments) yield `; ${comment}\n`;
  yield `$ORIGIN ${textOf(apex)}\n`;
  yield `$TTL ${ttl}\n`;
  for (const record of records) yield `${recordText(record)}\n`;
}

/** A record, and where it comes from. */
export interface KnownRecord {
  readonly record: ResourceRecord;
  readonly provenance: Provenance;
}

/**
 * The same records as a JSON array, an element a line, each with the objects that it comes from.
 */
export function* jsonLines(records: Iterable<KnownRecord>): Generator<string> {
  let separator = '[\n';
  for (const known of records) {
    yield `${separator}  ${JSON.stringify(jsonRecord(known))}`;
    separator = ',\n';
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n';
}

/** A record as JSON: its parts, and the objects that it comes from. */
export function jsonRecord({ record, provenance }: KnownRecord): object {
  const { ttl, type } = record;
  // NAME TTL CLASS TYPE DATA: a blank inside a name is written \032.
  const [name, , , , ...data] = recordText(record).split(' ');
  const { named, by, from, nodePorts, external } = provenance;
  return {
    name,
    ttl,
    type: typeName(type),
    data: data.join(' '),
    ...(named === undefined ? { object: 'svcdns', origin: null } : objectPlace(named)),
    by,
    from: from.map(objectPlace),
    ...(nodePorts.length > 0 && { nodePorts }),
    ...(external.length > 0 && { external }),
  };
}
