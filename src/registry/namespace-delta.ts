import type { KubeObject, ServiceType } from '../kube/objects.ts';
import { isOfCluster } from '../kube/origin.ts';

/** What one change is about in a namespace: what is not named here is as it was. */
export class NamespaceDelta {
  /** Names of Services that came, went or changed. */
  readonly services = new Set<string>();
  /** Names of Services whose EndpointSlices or Endpoints did. */
  readonly served = new Set<string>();
  /** Names of Pods that did. */
  readonly pods = new Set<string>();
  /** Those of the Services that are or were no cluster's: controllers of ours see to them. */
  readonly written = new Set<string>();
  /** One of the Pods is or was no cluster's: endpoints may be made of it. */
  hasWrittenPods = false;
  /** What controllers of ours give to other Services may be something else now. */
  concernsAll = false;
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
        if (isOfCluster(object)) return;
        this.written.add(object.name);
        if (SHARING.has(object.type)) this.concernsAll = true;
        return;
      case 'Pod':
        this.pods.add(object.name);
        if (!isOfCluster(object)) this.hasWrittenPods = true;
        return;
      default:
        this.hasOthers = true;
    }
  }
}

/** Services that compete for node ports and for the addresses of load balancers. */
const SHARING: ReadonlySet<ServiceType> = new Set(['NodePort', 'LoadBalancer']);
