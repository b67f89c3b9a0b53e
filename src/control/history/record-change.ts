import { keyOfWire, labelsOf } from '../../dns/name.ts';
import type { ResourceRecord } from '../../dns/record.ts';
import type { Origin } from '../../kube/objects.ts';
import { originText } from '../../kube/origin.ts';

/** A record that has come or gone. */
export interface RecordChange {
  readonly sign: '+' | '-';
  /** As a line of a zone file. */
  readonly record: string;
  /** Where the objects are that it was made of; empty when that is not known. */
  readonly places: readonly string[];
}

/** Places shown for a record; a name may have thousands of endpoints. */
const MAX_PLACES = 3;

/** `+ web.shop.svc.cluster.local. 5 IN A 10.96.3.4  (shop.yaml:12:1)` */
export function changeText({ sign, record, places }: RecordChange): string {
  return places.length === 0 ? `${sign} ${record}` : `${sign} ${record}  (${places.join(', ')})`;
}

/** `… and 3 more records, and the records of 20 more names`; empty for none. */
export function moreText(records: number, names: number): string {
  const parts = [
    ...(records > 0 ? [`${records} more records`] : []),
    ...(names > 0 ? [`the records of ${names} more names`] : []),
  ];
  return parts.length === 0 ? '' : `… and ${parts.join(', and ')}`;
}

/** The places of some objects, each once; a few of many. */
export function placesOf(origins: readonly Origin[]): readonly string[] {
  return [...new Set(origins.map(originText))].slice(0, MAX_PLACES);
}

interface Signed {
  readonly sign: '+' | '-';
  readonly record: ResourceRecord;
  /** The record's. */
  readonly text: string;
}

/** By name from the right, each before those below it; then by type, and what is gone first. */
export function inOrder<One extends Signed>(all: readonly One[]): One[] {
  const keyed = all.map((one) => {
    const name = labelsOf(keyOfWire(one.record.owner)).reverse().join('\0');
    const sign = one.sign === '-' ? 0 : 1;
    const rest = [String(one.record.type).padStart(5, '0'), sign, one.text].join(' ');
    return { one, name, rest };
  });
  const order = (a: (typeof keyed)[number], b: (typeof keyed)[number]): number => {
    if (a.name !== b.name) return a.name < b.name ? -1 : 1;
    return a.rest < b.rest ? -1 : 1;
  };
  return keyed.sort(order).map(({ one }) => one);
}
