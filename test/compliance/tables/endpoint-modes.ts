import { asksIn } from '../../helpers/asks.ts';
import { type Table, ZONES } from '../table.ts';
import {
  aliasService,
  clusterService,
  headlessService,
  manifestFile,
  serviceText,
  sliceText,
} from './manifest-text.ts';

const asks = asksIn({ zones: ZONES, ttl: 5 });

const shop = manifestFile(
  clusterService(
    'shop/web',
    '10.96.20.1',
    '{ name: http, port: 80, targetPort: 8080 }, { name: metrics, port: 9090 }',
  ),
  sliceText(
    'shop/web',
    '{ addresses: [10.30.0.11] }, { addresses: [10.30.0.12], hostname: w }, { addresses: [10.30.0.13], conditions: { ready: false } }',
    '{ name: http, port: 8080 }',
  ),
  // The same address once more, and another family.
  sliceText('shop/web', '{ addresses: [10.30.0.11] }', '{ name: http, port: 8080 }', {
    suffix: '2',
  }),
  sliceText('shop/web', '{ addresses: ["fd00::11"] }', '{ name: http, port: 8443 }', {
    suffix: '3',
    family: 'IPv6',
  }),
  serviceText(
    'shop/node',
    'type: NodePort, clusterIP: 10.96.20.2, ports: [{ port: 80, nodePort: 30080 }]',
  ),
  sliceText('shop/node', '{ addresses: [10.30.0.14] }', '{ port: 8081 }'),
  serviceText('shop/lb', 'type: LoadBalancer, clusterIP: 10.96.20.3, ports: [{ port: 80 }]'),
  sliceText('shop/lb', '{ addresses: [10.30.0.15] }', '{ port: 8082 }'),
  clusterService('shop/empty', '10.96.20.4', '{ name: http, port: 80 }'),
  headlessService('shop/db', '{ name: pg, port: 5432 }'),
  sliceText('shop/db', '{ addresses: [10.30.0.16], hostname: db-0 }', '{ name: pg, port: 5432 }'),
  headlessService('shop/none', '{ name: pg, port: 5432 }'),
  aliasService('shop/ext', 'node.shop.svc.cluster.local'),
);

/**
 * Our own options that put endpoints in the place of a cluster IP; the model does not know them.
 */
export const endpointModes: readonly Table[] = [
  {
    title: 'clusterip endpoints: A, AAAA and SRV are the ready endpoints, with their ports',
    zones: ZONES,
    block: ['clusterip endpoints'],
    manifests: shop,
    asks: asks`
      web.shop.svc.cluster.local.                 A    NOERROR @ 5 IN A 10.30.0.11
                                                       | @ 5 IN A 10.30.0.12
      web.shop.svc.cluster.local.                 AAAA NOERROR @ 5 IN AAAA fd00::11
      web.shop.svc.cluster.local.                 TXT  NOERROR -
      _http._tcp.web.shop.svc.cluster.local.      A    NOERROR @ 5 IN A 10.30.0.11
                                                       | @ 5 IN A 10.30.0.12
      _http._tcp.web.shop.svc.cluster.local.      SRV  NOERROR @ 5 IN SRV 0 25 8080 10-30-0-11.web.shop.svc.cluster.local.
                                                       | @ 5 IN SRV 0 25 8080 w.web.shop.svc.cluster.local.
                                                       | @ 5 IN SRV 0 25 8443 fd00--11.web.shop.svc.cluster.local.
                                                       + 10-30-0-11.web.shop.svc.cluster.local. 5 IN A 10.30.0.11
                                                       + w.web.shop.svc.cluster.local. 5 IN A 10.30.0.12
                                                       + fd00--11.web.shop.svc.cluster.local. 5 IN AAAA fd00::11
      # The Service has the port, no endpoint has.
      _metrics._tcp.web.shop.svc.cluster.local.   SRV  NOERROR -
      _other._tcp.web.shop.svc.cluster.local.     SRV  NXDOMAIN -
      w.web.shop.svc.cluster.local.               A    NOERROR @ 5 IN A 10.30.0.12
      10-30-0-13.web.shop.svc.cluster.local.      A    NXDOMAIN -
      node.shop.svc.cluster.local.                A    NOERROR @ 5 IN A 10.30.0.14
      node.shop.svc.cluster.local.                SRV  NOERROR @ 5 IN SRV 0 100 8081 10-30-0-14.node.shop.svc.cluster.local.
                                                       + 10-30-0-14.node.shop.svc.cluster.local. 5 IN A 10.30.0.14
      lb.shop.svc.cluster.local.                  A    NOERROR @ 5 IN A 10.30.0.15
      empty.shop.svc.cluster.local.               A    NOERROR -
      empty.shop.svc.cluster.local.               SRV  NOERROR -
      _http._tcp.empty.shop.svc.cluster.local.    A    NOERROR -
      _tcp.empty.shop.svc.cluster.local.          A    NOERROR -
      db.shop.svc.cluster.local.                  A    NOERROR @ 5 IN A 10.30.0.16
      none.shop.svc.cluster.local.                A    NXDOMAIN -
      ext.shop.svc.cluster.local.                 A    NOERROR @ 5 IN CNAME node.shop.svc.cluster.local.
                                                       | node.shop.svc.cluster.local. 5 IN A 10.30.0.14
    `,
  },
  {
    title:
      'clusterip endpoints: PTR of an endpoint is the Service, and so is that of the cluster IP',
    zones: ZONES,
    block: ['clusterip endpoints'],
    manifests: shop,
    asks: asks`
      11.0.30.10.in-addr.arpa. PTR NOERROR @ 5 IN PTR web.shop.svc.cluster.local.
      12.0.30.10.in-addr.arpa. PTR NOERROR @ 5 IN PTR web.shop.svc.cluster.local.
      13.0.30.10.in-addr.arpa. PTR NXDOMAIN -
      16.0.30.10.in-addr.arpa. PTR NOERROR @ 5 IN PTR db-0.db.shop.svc.cluster.local.
      1.20.96.10.in-addr.arpa. PTR NOERROR @ 5 IN PTR web.shop.svc.cluster.local.
    `,
  },
  {
    title:
      'clusterip endpoints with ignore empty_service: without a ready endpoint it does not exist',
    zones: ZONES,
    block: ['clusterip endpoints', 'ignore empty_service'],
    manifests: shop,
    asks: asks`
      web.shop.svc.cluster.local.              AAAA NOERROR @ 5 IN AAAA fd00::11
      empty.shop.svc.cluster.local.            A    NXDOMAIN -
      _http._tcp.empty.shop.svc.cluster.local. SRV  NXDOMAIN -
    `,
  },
  {
    title: 'clusterip endpoints: a server that is an endpoint is known by its endpoint name',
    zones: ZONES,
    block: ['clusterip endpoints'],
    manifests: manifestFile(
      clusterService(
        'kube-system/kube-dns',
        '10.96.0.10',
        '{ name: dns, port: 53, protocol: UDP }',
      ),
      sliceText(
        'kube-system/kube-dns',
        '{ addresses: [192.0.2.53] }',
        '{ name: dns, port: 53, protocol: UDP }',
      ),
    ),
    asks: asks`
      cluster.local. NS NOERROR @ 5 IN NS 192-0-2-53.kube-dns.kube-system.svc.cluster.local.
                                + 192-0-2-53.kube-dns.kube-system.svc.cluster.local. 5 IN A 192.0.2.53
    `,
  },
];
