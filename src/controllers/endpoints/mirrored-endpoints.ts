import { MAX_MIRRORED_ADDRESSES, type Mirror, mirrorEndpoints } from '../../kube/endpoints.ts';
import type { Endpoints, NamespaceView } from '../../kube/objects.ts';
import { objectProblem, type Problem } from '../../kube/problem.ts';
import type { NamespaceObjects } from '../../registry/namespace-objects.ts';

const memo = new WeakMap<Endpoints, Mirror>();

/**
 * What the mirroring controller makes of an Endpoints object: the very same while the object is.
 */
export function mirrorOf(endpoints: Endpoints): Mirror {
  let mirror = memo.get(endpoints);
  if (mirror === undefined) {
    mirror = mirrorEndpoints(endpoints);
    memo.set(endpoints, mirror);
  }
  return mirror;
}

/**
 * The Endpoints of a namespace that are mirrored in part, in the words of the controller's event.
 */
export function truncatedEndpoints(
  view: NamespaceView,
  objects: NamespaceObjects | undefined,
): Problem[] {
  return view.services.flatMap((service) => {
    const endpoints = objects?.endpoints.get(service.name);
    if (endpoints === undefined) return [];
    const mirror = memo.get(endpoints);
    // Written slices take the place of what would be mirrored.
    const isUsed = mirror !== undefined && view.slices.get(service.name) === mirror.slices;
    if (!isUsed || mirror.skipped === 0) return [];
    const message = `A max of ${MAX_MIRRORED_ADDRESSES} addresses can be mirrored to EndpointSlices per Endpoints subset. ${mirror.skipped} addresses were skipped: write EndpointSlices`;
    return [objectProblem('warning', 'ENDPOINTS_TRUNCATED', endpoints, message)];
  });
}
