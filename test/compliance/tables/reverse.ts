import { asksIn } from '../../helpers/asks.ts';
import { SERVER_ADDRESSES, type Table, ZONES } from '../table.ts';
import {
  clusterService,
  headlessService,
  manifestFile,
  serviceText,
  sliceText,
} from './manifest-text.ts';

const asks = asksIn({ zones: ZONES, ttl: 5 });

const v6 = (digits: string): string => `${[...digits].toReversed().join('.')}.ip6.arpa.`;
const SERVICE_6 = v6('fd000096000000000000000000000081');
const ENDPOINT_6 = v6('fd000244000000000000000000000081');

export const pointers: readonly Table[] = [
  {
    title: 'PTR: the Service whose cluster IP it is, else every endpoint that has the address',
    zones: ZONES,
    block: [],
    manifests: manifestFile(
      serviceText(
        'shop/web',
        'clusterIP: 10.96.8.1, clusterIPs: [10.96.8.1, "fd00:96::81"], ipFamilyPolicy: RequireDualStack, ipFamilies: [IPv4, IPv6], ports: [{ name: http, port: 80 }]',
      ),
      sliceText('shop/web', '{ addresses: [10.244.8.1] }', '{ name: http, port: 80 }'),
      headlessService('shop/db', '{ name: pg, port: 5432 }'),
      sliceText(
        'shop/db',
        `{ addresses: [10.244.8.1], hostname: db-0 }, { addresses: [10.244.8.2], hostname: db-1 },
         { addresses: [10.244.8.3], conditions: { ready: false } }, { addresses: [192.168.8.4] }`,
        '{ name: pg, port: 5432 }, { name: metrics, port: 9187 }',
      ),
      sliceText(
        'shop/db',
        '{ addresses: ["fd00:244::81"], hostname: db-0 }',
        '{ name: pg, port: 5432 }',
        {
          suffix: '6',
          family: 'IPv6',
        },
      ),
      clusterService('bank/web', '10.96.8.2', '{ port: 80 }'),
      sliceText('bank/web', '{ addresses: [10.96.8.1] }', '{ port: 80 }'),
    ),
    asks: asks`
      # A cluster IP wins over an endpoint with the same address.
      1.8.96.10.in-addr.arpa.  PTR NOERROR  @ 5 IN PTR web.shop.svc.cluster.local.
      2.8.96.10.in-addr.arpa.  PTR NOERROR  @ 5 IN PTR web.bank.svc.cluster.local.
      1.8.244.10.in-addr.arpa. PTR NOERROR  @ 5 IN PTR 10-244-8-1.web.shop.svc.cluster.local.
                                          | @ 5 IN PTR db-0.db.shop.svc.cluster.local.
      2.8.244.10.in-addr.arpa. PTR NOERROR  @ 5 IN PTR db-1.db.shop.svc.cluster.local.
      3.8.244.10.in-addr.arpa. PTR NXDOMAIN -
      9.8.244.10.in-addr.arpa. PTR NXDOMAIN -
      8.244.10.in-addr.arpa.   PTR NOERROR  -
      244.10.in-addr.arpa.     A   NOERROR  -
      x.1.8.96.10.in-addr.arpa. PTR NXDOMAIN -
      01.8.96.10.in-addr.arpa. PTR NXDOMAIN -
      256.8.96.10.in-addr.arpa. PTR NXDOMAIN -
      4.8.168.192.in-addr.arpa. PTR REFUSED -
      ${SERVICE_6}             PTR NOERROR  @ 5 IN PTR web.shop.svc.cluster.local.
      ${SERVICE_6}             A   NOERROR  -
      ${ENDPOINT_6}            PTR NOERROR  @ 5 IN PTR db-0.db.shop.svc.cluster.local.
      ${ENDPOINT_6.slice(2)}   PTR NOERROR  -
      0.${ENDPOINT_6.slice(2)} PTR NXDOMAIN -
      0.${ENDPOINT_6}          PTR NXDOMAIN -
      web.shop.svc.cluster.local. PTR NOERROR -
    `,
  },
  {
    title: 'reverse names are refused when no reverse zone is served',
    zones: ['cluster.local'],
    block: [],
    manifests: clusterService('shop/web', '10.96.8.1', '{ port: 80 }'),
    asks: asks`
      1.8.96.10.in-addr.arpa.     PTR REFUSED -
      web.shop.svc.cluster.local. A   NOERROR @ 5 IN A 10.96.8.1
    `,
  },
  {
    title: 'several zones: PTR records point into the first forward zone',
    zones: ['96.10.in-addr.arpa', 'corp.example', 'cluster.local'],
    block: [],
    manifests: clusterService('shop/web', '10.96.8.1', '{ port: 80 }'),
    asks: asksIn({ zones: ['96.10.in-addr.arpa', 'corp.example', 'cluster.local'], ttl: 5 })`
      1.8.96.10.in-addr.arpa.     PTR NOERROR @ 5 IN PTR web.shop.svc.corp.example.
      web.shop.svc.cluster.local. A   NOERROR @ 5 IN A 10.96.8.1
      web.shop.svc.corp.example.  SRV NOERROR @ 5 IN SRV 0 100 80 web.shop.svc.corp.example.
                                            + @ 5 IN A 10.96.8.1
      nope.corp.example.          A   NXDOMAIN -
      10.in-addr.arpa.            SOA REFUSED -
    `,
  },
];

