import { keyOf, type NameKey } from '../../dns/name.ts';
import { UNDERSCORE } from '../../support/ascii.ts';
import type { ServedZone } from '../../zone/apex.ts';
import type { LiveZone } from '../../zone/live-zone.ts';
import { PROTOCOL_LABELS } from '../../zone/records.ts';
import { PODS, SERVICES } from '../../zone/subtrees.ts';

/** More labels than these below a namespace has no name of the cluster. */
const MAX_LABELS = 3;

/** What has been found to be missing before. */
type IsKnown = (part: NameKey) => boolean;

/**
 * The part of a missing name whose lack is the reason: of host names with a search domain behind
 * them it is the same for most, so that few reasons are enough for many names. The zone when names
 * of this form do not exist at all. Allocates next to nothing, and looks for what is `isKnown`
 * first, as search lists make most questions of a cluster.
 */
export function missingPart(
  key: NameKey,
  zone: ServedZone,
  live: LiveZone,
  isKnown: IsKnown,
): NameKey {
  if (zone.isReverse) return key;
  const end = key.length - zone.key.length;
  if (!key.startsWith(SERVICES, end - SERVICES.length)) return isPod(key, end) ? key : zone.key;
  // Where the labels of the namespace and of the Service begin, from the left.
  let namespace = 0;
  let service = 0;
  let labels = 0;
  for (let at = 0; at < end - SERVICES.length; at += 1 + key.charCodeAt(at)) {
    service = namespace;
    namespace = at;
    labels++;
  }
  if (labels < 2) return key;
  if (labels > MAX_LABELS + 1) return zone.key;
  // `_http._tcp.web.shop`, or what a search list made of a host name.
  if (labels === MAX_LABELS + 1 && !isPort(key)) return zone.key;
  const ofNamespace = key.slice(namespace) as NameKey;
  const ofService = (service === 0 ? key : key.slice(service)) as NameKey;
  if (isKnown(ofNamespace) || !live.has(ofNamespace)) {
    // The Service that another namespace has is more to say than that this one is missing.
    const label = key.slice(service + 1, namespace);
    return live.services?.has(label, zone) === true ? ofService : ofNamespace;
  }
  if (labels === 2) return key;
  return isKnown(ofService) || !live.has(ofService) ? ofService : key;
}

/** A port name may be without its underscores; then its protocol tells. */
function isPort(key: NameKey): boolean {
  if (key.charCodeAt(1) === UNDERSCORE) return true;
  const second = 1 + key.charCodeAt(0);
  return PROTOCOLS.some((protocol) => key.startsWith(protocol, second));
}

const PROTOCOLS = Object.values(PROTOCOL_LABELS).flatMap((label) => [
  keyOf([`_${label}`]),
  keyOf([label]),
]);

function isPod(key: NameKey, end: number): boolean {
  return key.startsWith(PODS, end - PODS.length);
}
