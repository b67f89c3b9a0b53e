import { asksIn } from '../../helpers/asks.ts';
import { type Table, ZONES } from '../table.ts';
import {
  clusterService,
  headlessService,
  manifestFile,
  namespaceText,
  podText,
  serviceText,
  sliceText,
} from './manifest-text.ts';

const asks = asksIn({ zones: ZONES, ttl: 5 });

const mixed = manifestFile(
  clusterService('shop/full', '10.96.10.1', '{ name: http, port: 80 }'),
  sliceText('shop/full', '{ addresses: [10.244.10.1], hostname: f }', '{ name: http, port: 80 }'),
  clusterService('shop/empty', '10.96.10.2', '{ name: http, port: 80 }'),
  sliceText(
    'shop/empty',
    '{ addresses: [10.244.10.2], hostname: e, conditions: { ready: false } }',
    '{ name: http, port: 80 }',
  ),
  headlessService('shop/db', '{ name: pg, port: 5432 }'),
  sliceText('shop/db', '{ addresses: [10.244.10.3], hostname: db-0 }', '{ name: pg, port: 5432 }'),
  serviceText('shop/ext', 'type: ExternalName, externalName: www.example.com'),
);

/** Options about endpoints. */
export const endpointOptions: readonly Table[] = [
  {
    title: 'without options a ClusterIP Service without endpoints answers',
    zones: ZONES,
    block: [],
    manifests: mixed,
    asks: asks`
      full.shop.svc.cluster.local.             A   NOERROR  @ 5 IN A 10.96.10.1
      empty.shop.svc.cluster.local.            A   NOERROR  @ 5 IN A 10.96.10.2
      _http._tcp.empty.shop.svc.cluster.local. A   NOERROR  @ 5 IN A 10.96.10.2
      e.empty.shop.svc.cluster.local.          A   NXDOMAIN -
      2.10.96.10.in-addr.arpa.                 PTR NOERROR  @ 5 IN PTR empty.shop.svc.cluster.local.
    `,
  },
  {
    title: 'ignore empty_service: a ClusterIP Service without a ready endpoint does not exist',
    zones: ZONES,
    block: ['ignore empty_service'],
    manifests: mixed,
    asks: asks`
      full.shop.svc.cluster.local.             A   NOERROR  @ 5 IN A 10.96.10.1
      f.full.shop.svc.cluster.local.           A   NOERROR  @ 5 IN A 10.244.10.1
      empty.shop.svc.cluster.local.            A   NXDOMAIN -
      empty.shop.svc.cluster.local.            SRV NXDOMAIN -
      _http._tcp.empty.shop.svc.cluster.local. SRV NXDOMAIN -
      db.shop.svc.cluster.local.               A   NOERROR  @ 5 IN A 10.244.10.3
      ext.shop.svc.cluster.local.              A   NOERROR  @ 5 IN CNAME www.example.com.
    `,
  },
  {
    title: 'noendpoints: no headless Services, no endpoint names, no endpoint PTR',
    zones: ZONES,
    block: ['noendpoints'],
    manifests: mixed,
    asks: asks`
      full.shop.svc.cluster.local.            A   NOERROR  @ 5 IN A 10.96.10.1
      _http._tcp.full.shop.svc.cluster.local. SRV NOERROR  @ 5 IN SRV 0 100 80 full.shop.svc.cluster.local.
                                                         + full.shop.svc.cluster.local. 5 IN A 10.96.10.1
      f.full.shop.svc.cluster.local.          A   NXDOMAIN -
      db.shop.svc.cluster.local.              A   NXDOMAIN -
      db-0.db.shop.svc.cluster.local.         A   NXDOMAIN -
      1.10.96.10.in-addr.arpa.                PTR NOERROR  @ 5 IN PTR full.shop.svc.cluster.local.
      3.10.244.10.in-addr.arpa.               PTR NXDOMAIN -
      ext.shop.svc.cluster.local.             A   NOERROR  @ 5 IN CNAME www.example.com.
    `,
  },
];

