import { isHeadless } from '../../kube/headless.ts';
import type {
  Ingress,
  IngressNginx,
  KubeObject,
  LoadBalancerPoint,
  NamespaceView,
  Node,
  Pod,
  Service,
  Workload,
} from '../../kube/objects.ts';
import { objectText } from '../../kube/problem.ts';
import { hasLabels } from '../endpoints/label-index.ts';

/** A cluster as ingress-nginx sees it. */
export interface SeenCluster {
  readonly views: ReadonlyMap<string, NamespaceView>;
  readonly nodes: ReadonlyMap<string, Node>;
}

/** What ingress-nginx writes into the status of its Ingresses. */
export interface WrittenStatus {
  /** Each with the object that has the address. */
  readonly points: readonly PublishedPoint[];
  /** Why there is none; '' when there is one. */
  readonly fault: string;
}

interface PublishedPoint extends LoadBalancerPoint {
  readonly via: KubeObject;
}

/** A workload that runs ingress-nginx. */
type Runner = Workload & { readonly ingressNginx: IngressNginx };

/** The ingress-nginx controllers of a cluster: `internal/ingress/status/status.go` of theirs. */
export class IngressNginxControllers {
  readonly #found: readonly { readonly runner: Runner; readonly status: WrittenStatus }[];

  constructor(workloads: Iterable<Workload>, cluster: SeenCluster) {
    this.#found = [...workloads]
      .filter(runsIngressNginx)
      .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
      .map((runner) => ({ runner, status: statusBy(runner, cluster) }));
  }

  /**
   * The status of an Ingress by the controller of its class; undefined when none takes it. One
   * without a class is the first controller's, in order of namespace, kind and name.
   */
  statusOf({ className }: Ingress): WrittenStatus | undefined {
    return this.#found.find(
      ({ runner }) => className === '' || runner.ingressNginx.className === className,
    )?.status;
  }

  /** The same items while nothing about the statuses has changed. */
  get items(): readonly unknown[] {
    return this.#found.flatMap(({ runner, status: { points, fault } }) => [
      runner,
      fault,
      ...points.flatMap(({ ip, hostname, via }) => [ip, hostname, via]),
    ]);
  }
}

/** Does it run ingress-nginx? One that is scaled to nothing writes no status. */
export function runsIngressNginx(workload: Workload): workload is Runner {
  return workload.ingressNginx !== undefined && workload.replicas > 0;
}

function keyOf({ namespace, kind, name }: Workload): string {
  return `${namespace}/${kind}/${name}`;
}

function statusBy(runner: Runner, cluster: SeenCluster): WrittenStatus {
  const { writesStatus, publishedPoints, publishService } = runner.ingressNginx;
  if (!writesStatus) return nothing(`${objectText(runner)} writes none, by its arguments`);
  if (publishedPoints.length > 0) {
    return { points: publishedPoints.map((point) => ({ ...point, via: runner })), fault: '' };
  }
  return publishService === '' ? byNodes(runner, cluster) : byService(publishService, cluster);
}

function byService(reference: string, { views }: SeenCluster): WrittenStatus {
  const [namespace = '', name = ''] = reference.split('/');
  const via = views.get(namespace)?.services.find((service) => service.name === name);
  const owner = `Service ${reference} of --publish-service`;
  if (via === undefined) return nothing(`${owner} is not in the manifests`);
  const points = servicePoints(via).map((point) => ({ ...point, via }));
  return points.length > 0
    ? { points, fault: '' }
    : nothing(`${owner}, of type ${via.type}, has no address`);
}

/** A load balancer's external IPs come after its status; a NodePort is named by its cluster IP. */
function servicePoints(service: Service): LoadBalancerPoint[] {
  const { type, clusterIPs, externalIPs, externalName, loadBalancerPoints } = service;
  const own = isHeadless(service) ? [] : clusterIPs.slice(0, 1);
  switch (type) {
    case 'ExternalName':
      return [{ ip: '', hostname: externalName }];
    case 'ClusterIP':
      return own.map(at);
    case 'NodePort':
      return (externalIPs.length > 0 ? externalIPs : own).map(at);
    case 'LoadBalancer': {
      const more = externalIPs.filter((ip) => !loadBalancerPoints.some((one) => one.ip === ip));
      return [...loadBalancerPoints, ...more.map(at)];
    }
  }
}

/** The nodes that its ready Pods run on. */
function byNodes(runner: Runner, { views, nodes }: SeenCluster): WrittenStatus {
  const pods = views.get(runner.namespace)?.pods ?? [];
  const names = pods
    .filter((pod) => isRunning(pod) && hasLabels(pod.labels, runner.template.labels))
    .map(({ nodeName = '' }) => nodeName);
  const points = [...new Set(names)].flatMap((name) => {
    const via = nodes.get(name);
    if (via === undefined) return [];
    const isInternal = runner.ingressNginx.usesInternalIPs || via.externalIPs.length === 0;
    const addresses = isInternal ? via.internalIPs : via.externalIPs;
    return addresses.map((ip) => ({ ...at(ip), via }));
  });
  if (points.length > 0) return { points, fault: '' };
  const what = `${objectText(runner)} without --publish-service gives the addresses of the nodes that its ready Pods run on`;
  return nothing(
    names.length === 0
      ? `${what}, and no such Pod is there`
      : `${what}, and no Node that spec.nodeName of one names, with an address, is in the manifests`,
  );
}

function isRunning({ ready, phase }: Pod): boolean {
  return ready && phase === 'Running';
}

function at(ip: string): LoadBalancerPoint {
  return { ip, hostname: '' };
}

function nothing(fault: string): WrittenStatus {
  return { points: [], fault };
}
