import type { Gateway, KubeObject, RouteParent, Service } from '../../kube/objects.ts';
import { annotatedTargets } from './external-dns.ts';
import type { HostObjects } from './host-objects.ts';
import type { HostProblems } from './host-problems.ts';
import {
  type HostTargets,
  hasNoTarget,
  NOWHERE,
  pointTargets,
  serviceTargets,
} from './host-targets.ts';

/** A Gateway, and where it is reached. */
export interface FoundGateway {
  readonly gateway: Gateway;
  readonly targets: HostTargets;
  /** Whose addresses they are. */
  readonly via: KubeObject;
  /** Why there is no target; '' when there is one. */
  readonly fault: string;
}

/** What implementations of the Gateway API put on the Service that they make (GEP-1762). */
const GATEWAY_LABEL = 'gateway.networking.k8s.io/gateway-name';

/** The Gateways of all namespaces, each looked at once, when a route first needs it. */
export class GatewayTargets {
  readonly #namespaces: ReadonlyMap<string, HostObjects>;
  readonly #classes: readonly string[];
  readonly #problems: HostProblems;
  readonly #found = new Map<string, FoundGateway | undefined>();

  constructor(
    namespaces: ReadonlyMap<string, HostObjects>,
    classes: readonly string[],
    problems: HostProblems,
  ) {
    this.#namespaces = namespaces;
    this.#classes = classes;
    this.#problems = problems;
  }

  /** Every class is served, so a Gateway that is not found is not there. */
  get isClassless(): boolean {
    return this.#classes.length === 0;
  }

  /** Undefined when there is none, or none of a class that is served. */
  of({ namespace, name }: RouteParent): FoundGateway | undefined {
    const key = `${namespace}/${name}`;
    if (!this.#found.has(key)) this.#found.set(key, this.#find(namespace, name));
    return this.#found.get(key);
  }

  #find(namespace: string, name: string): FoundGateway | undefined {
    const objects = this.#namespaces.get(namespace);
    const gateway = objects?.gateways.find((one) => one.name === name);
    if (objects === undefined || gateway === undefined) return undefined;
    if (!this.isClassless && !this.#classes.includes(gateway.className)) return undefined;
    const own = annotatedTargets(gateway, this.#problems) ?? pointTargets(gateway.points);
    if (!hasNoTarget(own)) return { gateway, targets: own, via: gateway, fault: '' };
    const service = serviceOf(gateway, objects.services);
    if (service !== undefined) {
      return { gateway, targets: serviceTargets(service), via: service, fault: '' };
    }
    const fault = `Gateway ${namespace}/${name} has no address: expected status.addresses, or a Service of type LoadBalancer with an address, of the same name or with the label ${GATEWAY_LABEL}`;
    return { gateway, targets: NOWHERE, via: gateway, fault };
  }
}

/** The Service that an implementation made for the Gateway, by its label or its name. */
function serviceOf({ name }: Gateway, services: readonly Service[]): Service | undefined {
  const reached = services.filter((service) => !hasNoTarget(serviceTargets(service)));
  return (
    reached.find(({ labels }) => labels.get(GATEWAY_LABEL) === name) ??
    reached.find((service) => service.name === name)
  );
}
