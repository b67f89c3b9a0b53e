import { asksIn } from '../../helpers/asks.ts';
import { type Table, ZONES } from '../table.ts';
import {
  clusterService,
  headlessService,
  manifestFile,
  serviceText,
  sliceText,
} from './manifest-text.ts';

const asks = asksIn({ zones: ZONES, ttl: 5 });

/** Addresses and SRV records of Services: families, ports, weights. */
export const serviceRecords: readonly Table[] = [
  {
    title: 'SRV: priority 0, weight 100 divided by the entries, duplicates sent once',
    zones: ZONES,
    block: [],
    manifests: manifestFile(
      clusterService('shop/one', '10.96.1.1', '{ port: 80 }'),
      clusterService('shop/two', '10.96.1.2', '{ name: http, port: 80 }, { name: tls, port: 443 }'),
      clusterService(
        'shop/mixed',
        '10.96.1.3',
        '{ name: dns, port: 53, protocol: UDP }, { name: dns-tcp, port: 53, protocol: TCP }',
      ),
      clusterService('shop/assoc', '10.96.1.4', '{ name: sig, port: 2905, protocol: SCTP }'),
      serviceText(
        'shop/node',
        'type: NodePort, clusterIP: 10.96.1.5, ports: [{ port: 80, nodePort: 30080 }]',
      ),
      serviceText(
        'shop/lb',
        'type: LoadBalancer, clusterIP: 10.96.1.6, ports: [{ port: 443, nodePort: 30443 }]',
      ),
      headlessService('shop/six', '{ name: http, port: 80 }'),
      sliceText(
        'shop/six',
        `{ addresses: [10.244.2.1] }, { addresses: [10.244.2.2] }, { addresses: [10.244.2.3] },
         { addresses: [10.244.2.4] }, { addresses: [10.244.2.5], hostname: dup-name },
         { addresses: [10.244.2.6], hostname: dup-name }`,
        '{ name: http, port: 80 }',
      ),
      headlessService('shop/bare'),
      sliceText('shop/bare', '{ addresses: [10.244.3.1], hostname: only }', ''),
      headlessService('shop/split', '{ name: a, port: 1 }'),
      sliceText('shop/split', '{ addresses: [10.244.4.1] }', '{ name: a, port: 1 }'),
      sliceText(
        'shop/split',
        '{ addresses: [10.244.4.2] }',
        '{ name: a, port: 2 }, { name: b, port: 3 }',
        {
          suffix: '2',
        },
      ),
    ),
    asks: asks`
      # An unnamed port is in the bare answer, and has no name of its own.
      one.shop.svc.cluster.local.         SRV NOERROR  @ 5 IN SRV 0 100 80 one.shop.svc.cluster.local.
                                                     + @ 5 IN A 10.96.1.1
      _tcp.one.shop.svc.cluster.local.    SRV NXDOMAIN -
      _._tcp.one.shop.svc.cluster.local.  SRV NXDOMAIN -

      two.shop.svc.cluster.local.            SRV NOERROR @ 5 IN SRV 0 50 80 two.shop.svc.cluster.local.
                                                       | @ 5 IN SRV 0 50 443 two.shop.svc.cluster.local.
                                                       + @ 5 IN A 10.96.1.2
      _tls._tcp.two.shop.svc.cluster.local.  SRV NOERROR @ 5 IN SRV 0 100 443 two.shop.svc.cluster.local.
                                                       + two.shop.svc.cluster.local. 5 IN A 10.96.1.2

      # One number under two protocols: two entries, one record.
      mixed.shop.svc.cluster.local.               SRV NOERROR  @ 5 IN SRV 0 50 53 mixed.shop.svc.cluster.local.
                                                             + @ 5 IN A 10.96.1.3
      _dns._udp.mixed.shop.svc.cluster.local.     SRV NOERROR  @ 5 IN SRV 0 100 53 mixed.shop.svc.cluster.local.
                                                             + mixed.shop.svc.cluster.local. 5 IN A 10.96.1.3
      _dns-tcp._tcp.mixed.shop.svc.cluster.local. A   NOERROR  @ 5 IN A 10.96.1.3
      _dns._tcp.mixed.shop.svc.cluster.local.     SRV NXDOMAIN -
      _udp.mixed.shop.svc.cluster.local.          SRV NOERROR  -
      _sctp.mixed.shop.svc.cluster.local.         SRV NXDOMAIN -
      _sig._sctp.assoc.shop.svc.cluster.local.    SRV NOERROR  @ 5 IN SRV 0 100 2905 assoc.shop.svc.cluster.local.
                                                             + assoc.shop.svc.cluster.local. 5 IN A 10.96.1.4

      node.shop.svc.cluster.local. SRV NOERROR @ 5 IN SRV 0 100 80 node.shop.svc.cluster.local.
                                             + @ 5 IN A 10.96.1.5
      lb.shop.svc.cluster.local.   SRV NOERROR @ 5 IN SRV 0 100 443 lb.shop.svc.cluster.local.
                                             + @ 5 IN A 10.96.1.6

      six.shop.svc.cluster.local.            SRV NOERROR @ 5 IN SRV 0 16 80 10-244-2-1.six.shop.svc.cluster.local.
                                                       | @ 5 IN SRV 0 16 80 10-244-2-2.six.shop.svc.cluster.local.
                                                       | @ 5 IN SRV 0 16 80 10-244-2-3.six.shop.svc.cluster.local.
                                                       | @ 5 IN SRV 0 16 80 10-244-2-4.six.shop.svc.cluster.local.
                                                       | @ 5 IN SRV 0 16 80 dup-name.six.shop.svc.cluster.local.
                                                       + 10-244-2-1.six.shop.svc.cluster.local. 5 IN A 10.244.2.1
                                                       + 10-244-2-2.six.shop.svc.cluster.local. 5 IN A 10.244.2.2
                                                       + 10-244-2-3.six.shop.svc.cluster.local. 5 IN A 10.244.2.3
                                                       + 10-244-2-4.six.shop.svc.cluster.local. 5 IN A 10.244.2.4
                                                       + dup-name.six.shop.svc.cluster.local. 5 IN A 10.244.2.5
                                                       + dup-name.six.shop.svc.cluster.local. 5 IN A 10.244.2.6
      dup-name.six.shop.svc.cluster.local.   SRV NOERROR @ 5 IN SRV 0 50 80 dup-name.six.shop.svc.cluster.local.
                                                       + @ 5 IN A 10.244.2.5
                                                       + @ 5 IN A 10.244.2.6
      dup-name.six.shop.svc.cluster.local.   A   NOERROR @ 5 IN A 10.244.2.5
                                                       | @ 5 IN A 10.244.2.6

      # Without ports there are addresses and no SRV.
      bare.shop.svc.cluster.local.      A   NOERROR  @ 5 IN A 10.244.3.1
      bare.shop.svc.cluster.local.      SRV NOERROR  -
      only.bare.shop.svc.cluster.local. A   NOERROR  @ 5 IN A 10.244.3.1
      only.bare.shop.svc.cluster.local. SRV NOERROR  -
      _tcp.bare.shop.svc.cluster.local. SRV NXDOMAIN -

      # Slices with different ports: three entries.
      split.shop.svc.cluster.local.         SRV NOERROR @ 5 IN SRV 0 33 1 10-244-4-1.split.shop.svc.cluster.local.
                                                      | @ 5 IN SRV 0 33 2 10-244-4-2.split.shop.svc.cluster.local.
                                                      | @ 5 IN SRV 0 33 3 10-244-4-2.split.shop.svc.cluster.local.
                                                      + 10-244-4-1.split.shop.svc.cluster.local. 5 IN A 10.244.4.1
                                                      + 10-244-4-2.split.shop.svc.cluster.local. 5 IN A 10.244.4.2
      _a._tcp.split.shop.svc.cluster.local. SRV NOERROR @ 5 IN SRV 0 50 1 10-244-4-1.split.shop.svc.cluster.local.
                                                      | @ 5 IN SRV 0 50 2 10-244-4-2.split.shop.svc.cluster.local.
                                                      + 10-244-4-1.split.shop.svc.cluster.local. 5 IN A 10.244.4.1
                                                      + 10-244-4-2.split.shop.svc.cluster.local. 5 IN A 10.244.4.2
      _b._tcp.split.shop.svc.cluster.local. A   NOERROR @ 5 IN A 10.244.4.2
    `,
  },
  {
    title: 'dual stack: A and AAAA from one Service, NODATA for the family it lacks',
    zones: ZONES,
    block: [],
    manifests: manifestFile(
      serviceText(
        'shop/both',
        'clusterIP: 10.96.2.1, clusterIPs: [10.96.2.1, "fd00:96::21"], ipFamilyPolicy: RequireDualStack, ipFamilies: [IPv4, IPv6], ports: [{ name: http, port: 80 }]',
      ),
      serviceText(
        'shop/six',
        'clusterIP: "fd00:96::22", clusterIPs: ["fd00:96::22"], ipFamilies: [IPv6], ports: [{ port: 80 }]',
      ),
      headlessService('shop/pair', '{ name: http, port: 80 }'),
      sliceText(
        'shop/pair',
        '{ addresses: [10.244.5.1], hostname: p }',
        '{ name: http, port: 80 }',
      ),
      sliceText(
        'shop/pair',
        '{ addresses: ["fd00:244::1"], hostname: p }',
        '{ name: http, port: 80 }',
        {
          suffix: '6',
          family: 'IPv6',
        },
      ),
      headlessService('shop/only6', '{ port: 80 }'),
      sliceText(
        'shop/only6',
        '{ addresses: ["5678:abcd::1"] }, { addresses: ["fd00:244::"] }',
        '{ port: 80 }',
        {
          suffix: '6',
          family: 'IPv6',
        },
      ),
    ),
    asks: asks`
      both.shop.svc.cluster.local. A    NOERROR @ 5 IN A 10.96.2.1
      both.shop.svc.cluster.local. AAAA NOERROR @ 5 IN AAAA fd00:96::21
      both.shop.svc.cluster.local. SRV  NOERROR @ 5 IN SRV 0 50 80 both.shop.svc.cluster.local.
                                              + @ 5 IN A 10.96.2.1
                                              + @ 5 IN AAAA fd00:96::21
      _http._tcp.both.shop.svc.cluster.local. AAAA NOERROR @ 5 IN AAAA fd00:96::21
      six.shop.svc.cluster.local.  A    NOERROR -
      six.shop.svc.cluster.local.  AAAA NOERROR @ 5 IN AAAA fd00:96::22
      six.shop.svc.cluster.local.  SRV  NOERROR @ 5 IN SRV 0 100 80 six.shop.svc.cluster.local.
                                              + @ 5 IN AAAA fd00:96::22
      pair.shop.svc.cluster.local.   A    NOERROR @ 5 IN A 10.244.5.1
      pair.shop.svc.cluster.local.   AAAA NOERROR @ 5 IN AAAA fd00:244::1
      p.pair.shop.svc.cluster.local. AAAA NOERROR @ 5 IN AAAA fd00:244::1
      p.pair.shop.svc.cluster.local. SRV  NOERROR @ 5 IN SRV 0 50 80 p.pair.shop.svc.cluster.local.
                                                + @ 5 IN A 10.244.5.1
                                                + @ 5 IN AAAA fd00:244::1
      only6.shop.svc.cluster.local.  A    NOERROR -
      only6.shop.svc.cluster.local.  AAAA NOERROR @ 5 IN AAAA 5678:abcd::1
                                                | @ 5 IN AAAA fd00:244::
      5678-abcd--1.only6.shop.svc.cluster.local. A    NOERROR  -
      5678-abcd--1.only6.shop.svc.cluster.local. AAAA NOERROR  @ 5 IN AAAA 5678:abcd::1
      fd00-244--0.only6.shop.svc.cluster.local.  AAAA NOERROR  @ 5 IN AAAA fd00:244::
      fd00-244--.only6.shop.svc.cluster.local.   AAAA NXDOMAIN -
    `,
  },
];

