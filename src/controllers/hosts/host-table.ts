import { ipFamily } from '../../dns/address.ts';
import { isAtOrBelow, keyFromText, NameError, type NameKey } from '../../dns/name.ts';
import { lineText } from '../../kube/origin.ts';
import { objectText } from '../../kube/problem.ts';
import { pushTo } from '../../support/collections.ts';
import type { HostProblems } from './host-problems.ts';
import type { HostEntry } from './host-targets.ts';

/** An RRset of a host name. */
export interface HostRecords {
  readonly type: 'A' | 'AAAA' | 'CNAME';
  /** Canonical addresses; or the one name, lower case, without the final dot. */
  readonly values: readonly string[];
  /** Seconds. */
  readonly ttl: number;
  /** The entries that give the records, in a stable order. */
  readonly entries: readonly HostEntry[];
}

/** A host name that has an address or an alias. */
export interface Host {
  readonly key: NameKey;
  readonly records: readonly HostRecords[];
}

/** Most hosts answered, and most addresses of what objects may say of them all. */
const MAX_HOSTS = 100_000;
const MAX_ADDRESSES = 1_000_000;

/** Brings together what objects say of the same host. */
export class HostTable {
  readonly hosts = new Map<NameKey, Host>();
  /** Why a host in the zones has no address, by the first object that gives it. */
  readonly faults = new Map<NameKey, string>();
  readonly #zones: readonly NameKey[];
  readonly #zoneTexts: string;
  readonly #ttl: number;
  readonly #problems: HostProblems;

  /** `zones` are lower case, without the final dot; `ttl` is for objects that give none. */
  constructor(
    entries: Iterable<HostEntry>,
    { zones, ttl }: { readonly zones: readonly string[]; readonly ttl: number },
    problems: HostProblems,
  ) {
    this.#zones = zones.map(keyFromText);
    this.#zoneTexts = zones.slice(0, 3).join(', ') + (zones.length > 3 ? ', …' : '');
    this.#ttl = ttl;
    this.#problems = problems;
    for (const [key, all] of this.#byHost(entries)) {
      const records = this.#merge(key, all);
      if (records.length > 0) this.hosts.set(key, { key, records });
    }
  }

  #byHost(entries: Iterable<HostEntry>): ReadonlyMap<NameKey, readonly HostEntry[]> {
    const hosts = new Map<NameKey, HostEntry[]>();
    let count = 0;
    for (const entry of entries) {
      const key = this.#keyOf(entry);
      if (key === undefined) continue;
      if (entry.fault !== '') {
        const message = `host ${JSON.stringify(entry.host)} has no address: ${entry.fault}`;
        this.#problems.warning(entry.object, 'GATEWAY_NO_ADDRESS', message);
        if (this.faults.size < MAX_HOSTS) this.faults.set(key, entry.fault);
        continue;
      }
      const known = hosts.get(key);
      count += 1 + entry.targets.addresses.length;
      const isMany = known === undefined && hosts.size >= MAX_HOSTS;
      if (isMany || count > MAX_ADDRESSES) {
        const what = isMany ? `${MAX_HOSTS} hosts` : `${MAX_ADDRESSES} addresses of hosts`;
        const message = `host ${JSON.stringify(entry.host)} is not answered, nor any after it: more than ${what}`;
        this.#problems.warning(entry.object, 'GATEWAY_TOO_MANY_HOSTS', message);
        break;
      }
      pushTo(hosts, key, entry);
    }
    return hosts;
  }

  /** Undefined for a host that is not in the zones. */
  #keyOf({ host, object }: HostEntry): NameKey | undefined {
    let key: NameKey;
    try {
      key = keyFromText(host);
    } catch (error) {
      if (!(error instanceof NameError)) throw error;
      const message = `host ${JSON.stringify(host)} is not answered: ${error.message}`;
      this.#problems.warning(object, 'GATEWAY_HOST_INVALID', message);
      return undefined;
    }
    if (this.#zones.some((zone) => isAtOrBelow(key, zone))) return key;
    const message = `host ${JSON.stringify(host)} is not answered: it is in no zone of k8s_gateway, which has ${this.#zoneTexts}`;
    this.#problems.hint(object, 'GATEWAY_HOST_OUTSIDE', message);
    return undefined;
  }

  #merge(key: NameKey, entries: readonly HostEntry[]): HostRecords[] {
    const aliases = entries.filter(({ targets }) => targets.names.length > 0);
    const reached = entries.filter(({ targets }) => targets.addresses.length > 0);
    if (reached.length > 0) {
      for (const entry of aliases) {
        if (entry.targets.addresses.length > 0) continue;
        const message = `host ${JSON.stringify(entry.host)}: its name ${entry.targets.names[0]} is not answered: ${entry.host} has addresses too, of ${placeText(reached)}, and a CNAME stands alone (RFC 1034 section 3.6.2)`;
        this.#problems.warning(entry.object, 'GATEWAY_HOST_MIXED', message);
      }
      return [this.#addresses('A', reached), this.#addresses('AAAA', reached)].filter(
        ({ values }) => values.length > 0,
      );
    }
    return this.#alias(key, aliases);
  }

  #addresses(type: 'A' | 'AAAA', all: readonly HostEntry[]): HostRecords {
    const isOfType = (address: string) => (ipFamily(address) === 'IPv6') === (type === 'AAAA');
    const entries = all.filter(({ targets }) => targets.addresses.some(isOfType));
    const values = new Set(entries.flatMap(({ targets }) => targets.addresses.filter(isOfType)));
    return { type, values: [...values], ttl: this.#ttlOf(entries), entries };
  }

  #alias(key: NameKey, entries: readonly HostEntry[]): HostRecords[] {
    const [first] = entries;
    const [name] = first?.targets.names ?? [];
    if (first === undefined || name === undefined) return [];
    if (this.#zones.includes(key)) {
      const message = `host ${JSON.stringify(first.host)} is not answered: a zone's own name cannot lead to the name ${name}: expected an address`;
      this.#problems.warning(first.object, 'GATEWAY_ALIAS_AT_APEX', message);
      return [];
    }
    for (const { host, object, targets } of entries) {
      const others = targets.names.filter((other) => other !== name);
      if (others.length === 0) continue;
      const message = `host ${JSON.stringify(host)}: ${others[0]} is not answered: a name has one CNAME, here ${name} of ${placeText([first])}`;
      this.#problems.warning(object, 'GATEWAY_HOST_MIXED', message);
    }
    const same = entries.filter(({ targets }) => targets.names.includes(name));
    return [{ type: 'CNAME', values: [name], ttl: this.#ttlOf(same), entries: same }];
  }

  /** RFC 2181 section 5.2: the records of a set have one TTL. */
  #ttlOf(entries: readonly HostEntry[]): number {
    return entries.reduce(
      (least, { ttl = this.#ttl }) => Math.min(least, ttl),
      Number.POSITIVE_INFINITY,
    );
  }
}

function placeText([entry]: readonly HostEntry[]): string {
  if (entry === undefined) return '';
  return `${objectText(entry.object)} at ${lineText(entry.object.origin)}`;
}
