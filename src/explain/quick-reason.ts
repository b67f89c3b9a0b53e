import { Type } from '../dns/codes.ts';
import { keyOfWire, type NameKey, parentOf } from '../dns/name.ts';
import type { ServedZone } from '../zone/apex.ts';
import type { LiveZone } from '../zone/live-zone.ts';
import { lookUp } from '../zone/lookup.ts';
import { nameText, readClusterName } from './cluster-name.ts';
import { missingType } from './missing/name.ts';
import { reason, type WeighedReason } from './reason.ts';

/** A reason that is found among the published names alone, without the objects. */
export interface QuickReason {
  readonly reason: WeighedReason;
  /** The objects have no more to say. */
  readonly isFinal: boolean;
}

/** Why a question about a name of the cluster has no answer; undefined for a name of others. */
export function quickReason(key: NameKey, type: number, live: LiveZone): QuickReason | undefined {
  const zone = live.zoneOf(key);
  if (zone === undefined) return undefined;
  const name = live.find(key, zone);
  if (name === undefined) return missing(key, zone, live);
  if (name.answers.some((answer) => answer.type === Type.CNAME)) {
    const { answer } = lookUp(key, name, type, live);
    const last = answer.findLast((record) => record.type === Type.CNAME);
    const target = last?.data.kind === 'name' ? keyOfWire(last.data.name) : key;
    const why = target === key ? undefined : quickReason(target, type, live);
    if (why === undefined) return undefined;
    const details = { target: nameText(target), what: 'a CNAME record', why: why.reason.text };
    return { reason: reason('ALIAS', details), isFinal: true };
  }
  const types = name.answers.map((answer) => answer.type);
  return { reason: missingType(key, zone, type, [...new Set(types)]), isFinal: true };
}

function missing(key: NameKey, zone: ServedZone, live: LiveZone): QuickReason {
  const name = readClusterName(key, zone);
  switch (name.kind) {
    case 'frame':
    case 'other':
      return { reason: reason('NO_NAME', { zone: nameText(zone.key) }), isFinal: true };
    case 'address': {
      const { address } = name;
      return { reason: reason('NO_ADDRESS', { address, pod: undefined }), isFinal: false };
    }
    default: {
      const what = nameless(name, key, zone, live);
      return { reason: reason('NAMELESS', { what }), isFinal: false };
    }
  }
}

/** The first part of a name, read from the zone, that nothing published has. */
function nameless(
  name: Exclude<ReturnType<typeof readClusterName>, { kind: 'frame' | 'other' | 'address' }>,
  key: NameKey,
  zone: ServedZone,
  live: LiveZone,
): string {
  const namespace = `namespace ${name.namespace}`;
  const above = parentsOf(key, zone);
  const isNamespace = name.kind === 'namespace' || !live.has(above[0] ?? key);
  if (isNamespace) return namespace;
  if (name.kind === 'pod') return `a Pod ${name.label} in ${namespace}`;
  const service = `Service ${name.service} in ${namespace}`;
  if (name.kind === 'service' || !live.has(above[1] ?? key)) return service;
  return name.kind === 'endpoint'
    ? `an endpoint ${name.endpoint} of ${service}`
    : `a port ${name.port || name.protocol} of ${service}`;
}

/** `shop.svc.ZONE`, `web.shop.svc.ZONE` …: the names above one, that of the namespace first. */
function parentsOf(key: NameKey, zone: ServedZone): NameKey[] {
  const parents: NameKey[] = [];
  for (let at = key; at.length > zone.key.length; at = parentOf(at)) parents.unshift(at);
  return parents.slice(1);
}
