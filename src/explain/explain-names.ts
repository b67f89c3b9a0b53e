import { longestZone } from '../dns/zones.ts';
import { servedZones } from '../zone/apex.ts';
import { SERVICES } from '../zone/subtrees.ts';
import { readClusterName } from './cluster-name.ts';
import { missingHost, unansweredHost } from './missing/host.ts';
import { missingName, missingType } from './missing/name.ts';
import { findService } from './missing/service.ts';
import type { ExplainedObjects } from './objects.ts';
import type { AskedName } from './objects-question.ts';
import { reason, type WeighedReason } from './reason.ts';

/** Why a name is missing, or has no records of a type; undefined when the objects say nothing. */
export function explainName(asked: AskedName, all: ExplainedObjects): WeighedReason | undefined {
  const { key, type, table, types } = asked;
  const { options } = all;
  switch (table) {
    case undefined:
      return unansweredHost(key, all);
    case 'cluster': {
      const zone = longestZone(key, servedZones(options.zones));
      if (types !== undefined) return missingType(key, zone, type, types);
      return zone && missingName(key, zone, all);
    }
    case 'gateway':
      return types === undefined ? missingHost(key, all) : missingType(key, undefined, type, types);
    case 'external':
      return types === undefined
        ? missingOutside(asked, all)
        : missingType(key, undefined, type, types);
  }
}

/** `web.shop.example.org`, a name of `k8s_external`, is missing. */
function missingOutside({ key }: AskedName, all: ExplainedObjects): WeighedReason | undefined {
  const zone = longestZone(key, servedZones(all.options.external?.zones ?? []));
  if (zone === undefined || zone.isReverse) return undefined;
  const below = key.slice(0, key.length - zone.key.length);
  const inCluster = `${below}${SERVICES}${zone.key}` as typeof key;
  const name = readClusterName(inCluster, zone);
  if (name.kind !== 'service') return undefined;
  const found = findService(name.service, name.namespace, all);
  if ('code' in found) return found;
  const service = `${name.namespace}/${name.service}`;
  return reason('SERVICE_LEFT_OUT', {
    service,
    option: 'k8s_external, as it has no address for clients outside',
  });
}
