import { Class, ExtendedError, Rcode, Type } from '../../dns/codes.ts';
import type { NameKey } from '../../dns/name.ts';
import { isAtOrBelow } from '../../dns/name.ts';
import type { Clock } from '../../support/clock.ts';
import type { ServedZone } from '../../zone/apex.ts';
import type { LiveZone } from '../../zone/live-zone.ts';
import { type Lookup, lookUp, negativeReply } from '../../zone/lookup.ts';
import { aliasTarget, joinedAnswer } from '../alias-target.ts';
import type { Next, Plugin, PluginContext, Reply, Request } from '../plugin.ts';
import type { RandomIndex } from '../random-index.ts';
import { errorReply } from '../reply.ts';
import { restoredReply } from '../restored-reply.ts';
import { nameLabel } from './labels.ts';
import { lookupReply, NAME } from './replies.ts';
import { turned } from './turned.ts';
import { withUpstreamAddresses } from './upstream-addresses.ts';

export interface KubernetesOptions {
  readonly live: LiveZone;
  /** Zones whose missing names go on to the next plugin; undefined when none do. */
  readonly fallthrough: readonly NameKey[] | undefined;
  readonly resolve: PluginContext['resolve'];
  readonly clock: Clock;
  /** Where to begin in a list of so many addresses. */
  readonly rotation: RandomIndex;
}

/**
 * The published names, for questions that other plugins look at too. Most cluster names never come
 * here: the resolver answers them from their prepared bytes.
 */
export class Kubernetes implements Plugin {
  readonly name = NAME;
  readonly #options: KubernetesOptions;

  constructor(options: KubernetesOptions) {
    this.#options = options;
  }

  notReady(): string | undefined {
    const { isSynced, restoredFrom } = this.#options.live;
    if (isSynced) return undefined;
    if (restoredFrom === undefined) return NAME;
    return `${NAME} (answers as of ${new Date(restoredFrom * 1000).toISOString()})`;
  }

  label(label: string, { key, client }: Request): string | undefined {
    const { live } = this.#options;
    if (label === 'kubernetes/client-namespace') return live.pods?.namespaceOf(client.address);
    return nameLabel(label, key, live.zoneOf(key));
  }

  /** Whether a name is answered here, if only that it is missing, and never handed on. */
  answers(key: NameKey): boolean {
    const { live } = this.#options;
    const zone = live.zoneOf(key);
    if (zone === undefined) return false;
    return !this.#fallsThrough(key) || !live.isSynced || live.find(key, zone) !== undefined;
  }

  claims({ key, klass }: Request): boolean {
    return klass === Class.IN && this.answers(key);
  }

  // Not async, as `next` gives a promise already: to wrap it in another costs three rounds of the
  // microtask queue.
  serve(request: Request, next: Next): Promise<Reply> {
    const { live } = this.#options;
    const zone = request.klass === Class.IN ? live.zoneOf(request.key) : undefined;
    return zone === undefined ? next(request) : this.#answer(request, zone, next);
  }

  async #answer(request: Request, zone: ServedZone, next: Next): Promise<Reply> {
    const { live } = this.#options;
    if (request.type === Type.AXFR || request.type === Type.IXFR) {
      return errorReply(NAME, Rcode.REFUSED);
    }
    const name = live.find(request.key, zone);
    if (name !== undefined) {
      const reply = this.#follow(request, lookUp(request.name, name, request.type, live));
      return restoredReply(await reply, live.restoredFrom);
    }
    // What has not been read yet cannot be called missing.
    if (!live.isSynced) {
      const text = 'not all manifests have been read yet';
      return errorReply(NAME, Rcode.SERVFAIL, ExtendedError.NOT_READY, text);
    }
    if (this.#fallsThrough(request.key)) return next(request);
    const apex = request.name.slice(request.name.length - zone.key.length);
    return lookupReply(negativeReply(Rcode.NXDOMAIN, apex, live));
  }

  /**
   * Asks whoever has it for what is not ours: the target of an ExternalName, the addresses of host
   * names.
   */
  async #follow(request: Request, found: Lookup): Promise<Reply> {
    const { live, clock, resolve, rotation } = this.#options;
    if (found.hosts !== undefined) {
      const access = { resolve, clock, ttl: live.ttl };
      const reply = await withUpstreamAddresses(request, found, found.hosts, access);
      return turned(reply, rotation);
    }
    if (found.outside === undefined && live.turnsAddresses) {
      return turned(lookupReply(found), rotation);
    }
    return this.#followAlias(request, found);
  }

  async #followAlias(request: Request, found: Lookup): Promise<Reply> {
    const reply = lookupReply(found);
    const { outside } = found;
    const isAlias = request.type === Type.CNAME || request.type === Type.ANY;
    if (outside === undefined || isAlias) return reply;
    const { resolve } = this.#options;
    const target = await aliasTarget(NAME, request, found.answer, outside, resolve);
    // Nobody here forwards: the CNAME alone is what there is to say, as from any authoritative
    // server.
    if (target.rcode === Rcode.REFUSED && target.answer.length === 0) return reply;
    return {
      ...target,
      plugin: NAME,
      authoritative: true,
      answer: joinedAnswer(reply.answer, target),
      additional: [],
    };
  }

  #fallsThrough(key: NameKey): boolean {
    return this.#options.fallthrough?.some((zone) => isAtOrBelow(key, zone)) ?? false;
  }
}
