import fc from 'fast-check';
import type {
  Endpoint,
  EndpointPort,
  EndpointSlice,
  Labels,
  NamespaceView,
  Pod,
  Service,
  ServicePort,
} from '../../src/kube/objects.ts';
import { EVERYTHING } from '../../src/kube/selector.ts';
import { ZONE_DEFAULTS, type ZoneOptions } from '../../src/zone/options.ts';
import type { World } from '../model/model.ts';
import { selector } from './block-options.ts';
import { ADDRESSES, LABELS, OUTSIDE, PORT_NAMES } from './generate-words.ts';

/**
 * Small worlds full of coincidences: few names, few addresses and few ports, so that Services share
 * endpoints, endpoints share names, and every name is also one of the words that DNS or JavaScript
 * gives a meaning to.
 */
export const worlds: fc.Arbitrary<World> = fc
  .uniqueArray(label(), { minLength: 1, maxLength: 3 })
  .chain((names) =>
    fc.record({
      namespaces: fc.tuple(...names.map(namespaceView)),
      serverAddresses: serverAddresses(),
    }),
  );

/** The options of a `kubernetes` block, the primary zone anywhere among the zones. */
export const zoneOptions: fc.Arbitrary<ZoneOptions> = fc
  .record({
    zones: fc.constantFrom(
      ['cluster.local', 'in-addr.arpa', 'ip6.arpa'],
      ['cluster.local'],
      ['10.in-addr.arpa', 'corp.example', 'cluster.local', '0.0.d.f.ip6.arpa'],
      ['svc', '0.96.10.in-addr.arpa'],
      ['1.0.96.10.in-addr.arpa', 'cluster.local'],
    ),
    ttl: fc.constantFrom(5, 0, 30, 300, 301, 3600),
    pods: fc.constantFrom('disabled', 'insecure', 'verified'),
    endpointPodNames: fc.boolean(),
    ignoreEmptyService: rarely(),
    noEndpoints: rarely(),
    namespaces: fc.oneof(
      { arbitrary: fc.constant<string[]>([]), weight: 4 },
      fc.uniqueArray(label(), { minLength: 1, maxLength: 3 }),
    ),
    namespaceLabels: labelSelector(),
    labels: labelSelector(),
  })
  .map((options) => ({ ...ZONE_DEFAULTS, ...options }));

/** True one time in six. */
function rarely(): fc.Arbitrary<boolean> {
  return fc.nat(5).map((die) => die === 0);
}

function labelSelector() {
  return fc.oneof(
    { arbitrary: fc.constant(EVERYTHING), weight: 5 },
    fc.constant(selector('tier=front')),
  );
}

function label(): fc.Arbitrary<string> {
  return fc.constantFrom(...LABELS);
}

function address(family?: 'IPv4' | 'IPv6'): fc.Arbitrary<string> {
  const fits = (text: string): boolean => (family === 'IPv6') === text.includes(':');
  const some = family === undefined ? ADDRESSES : ADDRESSES.filter(fits);
  return fc.constantFrom(...some);
}

function labels(): fc.Arbitrary<Labels> {
  return fc.constantFrom(
    new Map([['tier', 'front']]),
    new Map([['tier', 'back']]),
    new Map<string, string>(),
  );
}

/** Mostly addresses that no endpoint has; now and then the server is a pod of the world. */
function serverAddresses(): fc.Arbitrary<string[]> {
  return fc.uniqueArray(
    fc.oneof(
      { arbitrary: fc.constantFrom('127.0.0.1', '::1', '192.0.2.53', '2001:db8::53'), weight: 9 },
      address(),
    ),
    { minLength: 1, maxLength: 3 },
  );
}

function namespaceView(name: string): fc.Arbitrary<NamespaceView> {
  return fc.uniqueArray(label(), { maxLength: 4 }).chain((names) =>
    fc.record({
      name: fc.constant(name),
      labels: labels(),
      services: fc.tuple(...names.toSorted().map((service) => serviceOf(name, service))),
      slices: slicesOf(name, names),
      pods: fc.array(podOf(name), { maxLength: 3 }).map(renumbered),
    }),
  );
}

function metadata(namespace: string, name: string) {
  return {
    namespace: fc.constant(namespace),
    name: fc.constant(name),
    labels: labels(),
    origin: fc.constant({ file: 'generated.yaml', document: 0, line: 1, column: 1 }),
  };
}

function serviceOf(namespace: string, name: string): fc.Arbitrary<Service> {
  const service = (fields: {
    readonly type: fc.Arbitrary<Service['type']>;
    readonly clusterIPs: fc.Arbitrary<string[]>;
    readonly externalName?: fc.Arbitrary<string>;
  }): fc.Arbitrary<Service> =>
    fc.record({
      ...metadata(namespace, name),
      kind: fc.constant('Service' as const),
      ports: servicePorts(),
      ipFamilies: fc.constant([]),
      ipFamilyPolicy: fc.constant('SingleStack' as const),
      selector: fc.constant(undefined),
      publishNotReadyAddresses: fc.constant(false),
      externalIPs: fc.constant([]),
      loadBalancerIP: fc.constant(''),
      loadBalancerClass: fc.constant(''),
      loadBalancerPoints: fc.constant([]),
      annotations: fc.constant(new Map()),
      externalName: fc.constant(''),
      ...fields,
    });
  return fc.oneof(
    {
      weight: 3,
      arbitrary: service({
        type: fc.constantFrom('ClusterIP', 'NodePort', 'LoadBalancer'),
        clusterIPs: fc.oneof(
          address().map((ip) => [ip]),
          fc.tuple(address('IPv4'), address('IPv6')).map((ips) => [...ips]),
          fc.tuple(address('IPv6'), address('IPv4')).map((ips) => [...ips]),
        ),
      }),
    },
    {
      weight: 3,
      arbitrary: service({ type: fc.constant('ClusterIP'), clusterIPs: fc.constant(['None']) }),
    },
    {
      weight: 2,
      arbitrary: service({
        type: fc.constant('ExternalName'),
        clusterIPs: fc.constant([]),
        externalName: externalName(),
      }),
    },
  );
}

