import { labelsOf, MAX_LABEL_BYTES, type NameKey } from '../dns/name.ts';

/**
 * The name that a port name without its underscores stands for. CoreDNS takes those of
 * `_http._tcp.web.shop.svc` as optional. So does this, for the port and for the protocol, and so
 * `tcp.web.shop.svc` exists where `_tcp.web.shop.svc` does. `own` is how many labels the Service's
 * own name has, below the zone. Undefined when no underscore is missing.
 */
export function portNameKey(key: NameKey, zone: NameKey, own: number): NameKey | undefined {
  const labels = labelsOf(key.slice(0, key.length - zone.length) as NameKey);
  const optional = labels.length - own;
  if (optional < 1 || optional > 2) return undefined;
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
