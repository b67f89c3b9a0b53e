import type { Ingress, Service } from '../../kube/objects.ts';
import { INGRESS_NAMESPACE } from './host-objects.ts';
import { type HostTargets, hasNoTarget, NOWHERE, serviceTargets } from './host-targets.ts';

/** The targets of an Ingress without a status: its controller's Service, or why there are none. */
export type ControllerTargets =
  | { readonly service: Service; readonly targets: HostTargets }
  | { readonly fault: string };

/**
 * Classes that ingress-nginx takes for its own: its own name, and none, as the only controller
 * there is.
 */
const NGINX_CLASSES = ['', 'nginx'];

const NAME_LABEL = 'app.kubernetes.io/name';

const ADVICE =
  'write status.loadBalancer.ingress, or ingress_service NAMESPACE/NAME in k8s_gateway';

/**
 * The Service of the ingress controller: the one that is named, or else ingress-nginx's own, as its
 * manifests and its Helm chart make it.
 */
export class IngressController {
  readonly #named: string;
  readonly #service: Service | undefined;
  readonly #targets: HostTargets;

  /**
   * `find` looks a Service up; `nginx` are those of the namespace `ingress-nginx`, in order of
   * name.
   */
  constructor(
    named: string,
    find: (namespace: string, name: string) => Service | undefined,
    nginx: readonly Service[],
  ) {
    const [namespace = '', name = ''] = named.split('/');
    const found = nginx.filter(isController);
    const hasTargets = (service: Service) => !hasNoTarget(serviceTargets(service));
    this.#named = named;
    this.#service = named === '' ? (found.find(hasTargets) ?? found[0]) : find(namespace, name);
    this.#targets = this.#service === undefined ? NOWHERE : serviceTargets(this.#service);
  }

  targetsOf({ className }: Ingress): ControllerTargets {
    const service = this.#service;
    if (this.#named === '' && !NGINX_CLASSES.includes(className)) {
      const fault = `it has no status, and the Service of class ${JSON.stringify(className)} is not known: ${ADVICE}`;
      return { fault };
    }
    if (service === undefined) {
      const wanted =
        this.#named === ''
          ? `no ingress controller's Service is in namespace ${INGRESS_NAMESPACE}`
          : `Service ${this.#named} of ingress_service is not in the manifests`;
      return { fault: `it has no status, and ${wanted}: ${ADVICE}` };
    }
    if (!hasNoTarget(this.#targets)) return { service, targets: this.#targets };
    const text = `Service ${service.namespace}/${service.name} of its controller has no external address`;
    const advice = 'expected type LoadBalancer with an address, or externalIPs';
    return { fault: `it has no status, and ${text}: ${advice}` };
  }
}

/** By the label of today's manifests, or the name in those of old. */
function isController({ name, labels }: Service): boolean {
  return labels.get(NAME_LABEL) === INGRESS_NAMESPACE || name === INGRESS_NAMESPACE;
}
