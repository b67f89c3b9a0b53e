import { Class, ExtendedError, Rcode, Type } from '../../dns/codes.ts';
import type { NameKey } from '../../dns/name.ts';
import type { ResourceRecord } from '../../dns/record.ts';
import { isInAny } from '../../dns/zones.ts';
import type { Clock } from '../../support/clock.ts';
import type { CompiledName } from '../../zone/answer.ts';
import type { ServedZone } from '../../zone/apex.ts';
import { Decision, decide, notReadyError } from '../../zone/decision.ts';
import { type Lookup, lookUp, negative, type PublishedNames } from '../../zone/lookup.ts';
import { aliasTarget, joinedAnswer } from '../alias-target.ts';
import type { ShortCutPart } from '../cluster-answers.ts';
import type { Next, Plugin, PluginContext, Reply, Request } from '../plugin.ts';
import { errorReply, isOfNobody } from '../reply.ts';
import { lookupReply, withUpstreamAddresses } from './upstream-addresses.ts';

export interface PublishedOptions {
  readonly names: PublishedNames;
  /** Zones whose missing names go on to the next plugin; undefined when none do. */
  readonly fallthrough: readonly NameKey[] | undefined;
  readonly resolve: PluginContext['resolve'];
  readonly clock: Clock;
}

/**
 * Answers published names in records: the cluster's as `kubernetes`, those compiled beside them as
 * `k8s_external` and `k8s_gateway`.
 */
export class PublishedPlugin implements Plugin, ShortCutPart {
  readonly name: string;
  readonly published: PublishedNames;
  readonly #options: PublishedOptions;
  readonly #fallthrough: readonly NameKey[];

  /** `name` is the plugin's. */
  constructor(name: string, options: PublishedOptions) {
    this.name = name;
    this.published = options.names;
    this.#options = options;
    this.#fallthrough = options.fallthrough ?? [];
  }

  /** Whether a name is answered here, if only that it is missing, and never handed on. */
  answers(key: NameKey): boolean {
    const { names } = this.#options;
    const zone = names.zoneOf(key);
    // Whether it exists matters only where missing names go on.
    const mayGoOn = zone !== undefined && isInAny(key, this.#fallthrough);
    const isFound = mayGoOn && names.find(key, zone) !== undefined;
    const decision = this.#decide(key, Type.A, zone !== undefined, isFound);
    return decision !== Decision.OUTSIDE && decision !== Decision.FALL_THROUGH;
  }

  /** What falls through is for the plugins. */
  passes({ key }: Pick<Request, 'key'>): boolean {
    return this.#options.names.zoneOf(key) === undefined;
  }

  claims({ key, qclass }: Pick<Request, 'key' | 'qclass'>): boolean {
    return qclass === Class.IN && this.answers(key);
  }

  // Not async, as `next` gives a promise already: to wrap it in another costs three rounds of the
  // microtask queue.
  serve(request: Request, next: Next): Promise<Reply> {
    const { names } = this.#options;
    const { key, type } = request;
    const zone = request.qclass === Class.IN ? names.zoneOf(key) : undefined;
    const name = zone && names.find(key, zone);
    switch (this.#decide(key, type, zone !== undefined, name !== undefined)) {
      case Decision.OUTSIDE:
        return next(request);
      case Decision.FALL_THROUGH:
        // A client that is REFUSED tries no further names of its search list.
        return next(request).then((reply) =>
          isOfNobody(reply) ? this.#missing(request, zone!) : reply,
        );
      case Decision.TRANSFER:
        return Promise.resolve(errorReply(this.name, Rcode.REFUSED));
      case Decision.NOT_READY: {
        const { code, text } = notReadyError(names.objects);
        return Promise.resolve(errorReply(this.name, Rcode.SERVFAIL, code, text));
      }
      case Decision.FOUND:
        return this.#found(request, name!);
      case Decision.MISSING:
        return Promise.resolve(this.#missing(request, zone!));
    }
  }

  /**
   * Asks the whole server, which may be us again, for what is not ours: the target of an alias, the
   * addresses of host names.
   */
  protected async complete(request: Request, found: Lookup): Promise<Reply> {
    const { resolve, clock, names } = this.#options;
    const { outside, hosts } = found;
    if (hosts !== undefined) {
      const access = { plugin: this.name, resolve, clock, ttl: names.ttl };
      return withUpstreamAddresses(request, found, hosts, access);
    }
    const reply = lookupReply(this.name, found);
    const isAlias = request.type === Type.CNAME || request.type === Type.ANY;
    if (outside === undefined || isAlias) return reply;
    const target = await aliasTarget(this.name, request, found.answer, outside, resolve);
    if (target === undefined) return reply;
    return {
      ...target,
      plugin: this.name,
      authoritative: true,
      answer: joinedAnswer(reply.answer, target),
      additional: [],
    };
  }

  #decide(key: NameKey, type: number, isInside: boolean, isFound: boolean): Decision {
    const { isSynced } = this.#options.names;
    return decide(key, type, isInside, isFound, isSynced, this.#fallthrough);
  }

  #missing({ name }: Request, zone: ServedZone): Reply {
    const missing = negative(Rcode.NXDOMAIN, name, zone, this.#options.names);
    return this.#dated(lookupReply(this.name, missing));
  }

  async #found(request: Request, name: CompiledName): Promise<Reply> {
    const { names } = this.#options;
    const found = lookUp(request.name, name, request.type, names);
    return this.#dated(restoredReply(await this.complete(request, found), names));
  }

  /** Says so when the names may be out of date. */
  #dated(reply: Reply): Reply {
    const { stale } = this.#options.names;
    return stale === undefined || reply.error !== undefined ? reply : { ...reply, error: stale };
  }
}

/**
 * Seconds that others may keep an answer from an earlier run: what is true now is about to be
 * known.
 */
const RESTORED_TTL = 1;

/**
 * A reply from names of an earlier run, which says so (RFC 8914 section 4.4, "Stale Answer") and is
 * soon asked again. Replies from names of this run stay as they are.
 */
export function restoredReply(
  reply: Reply,
  { restoredFrom, objects }: Pick<PublishedNames, 'restoredFrom' | 'objects'>,
): Reply {
  if (restoredFrom === undefined || reply.error !== undefined) return reply;
  const saved = new Date(restoredFrom * 1000).toISOString();
  return {
    ...reply,
    answer: shortened(reply.answer),
    authority: shortened(reply.authority),
    additional: shortened(reply.additional),
    error: {
      code: ExtendedError.STALE_ANSWER,
      text: `as of ${saved}: the ${objects} have not been read yet`,
    },
  };
}

function shortened(records: readonly ResourceRecord[]): ResourceRecord[] {
  return records.map((record) => ({ ...record, ttl: Math.min(record.ttl, RESTORED_TTL) }));
}
