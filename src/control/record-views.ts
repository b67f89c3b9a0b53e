import { Type } from '../dns/codes.ts';
import { keyOfWire, type NameKey } from '../dns/name.ts';
import type { ResourceRecord } from '../dns/record.ts';
import { longestZone } from '../dns/zones.ts';
import { type ClusterName, readClusterName } from '../explain/cluster-name.ts';
import type { TableRecord } from '../explain/objects-question.ts';
import type { NamespaceView } from '../kube/objects.ts';
import { servedZones } from '../zone/apex.ts';
import type { RecordTable, ZoneOptions } from '../zone/options.ts';
import { SERVICES } from '../zone/subtrees.ts';

/**
 * As much of the namespaces as these records of a table can come from: a Service each, so that to
 * explain one name costs no more in a large cluster. Hosts of `k8s_gateway` come from anywhere.
 */
export function viewsBehind(
  records: readonly TableRecord[],
  table: RecordTable,
  views: ReadonlyMap<string, NamespaceView>,
  options: ZoneOptions,
): NamespaceView[] {
  const own = records.filter((one) => one.table === table).map(({ record }) => record);
  if (table === 'gateway') return own.length === 0 ? [] : [...views.values()];
  const services = new Map<string, Set<string>>();
  const withPods = new Set<string>();
  for (const record of own) {
    const name = clusterNameOf(record, table, options);
    if (name.kind === 'pod') withPods.add(name.namespace);
    if (!('namespace' in name)) continue;
    const wanted = services.get(name.namespace) ?? new Set();
    services.set(name.namespace, wanted);
    if ('service' in name) wanted.add(name.service);
  }
  return [...services].flatMap(([namespace, wanted]) => {
    const view = views.get(namespace);
    if (view === undefined) return [];
    const pods = withPods.has(namespace) ? view.pods : [];
    return { ...view, services: view.services.filter(({ name }) => wanted.has(name)), pods };
  });
}

/** What a record is about: of a PTR record, the name that it leads to. */
export function clusterNameOf(
  record: ResourceRecord,
  table: RecordTable,
  options: ZoneOptions,
): ClusterName {
  return readClusterName(...forwardName(record, table, options));
}

/** The name of the cluster that a record is about: of a PTR record that it leads to. */
function forwardName(
  { owner, type, data }: ResourceRecord,
  table: RecordTable,
  options: ZoneOptions,
): Parameters<typeof readClusterName> {
  const zones = servedZones(table === 'external' ? (options.external?.zones ?? []) : options.zones);
  const key = keyOfWire(type === Type.PTR && data.kind === 'name' ? data.name : owner);
  const zone = longestZone(key, zones) ?? { index: 0, key, isReverse: false };
  if (table === 'cluster' || zone.isReverse) return [key, zone];
  const below = key.slice(0, key.length - zone.key.length);
  return [`${below}${SERVICES}${zone.key}` as NameKey, zone];
}