const setOf = (suffix: string): string =>
  `{ addresses: [10.244.6.1], hostname: kafka-0, targetRef: { kind: Pod, name: kafka-0${suffix} } },
   { addresses: [10.244.6.2], targetRef: { kind: Pod, name: kafka-1 } },
   { addresses: [10.244.6.3], targetRef: { kind: Pod, name: ${'long-'.repeat(12)}long } },
   { addresses: [10.244.6.4] },
   { addresses: [10.244.6.5], hostname: kafka-9, conditions: { ready: false, serving: true } }`;

const endpoints = manifestFile(
  headlessService('shop/kafka', '{ name: plain, port: 9092 }'),
  sliceText('shop/kafka', setOf('-pod'), '{ name: plain, port: 9092 }'),
  clusterService('shop/front', '10.96.3.1', '{ port: 80 }'),
  sliceText('shop/front', '{ addresses: [10.244.6.9], hostname: f }', '{ port: 8080 }'),
);

/** Names of single endpoints. */
export const endpointNames: readonly Table[] = [
  {
    title: 'endpoint names: the hostname, else the dashed address',
    zones: ZONES,
    block: [],
    manifests: endpoints,
    asks: asks`
      kafka-0.kafka.shop.svc.cluster.local.     A   NOERROR  @ 5 IN A 10.244.6.1
      10-244-6-1.kafka.shop.svc.cluster.local.  A   NXDOMAIN -
      kafka-1.kafka.shop.svc.cluster.local.     A   NXDOMAIN -
      10-244-6-2.kafka.shop.svc.cluster.local.  A   NOERROR  @ 5 IN A 10.244.6.2
      10-244-6-4.kafka.shop.svc.cluster.local.  A   NOERROR  @ 5 IN A 10.244.6.4
      kafka-9.kafka.shop.svc.cluster.local.     A   NXDOMAIN -
      # A ClusterIP Service has endpoint names too, with the ports of its slices.
      front.shop.svc.cluster.local.             A   NOERROR  @ 5 IN A 10.96.3.1
      f.front.shop.svc.cluster.local.           A   NOERROR  @ 5 IN A 10.244.6.9
      f.front.shop.svc.cluster.local.           SRV NOERROR  @ 5 IN SRV 0 100 8080 f.front.shop.svc.cluster.local.
                                                           + @ 5 IN A 10.244.6.9
    `,
  },
  {
    title: "endpoint_pod_names: the hostname, else the pod's name if it is short, else the address",
    zones: ZONES,
    block: ['endpoint_pod_names'],
    manifests: endpoints,
    asks: asks`
      kafka-0.kafka.shop.svc.cluster.local.     A   NOERROR  @ 5 IN A 10.244.6.1
      kafka-0-pod.kafka.shop.svc.cluster.local. A   NXDOMAIN -
      kafka-1.kafka.shop.svc.cluster.local.     A   NOERROR  @ 5 IN A 10.244.6.2
      10-244-6-2.kafka.shop.svc.cluster.local.  A   NXDOMAIN -
      10-244-6-3.kafka.shop.svc.cluster.local.  A   NOERROR  @ 5 IN A 10.244.6.3
      10-244-6-4.kafka.shop.svc.cluster.local.  A   NOERROR  @ 5 IN A 10.244.6.4
      2.6.244.10.in-addr.arpa.                  PTR NOERROR  @ 5 IN PTR kafka-1.kafka.shop.svc.cluster.local.
      kafka.shop.svc.cluster.local.             SRV NOERROR  @ 5 IN SRV 0 25 9092 kafka-0.kafka.shop.svc.cluster.local.
                                                           | @ 5 IN SRV 0 25 9092 kafka-1.kafka.shop.svc.cluster.local.
                                                           | @ 5 IN SRV 0 25 9092 10-244-6-3.kafka.shop.svc.cluster.local.
                                                           | @ 5 IN SRV 0 25 9092 10-244-6-4.kafka.shop.svc.cluster.local.
                                                           + kafka-0.kafka.shop.svc.cluster.local. 5 IN A 10.244.6.1
                                                           + kafka-1.kafka.shop.svc.cluster.local. 5 IN A 10.244.6.2
                                                           + 10-244-6-3.kafka.shop.svc.cluster.local. 5 IN A 10.244.6.3
                                                           + 10-244-6-4.kafka.shop.svc.cluster.local. 5 IN A 10.244.6.4
    `,
  },
];