/** In a cluster the server finds the Service that it stands behind by its own address. */
export const ownService: readonly Table[] = [
  {
    title: 'NS names the ClusterIP Service whose ready endpoint we are',
    zones: ZONES,
    block: [],
    manifests: manifestFile(
      clusterService(
        'kube-system/kube-dns',
        '10.96.0.10',
        '{ name: dns, port: 53, protocol: UDP }',
      ),
      sliceText(
        'kube-system/kube-dns',
        `{ addresses: [${SERVER_ADDRESSES[0]}] }, { addresses: [10.244.9.9] }`,
        '{ name: dns, port: 53, protocol: UDP }',
      ),
    ),
    asks: asks`
      cluster.local.       NS NOERROR @ 5 IN NS kube-dns.kube-system.svc.cluster.local.
                                    + kube-dns.kube-system.svc.cluster.local. 5 IN A 10.96.0.10
      10.in-addr.arpa.     NS NOERROR @ 5 IN NS ns.dns.10.in-addr.arpa.
                                    + ns.dns.10.in-addr.arpa. 5 IN A 192.0.2.53
                                    + ns.dns.10.in-addr.arpa. 5 IN AAAA 2001:db8::53
      ns.dns.cluster.local. A NOERROR @ 5 IN A 10.96.0.10
    `,
  },
  {
    title: 'NS names the endpoints of the headless Service among which we are',
    zones: ZONES,
    block: [],
    manifests: manifestFile(
      headlessService('kube-system/dns', '{ name: dns, port: 53, protocol: UDP }'),
      sliceText(
        'kube-system/dns',
        `{ addresses: [${SERVER_ADDRESSES[0]}], hostname: a }, { addresses: [10.244.9.9], hostname: b }`,
        '{ name: dns, port: 53, protocol: UDP }',
      ),
    ),
    asks: asks`
      cluster.local. NS NOERROR @ 5 IN NS a.dns.kube-system.svc.cluster.local.
                              | @ 5 IN NS b.dns.kube-system.svc.cluster.local.
                              + a.dns.kube-system.svc.cluster.local. 5 IN A 192.0.2.53
                              + b.dns.kube-system.svc.cluster.local. 5 IN A 10.244.9.9
    `,
  },
  {
    title: 'NS stays ns.dns while our endpoint is not ready',
    zones: ZONES,
    block: [],
    manifests: manifestFile(
      clusterService('kube-system/kube-dns', '10.96.0.10', '{ port: 53, protocol: UDP }'),
      sliceText(
        'kube-system/kube-dns',
        `{ addresses: [${SERVER_ADDRESSES[0]}], conditions: { ready: false } }`,
        '{ port: 53, protocol: UDP }',
      ),
    ),
    asks: asks`
      cluster.local. NS NOERROR @ 5 IN NS ns.dns.cluster.local.
                              + ns.dns.cluster.local. 5 IN A 192.0.2.53
                              + ns.dns.cluster.local. 5 IN AAAA 2001:db8::53
    `,
  },
];
