import type { DNSEndpoint, Gateway, Ingress, Node, Route, Service } from '../../kube/objects.ts';
import { objectText } from '../../kube/problem.ts';
import { EVERYTHING, type LabelSelector, parseSelector } from '../../kube/selector.ts';
import {
  annotatedHosts,
  annotatedTargets,
  annotatedTtl,
  ingressHostSource,
} from './external-dns.ts';
import { GatewayTargets } from './gateway-targets.ts';
import { type HostObjects, INGRESS_NAMESPACE } from './host-objects.ts';
import type { HostProblems } from './host-problems.ts';
import type { HostNameRules } from './host-rules.ts';
import { type HostEntry, hasNoTarget, pointTargets } from './host-targets.ts';
import { IngressController } from './ingress-controller.ts';
import type { IngressNginxControllers } from './ingress-nginx.ts';
import { podHosts } from './pod-hosts.ts';
import { hostsAtGateway } from './route-hosts.ts';
import { ServiceHosts } from './service-hosts.ts';

/** Everything that host names are made of. */
interface HostWorld {
  readonly namespaces: ReadonlyMap<string, HostObjects>;
  readonly controllers: IngressNginxControllers;
  readonly nodes: ReadonlyMap<string, Node>;
}

/** Reads what objects say of host names. */
export class HostEntries {
  readonly #rules: HostNameRules;
  readonly #problems: HostProblems;
  readonly #controller: IngressController;
  readonly #gateways: GatewayTargets;
  readonly #serviceLabels: LabelSelector;
  readonly #services: ServiceHosts;
  readonly #nodes: ReadonlyMap<string, Node>;

  constructor(
    { namespaces, controllers, nodes }: HostWorld,
    rules: HostNameRules,
    problems: HostProblems,
  ) {
    this.#nodes = nodes;
    this.#services = new ServiceHosts(nodes, problems);
    const find = (namespace: string, name: string) =>
      namespaces.get(namespace)?.services.find((service) => service.name === name);
    const nginx = namespaces.get(INGRESS_NAMESPACE)?.services ?? [];
    this.#rules = rules;
    this.#problems = problems;
    this.#controller = new IngressController(rules.ingressService, controllers, find, nginx);
    this.#gateways = new GatewayTargets(namespaces, rules.gatewayClasses, problems);
    // Was read with the Corefile, so it parses.
    const parsed = parseSelector(rules.serviceLabels);
    this.#serviceLabels = parsed.kind === 'selector' ? parsed.selector : EVERYTHING;
  }

