import { ExtendedError, Type } from '../dns/codes.ts';
import type { ExtendedErrorText } from '../dns/edns.ts';
import type { NameKey } from '../dns/name.ts';
import { isInAny } from '../dns/zones.ts';

/** What becomes of a question of class IN where the names of some zones are published. */
export const Decision = {
  /** The name is in none of the zones: for others to answer. */
  OUTSIDE: 0,
  /**
   * A zone transfer, to be REFUSED: none are offered, and over UDP they would be a gift to
   * reflection attacks.
   */
  TRANSFER: 1,
  /** The name exists: its records, or NODATA. */
  FOUND: 2,
  /** No such name, but what has not been read yet cannot be called missing: SERVFAIL. */
  NOT_READY: 3,
  /** No such name, in a zone whose missing names others answer. */
  FALL_THROUGH: 4,
  /** No such name: NXDOMAIN. */
  MISSING: 5,
} as const;

export type Decision = (typeof Decision)[keyof typeof Decision];

/**
 * The one rule for the cluster's names and for those beside them. `isInside`: one of the zones has
 * the name; `isFound`: it exists there; `fallthrough`: the zones whose missing names go on.
 */
export function decide(
  key: NameKey,
  type: number,
  isInside: boolean,
  isFound: boolean,
  isSynced: boolean,
  fallthrough: readonly NameKey[],
): Decision {
  if (!isInside) return Decision.OUTSIDE;
  if (type === Type.AXFR || type === Type.IXFR) return Decision.TRANSFER;
  if (isFound) return Decision.FOUND;
  if (!isSynced) return Decision.NOT_READY;
  return isInAny(key, fallthrough) ? Decision.FALL_THROUGH : Decision.MISSING;
}

/** Why a question is REFUSED that no plugin answers. */
export const OUTSIDE_ERROR: ExtendedErrorText = {
  code: ExtendedError.NOT_AUTHORITATIVE,
  text: 'not a name of the cluster zones',
};

/** Why `NOT_READY` is SERVFAIL. `objects` is what names are made from: `manifests`. */
export function notReadyError(objects: string): ExtendedErrorText {
  return { code: ExtendedError.NOT_READY, text: `not all ${objects} have been read yet` };
}
