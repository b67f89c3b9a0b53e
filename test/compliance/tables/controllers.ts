import { asksIn } from '../../helpers/asks.ts';
import { type Table, ZONES } from '../table.ts';
import { manifestFile, podText, serviceText, sliceText } from './manifest-text.ts';

const asks = asksIn({ zones: ZONES, ttl: 5 });

const NOT_READY = 'conditions: [{ type: Ready, status: "False" }]';

/** A Pod with these fields of `spec`. */
function podWith(path: string, addresses: readonly string[], labels: string, spec: string): string {
  return podText(path, addresses, labels).replace('spec: {', `spec: { ${spec},`);
}

/** A workload of a container with the port `sql`; further fields of `spec` in YAML flow style. */
function workloadText(kind: string, path: string, labels: string, spec: string): string {
  const [namespace, name] = path.split('/');
  return `
apiVersion: apps/v1
kind: ${kind}
metadata: { name: ${name}, namespace: ${namespace} }
spec:
  selector: { matchLabels: ${labels} }
  template:
    metadata: { labels: ${labels} }
    spec: { containers: [{ name: main, image: registry.example/main, ports: [{ name: sql, containerPort: 5432 }] }] }
  ${spec}`;
}

const pods = manifestFile(
  serviceText(
    'shop/web',
    'clusterIP: None, selector: { app: web }, ports: [{ name: http, port: 80, targetPort: 8080 }]',
  ),
  podWith('shop/web-0', ['10.244.7.1'], '{ app: web }', 'hostname: first, subdomain: web'),
  podWith('shop/web-1', ['10.244.7.2'], '{ app: web }', 'hostname: second, subdomain: other'),
  podText('shop/web-2', ['10.244.7.3'], '{ app: web }').replace(/conditions: .*/, NOT_READY),
  serviceText(
    'shop/all',
    'clusterIP: None, publishNotReadyAddresses: true, selector: { app: web }',
  ),
  serviceText(
    'shop/both',
    'clusterIP: None, ipFamilyPolicy: RequireDualStack, selector: { app: both }, ports: [{ port: 80 }]',
  ),
  podText('shop/both-0', ['10.244.7.4', 'fd00:244::74'], '{ app: both }'),
  serviceText(
    'shop/written',
    'clusterIP: None, selector: { app: web }, ports: [{ name: http, port: 80 }]',
  ),
  sliceText('shop/written', '{ addresses: [10.244.9.1] }', '{ name: http, port: 81 }'),
  sliceText('shop/written', '{ addresses: [10.244.9.2] }', '{ name: http, port: 82 }', {
    suffix: '2',
  }),
  serviceText('shop/nobody', 'clusterIP: None, selector: { app: nobody }, ports: [{ port: 80 }]'),
);

const workloads = manifestFile(
  serviceText(
    'shop/db',
    'clusterIP: None, selector: { app: db }, ports: [{ name: sql, port: 5432 }]',
  ),
  workloadText('StatefulSet', 'shop/db', '{ app: db }', 'replicas: 3\n  serviceName: db'),
  podWith('shop/db-1', ['10.1.0.1'], '{ app: db }', 'hostname: db-1, subdomain: db'),
  serviceText(
    'shop/one',
    'clusterIP: 10.96.0.7, selector: { app: api }, ports: [{ name: sql, port: 1, targetPort: sql }]',
  ),
  serviceText(
    'shop/api',
    'clusterIP: None, selector: { app: api }, ports: [{ name: sql, port: 1, targetPort: sql }]',
  ),
  workloadText('Deployment', 'shop/api', '{ app: api }', 'replicas: 1'),
);

const workloadZones = ['cluster.local', '10.in-addr.arpa', 'ip6.arpa'];

/** Names that there are only because of the controllers. */
/**
 * Ports by the hundred, subsets that overlap, and what the API server takes although DNS has no use
 * for it.
 */
const large = manifestFile(
  serviceText('shop/media', 'clusterIP: None'),
  sliceText(
    'shop/media',
    '{ addresses: [10.244.80.1] }',
    Array.from({ length: 300 }, (_, at) => `{ name: p${at}, port: ${10_000 + at} }`).join(', '),
  ),
  serviceText('shop/legacy', 'clusterIP: None'),
  endpointsText(
    'shop/legacy',
    addressList(900, (at) => `10.81.${at >> 8}.${at & 255}`),
    '{ name: sql, port: 5432 }',
    '{ ip: 10.80.0.9 }, { ip: 10.80.0.8 }, { ip: "fd00:80::1" }',
    addressList(200, (at) => `10.82.0.${at}`),
  ),
  serviceText('shop/odd', 'clusterIP: None'),
  sliceText(
    'shop/odd',
    '{ addresses: ["::ffff:10.244.80.4"] }',
    '{ name: zero, port: 0 }, { name: minus, port: -1 }, { name: above, port: 65536 }',
  ),
);

