import { Type } from '../dns/codes.ts';
import { keyOfWire, type NameKey, parentOf } from '../dns/name.ts';
import type { ServedZone } from '../zone/apex.ts';
import type { LiveZone } from '../zone/live-zone.ts';
import { lookUp } from '../zone/lookup.ts';
import type { PublishedServices } from '../zone/published-services.ts';
import { nameText, readClusterName } from './cluster-name.ts';
import { missingType } from './missing/name.ts';
import {
  type Instead,
  insteadOfNamespace,
  insteadOfService,
  NOTHING_NEAR,
} from './published-near.ts';
import { reason, type WeighedReason } from './reason.ts';

/** A reason that is found among the published names alone, without the objects. */
export interface QuickReason {
  readonly reason: WeighedReason;
  /** The objects have no more to say. */
  readonly isFinal: boolean;
}

/**
 * Why a question about a name of the cluster has no answer; undefined for a name of others. `near`
 * is asked whether to look for what was probably meant too, which can take 0.2 ms.
 */
export function quickReason(
  key: NameKey,
  type: number,
  live: LiveZone,
  near: () => boolean,
): QuickReason | undefined {
  const zone = live.zoneOf(key);
  if (zone === undefined) return undefined;
  const name = live.find(key, zone);
  if (name === undefined) return missing(key, zone, live, near);
  if (name.answers.some((answer) => answer.type === Type.CNAME)) {
    const { answer } = lookUp(key, name, type, live);
    const last = answer.findLast((record) => record.type === Type.CNAME);
    const target = last?.data.kind === 'name' ? keyOfWire(last.data.name) : key;
    const why = target === key ? undefined : quickReason(target, type, live, near);
    if (why === undefined) return undefined;
    const details = { target: nameText(target), what: 'a CNAME record', why: why.reason.text };
    return { reason: reason('ALIAS', details), isFinal: true };
  }
  const types = name.answers.map((answer) => answer.type);
  return { reason: missingType(key, zone, type, [...new Set(types)]), isFinal: true };
}

function missing(key: NameKey, zone: ServedZone, live: LiveZone, near: () => boolean): QuickReason {
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
      const lack = lackOf(name, key, zone, live);
      const { service = '' } = lack;
      const { services } = live;
      const instead = services && lack.instead && near() ? lack.instead(services) : NOTHING_NEAR;
      const details = { what: lack.what, service, ...instead };
      return { reason: reason('NAMELESS', details), isFinal: false };
    }
  }
}

interface Lack {
  readonly what: string;
  /** The Service that the name is about. */
  readonly service?: string | undefined;
  /** Looks for what was meant; undefined where nothing but this name can be. */
  readonly instead: ((services: PublishedServices) => Instead) | undefined;
}

/** The first part of a name, read from the zone, that nothing published has. */
function lackOf(
  name: Exclude<ReturnType<typeof readClusterName>, { kind: 'frame' | 'other' | 'address' }>,
  key: NameKey,
  zone: ServedZone,
  live: LiveZone,
): Lack {
  const { namespace } = name;
  const above = parentsOf(key, zone);
  const service = 'service' in name ? name.service : undefined;
  if (name.kind === 'namespace' || !live.has(above[0] ?? key)) {
    const instead: Lack['instead'] = (all) => insteadOfNamespace(service, namespace, all, zone);
    return { what: `namespace ${namespace}`, service, instead };
  }
  const what = `Service ${service} in namespace ${namespace}`;
  if (service !== undefined && (name.kind === 'service' || !live.has(above[1] ?? key))) {
    return { what, service, instead: (all) => insteadOfService(service, namespace, all, zone) };
  }
  return { what: partOf(name, what), instead: undefined };
}

function partOf(name: Parameters<typeof lackOf>[0], service: string): string {
  switch (name.kind) {
    case 'pod':
      return `a Pod ${name.label} in namespace ${name.namespace}`;
    case 'endpoint':
      return `an endpoint ${name.endpoint} of ${service}`;
    case 'port':
      return `a port ${name.port || name.protocol} of ${service}`;
    default:
      return service;
  }
}

/** `shop.svc.ZONE`, `web.shop.svc.ZONE` …: the names above one, that of the namespace first. */
function parentsOf(key: NameKey, zone: ServedZone): NameKey[] {
  const parents: NameKey[] = [];
  for (let at = key; at.length > zone.key.length; at = parentOf(at)) parents.unshift(at);
  return parents.slice(1);
}
