import type { Ingress, KubeObject, Service } from '../../kube/objects.ts';
import { groupBy } from '../../support/collections.ts';
import { INGRESS_NAMESPACE } from './host-objects.ts';
import {
  type HostTargets,
  hasNoTarget,
  NOWHERE,
  pointTargets,
  serviceTargets,
} from './host-targets.ts';
import type { IngressNginxControllers } from './ingress-nginx.ts';

/** A target of an Ingress without a status. */
export interface ControllerTarget {
  readonly targets: HostTargets;
  /** Whose addresses they are. */
  readonly via: KubeObject | undefined;
  /** Why there is no target; '' when there is one. */
  readonly fault: string;
}

/**
 * Classes that ingress-nginx takes for its own: its own name, and none, as the only controller
 * there is.
 */
const NGINX_CLASSES = ['', 'nginx'];

const NAME_LABEL = 'app.kubernetes.io/name';

const ADVICE =
  'write status.loadBalancer.ingress, or ingress_service NAMESPACE/NAME in k8s_gateway';

/**
 * Where the ingress controller is: the Service that is named, or what ingress-nginx writes into the
 * status by its arguments, or else its own Service, as its manifests and its Helm chart make it.
 */
export class IngressController {
  readonly #named: string;
  readonly #controllers: IngressNginxControllers;
  readonly #service: Service | undefined;
  readonly #targets: HostTargets;

  /**
   * `find` looks a Service up; `nginx` are those of the namespace `ingress-nginx`, in order of
   * name.
   */
  constructor(
    named: string,
    controllers: IngressNginxControllers,
    find: (namespace: string, name: string) => Service | undefined,
    nginx: readonly Service[],
  ) {
    const [namespace = '', name = ''] = named.split('/');
    const found = nginx.filter(isController);
    const hasTargets = (service: Service) => !hasNoTarget(serviceTargets(service));
    this.#named = named;
    this.#controllers = controllers;
    this.#service = named === '' ? (found.find(hasTargets) ?? found[0]) : find(namespace, name);
    this.#targets = this.#service === undefined ? NOWHERE : serviceTargets(this.#service);
  }

  targetsOf(ingress: Ingress): readonly ControllerTarget[] {
    const status = this.#named === '' ? this.#controllers.statusOf(ingress) : undefined;
    if (status === undefined) return [this.#ofService(ingress)];
    if (status.fault !== '') return [missing(`it has no status: ${status.fault}: ${ADVICE}`)];
    return [...groupBy(status.points, ({ via }) => via)].map(([via, points]) => {
      return { via, targets: pointTargets(points), fault: '' };
    });
  }

  #ofService({ className }: Ingress): ControllerTarget {
    const service = this.#service;
    if (this.#named === '' && !NGINX_CLASSES.includes(className)) {
      const fault = `it has no status, and the Service of class ${JSON.stringify(className)} is not known: ${ADVICE}`;
      return missing(fault);
    }
    if (service === undefined) {
      const wanted =
        this.#named === ''
          ? `no ingress controller's Service is in namespace ${INGRESS_NAMESPACE}`
          : `Service ${this.#named} of ingress_service is not in the manifests`;
      return missing(`it has no status, and ${wanted}: ${ADVICE}`);
    }
    if (!hasNoTarget(this.#targets)) return { via: service, targets: this.#targets, fault: '' };
    const text = `Service ${service.namespace}/${service.name} of its controller has no external address`;
    const advice = 'expected type LoadBalancer with an address, or externalIPs';
    return missing(`it has no status, and ${text}: ${advice}`);
  }
}

function missing(fault: string): ControllerTarget {
  return { targets: NOWHERE, via: undefined, fault };
}

/** By the label of today's manifests, or the name in those of old. */
function isController({ name, labels }: Service): boolean {
  return labels.get(NAME_LABEL) === INGRESS_NAMESPACE || name === INGRESS_NAMESPACE;
}
