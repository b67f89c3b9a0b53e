import { Class, ExtendedError, Type } from '../../dns/codes.ts';
import { isAtOrBelow, keyFromText, type NameKey, ROOT } from '../../dns/name.ts';
import { isInAny, longestZoneAmong } from '../../dns/zones.ts';
import type { ShortCutPart } from '../cluster-answers.ts';
import { type EmptyZone, emptyZoneReply } from '../empty-zone.ts';
import { LOCAL_ZONES, localReply } from '../local/zones.ts';
import type { Plugin, Reply, Request } from '../plugin.ts';
import { SPECIAL_ZONES, type SpecialZone } from './zones.ts';

export const NAME = 'special-names';

/** The records of RFC 6303 section 3. */
const ZONE: EmptyZone = {
  ttl: 10_800,
  contact: keyFromText('nobody.invalid'),
  refresh: 3600,
  retry: 1200,
  expire: 604_800,
};

export interface SpecialNamesOptions {
  /**
   * Zones that are forwarded or served on purpose: their names are left alone. The root is not
   * one of them, as everything is below it.
   */
  readonly exempt: readonly NameKey[];
  /** Zones that another part of this server answers: a name above one of them exists. */
  readonly served?: readonly NameKey[];
  /**
   * Nothing is forwarded below, so strangers learn nothing: only names that are the same
   * everywhere are answered. A site's own are REFUSED, as another of its servers may know them.
   * Names of the served zones are theirs to deny, and an alias that leads to a special name stands
   * alone, as one to any other name outside.
   */
  readonly isLast?: boolean;
}

export type SpecialNames = Plugin & ShortCutPart & Required<Pick<Plugin, 'takes'>>;

/**
 * Answers, in front of `forward`, names that mean nothing outside this machine and this site: to
 * send them to the Internet's servers would reveal them to strangers, and gain nothing.
 */
export function specialNames({
  exempt,
  served = [],
  isLast = false,
}: SpecialNamesOptions): SpecialNames {
  const left = exempt.filter((zone) => zone !== ROOT);
  const others = [...left, ...served];
  const takes = (key: NameKey) => {
    if (isInAny(key, left)) return false;
    if (isInAny(key, LOCAL_ZONES)) return true;
    const zone = longestZoneAmong(key, SPECIAL_ZONES);
    return zone !== undefined && !(isLast && (zone.isOfSite || isInAny(key, served)));
  };
  return {
    name: NAME,
    takes,
    passes: ({ key }) => !takes(key),
    serve(request, next) {
      if (request.qclass !== Class.IN || !takes(request.key)) return next(request);
      if (isLast && request.aliases.length > 0) return next(request);
      const local = localReply(NAME, request);
      if (local !== undefined) return Promise.resolve(local);
      const zone = longestZoneAmong(request.key, SPECIAL_ZONES);
      if (zone === undefined || isAskedOfParent(request, zone)) return next(request);
      return Promise.resolve(specialReply(request, zone, others));
    },
  };
}

/** Those of a server block's zones that are special, or lie below one that is. */
export function specialAmong(zones: readonly NameKey[]): NameKey[] {
  return zones.filter((zone) => isInAny(zone, ALL_ZONES));
}

/** Those that have special ones below them, as `in-addr.arpa` has; all but the root. */
export function aboveSpecial(zones: readonly NameKey[]): NameKey[] {
  return zones.filter((zone) => zone !== ROOT && hasSpecial([zone]));
}

/** Whether a special zone is among the names of these zones. */
export function hasSpecial(zones: readonly NameKey[]): boolean {
  return ALL_ZONES.some((special) => isInAny(special, zones));
}

const ALL_ZONES: readonly NameKey[] = [...LOCAL_ZONES, ...SPECIAL_ZONES.keys()];

/**
 * A zone's DS record stands in its parent, which the Internet has. Without the proof there that the
 * zone is not signed, a validating client would take our answers for forged (RFC 8375 section 4,
 * RFC 6303 section 7).
 */
function isAskedOfParent({ key, type }: Request, zone: SpecialZone): boolean {
  return type === Type.DS && key === zone.key && zone.isDelegated;
}

/** The answer of an empty zone, which says why the question has not been forwarded. */
function specialReply(request: Request, zone: SpecialZone, others: readonly NameKey[]): Reply {
  const apex = request.name.slice(request.name.length - zone.key.length);
  // A name above one that may exist, exists (RFC 8020).
  const exists =
    zone.isWithoutData ||
    request.key === zone.key ||
    others.some((other) => isAtOrBelow(other, request.key));
  const reply = emptyZoneReply(NAME, request, ZONE, apex, exists);
  if (reply.answer.length > 0) return reply;
  const text = `${zone.text} is not forwarded (${zone.document})`;
  return { ...reply, error: { code: ExtendedError.OTHER, text } };
}
