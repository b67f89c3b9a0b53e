import type { EndpointSlice, NamespaceView, Service } from '../../src/kube/objects.ts';
import type { ZoneOptions } from '../../src/zone/options.ts';

/** What the options let through of the objects. */

/** A cluster as the model sees it. */
export interface World {
  readonly namespaces: readonly NamespaceView[];
  /** The server's own addresses, for `ns.dns` and the NS records. */
  readonly serverAddresses: readonly string[];
}

/** A ready address with the label that names it below its Service. */
export interface ReadyAddress {
  readonly label: string;
  readonly address: string;
}

export function exposedNamespaces(world: World, options: ZoneOptions): NamespaceView[] {
  return listedNamespaces(world, options).filter((view) =>
    options.namespaceLabels.matches(view.labels),
  );
}

/** PTR records heed `namespaces` but not `namespace_labels`. */
export function listedNamespaces(world: World, options: ZoneOptions): NamespaceView[] {
  const { namespaces } = options;
  return world.namespaces.filter(
    (view) => namespaces.length === 0 || namespaces.includes(view.name),
  );
}

export function visibleServices(view: NamespaceView, options: ZoneOptions): Service[] {
  return view.services.filter((service) => options.labels.matches(service.labels));
}

/** Slices of one Service that can appear in answers. */
export function visibleSlices(
  view: NamespaceView,
  serviceName: string,
  options: ZoneOptions,
): EndpointSlice[] {
  if (options.noEndpoints) return [];
  return (view.slices.get(serviceName) ?? []).filter(
    (slice) => slice.addressType !== 'FQDN' && options.labels.matches(slice.labels),
  );
}

export function readyAddresses(slice: EndpointSlice, options: ZoneOptions): ReadyAddress[] {
  return slice.endpoints
    .filter((endpoint) => endpoint.ready)
    .flatMap(({ hostname, targetName, addresses }) =>
      addresses.map((address) => ({
        address,
        label: endpointLabel(hostname, targetName, address),
      })),
    );

  function endpointLabel(hostname: string, targetName: string, address: string): string {
    if (hostname !== '') return hostname;
    // A pod's name may hold dots; it is a label only when it does not.
    const isLabel = /^[^.]{1,63}$/.test(targetName);
    if (options.endpointPodNames && isLabel) return targetName;
    const dashed = address.replaceAll(/[.:]/g, '-');
    return dashed.endsWith('-') ? `${dashed}0` : dashed;
  }
}
