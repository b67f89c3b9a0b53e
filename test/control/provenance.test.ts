import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { zoneRecords } from '../../src/cli/names/zone-records.ts';
import type { Place, Provenance } from '../../src/control/provenance.ts';
import { Outbox } from '../../src/control/publish/outbox.ts';
import { Controllers } from '../../src/controllers/controllers.ts';
import { typeName } from '../../src/dns/codes.ts';
import type { NameKey } from '../../src/dns/name.ts';
import type { ResourceRecord } from '../../src/dns/record.ts';
import { recordText } from '../../src/dns/text.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import { originText } from '../../src/kube/origin.ts';
import { recordsOf as answersOf } from '../../src/zone/answer.ts';
import { servedZones } from '../../src/zone/apex.ts';
import { ClusterRule } from '../../src/zone/cluster.ts';
import { NameCompiler } from '../../src/zone/compiler.ts';
import { ExtraNames } from '../../src/zone/extra-names.ts';
import { LiveZone } from '../../src/zone/live-zone.ts';
import type { RecordTable, ZoneOptions } from '../../src/zone/options.ts';
import { type PackedName, unpackName } from '../../src/zone/packed-name.ts';
import { viewChanges } from '../controllers/view-changes.ts';
import { ZONE_OPTIONS } from '../helpers/in-process.ts';
import { runs } from '../helpers/runs.ts';
import { Manifests } from '../registry/load-text.ts';
import { FilePlane } from './file-plane.ts';

const REVERSE = ['in-addr.arpa', 'ip6.arpa'];
const EXTERNAL = { zones: ['example.org', ...REVERSE], apex: 'dns', ttl: 5, headless: true };
const GATEWAY = {
  zones: ['example.net'],
  resources: ['Ingress', 'Service', 'HTTPRoute', 'DNSEndpoint'],
  ingressClasses: [],
  gatewayClasses: [],
  serviceLabels: '',
  ingressService: '',
  ttl: 5,
  apex: 'dns1.kube-system',
  secondary: '',
} as const;

interface KnownRecord {
  readonly record: ResourceRecord;
  readonly provenance: Provenance;
}

/** Every record of every zone, with where it comes from. */
function recordsOf(manifest: string, options: Partial<ZoneOptions> = {}): KnownRecord[] {
  const zone = { ...ZONE_OPTIONS, ...options };
  const serverAddresses = ['127.0.0.1', '10.0.0.53'];
  const plane = new FilePlane({ zone, holdDeletions: false, serverAddresses });
  const outbox = new Outbox();
  outbox.add(plane.put({ 'a.yaml': manifest }));
  const live = new LiveZone(zone);
  for (let part = outbox.take(); part !== undefined; part = outbox.take()) live.apply(part, 1);
  const provenances = plane.control.provenances();
  const known = (names: LiveZone | ExtraNames, zones: readonly string[], table: RecordTable) =>
    servedZones(zones).flatMap((served) =>
      [...zoneRecords(names, served, 1)].map((record) => ({
        record,
        provenance: provenances.of(record, table),
      })),
    );
  const { external, gateway } = zone;
  return [
    ...known(live, zone.zones, 'cluster'),
    ...(external
      ? known(new ExtraNames(live, 'external', external), external.zones, 'external')
      : []),
    ...(gateway ? known(new ExtraNames(live, 'gateway', gateway), gateway.zones, 'gateway') : []),
  ];
}

/**
 * `web.shop.svc.cluster.local. A 10.96.0.7 < Service shop/web 1, manifest, Pod shop/a 6, node
 * 30080`; the numbers are lines.
 */
function lines(known: readonly KnownRecord[]): string[] {
  const placed = ({ object, origin }: Place) => `${object} ${origin.line}`;
  return known.map(({ record, provenance: { named, by, from, nodePorts } }) => {
    const [name, , , type, ...data] = recordText(record).split(' ');
    const why = [
      named === undefined ? 'svcdns' : placed(named),
      by,
      ...from.map(placed),
      ...nodePorts.map((port) => `node ${port}`),
    ];
    return `${name} ${type} ${data.join(' ')} < ${why.join(', ')}`;
  });
}

