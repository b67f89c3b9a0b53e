import { isIP } from 'node:net';
import { Type, typeName } from '../../dns/codes.ts';
import type { NameKey } from '../../dns/name.ts';
import type { Service } from '../../kube/objects.ts';
import type { ServedZone } from '../../zone/apex.ts';
import { hostKey } from '../../zone/names.ts';
import { type ClusterName, nameText, readClusterName } from '../cluster-name.ts';
import type { ExplainedObjects } from '../objects.ts';
import { reason, type WeighedReason } from '../reason.ts';
import { missingAddress, missingPod } from './address.ts';
import { missingEndpoint } from './endpoints.ts';
import { missingPort } from './port.ts';
import { exposedNamespace, findService, missingService } from './service.ts';

/** Why a name in a zone of the cluster does not exist. */
export function missingName(key: NameKey, zone: ServedZone, all: ExplainedObjects): WeighedReason {
  const name = readClusterName(key, zone);
  switch (name.kind) {
    case 'frame':
    case 'other':
      return reason('NO_NAME', { zone: nameText(zone.key) });
    case 'address':
      return missingAddress(name.address, all);
    case 'namespace':
      return missingNamespace(name.namespace, zone, all);
    case 'pod':
      return missingPodOf(name, all);
    default:
      return missingInService(name, all);
  }
}

function missingNamespace(
  namespace: string,
  zone: ServedZone,
  all: ExplainedObjects,
): WeighedReason {
  const view = exposedNamespace(namespace, all);
  // Its name below `pod` is there with names of Pods alone.
  return 'code' in view ? view : reason('NO_NAME', { zone: nameText(zone.key) });
}

function missingPodOf(
  { label, namespace }: Extract<ClusterName, { kind: 'pod' }>,
  all: ExplainedObjects,
): WeighedReason {
  if (all.options.pods === 'disabled') return reason('PODS_DISABLED', {});
  const view = exposedNamespace(namespace, all);
  return 'code' in view ? view : missingPod(label, namespace, all);
}

type InService = Extract<ClusterName, { readonly service: string }>;

function missingInService(name: InService, all: ExplainedObjects): WeighedReason {
  const found = findService(name.service, name.namespace, all);
  if ('code' in found) return found;
  const { service, view } = found;
  // What has no name itself has none below it either.
  const isEmpty = service.type === 'ExternalName' || service.clusterIPs.length === 0;
  if (name.kind !== 'service' && hasAlias(service)) {
    const target = service.externalName;
    return reason('BELOW_ALIAS', { service: `${service.namespace}/${service.name}`, target });
  }
  if (name.kind === 'service' || isEmpty) return missingService(found, all);
  return name.kind === 'port'
    ? missingPort(name, service, view, all)
    : missingEndpoint(name.endpoint, service, view, all);
}

/** Its name is an alias, and that is all there is. */
function hasAlias({ type, externalName }: Service): boolean {
  return type === 'ExternalName' && isIP(externalName) === 0 && hostKey(externalName) !== undefined;
}

/** Why a name that exists has no records of a type; `has` are those that it has. */
export function missingType(
  key: NameKey,
  zone: ServedZone | undefined,
  type: number,
  has: readonly number[],
): WeighedReason {
  const name = zone === undefined ? undefined : readClusterName(key, zone);
  const asked = familyOf(type);
  const known = has.map(familyOf).find((family) => family !== undefined);
  if (name?.kind === 'service' && asked !== undefined && known !== undefined) {
    const service = `${name.namespace}/${name.service}`;
    return reason('NO_FAMILY', { service, lacking: asked, has: known });
  }
  if (has.length > 0) {
    return reason('NO_TYPE', { type: typeName(type), name: nameText(key), has: has.map(typeName) });
  }
  return reason('EMPTY_NAME', { name: nameText(key) });
}

function familyOf(type: number): string | undefined {
  return type === Type.A ? 'IPv4' : type === Type.AAAA ? 'IPv6' : undefined;
}
