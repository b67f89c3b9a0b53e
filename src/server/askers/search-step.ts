import { keyOf, labelsOf, type NameKey } from '../../dns/name.ts';
import type { LiveZone } from '../../zone/live-zone.ts';

/** A question that a resolver made of another name, with a domain of its search list. */
export interface SearchStep {
  /** The name that the program asked for, as far as it can be told. */
  readonly name: NameKey;
  /** The dots in it: `ndots` up to this number makes the resolver ask for it as it stands first. */
  readonly dots: number;
}

/** What is looked at of the published names. */
export type SearchedZone = Pick<LiveZone, 'zoneOf' | 'has'>;

/**
 * Which search-list step a name is that does not exist; undefined for one that is none. A Pod's
 * search list is `NAMESPACE.svc.ZONE svc.ZONE ZONE`. Not taken for steps: a Service that a
 * namespace does not have, an endpoint that a Service does not have, and names of ports.
 */
export function searchStep(key: NameKey, all: Iterable<SearchedZone>): SearchStep | undefined {
  for (const live of all) {
    const zone = live.zoneOf(key);
    if (zone === undefined) continue;
    if (zone.isReverse) return undefined;
    const labels = labelsOf(key.slice(0, key.length - zone.key.length) as NameKey);
    return stepIn(labels, [...labelsOf(zone.key)], live);
  }
  return undefined;
}

function stepIn(
  labels: readonly string[],
  zone: readonly string[],
  live: SearchedZone,
): SearchStep | undefined {
  const last = labels.at(-1);
  if (last === undefined || last === 'pod') return undefined;
  if (last !== 'svc') return asked(labels);
  const inside = labels.slice(0, -1);
  const namespace = inside.slice(-1);
  if (namespace.length === 0) return undefined;
  if (!live.has(keyOf([...namespace, 'svc', ...zone]))) return asked(inside);
  const name = inside.slice(0, -1);
  const isPort = name.some((label) => label.startsWith('_'));
  if (name.length < 2 || isPort) return undefined;
  const service = [...inside.slice(-2), 'svc', ...zone];
  return name.length === 2 && live.has(keyOf(service)) ? undefined : asked(name);
}

function asked(labels: readonly string[]): SearchStep {
  return { name: keyOf(labels), dots: labels.length - 1 };
}
