import type { Path } from '../document.ts';
import type { Kind, KubeObject, Origin } from '../objects.ts';
import { apiVersionOf } from './kinds.ts';
import { quickService } from './quick-service.ts';
import { quickWrittenSlice } from './quick-slice.ts';

/**
 * What its reader makes of an object of a kind that there are many of, without a place for each of
 * its fields. Undefined where that reader may have something to say, or would take no longer.
 */
export function quickObject(
  kind: Kind,
  apiVersion: string,
  value: unknown,
  originAt: (path: Path) => Origin,
): KubeObject | undefined {
  if (kind !== 'Service' && kind !== 'EndpointSlice') return undefined;
  if (apiVersion !== apiVersionOf(kind)) return undefined;
  const origin = originAt([]);
  if (kind === 'EndpointSlice') return quickWrittenSlice(value, origin);
  return quickService(value, origin, () => originAt(['spec', 'clusterIP']));
}