const tenants = manifestFile(
  namespaceText('shop', '{ dns: public, team: a }'),
  namespaceText('bank', '{ dns: private }'),
  namespaceText('idle', '{ dns: public }'),
  clusterService('shop/web', '10.96.11.1', '{ port: 80 }'),
  clusterService('bank/web', '10.96.11.2', '{ port: 80 }'),
  headlessService('bank/db', '{ port: 5432 }'),
  sliceText('bank/db', '{ addresses: [10.244.11.2], hostname: db-0 }', '{ port: 5432 }'),
  // Its Namespace has no object of its own, and so no labels.
  clusterService('loose/web', '10.96.11.3', '{ port: 80 }'),
);

/** Options about namespaces and labels. */
export const namespaceOptions: readonly Table[] = [
  {
    title: 'a namespace exists when any object names it',
    zones: ZONES,
    block: [],
    manifests: tenants,
    asks: asks`
      idle.svc.cluster.local.      A NOERROR  -
      loose.svc.cluster.local.     A NOERROR  -
      web.loose.svc.cluster.local. A NOERROR  @ 5 IN A 10.96.11.3
      other.svc.cluster.local.     A NXDOMAIN -
    `,
  },
  {
    title: 'namespaces: others do not exist, nor do PTR records into them',
    zones: ZONES,
    block: ['namespaces shop idle', 'pods insecure'],
    manifests: tenants,
    asks: asks`
      web.shop.svc.cluster.local.       A   NOERROR  @ 5 IN A 10.96.11.1
      idle.svc.cluster.local.           A   NOERROR  -
      bank.svc.cluster.local.           A   NXDOMAIN -
      web.bank.svc.cluster.local.       A   NXDOMAIN -
      bank.pod.cluster.local.           A   NXDOMAIN -
      1-2-3-4.bank.pod.cluster.local.   A   NXDOMAIN -
      1-2-3-4.idle.pod.cluster.local.   A   NOERROR  @ 5 IN A 1.2.3.4
      1.11.96.10.in-addr.arpa.          PTR NOERROR  @ 5 IN PTR web.shop.svc.cluster.local.
      2.11.96.10.in-addr.arpa.          PTR NXDOMAIN -
      2.11.244.10.in-addr.arpa.         PTR NXDOMAIN -
    `,
  },
  {
    title: 'namespace_labels: others do not exist, but PTR records into them do',
    zones: ZONES,
    block: ['namespace_labels dns=public', 'pods insecure'],
    manifests: tenants,
    asks: asks`
      web.shop.svc.cluster.local.     A   NOERROR  @ 5 IN A 10.96.11.1
      idle.svc.cluster.local.         A   NOERROR  -
      bank.svc.cluster.local.         A   NXDOMAIN -
      web.bank.svc.cluster.local.     A   NXDOMAIN -
      1-2-3-4.bank.pod.cluster.local. A   NXDOMAIN -
      web.loose.svc.cluster.local.    A   NXDOMAIN -
      2.11.96.10.in-addr.arpa.        PTR NOERROR  @ 5 IN PTR web.bank.svc.cluster.local.
      2.11.244.10.in-addr.arpa.       PTR NOERROR  @ 5 IN PTR db-0.db.bank.svc.cluster.local.
    `,
  },
  {
    title: 'labels: Services, EndpointSlices and Pods without them are not read',
    zones: ZONES,
    block: ['labels tier=front', 'pods verified'],
    manifests: manifestFile(
      serviceText('shop/web', 'clusterIP: 10.96.12.1, ports: [{ port: 80 }]', '{ tier: front }'),
      serviceText('shop/api', 'clusterIP: 10.96.12.2, ports: [{ port: 80 }]', '{ tier: back }'),
      serviceText('shop/set', 'clusterIP: None, ports: [{ port: 80 }]', '{ tier: front }'),
      sliceText('shop/set', '{ addresses: [10.244.12.1] }', '{ port: 80 }', {
        labels: 'tier: front',
      }),
      sliceText('shop/set', '{ addresses: [10.244.12.2] }', '{ port: 80 }', { suffix: '2' }),
      podText('shop/a', ['10.244.12.1'], '{ tier: front }'),
      podText('shop/b', ['10.244.12.2'], '{ tier: back }'),
    ),
    asks: asks`
      web.shop.svc.cluster.local.            A   NOERROR  @ 5 IN A 10.96.12.1
      api.shop.svc.cluster.local.            A   NXDOMAIN -
      set.shop.svc.cluster.local.            A   NOERROR  @ 5 IN A 10.244.12.1
      10-244-12-2.set.shop.svc.cluster.local. A  NXDOMAIN -
      1.12.96.10.in-addr.arpa.               PTR NOERROR  @ 5 IN PTR web.shop.svc.cluster.local.
      2.12.96.10.in-addr.arpa.               PTR NXDOMAIN -
      2.12.244.10.in-addr.arpa.              PTR NXDOMAIN -
      10-244-12-1.shop.pod.cluster.local.    A   NOERROR  @ 5 IN A 10.244.12.1
      10-244-12-2.shop.pod.cluster.local.    A   NXDOMAIN -
    `,
  },
];

