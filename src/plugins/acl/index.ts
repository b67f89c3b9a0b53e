import { addressBytes } from '../../dns/address.ts';
import { readPeer } from '../../dns/address-reader.ts';
import { ExtendedError, Rcode } from '../../dns/codes.ts';
import { type NameKey, textOf } from '../../dns/name.ts';
import type { NetworkSet } from '../../dns/network.ts';
import type { Query } from '../../dns/query.ts';
import { longestZone } from '../../dns/zones.ts';
import { counter, type MetricTable, perView } from '../../observe/metric-spec.ts';
import type { Counter } from '../../observe/metrics.ts';
import type { ShortCutPart } from '../cluster-answers.ts';
import type { Next, Plugin, PluginContext, Reply, Request } from '../plugin.ts';
import { errorReply, silence } from '../reply.ts';

const NAME = 'acl';

export type AclAction = 'allow' | 'block' | 'filter' | 'drop';

/** What to do with queries of these types from these networks. Undefined: of all. */
export interface AclPolicy {
  readonly action: AclAction;
  readonly types: ReadonlySet<number> | undefined;
  readonly networks: NetworkSet | undefined;
}

/** Policies for the names of some zones; the first that matches counts. */
export interface AclRule {
  readonly zones: readonly NameKey[];
  readonly policies: readonly AclPolicy[];
}

type AclContext = Pick<PluginContext, 'metrics' | 'server' | 'view'>;

type RefusingAction = Exclude<AclAction, 'allow'>;

/**
 * Lets queries through or not, by who asks for what. It stands below `rewrite` and `autopath` and
 * above `cache`: it judges the name that is looked up in the end, and cached answers are no way
 * around it.
 */
export class Acl implements Plugin, ShortCutPart {
  readonly name = NAME;
  readonly #rules: readonly AclRule[];
  readonly #count: AclCounters;
  /** Of the client whose query is looked at. */
  readonly #ipv4 = new Uint8Array(4);
  readonly #ipv6 = new Uint8Array(16);

  constructor(rules: readonly AclRule[], context: AclContext) {
    this.#rules = rules;
    this.#count = new AclCounters(rules, context);
  }

  async serve(request: Request, next: Next): Promise<Reply> {
    const { key, type, client } = request;
    const refused = this.#refused(key, type, addressBytes(client.address));
    if (refused === undefined) {
      this.#count.allowed.add(1);
      return next(request);
    }
    this.#count.refused(refused.action, refused.zone);
    return refusal(refused.action);
  }

  passes({ key, type, peer }: Query): boolean {
    const address = this.#ipv6;
    const length = readPeer(peer, address);
    // Who has an address of one link only cannot be told apart from others: see `judge`.
    if (length === 0 || isLinkLocal(address, length)) return false;
    if (length === 16) return this.#refused(key, type, address) === undefined;
    for (let at = 0; at < length; at++) this.#ipv4[at] = address[at]!;
    return this.#refused(key, type, this.#ipv4) === undefined;
  }

  answered(): void {
    this.#count.allowed.add(1);
  }

  #refused(key: NameKey, type: number, address: Uint8Array | undefined): Refused | undefined {
    for (const { zones, policies } of this.#rules) {
      const zone = longestZone(key, zones);
      if (zone === undefined) continue;
      const action = judge(policies, type, address);
      if (action === 'allow') return undefined;
      if (action !== undefined) return { action, zone };
    }
    return undefined;
  }
}

interface Refused {
  readonly action: RefusingAction;
  /** The zone of the rule. */
  readonly zone: NameKey;
}

/** In fe80::/10, whose addresses come with the name of an interface. */
function isLinkLocal(address: Uint8Array, length: number): boolean {
  return length === 16 && address[0] === 0xfe && (address[1]! & 0xc0) === 0x80;
}

/**
 * Undefined when no policy matches. Who cannot be told apart from others is blocked wherever there
 * is a policy.
 */
function judge(
  policies: readonly AclPolicy[],
  type: number,
  address: Uint8Array | undefined,
): AclAction | undefined {
  if (address === undefined) return policies.length === 0 ? undefined : 'block';
  return policies.find(
    ({ types, networks }) => (types?.has(type) ?? true) && (networks?.has(address) ?? true),
  )?.action;
}

function refusal(action: RefusingAction): Reply {
  switch (action) {
    case 'drop':
      return silence(NAME);
    case 'block': {
      // RFC 8914 section 4.19: 18, Prohibited, is for a client that is not authorized. CoreDNS
      // sends 15, Blocked, which is for a name on a blocklist.
      const text = 'not allowed for this client';
      return errorReply(NAME, Rcode.REFUSED, ExtendedError.PROHIBITED, text);
    }
    case 'filter':
      return errorReply(NAME, Rcode.NOERROR, ExtendedError.FILTERED, 'filtered for this client');
  }
}

/** What `acl` counts. */
export const ACL_METRICS = {
  coredns_acl_allowed_requests_total: counter('Queries that `acl` let through.', {
    server: 'configured',
    view: 'configured',
  }),
  coredns_acl_blocked_requests_total: counter('Queries that `acl` refused.', perView()),
  coredns_acl_filtered_requests_total: counter('Queries that `acl` emptied.', perView()),
  coredns_acl_dropped_requests_total: counter('Queries that `acl` left unanswered.', perView()),
} as const satisfies MetricTable;

/** CoreDNS's counters, one for each action and each zone that a rule names. */
class AclCounters {
  readonly allowed: Counter;
  readonly #refused: Readonly<Record<RefusingAction, ReadonlyMap<NameKey, Counter>>>;

  constructor(rules: readonly AclRule[], context: AclContext) {
    const { server, view } = context;
    const metrics = context.metrics.of(ACL_METRICS);
    this.allowed = metrics.counter('coredns_acl_allowed_requests_total', { server, view });
    const zones = [...new Set(rules.flatMap((rule) => rule.zones))];
    const perZone = (name: `coredns_acl_${'blocked' | 'filtered' | 'dropped'}_requests_total`) =>
      new Map(
        zones.map((zone) => [zone, metrics.counter(name, { server, zone: textOf(zone), view })]),
      );
    this.#refused = {
      block: perZone('coredns_acl_blocked_requests_total'),
      filter: perZone('coredns_acl_filtered_requests_total'),
      drop: perZone('coredns_acl_dropped_requests_total'),
    };
  }

  refused(action: RefusingAction, zone: NameKey): void {
    this.#refused[action].get(zone)?.add(1);
  }
}
