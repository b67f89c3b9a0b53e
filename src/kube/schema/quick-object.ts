import type { Path } from '../document.ts';
import type { Kind, KubeObject, Origin } from '../objects.ts';
import { apiVersionOf } from './kinds.ts';
import { quickService } from './quick-service.ts';
import { quickWrittenSlice } from './quick-slice.ts';

/**
 * Reads a Service or an EndpointSlice as its reader would, without a place for each field.
 * Undefined where that reader may have something to say, and for other kinds.
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
