import { plainAddressBytes, reverseLabels, withoutInterface } from '../dns/address.ts';
import { Type } from '../dns/codes.ts';
import { keyOf, keyOfWire, type NameKey, textOf } from '../dns/name.ts';
import type { Askers, ClientTally, Tally } from '../server/askers/askers.ts';
import type { HeavyHitter } from '../server/askers/heavy-hitters.ts';
import type { LiveZone } from '../zone/live-zone.ts';
import { lookUp } from '../zone/lookup.ts';

/** What `/api/stats` says: who asks what. Plain data. */
export interface Stats {
  /** When counting began, ISO 8601. */
  readonly since: string;
  /** Each query that is looked at now stands for so many. */
  readonly oneIn: number;
  readonly all: AskedCounts;
  /** What the search list costs; null when it costs nothing. */
  readonly searchList: SearchListCost | null;
  /** Those that ask most now come first. */
  readonly clients: readonly ClientStats[];
  /** Names that do not exist, those asked for most now first. */
  readonly missing: readonly MissingStats[];
}

export interface AskedCounts {
  readonly queries: number;
  /** Of about the last half minute. */
  readonly perSecond: number;
  readonly nxdomain: number;
  readonly servfail: number;
  /** Of `nxdomain`, those that a search list made of other names. */
  readonly searchList: number;
}

export interface ClientStats extends AskedCounts {
  readonly address: string;
  /** `Pod shop/web-1`, the object with this address; null when none is known. */
  readonly object: string | null;
  /** What the zone knows it as, with the final dot; null when it is not known. */
  readonly name: string | null;
  /** The namespace of its Pod, where addresses of Pods are known (`pods verified`). */
  readonly namespace: string | null;
  readonly since: string;
  /** What its own search list costs. */
  readonly cost: SearchListCost | null;
}

export interface MissingStats {
  /** With the final dot. */
  readonly name: string;
  readonly queries: number;
  readonly perSecond: number;
  /** The client that asked for it last. */
  readonly client: string;
  /** The name that a program asked for, when this one is a search-list step; else null. */
  readonly searchedFor: string | null;
}

/** Questions of the search list that found nothing, and how to be rid of them. */
export interface SearchListCost {
  /** Of all queries, 0 to 1. */
  readonly share: number;
  /** What `ndots` should be; null when no number helps, as only names without a dot are asked. */
  readonly ndots: number | null;
  /** Of all queries, those that end with it. */
  readonly ended: number;
  /** For `kubectl patch deployment NAME --patch …`; null without `ndots`. */
  readonly patch: object | null;
}

/** Of clients and of names, at most so many. */
export const MAX_ROWS = 256;

/** `zones` are the published names, `owners` the objects with some addresses. */
export function statsOf(
  askers: Askers,
  zones: readonly LiveZone[],
  rows: number,
  owners: ReadonlyMap<string, string> = new Map(),
): Stats {
  const all = askers.all();
  return {
    since: iso(askers.since),
    oneIn: askers.oneIn,
    all: all === undefined ? NOTHING : countsOf(all),
    searchList: all === undefined ? null : costOf(all.tally),
    clients: askers.clients(rows).map((client) => clientOf(client, zones, owners)),
    missing: askers.missing(rows).map(({ key, perSecond, tally }) => ({
      name: textOf(key as NameKey),
      queries: tally.queries,
      perSecond: rounded(perSecond),
      client: tally.client,
      searchedFor: tally.searchedFor === undefined ? null : textOf(tally.searchedFor),
    })),
  };
}

const NOTHING: AskedCounts = {
  queries: 0,
  perSecond: 0,
  nxdomain: 0,
  servfail: 0,
  searchList: 0,
};

function clientOf(
  client: HeavyHitter<ClientTally>,
  zones: readonly LiveZone[],
  owners: ReadonlyMap<string, string>,
): ClientStats {
  const address = withoutInterface(client.key);
  const namespaces = zones.flatMap(({ pods }) => pods?.namespaceOf(address) ?? []);
  return {
    address,
    object: owners.get(address) ?? null,
    name: nameOf(address, zones),
    namespace: namespaces[0] ?? null,
    ...countsOf(client),
    since: iso(client.tally.since),
    cost: costOf(client.tally),
  };
}

function countsOf({ perSecond, tally }: HeavyHitter<Tally>): AskedCounts {
  const { queries, nxdomain, servfail, steps } = tally;
  const [none, one, more] = steps;
  const searchList = none + one + more;
  return { queries, perSecond: rounded(perSecond), nxdomain, servfail, searchList };
}

/**
 * With `ndots: 2` a name with two dots is asked for as it stands first, and `web.shop` still finds
 * a Service of another namespace at once. Only where names have no more than one dot does it take
 * `ndots: 1`.
 */
function costOf({ queries, steps: [none, one, more] }: Tally): SearchListCost | null {
  const wasted = none + one + more;
  if (wasted === 0) return null;
  const share = wasted / queries;
  if (one + more === 0) return { share, ndots: null, ended: 0, patch: null };
  const ndots = more > 0 ? 2 : 1;
  const ended = (more > 0 ? more : one) / queries;
  const options = [{ name: 'ndots', value: `${ndots}` }];
  return {
    share,
    ndots,
    ended,
    patch: { spec: { template: { spec: { dnsConfig: { options } } } } },
  };
}

/** What the address's PTR record says. */
function nameOf(address: string, zones: readonly LiveZone[]): string | null {
  const bytes = plainAddressBytes(address);
  if (bytes === undefined) return null;
  const key = keyOf(reverseLabels(bytes));
  for (const live of zones) {
    const zone = live.zoneOf(key);
    const name = zone && live.find(key, zone);
    const records = name === undefined ? [] : lookUp(key, name, Type.PTR, live).answer;
    const targets = records.flatMap(({ data }) => (data.kind === 'name' ? data.name : []));
    if (targets[0] !== undefined) return textOf(keyOfWire(targets[0]));
  }
  return null;
}

function iso(wallSeconds: number): string {
  return new Date(wallSeconds * 1000).toISOString();
}

/** To three decimals, as JSON of more says nothing. */
function rounded(perSecond: number): number {
  return Math.round(perSecond * 1000) / 1000;
}
