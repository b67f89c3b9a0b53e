import { isAtOrBelow, keyOf, type NameKey, parentOf } from '../../../dns/name.ts';

const IPV4_REVERSE = keyOf(['in-addr', 'arpa']);
const IPV6_REVERSE = keyOf(['ip6', 'arpa']);

/**
 * Labels of a domain that one holder has, below the zone that is forwarded: `example.org`,
 * `2.0.192.in-addr.arpa`, a /32.
 */
const LABELS = 2;
const IPV4_REVERSE_LABELS = 4;
const IPV6_REVERSE_LABELS = 10;

/**
 * The part of a name that tells whose it is, as near as can be without a list of registries: for
 * what one holder may have under way. `from` is the zone of the `forward` line, whose own depth
 * does not count.
 */
export function domainOf(name: NameKey, from: NameKey): NameKey {
  const labels = Math.max(leastLabels(name), depthOf(from) + LABELS);
  let domain = name;
  for (let over = depthOf(name) - labels; over > 0; over--) domain = parentOf(domain);
  return domain;
}

function leastLabels(name: NameKey): number {
  if (isAtOrBelow(name, IPV4_REVERSE)) return IPV4_REVERSE_LABELS;
  return isAtOrBelow(name, IPV6_REVERSE) ? IPV6_REVERSE_LABELS : LABELS;
}

function depthOf(name: NameKey): number {
  let depth = 0;
  for (let at = 0; at < name.length; at += 1 + name.charCodeAt(at)) depth++;
  return depth;
}