const web = clusterService('shop/web', '10.96.13.1', '{ port: 80 }');

/** `ttl`: that of every record, and of negative answers up to five minutes. */
export const negativeTtls: readonly Table[] = [
  {
    title: 'ttl 30: on every record but the version',
    zones: ZONES,
    block: ['ttl 30'],
    manifests: web,
    asks: asksIn({ zones: ZONES, ttl: 30 })`
      web.shop.svc.cluster.local.  A    NOERROR  @ 30 IN A 10.96.13.1
      web.shop.svc.cluster.local.  SRV  NOERROR  @ 30 IN SRV 0 100 80 web.shop.svc.cluster.local.
                                               + @ 30 IN A 10.96.13.1
      web.shop.svc.cluster.local.  AAAA NOERROR  -
      nope.shop.svc.cluster.local. A    NXDOMAIN -
      cluster.local.               NS   NOERROR  @ 30 IN NS ns.dns.cluster.local.
                                               + ns.dns.cluster.local. 30 IN A 192.0.2.53
                                               + ns.dns.cluster.local. 30 IN AAAA 2001:db8::53
      dns-version.cluster.local.   TXT  NOERROR  @ 28800 IN TXT "1.1.0"
      1.13.96.10.in-addr.arpa.     PTR  NOERROR  @ 30 IN PTR web.shop.svc.cluster.local.
    `,
  },
  {
    title: 'ttl 3600: the SOA lives five minutes, its MINIMUM is the ttl',
    zones: ZONES,
    block: ['ttl 3600'],
    manifests: web,
    asks: asksIn({ zones: ZONES, ttl: 3600 })`
      web.shop.svc.cluster.local.  A   NOERROR  @ 3600 IN A 10.96.13.1
      nope.shop.svc.cluster.local. A   NXDOMAIN -
      cluster.local.               SOA NOERROR  @ 300 IN SOA ns.dns.cluster.local. hostmaster.cluster.local. * 7200 1800 86400 3600
    `,
  },
  {
    title: 'ttl 0: nothing may be cached',
    zones: ZONES,
    block: ['ttl 0'],
    manifests: web,
    asks: asksIn({ zones: ZONES, ttl: 0 })`
      web.shop.svc.cluster.local.  A   NOERROR  @ 0 IN A 10.96.13.1
      nope.shop.svc.cluster.local. A   NXDOMAIN -
      cluster.local.               SOA NOERROR  @ 0 IN SOA ns.dns.cluster.local. hostmaster.cluster.local. * 7200 1800 86400 0
    `,
  },
];
