import { Class, ExtendedError, Rcode, Type } from '../dns/codes.ts';
import type { NameKey } from '../dns/name.ts';
import { isInAny } from '../dns/zones.ts';
import type { CompiledName } from '../zone/answer.ts';
import type { ServedZone } from '../zone/apex.ts';
import type { Lookup, UpstreamHosts } from '../zone/lookup.ts';
import { lookUpSide } from '../zone/side-lookup.ts';
import type { SideZone } from '../zone/side-table.ts';
import { aliasTarget, joinedAnswer } from './alias-target.ts';
import type { Next, Plugin, PluginContext, Reply, Request } from './plugin.ts';
import { answerReply, errorReply } from './reply.ts';
import { restoredReply } from './restored-reply.ts';

export interface SideNamesOptions {
  /** The plugin's name. */
  readonly plugin: string;
  readonly names: SideZone;
  /** A name of one of the zones, published or made up; undefined when it does not exist. */
  readonly find: (key: NameKey, zone: ServedZone) => CompiledName | undefined;
  /** Zones whose missing names go on to the next plugin; undefined when none do. */
  readonly fallthrough: readonly NameKey[] | undefined;
  readonly resolve: PluginContext['resolve'];
  /** Completes a reply with the addresses of host names; for names that have such. */
  readonly withHosts?: (request: Request, found: Lookup, hosts: UpstreamHosts) => Promise<Reply>;
}

/** Answers the names of a side table, which were compiled beside those of `kubernetes`. */
export class SideNames implements Plugin {
  readonly name: string;
  readonly #options: SideNamesOptions;

  constructor(options: SideNamesOptions) {
    this.name = options.plugin;
    this.#options = options;
  }

  answers(key: NameKey): boolean {
    const { names, find } = this.#options;
    const zone = names.zoneOf(key);
    if (zone === undefined) return false;
    return !this.#fallsThrough(key) || !names.isSynced || find(key, zone) !== undefined;
  }

  claims({ key, klass }: Request): boolean {
    return klass === Class.IN && this.answers(key);
  }

  async serve(request: Request, next: Next): Promise<Reply> {
    const { names, find } = this.#options;
    const zone = request.klass === Class.IN ? names.zoneOf(request.key) : undefined;
    if (zone === undefined) return next(request);
    if (request.type === Type.AXFR || request.type === Type.IXFR) {
      return errorReply(this.name, Rcode.REFUSED);
    }
    const name = find(request.key, zone);
    if (name !== undefined) {
      const found = lookUpSide(request.name, name, request.type, names);
      return restoredReply(await this.#complete(request, found), names.restoredFrom);
    }
    // What has not been read yet cannot be called missing.
    if (!names.isSynced) {
      const text = 'not all manifests have been read yet';
      return errorReply(this.name, Rcode.SERVFAIL, ExtendedError.NOT_READY, text);
    }
    if (this.#fallsThrough(request.key)) return next(request);
    return {
      ...answerReply(this.name, []),
      rcode: Rcode.NXDOMAIN,
      authority: [names.soa.record(zone.key, names.serial)],
    };
  }

  /**
   * Asks whoever has it, we may be that too, for what is not in the table: the name that a name
   * leads to.
   */
  async #complete(request: Request, found: Lookup): Promise<Reply> {
    const { resolve, withHosts } = this.#options;
    const { outside, answer, authority, additional, hosts } = found;
    if (hosts !== undefined && withHosts !== undefined) {
      return { ...(await withHosts(request, found, hosts)), plugin: this.name };
    }
    const reply = { ...answerReply(this.name, answer), authority, additional };
    const isAlias = request.type === Type.CNAME || request.type === Type.ANY;
    if (outside === undefined || isAlias) return reply;
    const target = await aliasTarget(this.name, request, answer, outside, resolve);
    // Nobody here has it: the CNAME alone is what there is to say, as from any authoritative
    // server.
    if (target.rcode === Rcode.REFUSED && target.answer.length === 0) return reply;
    return {
      ...target,
      plugin: this.name,
      authoritative: true,
      answer: joinedAnswer(answer, target),
      additional: [],
    };
  }

  #fallsThrough(key: NameKey): boolean {
    return isInAny(key, this.#options.fallthrough ?? []);
  }
}
