import { Class, ExtendedError, Rcode, Type } from '../../dns/codes.ts';
import type { NameKey } from '../../dns/name.ts';
import { gatewayName } from '../../zone/gateway-name.ts';
import type { Lookup } from '../../zone/lookup.ts';
import { lookUpSide } from '../../zone/side-lookup.ts';
import type { SideZone } from '../../zone/side-table.ts';
import { aliasTarget, joinedAnswer } from '../alias-target.ts';
import type { Next, Plugin, PluginContext, Reply, Request } from '../plugin.ts';
import { answerReply, errorReply } from '../reply.ts';
import { restoredReply } from '../restored-reply.ts';
import { isInAny } from '../zone-match.ts';
import { NAME } from './options.ts';

export interface GatewayPluginOptions {
  readonly names: SideZone;
  /** Zones whose missing names go on to the next plugin; undefined when none do. */
  readonly fallthrough: readonly NameKey[] | undefined;
  readonly resolve: PluginContext['resolve'];
}

/** The host names of Ingresses, Gateways and the like. */
export class K8sGateway implements Plugin {
  readonly name = NAME;
  readonly #options: GatewayPluginOptions;

  constructor(options: GatewayPluginOptions) {
    this.#options = options;
  }

  answers(key: NameKey): boolean {
    const { names } = this.#options;
    const zone = names.zoneOf(key);
    if (zone === undefined) return false;
    if (!this.#fallsThrough(key) || !names.isSynced) return true;
    return gatewayName(names, key, zone) !== undefined;
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
    const name = gatewayName(names, request.key, zone);
    if (name !== undefined) {
      const found = lookUpSide(request.name, name, request.type, names);
      return restoredReply(await this.#follow(request, found), names.restoredFrom);
    }
    // What has not been read yet cannot be called missing.
    if (!names.isSynced) {
      const text = 'not all manifests have been read yet';
      return errorReply(NAME, Rcode.SERVFAIL, ExtendedError.NOT_READY, text);
    }
    if (this.#fallsThrough(request.key)) return next(request);
    return { ...answerReply(NAME, []), rcode: Rcode.NXDOMAIN, authority: [names.start(zone)] };
  }

  /** Asks whoever has it, we may be that too, for the name that a host leads to. */
  async #follow(request: Request, found: Lookup): Promise<Reply> {
    const { outside, answer, authority, additional } = found;
    const reply = { ...answerReply(NAME, answer), authority, additional };
    const isAlias = request.type === Type.CNAME || request.type === Type.ANY;
    if (outside === undefined || isAlias) return reply;
    const { resolve } = this.#options;
    const target = await aliasTarget(NAME, request, answer, outside, resolve);
    // Nobody here has it: the CNAME alone is what there is to say, as from any authoritative server.
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
