import { isAtOrBelow, labelsOf, labelText, type NameKey } from '../../dns/name.ts';
import type { ServedZone } from '../../zone/apex.ts';
import { KUBERNETES } from './metrics.ts';

/** CoreDNS's reason for every name that is not of the grammar. */
const NOT_A_NAME = 'invalid query name';

const FIELDS = ['endpoint', 'kind', 'namespace', 'port-name', 'protocol', 'service'] as const;

type Field = (typeof FIELDS)[number];

/**
 * The parts of a name of the cluster, '' for one it does not have; undefined when it is not of the
 * grammar.
 */
type Parts = Readonly<Record<Field, string>>;

/**
 * CoreDNS's metadata about a name of the cluster: what the name says, whether it exists or not.
 * Undefined for other labels and names.
 */
export function nameLabel(
  label: string,
  key: NameKey,
  zone: ServedZone | undefined,
): string | undefined {
  const [plugin, field, ...rest] = label.split('/');
  if (plugin !== KUBERNETES || rest.length > 0 || zone === undefined) return undefined;
  const parts = partsOf(key, zone);
  if (field === 'parse-error') return parts === undefined ? NOT_A_NAME : undefined;
  const known = FIELDS.find((one) => one === field);
  return known && parts?.[known];
}

function partsOf(key: NameKey, zone: ServedZone): Parts | undefined {
  if (zone.isReverse || !isAtOrBelow(key, zone.key)) return undefined;
  const labels = labelsOf(key.slice(0, key.length - zone.key.length) as NameKey).map(labelText);
  // `http`, `tcp`, `web`, `shop`, `svc`: what is given is read from the right.
  const [kind = '', namespace = '', service = '', first = '', second, ...more] = labels.reverse();
  const isApex = labels.length === 0;
  if (more.length > 0 || !(isApex || kind === 'svc' || kind === 'pod')) return undefined;
  const isPort = second !== undefined;
  return {
    endpoint: isPort ? '' : first,
    // Nothing but `svc` is the apex of all Services to CoreDNS, and of no kind.
    kind: labels.length === 1 ? '' : kind,
    namespace,
    'port-name': isPort ? second.replace(/^_/, '') : '',
    protocol: isPort ? first.replace(/^_/, '') : '',
    service,
  };
}