  /** What a namespace's objects say, in a stable order. */
  *of(objects: HostObjects): Generator<HostEntry> {
    const { ingresses, services, routes, endpoints, pods } = objects;
    for (const ingress of ingresses) yield* this.#ofIngress(ingress);
    if (this.#rules.resources.includes('Service')) {
      for (const service of services) yield* this.#ofService(service, objects);
    }
    for (const route of routes) yield* this.#ofRoute(route);
    for (const endpoint of endpoints) yield* ofDNSEndpoint(endpoint);
    if (!this.#rules.resources.includes('Pod')) return;
    for (const pod of pods) yield* podHosts(pod, this.#nodes, this.#problems);
  }

  *#ofIngress(ingress: Ingress): Generator<HostEntry> {
    const { ingressClasses } = this.#rules;
    if (ingressClasses.length > 0 && !ingressClasses.includes(ingress.className)) return;
    const hosts = this.#hostsOfIngress(ingress);
    if (hosts.length === 0) return;
    const ttl = annotatedTtl(ingress, this.#problems);
    const own =
      annotatedTargets(ingress, this.#problems) ?? pointTargets(ingress.loadBalancerPoints);
    const reached = hasNoTarget(own)
      ? this.#controller.targetsOf(ingress)
      : [{ targets: own, via: undefined, fault: '' }];
    for (const host of new Set(hosts)) {
      for (const one of reached) yield { host, ttl, object: ingress, ...one };
    }
  }

  /** external-dns's `ingress-hostname-source` leaves out one or the other. */
  #hostsOfIngress(ingress: Ingress): string[] {
    const source = ingressHostSource(ingress, this.#problems);
    return [
      ...(source.isOfSpec ? [...ingress.hosts, ...(ingress.tlsHosts ?? [])] : []),
      ...(source.isAnnotation ? (annotatedHosts(ingress, this.#problems) ?? []) : []),
    ];
  }

  *#ofService(service: Service, objects: HostObjects): Generator<HostEntry> {
    if (!this.#serviceLabels.matches(service.labels)) return;
    const annotated = annotatedHosts(service, this.#problems);
    const internal = annotatedHosts(service, this.#problems, 'internal-hostname') ?? [];
    // As in k8s_gateway, which gives every load balancer a name.
    const named = service.type === 'LoadBalancer' ? this.#ownNames(service) : [];
    const hosts = annotated ?? named;
    if (hosts.length + internal.length === 0) return;
    const ttl = annotatedTtl(service, this.#problems);
    const own = annotatedTargets(service, this.#problems);
    const all = [
      ...[...new Set(hosts)].map((host) => [host, 'hostname'] as const),
      ...[...new Set(internal)].map((host) => [host, 'internal-hostname'] as const),
    ];
    for (const [host, audience] of all) {
      const reached =
        own === undefined
          ? this.#services.of(service, host, audience, objects)
          : [{ host, targets: own, fault: '' }];
      for (const one of reached) {
        // Of a load balancer that waits for its address something has been said already.
        if (audience === 'hostname' && annotated === undefined && one.fault !== '') continue;
        yield { ...one, ttl, object: service, via: undefined };
      }
    }
  }

  #ownNames({ name, namespace }: Service): string[] {
    return this.#rules.zones.map((zone) =>
      [name, namespace, ...(zone === '' ? [] : [zone])].join('.'),
    );
  }

  *#ofRoute(route: Route): Generator<HostEntry> {
    const annotated = annotatedHosts(route, this.#problems) ?? [];
    const hostnames = [...route.hostnames, ...annotated];
    const ttl = annotatedTtl(route, this.#problems);
    let isAttached = false;
    for (const parent of route.parents) {
      const found = this.#gateways.of(parent);
      if (found === undefined) continue;
      isAttached = true;
      const { gateway, targets, via, fault } = found;
      const hosts = hostsAtGateway(hostnames, gateway, parent);
      if (hosts.length === 0) this.#reportNoHost(route, gateway, hostnames);
      for (const host of hosts) yield { host, targets, ttl, object: route, via, fault };
    }
    if (!isAttached && this.#gateways.isClassless) this.#reportNoGateway(route);
  }

  #reportNoHost(route: Route, gateway: Gateway, hostnames: readonly string[]): void {
    const reason =
      hostnames.length === 0
        ? 'neither it nor a listener has a host name'
        : 'no listener takes its host names';
    this.#problems.hint(route, 'GATEWAY_ROUTE_NO_HOST', `${reason} at ${objectText(gateway)}`);
  }

  #reportNoGateway(route: Route): void {
    const parents = route.parents.map(({ namespace, name }) => `${namespace}/${name}`).join(', ');
    const reason =
      parents === '' ? 'it names no Gateway' : `Gateway ${parents} is not in the manifests`;
    this.#problems.warning(route, 'GATEWAY_NO_ADDRESS', `its hosts have no address: ${reason}`);
  }
}

function* ofDNSEndpoint(endpoint: DNSEndpoint): Generator<HostEntry> {
  for (const { name, type, targets: values, ttl } of endpoint.records) {
    const targets =
      type === 'CNAME' ? { addresses: [], names: values } : { addresses: values, names: [] };
    yield { host: name, targets, ttl, object: endpoint, via: undefined, fault: '' };
  }
}