/** Outside, inside, missing: with so few names, chains and loops come by themselves. */
function externalName(): fc.Arbitrary<string> {
  const zone = fc.constantFrom('cluster.local', 'corp.example', 'svc');
  return fc.oneof(
    fc.constantFrom(...OUTSIDE),
    { arbitrary: fc.tuple(label(), label(), fc.constant('svc'), zone).map(joined), weight: 4 },
    fc.tuple(fc.constantFrom('1-2-3-4', 'fd00--1'), label(), fc.constant('pod'), zone).map(joined),
    fc
      .tuple(fc.constantFrom('http.tcp', 'tcp', 'db'), label(), label(), fc.constant('svc'), zone)
      .map(joined),
    fc.constantFrom('cluster.local', 'ns.dns.cluster.local', '1.0.96.10.in-addr.arpa'),
  );
}

function joined(parts: readonly string[]): string {
  return parts.join('.');
}

function protocol() {
  return fc.constantFrom('TCP', 'UDP', 'SCTP');
}

function servicePorts(): fc.Arbitrary<ServicePort[]> {
  const port = fc.record({
    name: fc.constantFrom('', ...PORT_NAMES),
    protocol: protocol(),
    port: fc.constantFrom(53, 80, 443),
    targetPort: fc.constant(8080),
    nodePort: fc.constant(0),
  });
  return fc.uniqueArray(port, { maxLength: 3, selector: ({ name }) => name });
}

function endpointPorts(): fc.Arbitrary<EndpointPort[]> {
  const port = fc.record({
    name: fc.constantFrom('', ...PORT_NAMES),
    protocol: protocol(),
    port: fc.constantFrom(53, 80, 8080, undefined),
  });
  return fc.uniqueArray(port, { maxLength: 3, selector: ({ name }) => name });
}

/** Up to three slices for each Service, and now and then some for one that does not exist. */
function slicesOf(
  namespace: string,
  services: readonly string[],
): fc.Arbitrary<Map<string, EndpointSlice[]>> {
  return fc
    .tuple(
      ...services.map((service) =>
        fc.tuple(
          fc.constant(service),
          fc.array(sliceOf(namespace, service), { maxLength: 3 }).map(renumbered),
        ),
      ),
    )
    .chain((own) =>
      fc
        .option(fc.array(sliceOf(namespace, 'orphan'), { maxLength: 1 }), { freq: 8, nil: [] })
        .map((orphans) => new Map([...own, ['orphan', orphans] as const])),
    )
    .map((all) => new Map([...all].filter(([, slices]) => slices.length > 0)));
}

function sliceOf(namespace: string, service: string): fc.Arbitrary<EndpointSlice> {
  return fc.constantFrom('IPv4', 'IPv4', 'IPv4', 'IPv6', 'IPv6', 'FQDN').chain((addressType) =>
    fc.record({
      ...metadata(namespace, service),
      kind: fc.constant('EndpointSlice' as const),
      serviceName: fc.constant(service),
      addressType: fc.constant(addressType as EndpointSlice['addressType']),
      ports: endpointPorts(),
      endpoints: fc.array(
        addressType === 'FQDN'
          ? endpoint(fc.constant('db.example.com'))
          : endpoint(address(addressType as 'IPv4' | 'IPv6')),
        { maxLength: 4 },
      ),
    }),
  );
}

function endpoint(one: fc.Arbitrary<string>): fc.Arbitrary<Endpoint> {
  return fc.record({
    addresses: fc.array(one, { minLength: 1, maxLength: 2 }),
    ready: fc.nat(3).map((die) => die > 0),
    hostname: fc.oneof({ arbitrary: fc.constant(''), weight: 2 }, label()),
    targetName: fc.oneof(fc.constant(''), label(), fc.constant('b'.repeat(64))),
  });
}

function podOf(namespace: string): fc.Arbitrary<Pod> {
  return fc.record({
    ...metadata(namespace, 'pod'),
    kind: fc.constant('Pod' as const),
    hostname: fc.constant(''),
    subdomain: fc.constant(''),
    podIPs: fc.array(address(), { minLength: 1, maxLength: 2 }),
    phase: fc.constant('Running'),
    ready: fc.boolean(),
    terminating: fc.constant(false),
    hostNetwork: fc.boolean(),
    containerPorts: fc.constant([]),
  });
}

/** Objects of one kind have distinct names. */
function renumbered<T extends { readonly name: string }>(objects: readonly T[]): T[] {
  return objects.map((object, index) => ({ ...object, name: `${object.name}-${index}` }));
}
