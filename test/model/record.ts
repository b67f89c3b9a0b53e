import { canonicalAddress, canonicalName, nameLabels, nameText } from '../helpers/zone-text.ts';

/** One record of the model's zone, with what an answer that holds it adds to the last section. */
export interface ModelRecord {
  /** Canonical: lower case, dot-ended. */
  readonly owner: string;
  readonly type: string;
  readonly ttl: number;
  readonly data: string;
  /** Records as text. */
  readonly additional: readonly string[];
}

/** All that exists in one zone. */
export interface ModelZone {
  readonly apex: string;
  /** The SOA as text, serial `*`. */
  readonly soa: string;
  readonly records: readonly ModelRecord[];
  /** Names that exist without a record of their own; ancestors need not be listed. */
  readonly bareNames: readonly string[];
}

export function record(
  owner: string,
  ttl: number,
  type: string,
  data: string,
  additional: readonly string[] = [],
): ModelRecord {
  return { owner: canonicalName(owner), type, ttl, data, additional };
}

export function recordLine({ owner, ttl, type, data }: ModelRecord): string {
  return `${owner} ${ttl} IN ${type} ${data}`;
}

/** An A or AAAA record, as the address demands. */
export function addressRecord(owner: string, ttl: number, address: string): ModelRecord {
  return record(owner, ttl, address.includes(':') ? 'AAAA' : 'A', canonicalAddress(address));
}

/** `cluster.local` → its SOA record. */
export function soaRecord(apex: string, ttl: number): ModelRecord {
  const data = `ns.dns.${apex} hostmaster.${apex} * 7200 1800 86400 ${ttl}`;
  return record(apex, Math.min(ttl, 300), 'SOA', data);
}

/** The name and all its ancestors up to `apex`, nearest first; none when it is not inside. */
export function upTo(apex: string, name: string): string[] {
  if (!isInside(apex, name)) return [];
  const extra = nameLabels(name).length - nameLabels(apex).length;
  return Array.from({ length: extra + 1 }, (_, count) => nameText(nameLabels(name).slice(count)));
}

/** At or below; compared label by label. Both names canonical. */
export function isInside(apex: string, name: string): boolean {
  const [upper, lower] = [nameLabels(apex), nameLabels(name)];
  return (
    lower.length >= upper.length && nameText(lower.slice(lower.length - upper.length)) === apex
  );
}

export function grouped<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}
