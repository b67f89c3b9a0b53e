import { addressBytes, addressText } from '../dns/address.ts';
import { labelsOf, labelText, type NameKey, textOf } from '../dns/name.ts';
import type { ServedZone } from '../zone/apex.ts';
import { PROTOCOL_LABELS } from '../zone/records.ts';

/** What a name in a zone of the cluster stands for, by its form alone. Parts are as text. */
export type ClusterName =
  /** The zone itself, `svc`, `pod`: names that are there without an object. */
  | { readonly kind: 'frame' }
  | { readonly kind: 'namespace'; readonly namespace: string }
  | { readonly kind: 'service'; readonly service: string; readonly namespace: string }
  | {
      readonly kind: 'endpoint';
      readonly endpoint: string;
      readonly service: string;
      readonly namespace: string;
    }
  | {
      readonly kind: 'port';
      /** Without underscores; '' for a protocol alone, `_tcp.web.shop`. */
      readonly port: string;
      readonly protocol: string;
      readonly service: string;
      readonly namespace: string;
    }
  | { readonly kind: 'pod'; readonly label: string; readonly namespace: string }
  | { readonly kind: 'address'; readonly address: string }
  | { readonly kind: 'other' };

const OTHER: ClusterName = { kind: 'other' };

/** Reads a name that is in `zone`. */
export function readClusterName(key: NameKey, zone: ServedZone): ClusterName {
  if (zone.isReverse) return reverseName(key);
  const labels = labelsOf(key.slice(0, key.length - zone.key.length) as NameKey).map(labelText);
  // `http`, `tcp`, `web`, `shop`, `svc`: what is given is read from the right.
  const [top, namespace, service, first, second, ...more] = labels.reverse();
  if (namespace === undefined) {
    return top === undefined || top === 'svc' || top === 'pod' ? { kind: 'frame' } : OTHER;
  }
  if (top === 'pod') return podName(namespace, service, first);
  if (top !== 'svc' || more.length > 0) return OTHER;
  if (service === undefined) return { kind: 'namespace', namespace };
  if (first === undefined) return { kind: 'service', service, namespace };
  return placeName(first, second, service, namespace);
}

function podName(
  namespace: string,
  label: string | undefined,
  more: string | undefined,
): ClusterName {
  if (more !== undefined) return OTHER;
  return label === undefined ? { kind: 'namespace', namespace } : { kind: 'pod', label, namespace };
}

function placeName(
  first: string,
  second: string | undefined,
  service: string,
  namespace: string,
): ClusterName {
  const protocol = first.replace(/^_/, '');
  if (second !== undefined) {
    const isPort = first.startsWith('_') || second.startsWith('_') || PROTOCOLS.includes(protocol);
    const port = second.replace(/^_/, '');
    return isPort ? { kind: 'port', port, protocol, service, namespace } : OTHER;
  }
  return first.startsWith('_')
    ? { kind: 'port', port: '', protocol, service, namespace }
    : { kind: 'endpoint', endpoint: first, service, namespace };
}

/** A name of fewer labels than an address has is only the way to some. */
function reverseName(key: NameKey): ClusterName {
  const labels = labelsOf(key).reverse();
  const digits = labels.slice(2);
  const text = labels[1] === 'ip6' ? groupsOf(digits) : digits.join('.');
  const bytes = text === undefined ? undefined : addressBytes(text);
  return bytes === undefined ? { kind: 'frame' } : { kind: 'address', address: addressText(bytes) };
}

function groupsOf(nibbles: readonly string[]): string | undefined {
  if (nibbles.length !== 32 || nibbles.some((one) => one.length !== 1)) return undefined;
  return nibbles.join('').replace(/(.{4})(?=.)/gs, '$1:');
}

/** A name as text, without the final dot; the root is `.`. */
export function nameText(key: NameKey): string {
  return key === '' ? '.' : textOf(key).slice(0, -1);
}

const PROTOCOLS: readonly string[] = Object.values(PROTOCOL_LABELS);