/** The longest name of a port that has an SRV name, and one letter more. */
const LONG_PORT = `p${'o'.repeat(60)}t`;
const TOO_LONG_PORT = `${LONG_PORT}s`;

/** Names that a valid object has, and DNS has not. */
export const longNames: readonly Table[] = [
  {
    title: 'a port name of 63 letters has no SRV name: with the underscore it is no label',
    zones: ZONES,
    block: [],
    manifests: manifestFile(
      clusterService(
        'shop/web',
        '10.96.5.1',
        `{ name: ${LONG_PORT}, port: 80 }, { name: ${TOO_LONG_PORT}, port: 81 }`,
      ),
    ),
    asks: asks`
      web.shop.svc.cluster.local.                       A    NOERROR  @ 5 IN A 10.96.5.1
      _${LONG_PORT}._tcp.web.shop.svc.cluster.local.    SRV  NOERROR  @ 5 IN SRV 0 100 80 web.shop.svc.cluster.local.
                                                                    + web.shop.svc.cluster.local. 5 IN A 10.96.5.1
      ${TOO_LONG_PORT}._tcp.web.shop.svc.cluster.local. SRV  NXDOMAIN -
    `,
  },
];

/** The case of a question never matters; bytes that no object can have never match. */
export const caseAndOddNames: readonly Table[] = [
  {
    title: 'case never matters, odd bytes never match, hostile names are only names',
    zones: ZONES,
    block: ['pods insecure'],
    manifests: manifestFile(
      clusterService('shop/web', '10.96.4.1', '{ name: http, port: 80 }'),
      clusterService('svc/pod', '10.96.4.2', '{ name: http, port: 80 }'),
      clusterService('pod/svc', '10.96.4.3', '{ name: http, port: 80 }'),
      clusterService('constructor/tostring', '10.96.4.4', '{ name: http, port: 80 }'),
      clusterService('dns/ns', '10.96.4.5', '{ name: http, port: 80 }'),
    ),
    asks: asks`
      WEB.Shop.SVC.Cluster.LOCAL.                   A    NOERROR  @ 5 IN A 10.96.4.1
      _HtTp._TcP.wEb.ShOp.SvC.cLuStEr.LoCaL.        SRV  NOERROR  @ 5 IN SRV 0 100 80 web.shop.svc.cluster.local.
                                                                + web.shop.svc.cluster.local. 5 IN A 10.96.4.1
      CLUSTER.local.                                NS   NOERROR  @ 5 IN NS ns.dns.cluster.local.
                                                                + ns.dns.cluster.local. 5 IN A 192.0.2.53
                                                                + ns.dns.cluster.local. 5 IN AAAA 2001:db8::53
      ns.dns.CLUSTER.local.                         A    NOERROR  @ 5 IN A 192.0.2.53
      DNS-Version.cluster.local.                    TXT  NOERROR  @ 28800 IN TXT "1.1.0"
      NOPE.Svc.Cluster.Local.                       A    NXDOMAIN -
      1.4.96.10.IN-ADDR.ARPA.                       PTR  NOERROR  @ 5 IN PTR web.shop.svc.cluster.local.
      FD00--AB.Shop.Pod.cluster.local.              AAAA NOERROR  @ 5 IN AAAA fd00::ab
      pod.svc.svc.cluster.local.                    A    NOERROR  @ 5 IN A 10.96.4.2
      svc.svc.cluster.local.                        A    NOERROR  -
      svc.pod.svc.cluster.local.                    A    NOERROR  @ 5 IN A 10.96.4.3
      pod.svc.cluster.local.                        A    NOERROR  -
      tostring.constructor.svc.cluster.local.       A    NOERROR  @ 5 IN A 10.96.4.4
      constructor.constructor.svc.cluster.local.    A    NXDOMAIN -
      __proto__.svc.cluster.local.                  A    NXDOMAIN -
      hasownproperty.shop.svc.cluster.local.        A    NXDOMAIN -
      ns.dns.svc.cluster.local.                     A    NOERROR  @ 5 IN A 10.96.4.5
      web\.shop.svc.cluster.local.                  A    NXDOMAIN -
      web.shop\.svc.cluster.local.                  A    NXDOMAIN -
      web\000.shop.svc.cluster.local.               A    NXDOMAIN -
      w\226\132\170b.shop.svc.cluster.local.        A    NXDOMAIN -
      wEb\255.shop.svc.cluster.local.               A    NXDOMAIN -
    `,
  },
];
