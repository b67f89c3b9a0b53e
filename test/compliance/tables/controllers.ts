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
];
