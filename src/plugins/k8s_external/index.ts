import { Class, ExtendedError, Rcode, Type } from '../../dns/codes.ts';
import { isAtOrBelow, type NameKey } from '../../dns/name.ts';
import type { Clock } from '../../support/clock.ts';
import type { ServedZone } from '../../zone/apex.ts';
import { externalName } from '../../zone/external-name.ts';
import type { Lookup } from '../../zone/lookup.ts';
import { lookUpSide } from '../../zone/side-lookup.ts';
import type { SideZone } from '../../zone/side-table.ts';
import { aliasTarget, joinedAnswer } from '../alias-target.ts';
import { withUpstreamAddresses } from '../kubernetes/upstream-addresses.ts';
import type { Next, Plugin, PluginContext, Reply, Request } from '../plugin.ts';
import { answerReply, errorReply } from '../reply.ts';
import { restoredReply } from '../restored-reply.ts';
import { isInAny } from '../zone-match.ts';
import { NAME } from './options.ts';

export interface ExternalPluginOptions {
  readonly names: SideZone;
  /** Zones whose missing names go on to the next plugin; undefined when none do. */
  readonly fallthrough: readonly NameKey[] | undefined;
  readonly resolve: PluginContext['resolve'];
  readonly clock: Clock;
}

/** The names of Services for clients outside the cluster. */
export class External implements Plugin {
  readonly name = NAME;
  readonly #options: ExternalPluginOptions;

  constructor(options: ExternalPluginOptions) {
    this.#options = options;
  }

  /** Has none of these zones a name that one of ours has? */
  isApartFrom(zones: readonly ServedZone[]): boolean {
    const isNear = (a: NameKey, b: NameKey) => isAtOrBelow(a, b) || isAtOrBelow(b, a);
    return !this.#options.names.zones.some((own) => zones.some(({ key }) => isNear(key, own.key)));
  }

  answers(key: NameKey): boolean {
    const { names } = this.#options;
    const zone = names.zoneOf(key);
    if (zone === undefined) return false;
    return (
      !this.#fallsThrough(key) || !names.isSynced || externalName(names, key, zone) !== undefined
    );
  }

  claims({ key, klass }: Request): boolean {
    return klass === Class.IN && this.answers(key);
  }

  async serve(request: Request, next: Next): Promise<Reply> {
    const { names } = this.#options;
    const zone = request.klass === Class.IN ? names.zoneOf(request.key) : undefined;
    if (zone === undefined) return next(request);
    if (request.type === Type.AXFR || request.type === Type.IXFR) {
      return errorReply(NAME, Rcode.REFUSED);
    }
    const name = externalName(names, request.key, zone);
    if (name !== undefined) {
      const found = lookUpSide(request.name, name, request.type, names);
      return restoredReply(await this.#complete(request, found), names.restoredFrom);
    }
    // What has not been read yet cannot be called missing.
    if (!names.isSynced) {
      const text = 'not all manifests have been read yet';
      return errorReply(NAME, Rcode.SERVFAIL, ExtendedError.NOT_READY, text);
    }
    if (this.#fallsThrough(request.key)) return next(request);
    return { ...answerReply(NAME, []), rcode: Rcode.NXDOMAIN, authority: [names.start(zone)] };
  }

  /** Asks whoever has it for what is not ours: the addresses of a load balancer that is known by name. */
  async #complete(request: Request, found: Lookup): Promise<Reply> {
    const { names, resolve, clock } = this.#options;
    if (found.hosts !== undefined) {
      const access = { resolve, clock, ttl: names.ttl };
      const reply = await withUpstreamAddresses(request, found, found.hosts, access);
      return { ...reply, plugin: NAME };
    }
    const { outside, answer, authority, additional } = found;
    const reply = { ...answerReply(NAME, answer), authority, additional };
    const isAlias = request.type === Type.CNAME || request.type === Type.ANY;
    if (outside === undefined || isAlias) return reply;
    const target = await aliasTarget(NAME, request, answer, outside, resolve);
    // Nobody here forwards: the CNAME alone is what there is to say, as from any authoritative server.
    if (target.rcode === Rcode.REFUSED && target.answer.length === 0) return reply;
    return {
      ...target,
      plugin: NAME,
      authoritative: true,
      answer: joinedAnswer(answer, target),
      additional: [],
    };
  }

  #fallsThrough(key: NameKey): boolean {
    return isInAny(key, this.#options.fallthrough ?? []);
  }
}
