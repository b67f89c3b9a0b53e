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

/** The places of some objects, each once; a few of many. */
export function placesOf(origins: readonly Origin[]): readonly string[] {
  return [...new Set(origins.map(originText))].slice(0, MAX_PLACES);
}
