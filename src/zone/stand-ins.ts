import { keyOf, labelsOf, MAX_LABEL_BYTES, type NameKey, parentOf } from '../dns/name.ts';
import type { CompiledName } from './answer.ts';
import type { ServedZone } from './apex.ts';

/** A published name under exactly this key; undefined when there is none. */
type Get = (key: NameKey) => CompiledName | undefined;

/**
 * The name that a port name without its underscores stands for. CoreDNS takes those of
 * `_http._tcp.web.shop.svc` as optional. So does this, for the port and for the protocol, and so
 * `tcp.web.shop.svc` exists where `_tcp.web.shop.svc` does. `own` is how many labels the Service's
 * own name has, below the zone. Undefined when no underscore is missing.
 */
export function portNameKey(key: NameKey, zone: NameKey, own: number): NameKey | undefined {
  const below = key.length - zone.length;
  let optional = -own;
  for (let at = 0; at < below; at += 1 + key.charCodeAt(at)) optional++;
  if (optional < 1 || optional > 2) return undefined;
  const labels = labelsOf(key.slice(0, below) as NameKey);
  let real = '';
  for (const [at, label] of labels.entries()) {
    const isMissing = at < optional && !label.startsWith('_');
    if (isMissing && label.length === MAX_LABEL_BYTES) return undefined;
    const written = isMissing ? `_${label}` : label;
    real += String.fromCharCode(written.length) + written;
  }
  const realKey = (real + zone) as NameKey;
  return realKey === key ? undefined : realKey;
}

/** How many labels a Service's own name has in a zone of `k8s_external`: `web.shop`. */
const EXTERNAL_LABELS = 2;

/**
 * A name of `k8s_external`; undefined when it does not exist. A port name without its underscores
 * comes as the name it stands for.
 */
export function externalName(get: Get, key: NameKey, zone: ServedZone): CompiledName | undefined {
  const found = get(key);
  if (found !== undefined || zone.isReverse) return found;
  const real = portNameKey(key, zone.key, EXTERNAL_LABELS);
  return real === undefined ? undefined : get(real);
}

const ASTERISK = keyOf(['*']);

/**
 * A name of `k8s_gateway` as it is published, or the wildcard that it is made from; undefined when
 * it does not exist.
 *
 * RFC 4592 section 3.3.1: "The closest encloser is the node in the zone's tree of existing domain
 * names that has the most labels matching the query name (consecutively, counting from the root
 * label downward)", and the source of synthesis is "'*' prepended to the closest encloser".
 */
export function gatewayName(get: Get, key: NameKey, zone: ServedZone): CompiledName | undefined {
  const own = get(key);
  if (own !== undefined) return own;
  let encloser = key;
  // The zone's own name exists as soon as anything of it has been published.
  while (encloser.length > zone.key.length) {
    encloser = parentOf(encloser);
    if (get(encloser) !== undefined) return get((ASTERISK + encloser) as NameKey);
  }
  return undefined;
}
