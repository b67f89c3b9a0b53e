import { asksIn } from '../../helpers/asks.ts';
import type { Table } from '../table.ts';
import { clusterService, manifestFile } from './manifest-text.ts';

const IMPORT = 'multicluster.x-k8s.io/v1alpha1';
const ZONES = ['cluster.local', 'clusterset.local', '10.in-addr.arpa'];
const asks = asksIn({ zones: ZONES, ttl: 5 });

function importText(name: string, type: string, rest: string): string {
  const metadata = `{ namespace: shop, name: ${name} }`;
  return `apiVersion: ${IMPORT}
kind: ServiceImport
metadata: ${metadata}
spec: { type: ${type}, ${rest} }
`;
}

/** A slice of an import; '' for a cluster that it does not name. */
function importSlice(name: string, cluster: string, endpoints: string, ports: string): string {
  const labels = [
    `multicluster.kubernetes.io/service-name: ${name}`,
    ...(cluster === '' ? [] : [`multicluster.kubernetes.io/source-cluster: ${cluster}`]),
  ];
  const metadata = `{ namespace: shop, name: ${name}-${cluster || 'own'}, labels: { ${labels} } }`;
  return `apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: ${metadata}
addressType: IPv4
endpoints: [${endpoints}]
ports: [${ports}]
`;
}

/** Shared by clusters. */
const SHARED = manifestFile(
  importText(
    'api',
    'ClusterSetIP',
    'ips: [10.112.0.1], ports: [{ name: http, protocol: TCP, port: 80 }]',
  ),
  importSlice(
    'api',
    'east',
    '{ addresses: [10.40.0.1] }',
    '{ name: http, protocol: TCP, port: 8080 }',
  ),
  importText('bare', 'ClusterSetIP', 'ips: [10.112.0.2], ports: []'),
  importText('pending', 'ClusterSetIP', 'ports: [{ name: http, protocol: TCP, port: 80 }]'),
  importText('db', 'Headless', 'ports: [{ name: pg, protocol: TCP, port: 5432 }]'),
  importSlice(
    'db',
    'east',
    '{ addresses: [10.40.0.2], hostname: db-0 }, { addresses: [10.40.0.3], conditions: { ready: false } }',
    '{ name: pg, protocol: TCP, port: 5432 }',
  ),
  importSlice(
    'db',
    'west',
    '{ addresses: [10.41.0.2], hostname: db-0 }, { addresses: [10.41.0.4] }',
    '{ name: pg, protocol: TCP, port: 5433 }',
  ),
  importText('empty', 'Headless', 'ports: [{ name: pg, protocol: TCP, port: 5432 }]'),
  importText('plain', 'Headless', 'ports: [{ port: 80, protocol: TCP }]'),
  importSlice(
    'plain',
    '',
    '{ addresses: [10.42.0.1], hostname: own }',
    '{ port: 80, protocol: TCP }',
  ),
);

/** The objects of the first table are put into an API server beside CoreDNS too. */
export const multicluster: readonly Table[] = [
  {
    title: 'multicluster: a zone has the Services that clusters share, and no others',
    zones: ZONES,
    block: ['multicluster clusterset.local'],
    manifests: manifestFile(
      SHARED,
      clusterService('shop/web', '10.96.20.1', '{ name: http, port: 80 }'),
    ),
    asks: asks`
      # Each zone has its own.
      web.shop.svc.cluster.local. A NOERROR @ 5 IN A 10.96.20.1
      web.shop.svc.clusterset.local. A NXDOMAIN -
      api.shop.svc.cluster.local. A NXDOMAIN -
      shop.svc.clusterset.local. A NOERROR -
      none.svc.clusterset.local. A NXDOMAIN -

      # An address of the set of clusters.
      api.shop.svc.clusterset.local. A NOERROR @ 5 IN A 10.112.0.1
      api.shop.svc.clusterset.local. AAAA NOERROR -
      api.shop.svc.clusterset.local. SRV NOERROR @ 5 IN SRV 0 100 80 api.shop.svc.clusterset.local.
      + api.shop.svc.clusterset.local. 5 IN A 10.112.0.1
      _http._tcp.api.shop.svc.clusterset.local. SRV NOERROR @ 5 IN SRV 0 100 80 api.shop.svc.clusterset.local.
      + api.shop.svc.clusterset.local. 5 IN A 10.112.0.1
      _http.tcp.api.shop.svc.clusterset.local. A NOERROR @ 5 IN A 10.112.0.1
      bare.shop.svc.clusterset.local. A NXDOMAIN -
      pending.shop.svc.clusterset.local. A NOERROR -
      pending.shop.svc.clusterset.local. SRV NOERROR -
      _http._tcp.pending.shop.svc.clusterset.local. SRV NOERROR -
      _x._tcp.pending.shop.svc.clusterset.local. SRV NXDOMAIN -

      # An endpoint is named with its cluster. Without underscores no port is meant.
      10-40-0-1.east.api.shop.svc.clusterset.local. A NOERROR @ 5 IN A 10.40.0.1
      10-40-0-1.west.api.shop.svc.clusterset.local. A NXDOMAIN -
      10-40-0-1.api.shop.svc.clusterset.local. A NXDOMAIN -
      http.tcp.api.shop.svc.clusterset.local. A NXDOMAIN -
      http.tcp.web.shop.svc.cluster.local. A NOERROR @ 5 IN A 10.96.20.1

      # The endpoints of all clusters.
      db.shop.svc.clusterset.local. A NOERROR @ 5 IN A 10.40.0.2
      | @ 5 IN A 10.41.0.2
      | @ 5 IN A 10.41.0.4
      db-0.east.db.shop.svc.clusterset.local. A NOERROR @ 5 IN A 10.40.0.2
      db-0.west.db.shop.svc.clusterset.local. A NOERROR @ 5 IN A 10.41.0.2
      10-40-0-3.east.db.shop.svc.clusterset.local. A NXDOMAIN -
      DB-0.East.db.shop.svc.clusterset.local. SRV NOERROR @ 5 IN SRV 0 100 5432 db-0.east.db.shop.svc.clusterset.local.
      + db-0.east.db.shop.svc.clusterset.local. 5 IN A 10.40.0.2
      empty.shop.svc.clusterset.local. A NXDOMAIN -

      # A slice that names no cluster has names without one.
      own.plain.shop.svc.clusterset.local. A NOERROR @ 5 IN A 10.42.0.1

      # Reverse names are those of this cluster.
      1.0.112.10.in-addr.arpa. PTR NXDOMAIN -
      1.20.96.10.in-addr.arpa. PTR NOERROR @ 5 IN PTR web.shop.svc.cluster.local.
    `,
  },
  {
    title: 'multicluster with ignore empty_service: an address without endpoints has no name',
    zones: ZONES,
    block: ['multicluster clusterset.local', 'ignore empty_service'],
    manifests: manifestFile(
      importText('idle', 'ClusterSetIP', 'ips: [10.112.0.9], ports: [{ port: 80 }]'),
      importText('busy', 'ClusterSetIP', 'ips: [10.112.0.8], ports: [{ port: 80 }]'),
      importSlice('busy', 'east', '{ addresses: [10.40.0.9] }', '{ port: 80 }'),
    ),
    asks: asks`
      idle.shop.svc.clusterset.local. A NXDOMAIN -
      busy.shop.svc.clusterset.local. A NOERROR @ 5 IN A 10.112.0.8
    `,
  },
];
