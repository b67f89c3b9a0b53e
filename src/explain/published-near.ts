import { closest } from '../kube/spelling.ts';
import { first } from '../support/collections.ts';
import type { ServedZone } from '../zone/apex.ts';
import type { PublishedServices } from '../zone/published-services.ts';

/** Namespaces looked through for a Service of the same name, and names compared for spelling. */
const MAX_LOOKED_THROUGH = 2000;
const MAX_COMPARED = 200;

/** What was probably meant by a name that nothing published has. */
export interface Instead {
  readonly near: string | undefined;
  /** The namespaces that have a Service of the name. */
  readonly others: readonly string[];
}

export const NOTHING_NEAR: Instead = { near: undefined, others: [] };

/** Instead of `service.namespace`, where the namespace has no names. */
export function insteadOfNamespace(
  service: string | undefined,
  namespace: string,
  services: PublishedServices,
  zone: ServedZone,
): Instead {
  const others = service === undefined ? [] : namespacesWith(service, services, zone);
  // It tells more to name the namespace that was misspelt.
  const meant = closest(namespace, others);
  if (meant !== undefined) return { near: meant, others: [] };
  return { near: closest(namespace, first(MAX_COMPARED, services.namespaces(zone))), others };
}

/** Instead of `service.namespace`, where the namespace has others. */
export function insteadOfService(
  service: string,
  namespace: string,
  services: PublishedServices,
  zone: ServedZone,
): Instead {
  const others = namespacesWith(service, services, zone);
  if (others.length > 0) return { near: undefined, others };
  const near = closest(service, first(MAX_COMPARED, services.of(namespace, zone)));
  return { near, others };
}

function namespacesWith(
  service: string,
  services: PublishedServices,
  zone: ServedZone,
): readonly string[] {
  if (!services.has(service, zone)) return [];
  return [...first(MAX_LOOKED_THROUGH, services.namespaces(zone))]
    .filter((one) => services.hasIn(one, service, zone))
    .sort();
}