/**
 * The lines about records whose name or data has this text, and that svcdns does not make by
 * itself.
 */
const about = (text: string, known: readonly KnownRecord[]) =>
  lines(known).filter((line) => line.includes(text) && !line.includes('< svcdns'));

const SERVICE = `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ name: http, port: 80 }] }
`;
const POD = `---
apiVersion: v1
kind: Pod
metadata: { name: web-1, namespace: shop, labels: { app: web } }
status: { podIP: 10.0.0.1, phase: Running, conditions: [{ type: Ready, status: "True" }] }
`;
const POOL_OF_OLD = `---
apiVersion: v1
kind: ConfigMap
metadata: { name: config, namespace: metallb-system }
data:
  config: |
    address-pools: [{ name: default, protocol: layer2, addresses: [192.168.64.4/32] }]
`;

describe('Provenances.of()', () => {
  test('the zone itself is of svcdns, and names the Service that an NS record leads to', () => {
    const dns = SERVICE.replace('name: web,', 'name: dns,').replace(
      'spec: {',
      'spec: { clusterIP: 10.96.0.10,',
    );
    const known = recordsOf(dns + POD.replace('10.0.0.1', '10.0.0.53'), {
      zones: ['cluster.local'],
    });
    expect(lines(known).filter((line) => line.includes('< svcdns'))).toEqual([
      expect.stringMatching(/^cluster\.local\. SOA .* < svcdns, svcdns$/),
      'cluster.local. NS dns.shop.svc.cluster.local. < svcdns, svcdns, Service shop/dns 1',
      'ns.dns.cluster.local. A 10.96.0.10 < svcdns, svcdns',
      'dns-version.cluster.local. TXT "1.1.0" < svcdns, svcdns',
    ]);
  });

  test("an address that was given out is the allocator's, a port the manifest's", () => {
    const known = recordsOf(SERVICE, { serviceRanges: { ipv4: '10.200.0.0/30', ipv6: undefined } });
    expect(about('web.shop.svc', known)).toEqual([
      'web.shop.svc.cluster.local. A 10.200.0.2 < Service shop/web 1, cluster IP allocator',
      'web.shop.svc.cluster.local. SRV 0 100 80 web.shop.svc.cluster.local. < Service shop/web 1, manifest',
      '_http._tcp.web.shop.svc.cluster.local. A 10.200.0.2 < Service shop/web 1, cluster IP allocator',
      '_http._tcp.web.shop.svc.cluster.local. SRV 0 100 80 web.shop.svc.cluster.local. < Service shop/web 1, manifest',
      '2.0.200.10.in-addr.arpa. PTR web.shop.svc.cluster.local. < Service shop/web 1, cluster IP allocator',
    ]);
  });

  test("an address in the manifest is the manifest's; the node port belongs to its own port", () => {
    const ports = `ports: [{ name: dns, port: 53, protocol: UDP, nodePort: 30053 }, { name: dns-tcp, port: 53, nodePort: 30054 }, { name: http, port: 80, nodePort: 30080 }]`;
    const known = recordsOf(`apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { type: NodePort, clusterIP: 10.96.0.7, ${ports} }
`);
    expect(about('web.shop.svc', known).filter((line) => !line.includes('_http'))).toEqual([
      'web.shop.svc.cluster.local. A 10.96.0.7 < Service shop/web 1, manifest',
      'web.shop.svc.cluster.local. SRV 0 33 53 web.shop.svc.cluster.local. < Service shop/web 1, manifest, node 30053, node 30054',
      'web.shop.svc.cluster.local. SRV 0 33 80 web.shop.svc.cluster.local. < Service shop/web 1, manifest, node 30080',
      '_dns-tcp._tcp.web.shop.svc.cluster.local. A 10.96.0.7 < Service shop/web 1, manifest',
      '_dns-tcp._tcp.web.shop.svc.cluster.local. SRV 0 100 53 web.shop.svc.cluster.local. < Service shop/web 1, manifest, node 30054',
      '_dns._udp.web.shop.svc.cluster.local. A 10.96.0.7 < Service shop/web 1, manifest',
      '_dns._udp.web.shop.svc.cluster.local. SRV 0 100 53 web.shop.svc.cluster.local. < Service shop/web 1, manifest, node 30053',
      '7.0.96.10.in-addr.arpa. PTR web.shop.svc.cluster.local. < Service shop/web 1, manifest',
    ]);
  });

  const written = (kind: string, body: string) =>
    `---\napiVersion: v1\nkind: ${kind}\nmetadata: { name: web, namespace: shop, labels: { kubernetes.io/service-name: web } }\n${body}\n`;
  const deployment = `---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec: { selector: { matchLabels: { app: web } }, template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: web }] } } }
`;
  test.for([
    ['Pods', POD, 'endpoint slice controller, Pod shop/web-1 6'],
    [
      'an EndpointSlice',
      written(
        'EndpointSlice',
        'addressType: IPv4\nports: [{ name: http, port: 80 }]\nendpoints: [{ addresses: [10.0.0.1] }]',
      ).replace('v1', 'discovery.k8s.io/v1'),
      'manifest, EndpointSlice shop/web 6',
    ],
    [
      'Endpoints',
      written(
        'Endpoints',
        'subsets: [{ addresses: [{ ip: 10.0.0.1 }], ports: [{ name: http, port: 80 }] }]',
      ),
      'endpoint slice mirroring controller, Endpoints shop/web 6',
    ],
    ['a Deployment', deployment, 'workload simulation, Deployment shop/web 6'],
  ] as const)('an endpoint is made of %s', ([, manifest, why]) => {
    const headless = SERVICE.replace('spec: {', 'spec: { clusterIP: None,');
    const known = recordsOf(headless + manifest, {
      simulatedPods: { ipv4: '10.0.0.0/30', ipv6: undefined },
      pods: 'verified',
    });
    const at = `10-0-0-1.web.shop.svc.cluster.local.`;
    expect(about('web.shop.svc', known)).toEqual([
      `web.shop.svc.cluster.local. A 10.0.0.1 < Service shop/web 1, ${why}`,
      `web.shop.svc.cluster.local. SRV 0 100 80 ${at} < Service shop/web 1, ${why}`,
      `${at} A 10.0.0.1 < Service shop/web 1, ${why}`,
      `${at} SRV 0 100 80 ${at} < Service shop/web 1, ${why}`,
      `_http._tcp.web.shop.svc.cluster.local. A 10.0.0.1 < Service shop/web 1, ${why}`,
      `_http._tcp.web.shop.svc.cluster.local. SRV 0 100 80 ${at} < Service shop/web 1, ${why}`,
      `1.0.0.10.in-addr.arpa. PTR ${at} < Service shop/web 1, ${why}`,
    ]);
  });

  test('with `endpoints` an address is of the endpoint, the cluster IP itself too', () => {
    const named = SERVICE.replace('spec: {', 'spec: { clusterIP: 10.0.0.1,');
    const known = recordsOf(named + POD, { clusterIpEndpoints: true, pods: 'disabled' });
    const why = 'Service shop/web 1, endpoint slice controller, Pod shop/web-1 6';
    expect(about('web.shop.svc.cluster.local. A', known)).toEqual(
      ['', '10-0-0-1.', '_http._tcp.'].map(
        (label) => `${label}web.shop.svc.cluster.local. A 10.0.0.1 < ${why}`,
      ),
    );
  });

  test.for([
    ['Pod shop/web-1 6, manifest', POD],
    ['Deployment shop/web 6, workload simulation', deployment],
  ] as const)('the name of a Pod is of %s', ([why, manifest]) => {
    const known = recordsOf(SERVICE + manifest, {
      simulatedPods: { ipv4: '10.0.0.0/30', ipv6: undefined },
      pods: 'verified',
    });
    expect(about('10-0-0-1.shop.pod.cluster.local. A', known)).toEqual([
      `10-0-0-1.shop.pod.cluster.local. A 10.0.0.1 < ${why}`,
    ]);
  });

  test("an ExternalName is the manifest's", () => {
    const known = recordsOf(`apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { type: ExternalName, externalName: example.com }
`);
    expect(about('web.shop', known)).toEqual([
      'web.shop.svc.cluster.local. CNAME example.com. < Service shop/web 1, manifest',
    ]);
  });

  test('a host name as endpoint gives SRV records, which come from its slice', () => {
    const slice = written(
      'EndpointSlice',
      'addressType: FQDN\nports: [{ name: http, port: 80 }]\nendpoints: [{ addresses: [web.example] }]',
    ).replace('v1', 'discovery.k8s.io/v1');
    const headless = SERVICE.replace('spec: {', 'spec: { clusterIP: None,');
    const known = recordsOf(headless + slice, { endpointsDns: true });
    const [srv] = about('_http._tcp.web', known);
    expect(srv).toMatch(/ SRV .* < Service shop\/web 1, manifest, EndpointSlice shop\/web 6$/);
  });

  test.for([
    ['a pool of old', POOL_OF_OLD, 'ConfigMap metallb-system/config 6'],
    [
      'an IPAddressPool',
      `---
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: { name: default, namespace: metallb-system }
spec: { addresses: [192.168.64.4/32] }
`,
      'IPAddressPool metallb-system/default 6',
    ],
  ] as const)("a load balancer's address is from %s", ([, pool, from]) => {
    const balanced = SERVICE.replace('spec: {', 'spec: { type: LoadBalancer,');
    const known = recordsOf(balanced + pool, { external: EXTERNAL, gateway: GATEWAY });
    const why = `Service shop/web 1, load balancer (MetalLB pool default), ${from}`;
    expect(about('192.168.64.4', known)).toEqual([
      `web.shop.example.org. A 192.168.64.4 < ${why}`,
      `_http._tcp.web.shop.example.org. A 192.168.64.4 < ${why}`,
      `web.shop.example.net. A 192.168.64.4 < ${why}`,
    ]);
    expect(about('4.64.168.192', known)).toEqual([
      `4.64.168.192.in-addr.arpa. PTR web.shop.example.org. < ${why}`,
    ]);
  });

  test("the host of an Ingress is the Ingress's, and its address that of the Service in front", () => {
    const ingress = `---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: shop, namespace: shop }
spec: { rules: [{ host: shop.example.net }] }
`;
    const controller = SERVICE.replace(
      'name: web, namespace: shop',
      'name: ingress-nginx, namespace: ingress-nginx',
    ).replace('spec: {', 'spec: { type: LoadBalancer,');
    const known = recordsOf(controller + POOL_OF_OLD + ingress, { gateway: GATEWAY });
    expect(about('shop.example.net', known)).toEqual([
      'shop.example.net. A 192.168.64.4 < Ingress shop/shop 13, load balancer (MetalLB pool default), Service ingress-nginx/ingress-nginx 1, ConfigMap metallb-system/config 6',
    ]);
  });
});

