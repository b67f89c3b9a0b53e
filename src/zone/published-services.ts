import type { NameKey } from '../dns/name.ts';
import type { ServedZone } from './apex.ts';
import { SERVICES } from './subtrees.ts';
import { isExtraKey } from './table.ts';

/**
 * The namespaces and Services that have names, for whoever looks for what a missing name was meant
 * to be. Kept only where somebody does (`LiveZone.indexServices`): it costs about 150 bytes a
 * Service. Namespaces and Services are labels, in lower case.
 */
export class PublishedServices {
  readonly #zones: readonly ZoneServices[];

  constructor(zones: readonly ServedZone[]) {
    this.#zones = zones.map(({ key, isReverse }) => ({
      ending: (SERVICES + key) as NameKey,
      isReverse,
      namespaces: new Map(),
      counts: new Map(),
    }));
  }

  add(key: NameKey): void {
    this.#each(key, ({ namespaces, counts }, service, namespace) => {
      const services = namespaces.get(namespace) ?? new Set();
      namespaces.set(namespace, services);
      if (service === undefined || services.has(service)) return;
      services.add(service);
      counts.set(service, (counts.get(service) ?? 0) + 1);
    });
  }

  delete(key: NameKey): void {
    this.#each(key, (zone, service, namespace) => {
      if (service !== undefined) return forget(zone, service, namespace);
      for (const left of [...(zone.namespaces.get(namespace) ?? [])]) forget(zone, left, namespace);
      zone.namespaces.delete(namespace);
    });
  }

  namespaces({ index }: ServedZone): Iterable<string> {
    return this.#zones[index]?.namespaces.keys() ?? [];
  }

  /** The Services of a namespace. */
  of(namespace: string, { index }: ServedZone): Iterable<string> {
    return this.#zones[index]?.namespaces.get(namespace) ?? [];
  }

  hasIn(namespace: string, service: string, { index }: ServedZone): boolean {
    return this.#zones[index]?.namespaces.get(namespace)?.has(service) === true;
  }

  /** Whether any namespace has a Service of this name. Cheap. */
  has(service: string, { index }: ServedZone): boolean {
    return this.#zones[index]?.counts.has(service) === true;
  }

  /** Calls back for `shop.svc.ZONE` and `web.shop.svc.ZONE`, and for no other name. */
  #each(
    key: NameKey,
    found: (zone: ZoneServices, service: string | undefined, namespace: string) => void,
  ): void {
    if (isExtraKey(key)) return;
    for (const zone of this.#zones) {
      const end = key.length - zone.ending.length;
      if (zone.isReverse || end <= 0 || !key.endsWith(zone.ending)) continue;
      const second = 1 + key.charCodeAt(0);
      const isService = second < end && second + 1 + key.charCodeAt(second) === end;
      if (second === end) found(zone, undefined, key.slice(1, end));
      else if (isService) found(zone, key.slice(1, second), key.slice(second + 1, end));
      return;
    }
  }
}

interface ZoneServices {
  /** Of each name of a Service or namespace. */
  readonly ending: NameKey;
  readonly isReverse: boolean;
  readonly namespaces: Map<string, Set<string>>;
  /** How many namespaces have a Service of each name. */
  readonly counts: Map<string, number>;
}

function forget({ namespaces, counts }: ZoneServices, service: string, namespace: string): void {
  if (namespaces.get(namespace)?.delete(service) !== true) return;
  const left = (counts.get(service) ?? 0) - 1;
  if (left > 0) counts.set(service, left);
  else counts.delete(service);
}
