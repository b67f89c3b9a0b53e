import type { KubeObject } from '../kube/objects.ts';
import { isOfCluster } from '../kube/origin.ts';

/** What one change is about in a namespace: what is not named here is as it was. */
export class NamespaceDelta {
  /** Names of Services that came, went or changed. */
  readonly services = new Set<string>();
  /** Names of Services whose EndpointSlices or Endpoints did. */
  readonly served = new Set<string>();
  /** Names of Pods that did. */
  readonly pods = new Set<string>();
  /** One of these Services or Pods is no cluster's: controllers of ours have to see to it. */
  hasWritten = false;
  /** There is something else: the Namespace itself, a workload, what names a host. */
  hasOthers = false;

  /** Notes an object as it was before or as it is now. */
  add(object: KubeObject): void {
    switch (object.kind) {
      case 'EndpointSlice':
        this.served.add(object.serviceName);
        return;
      case 'Endpoints':
        this.served.add(object.name);
        return;
      case 'Service':
        this.services.add(object.name);
        break;
      case 'Pod':
        this.pods.add(object.name);
        break;
      default:
        this.hasOthers = true;
        return;
    }
    if (!isOfCluster(object)) this.hasWritten = true;
  }
}