const spellings = manifestFile(
  serviceText(
    'shop/long',
    'clusterIP: "fd00:96:0:0::81", ipFamilies: [IPv6], ports: [{ port: 80 }]',
  ),
  sliceText('shop/ghost', '{ addresses: [10.244.90.1], hostname: g }', '{ port: 80 }'),
);

/** Endpoints of two subsets with the same port; 10.80.0.9 is ready in the first of them only. */
function endpointsText(
  path: string,
  first: string,
  port: string,
  second: string,
  third: string,
): string {
  const [namespace, name] = path.split('/');
  return `
apiVersion: v1
kind: Endpoints
metadata: { name: ${name}, namespace: ${namespace} }
subsets:
  - { addresses: [{ ip: 10.80.0.9 }, ${first}], ports: [${port}] }
  - { addresses: [${second}, ${third}], notReadyAddresses: [{ ip: 10.80.0.9 }], ports: [${port}] }`;
}

function addressList(length: number, address: (at: number) => string): string {
  return Array.from({ length }, (_, at) => `{ ip: ${address(at)} }`).join(', ');
}

export const CONTROLLER_TABLES: readonly Table[] = [
  {
    title: 'endpoints of Pods: ready ones, by hostname where the subdomain is the Service',
    zones: ZONES,
    block: [],
    manifests: pods,
    asks: asks`
      web.shop.svc.cluster.local.             A    NOERROR  @ 5 IN A 10.244.7.1
                                                          | @ 5 IN A 10.244.7.2
      first.web.shop.svc.cluster.local.       A    NOERROR  @ 5 IN A 10.244.7.1
      10-244-7-1.web.shop.svc.cluster.local.  A    NXDOMAIN -
      second.web.shop.svc.cluster.local.      A    NXDOMAIN -
      10-244-7-2.web.shop.svc.cluster.local.  A    NOERROR  @ 5 IN A 10.244.7.2
      10-244-7-3.web.shop.svc.cluster.local.  A    NXDOMAIN -
      first.web.shop.svc.cluster.local.       SRV  NOERROR  @ 5 IN SRV 0 100 8080 first.web.shop.svc.cluster.local.
                                                          + first.web.shop.svc.cluster.local. 5 IN A 10.244.7.1
      all.shop.svc.cluster.local.             A    NOERROR  @ 5 IN A 10.244.7.1
                                                          | @ 5 IN A 10.244.7.2
                                                          | @ 5 IN A 10.244.7.3
      first.all.shop.svc.cluster.local.       A    NXDOMAIN -
      both.shop.svc.cluster.local.            A    NOERROR  @ 5 IN A 10.244.7.4
      both.shop.svc.cluster.local.            AAAA NOERROR  @ 5 IN AAAA fd00:244::74
      # Slices that are written come before Pods, all of them.
      written.shop.svc.cluster.local.         A    NOERROR  @ 5 IN A 10.244.9.1
                                                          | @ 5 IN A 10.244.9.2
      10-244-9-2.written.shop.svc.cluster.local. SRV NOERROR @ 5 IN SRV 0 100 82 10-244-9-2.written.shop.svc.cluster.local.
                                                          + 10-244-9-2.written.shop.svc.cluster.local. 5 IN A 10.244.9.2
      nobody.shop.svc.cluster.local.          A    NXDOMAIN -
    `,
  },
  {
    title: 'workloads without Pods: no address is made up',
    zones: workloadZones,
    block: [],
    manifests: workloads,
    asks: asks`
      db.shop.svc.cluster.local.              A    NOERROR  @ 5 IN A 10.1.0.1
      db-0.db.shop.svc.cluster.local.         A    NXDOMAIN -
      db-1.db.shop.svc.cluster.local.         A    NOERROR  @ 5 IN A 10.1.0.1
      one.shop.svc.cluster.local.             A    NOERROR  @ 5 IN A 10.96.0.7
      api.shop.svc.cluster.local.             A    NXDOMAIN -
    `,
  },
  {
    title: 'workloads simulate: a Pod for each replica that nobody wrote',
    zones: workloadZones,
    block: ['pods verified', 'workloads simulate 10.244.0.0/16 fd00:244::/112'],
    manifests: workloads,
    asks: asks`
      db.shop.svc.cluster.local.              A    NOERROR  @ 5 IN A 10.1.0.1
                                                          | @ 5 IN A 10.244.116.128
                                                          | @ 5 IN A 10.244.119.237
      db-0.db.shop.svc.cluster.local.         A    NOERROR  @ 5 IN A 10.244.119.237
      db-0.db.shop.svc.cluster.local.         AAAA NOERROR  -
      db-1.db.shop.svc.cluster.local.         A    NOERROR  @ 5 IN A 10.1.0.1
      db-2.db.shop.svc.cluster.local.         SRV  NOERROR  @ 5 IN SRV 0 100 5432 db-2.db.shop.svc.cluster.local.
                                                          + db-2.db.shop.svc.cluster.local. 5 IN A 10.244.116.128
      db-3.db.shop.svc.cluster.local.         A    NXDOMAIN -
      237.119.244.10.in-addr.arpa.            PTR  NOERROR  @ 5 IN PTR db-0.db.shop.svc.cluster.local.
      10-244-119-237.shop.pod.cluster.local.  A    NOERROR  @ 5 IN A 10.244.119.237
      10-244-119-238.shop.pod.cluster.local.  A    NXDOMAIN -
      one.shop.svc.cluster.local.             A    NOERROR  @ 5 IN A 10.96.0.7
      api.shop.svc.cluster.local.             A    NOERROR  @ 5 IN A 10.244.241.152
      _sql._tcp.api.shop.svc.cluster.local.   SRV  NOERROR  @ 5 IN SRV 0 100 5432 10-244-241-152.api.shop.svc.cluster.local.
                                                          + 10-244-241-152.api.shop.svc.cluster.local. 5 IN A 10.244.241.152
    `,
  },
  {
    title:
      'reverse zones: addresses however they are spelled, and nothing of Services that are missing',
    zones: ZONES,
    block: [],
    manifests: spellings,
    asks: asks`
      1.8.${'0.'.repeat(22)}6.9.0.0.0.0.d.f.ip6.arpa. PTR NOERROR @ 5 IN PTR long.shop.svc.cluster.local.
      1.90.244.10.in-addr.arpa.                PTR  NXDOMAIN -
      g.ghost.shop.svc.cluster.local.          A    NXDOMAIN -
      dns-version.10.in-addr.arpa.             TXT  NXDOMAIN -
      svc.10.in-addr.arpa.                     A    NXDOMAIN -
      pod.ip6.arpa.                            A    NXDOMAIN -
    `,
  },
  {
    title: 'large objects: every port of a slice, a thousand addresses of Endpoints, odd numbers',
    zones: ZONES,
    block: [],
    manifests: large,
    asks: asks`
      _p0._tcp.media.shop.svc.cluster.local.   SRV  NOERROR  @ 5 IN SRV 0 100 10000 10-244-80-1.media.shop.svc.cluster.local.
                                                           + 10-244-80-1.media.shop.svc.cluster.local. 5 IN A 10.244.80.1
      _p299._tcp.media.shop.svc.cluster.local. SRV  NOERROR  @ 5 IN SRV 0 100 10299 10-244-80-1.media.shop.svc.cluster.local.
                                                           + 10-244-80-1.media.shop.svc.cluster.local. 5 IN A 10.244.80.1
      media.shop.svc.cluster.local.            A    NOERROR  @ 5 IN A 10.244.80.1
      # Both subsets have one port, so they are one, in the order of the text: 10.80…, 10.81…, 10.82…, fd00….
      10-80-0-8.legacy.shop.svc.cluster.local. A    NOERROR  @ 5 IN A 10.80.0.8
      10-80-0-9.legacy.shop.svc.cluster.local. A    NXDOMAIN -
      10-81-3-131.legacy.shop.svc.cluster.local. A  NOERROR  @ 5 IN A 10.81.3.131
      10-82-0-9.legacy.shop.svc.cluster.local. A    NXDOMAIN -
      10-82-0-100.legacy.shop.svc.cluster.local. A  NOERROR  @ 5 IN A 10.82.0.100
      legacy.shop.svc.cluster.local.           AAAA NOERROR  -
      # An IPv4-mapped address is the IPv4 address.
      odd.shop.svc.cluster.local.              A    NOERROR  @ 5 IN A 10.244.80.4
      10-244-80-4.odd.shop.svc.cluster.local.  A    NOERROR  @ 5 IN A 10.244.80.4
      4.80.244.10.in-addr.arpa.                PTR  NOERROR  @ 5 IN PTR 10-244-80-4.odd.shop.svc.cluster.local.
      odd.shop.svc.cluster.local.              SRV  NOERROR  @ 5 IN SRV 0 33 0 10-244-80-4.odd.shop.svc.cluster.local.
                                                           + 10-244-80-4.odd.shop.svc.cluster.local. 5 IN A 10.244.80.4
      _minus._tcp.odd.shop.svc.cluster.local.  SRV  NOERROR  -
      _above._tcp.odd.shop.svc.cluster.local.  A    NOERROR  @ 5 IN A 10.244.80.4
    `,
  },
];