/*
 * The law: of every record the object is one that the document at its place names. An address that
 * no controller has chosen stands in one of the documents named; of one that was chosen, the object
 * that it was chosen from is named.
 */
describe('every record', () => {
  const REFS = [
    'web, namespace: shop',
    'db, namespace: shop',
    'dns, namespace: svc',
    'svc, namespace: dns',
  ];
  const ADDRESSES = ['10.0.0.1', '10.0.0.53', '10.96.0.7', 'fd00::1'];
  const ref = fc.constantFrom(...REFS);
  const address = fc.constantFrom(...ADDRESSES);
  const label = fc.constantFrom('app: a', 'app: b');
  const quoted = (text: string) => JSON.stringify(text);
  const flow = (kind: string, name: string, rest: string, labels = '') =>
    `apiVersion: ${VERSIONS.get(kind) ?? 'v1'}\nkind: ${kind}\nmetadata: { name: ${name}, labels: { ${labels} } }\n${rest}\n`;
  const VERSIONS = new Map([
    ['EndpointSlice', 'discovery.k8s.io/v1'],
    ['Deployment', 'apps/v1'],
    ['StatefulSet', 'apps/v1'],
    ['Ingress', 'networking.k8s.io/v1'],
    ['IPAddressPool', 'metallb.io/v1beta1'],
  ]);

  const services = fc
    .tuple(
      ref,
      label,
      fc.constantFrom(
        '',
        'clusterIP: None, ',
        'clusterIP: 10.96.0.7, ',
        'type: LoadBalancer, ',
        'type: NodePort, ',
      ),
      fc.constantFrom('', 'externalIPs: [10.0.0.1], ', 'ipFamilyPolicy: PreferDualStack, '),
      fc.constantFrom(
        '',
        'ports: [{ port: 80 }], ',
        'ports: [{ name: a, port: 80 }, { name: b, port: 80, protocol: UDP }], ',
      ),
    )
    .map(([name, pods, ...spec]) =>
      flow('Service', name, `spec: { ${spec.join('')}selector: { ${pods} } }`),
    );
  const aliases = ref.map((name) =>
    flow('Service', name, 'spec: { type: ExternalName, externalName: web.shop.svc.cluster.local }'),
  );
  const pods = fc
    .tuple(ref, label, address, fc.constantFrom('', 'hostname: h, subdomain: web'))
    .map(([name, own, ip, spec]) =>
      flow(
        'Pod',
        name,
        `spec: { ${spec} }\nstatus: { podIP: ${quoted(ip)}, phase: Running, conditions: [{ type: Ready, status: "True" }] }`,
        own,
      ),
    );
  const slices = fc
    .tuple(ref, fc.constantFrom('web', 'db', 'dns'), address)
    .map(([name, service, ip]) => {
      const type = ip.includes(':') ? 'IPv6' : 'IPv4';
      const body = `addressType: ${type}\nports: [{ name: a, port: 80 }]\nendpoints: [{ addresses: [${quoted(ip)}] }]`;
      return flow('EndpointSlice', name, body, `kubernetes.io/service-name: ${service}`);
    });
  const endpoints = fc
    .tuple(ref, address)
    .map(([name, ip]) =>
      flow(
        'Endpoints',
        name,
        `subsets: [{ addresses: [{ ip: ${quoted(ip)} }], ports: [{ port: 80 }] }]`,
      ),
    );
  const workloads = fc
    .tuple(fc.constantFrom('Deployment', 'StatefulSet'), ref, label, fc.nat(2))
    .map(([kind, name, own, replicas]) =>
      flow(
        kind,
        name,
        `spec: { replicas: ${replicas}, serviceName: web, selector: { matchLabels: { ${own} } }, template: { metadata: { labels: { ${own} } }, spec: { containers: [{ name: a, image: a }] } } }`,
      ),
    );
  const others = fc.constantFrom(
    flow('IPAddressPool', 'pool, namespace: metallb-system', 'spec: { addresses: [10.5.0.0/30] }'),
    POOL_OF_OLD.replace('---\n', ''),
    flow(
      'Ingress',
      'web, namespace: shop',
      'spec: { rules: [{ host: a.example.net }] }\nstatus: { loadBalancer: { ingress: [{ ip: 10.0.0.1 }] } }',
    ),
  );
  const manifests = fc
    .array(
      fc.oneof(
        { arbitrary: services, weight: 4 },
        aliases,
        pods,
        slices,
        endpoints,
        workloads,
        others,
      ),
      {
        minLength: 1,
        maxLength: 10,
      },
    )
    .map((documents) => documents.join('---\n'));
  const options = fc.record({
    pods: fc.constantFrom('disabled', 'verified'),
    clusterIpEndpoints: fc.boolean(),
    endpointPodNames: fc.boolean(),
    simulatedPods: fc.constantFrom(undefined, { ipv4: '10.7.0.0/24', ipv6: undefined }),
    serviceRanges: fc.constant({ ipv4: '10.96.0.0/24', ipv6: 'fd00::/120' }),
    external: fc.constantFrom(undefined, EXTERNAL),
    gateway: fc.constantFrom(undefined, GATEWAY),
  } as const);
  const OWN =
    /^(?:(?:ns\.dns|ns1\.dns|dns1\.kube-system|dns-version)\.)?(?:cluster\.local|in-addr\.arpa|ip6\.arpa|example\.org|example\.net)\.$/;
  const CHOSEN = new Map([
    ['cluster IP allocator', undefined],
    ['workload simulation', /^(Deployment|StatefulSet) /],
    ['load balancer (MetalLB pool pool)', /^IPAddressPool /],
    ['load balancer (MetalLB pool default)', /^ConfigMap /],
  ]);

  test('of objects comes from a place whose document names that object', () => {
    fc.assert(
      fc.property(manifests, options, (manifest, chosen) => {
        const written = manifest.split('\n');
        const documentAt = ({ object, origin }: Place) => {
          const below = written.slice(origin.line - 1);
          const end = below.indexOf('---');
          const text = below.slice(0, end < 0 ? below.length : end).join('\n');
          const [kind, namespace, name] = object.split(/[ /]/);
          expect(text).toMatch(
            new RegExp(`kind: ${kind}\nmetadata: \\{ name: ${name}, namespace: ${namespace}[ ,]`),
          );
          return text;
        };
        for (const { record, provenance } of recordsOf(manifest, chosen)) {
          const { named, by, from } = provenance;
          const [owner = '', , , , data = ''] = recordText(record).split(' ');
          if (named === undefined) {
            expect(owner).toMatch(OWN);
            expect(by).toBe('svcdns');
            from.map(documentAt);
            continue;
          }
          const documents = [named, ...from].map(documentAt);
          const isAddress = ['A', 'AAAA'].includes(typeName(record.type));
          if (CHOSEN.has(by)) {
            const source = CHOSEN.get(by);
            if (source)
              expect([named, ...from].map(({ object }) => object)).toContainEqual(
                expect.stringMatching(source),
              );
          } else if (isAddress) {
            expect(documents.join('\n')).toContain(data);
          }
        }
      }),
      { numRuns: runs(150) },
    );
  });

  /** What the records of the cluster's names are made of, after one manifest and the next. */
  function sourcesAfter(looks: readonly string[], chosen: Partial<ZoneOptions>): string[] {
    const zone = { ...ZONE_OPTIONS, ...chosen };
    const files = new Manifests({ holdDeletions: false, keepLastGood: false });
    const controllers = new Controllers(zone);
    const compiler = new NameCompiler(new ClusterRule(zone), undefined, true);
    const names = new Map<NameKey, PackedName>();
    for (const text of looks) {
      const news = viewChanges(controllers, files.registry, files.deltas([['a.yaml', text]]));
      const changes = compiler.update({ ...news, serverAddresses: ['10.0.0.53'] });
      for (const [key, name] of changes) {
        if (name === null) names.delete(key);
        else names.set(key, name);
      }
    }
    const records = [...names].flatMap(([key, packed]) =>
      unpackName(key, packed).answers.flatMap((answer) => answersOf(key, answer).answer),
    );
    const place = (object?: KubeObject) => object && `${object.kind} ${originText(object.origin)}`;
    return records
      .map((record) => {
        const entries = compiler.sourcesOf(record);
        const from = entries.map(({ object, slice, endpoint }) =>
          [object, slice, endpoint?.pod].map(place).join(),
        );
        return `${recordText(record)} < ${from.join(' ')}`;
      })
      .sort();
  }

  test('has the same sources, however the manifests came to be as they are', () => {
    fc.assert(
      fc.property(manifests, manifests, options, (first, last, chosen) => {
        // Addresses that are given out depend on what there was before.
        const { serviceRanges, simulatedPods, ...rest } = chosen;
        const withAddresses = (text: string) =>
          text.replaceAll(
            /spec: \{ (?=externalIPs|ipFamily|ports|selector|type: [LN])/g,
            'spec: { clusterIP: 10.96.0.7, ',
          );
        const [before, after] = [withAddresses(first), withAddresses(last)];
        expect(sourcesAfter([before, after], rest)).toEqual(sourcesAfter([after], rest));
      }),
      { numRuns: runs(100) },
    );
  });
});
