import { asksIn, gridIn } from '../../helpers/asks.ts';
import { type Table, ZONES } from '../table.ts';

const manifests = `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { clusterIP: 10.96.0.7, ports: [{ name: http, port: 80 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: web-1, namespace: shop, labels: { kubernetes.io/service-name: web } }
addressType: IPv4
endpoints: [{ addresses: [10.244.1.20] }]
ports: [{ name: http, port: 8080 }]
---
apiVersion: v1
kind: Service
metadata: { name: db, namespace: shop }
spec: { clusterIP: None, ports: [{ name: pg, port: 5432 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: db-1, namespace: shop, labels: { kubernetes.io/service-name: db } }
addressType: IPv4
endpoints:
  - { addresses: [10.244.1.2], hostname: db-0 }
  - { addresses: [10.244.1.3], conditions: { ready: true } }
  - { addresses: [10.244.1.4], hostname: db-2, conditions: { ready: false } }
ports: [{ name: pg, port: 5432 }]
---
apiVersion: v1
kind: Service
metadata: { name: gone, namespace: shop }
spec: { clusterIP: None, ports: [{ name: pg, port: 5432 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: gone-1, namespace: shop, labels: { kubernetes.io/service-name: gone } }
addressType: IPv4
endpoints: [{ addresses: [10.244.1.5], hostname: gone-0, conditions: { ready: false } }]
ports: [{ name: pg, port: 5432 }]
---
apiVersion: v1
kind: Service
metadata: { name: ext, namespace: shop }
spec: { type: ExternalName, externalName: www.example.com }
`;

const context = { zones: ZONES, ttl: 5 };
const grid = gridIn(context);
const asks = asksIn(context);

/** Every kind of name with every kind of type; `.` cells are in the second table. */
const verdicts = grid`
                                        A  AAAA SRV TXT CNAME MX HTTPS ANY DS CAA NS PTR SOA TYPE666
  cluster.local.                        ND ND   ND  ND  ND    ND ND    .   ND ND  .  ND  .   ND
  svc.cluster.local.                    ND ND   ND  ND  ND    ND ND    ND  ND ND  ND ND  ND  ND
  pod.cluster.local.                    ND ND   ND  ND  ND    ND ND    ND  ND ND  ND ND  ND  ND
  dns.cluster.local.                    ND ND   ND  ND  ND    ND ND    ND  ND ND  ND ND  ND  ND
  shop.svc.cluster.local.               ND ND   ND  ND  ND    ND ND    ND  ND ND  ND ND  ND  ND
  shop.pod.cluster.local.               ND ND   ND  ND  ND    ND ND    ND  ND ND  ND ND  ND  ND
  nope.svc.cluster.local.               NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  nope.pod.cluster.local.               NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  foo.cluster.local.                    NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  shop.cluster.local.                   NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  web.shop.cluster.local.               NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  ns.dns.cluster.local.                 .  .    ND  ND  ND    ND ND    .   ND ND  ND ND  ND  ND
  x.ns.dns.cluster.local.               NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  dns-version.cluster.local.            ND ND   ND  .   ND    ND ND    .   ND ND  ND ND  ND  ND
  x.dns-version.cluster.local.          NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  nope.shop.svc.cluster.local.          NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  web.shop.svc.cluster.local.           .  ND   .   ND  ND    ND ND    .   ND ND  ND ND  ND  ND
  _http._tcp.web.shop.svc.cluster.local. . ND   .   ND  ND    ND ND    .   ND ND  ND ND  ND  ND
  _tcp.web.shop.svc.cluster.local.      ND ND   ND  ND  ND    ND ND    ND  ND ND  ND ND  ND  ND
  tcp.web.shop.svc.cluster.local.       ND ND   ND  ND  ND    ND ND    ND  ND ND  ND ND  ND  ND
  _udp.web.shop.svc.cluster.local.      NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  _http._udp.web.shop.svc.cluster.local. NX NX  NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  _nope._tcp.web.shop.svc.cluster.local. NX NX  NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  x._http._tcp.web.shop.svc.cluster.local. NX NX NX NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  _._tcp.web.shop.svc.cluster.local.    NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  _http._.web.shop.svc.cluster.local.   NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  *.shop.svc.cluster.local.             NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  10-244-1-20.web.shop.svc.cluster.local. . ND  .   ND  ND    ND ND    .   ND ND  ND ND  ND  ND
  10-244-1-9.web.shop.svc.cluster.local. NX NX  NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  db.shop.svc.cluster.local.            .  ND   .   ND  ND    ND ND    .   ND ND  ND ND  ND  ND
  db-0.db.shop.svc.cluster.local.       .  ND   .   ND  ND    ND ND    .   ND ND  ND ND  ND  ND
  x.db-0.db.shop.svc.cluster.local.     NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  10-244-1-2.db.shop.svc.cluster.local. NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  db-2.db.shop.svc.cluster.local.       NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  gone.shop.svc.cluster.local.          NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  gone-0.gone.shop.svc.cluster.local.   NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  _pg._tcp.gone.shop.svc.cluster.local. NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  x.ext.shop.svc.cluster.local.         NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  _a._tcp.ext.shop.svc.cluster.local.   NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  1-2-3-4.shop.pod.cluster.local.       .  ND   .   ND  ND    ND ND    .   ND ND  ND ND  ND  ND
  x.1-2-3-4.shop.pod.cluster.local.     NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  _a._b.1-2-3-4.shop.pod.cluster.local. NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  web.shop.pod.cluster.local.           NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  7.0.96.10.in-addr.arpa.               ND ND   ND  ND  ND    ND ND    .   ND ND  ND .   ND  ND
  x.7.0.96.10.in-addr.arpa.             NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  0.96.10.in-addr.arpa.                 ND ND   ND  ND  ND    ND ND    ND  ND ND  ND ND  ND  ND
  8.0.96.10.in-addr.arpa.               NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  4.1.244.10.in-addr.arpa.              NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  10.in-addr.arpa.                      ND ND   ND  ND  ND    ND ND    .   ND ND  .  ND  .   ND
  dns.10.in-addr.arpa.                  ND ND   ND  ND  ND    ND ND    ND  ND ND  ND ND  ND  ND
  ns.dns.10.in-addr.arpa.               .  .    ND  ND  ND    ND ND    .   ND ND  ND ND  ND  ND
  svc.10.in-addr.arpa.                  NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  dns-version.10.in-addr.arpa.          NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  web.shop.svc.10.in-addr.arpa.         NX NX   NX  NX  NX    NX NX    NX  NX NX  NX NX  NX  NX
  ip6.arpa.                             ND ND   ND  ND  ND    ND ND    .   ND ND  .  ND  .   ND
  local.                                RF RF   RF  RF  RF    RF RF    RF  RF RF  RF RF  RF  RF
  xcluster.local.                       RF RF   RF  RF  RF    RF RF    RF  RF RF  RF RF  RF  RF
  www.example.com.                      RF RF   RF  RF  RF    RF RF    RF  RF RF  RF RF  RF  RF
  7.0.168.192.in-addr.arpa.             RF RF   RF  RF  RF    RF RF    RF  RF RF  RF RF  RF  RF
  in-addr.arpa.                         RF RF   RF  RF  RF    RF RF    RF  RF RF  RF RF  RF  RF
  .                                     RF RF   RF  RF  RF    RF RF    RF  RF RF  RF RF  RF  RF
`;

const SOA = 'SOA ns.dns.cluster.local. hostmaster.cluster.local. * 7200 1800 86400 5';
const SOA_10 = 'SOA ns.dns.10.in-addr.arpa. hostmaster.10.in-addr.arpa. * 7200 1800 86400 5';
const SOA_6 = 'SOA ns.dns.ip6.arpa. hostmaster.ip6.arpa. * 7200 1800 86400 5';

const records = asks`
  cluster.local. SOA NOERROR @ 5 IN ${SOA}
  cluster.local. NS  NOERROR @ 5 IN NS ns.dns.cluster.local.
                           + ns.dns.cluster.local. 5 IN A 192.0.2.53
                           + ns.dns.cluster.local. 5 IN AAAA 2001:db8::53
  cluster.local. ANY NOERROR @ 5 IN ${SOA}
                           / @ 5 IN NS ns.dns.cluster.local.
                           / @ 5 IN NS ns.dns.cluster.local.
                           + ns.dns.cluster.local. 5 IN A 192.0.2.53
                           + ns.dns.cluster.local. 5 IN AAAA 2001:db8::53
  cluster.local. AXFR REFUSED -
  cluster.local. IXFR REFUSED -
  shop.svc.cluster.local. AXFR REFUSED -

  ns.dns.cluster.local.      A    NOERROR @ 5 IN A 192.0.2.53
  ns.dns.cluster.local.      AAAA NOERROR @ 5 IN AAAA 2001:db8::53
  ns.dns.cluster.local.      ANY  NOERROR @ 5 IN A 192.0.2.53
                                        / @ 5 IN AAAA 2001:db8::53
  dns-version.cluster.local. TXT  NOERROR @ 28800 IN TXT "1.1.0"
  dns-version.cluster.local. ANY  NOERROR @ 28800 IN TXT "1.1.0"

  web.shop.svc.cluster.local. A   NOERROR @ 5 IN A 10.96.0.7
  web.shop.svc.cluster.local. SRV NOERROR @ 5 IN SRV 0 100 80 web.shop.svc.cluster.local.
                                        + @ 5 IN A 10.96.0.7
  web.shop.svc.cluster.local. ANY NOERROR @ 5 IN A 10.96.0.7
                                        / @ 5 IN SRV 0 100 80 web.shop.svc.cluster.local.
                                        / @ 5 IN SRV 0 100 80 web.shop.svc.cluster.local.
                                        + @ 5 IN A 10.96.0.7
  _http._tcp.web.shop.svc.cluster.local. A   NOERROR @ 5 IN A 10.96.0.7
  _http._tcp.web.shop.svc.cluster.local. SRV NOERROR @ 5 IN SRV 0 100 80 web.shop.svc.cluster.local.
                                                   + web.shop.svc.cluster.local. 5 IN A 10.96.0.7
  _http._tcp.web.shop.svc.cluster.local. ANY NOERROR @ 5 IN A 10.96.0.7
                                                   / @ 5 IN SRV 0 100 80 web.shop.svc.cluster.local.
                                                   / @ 5 IN SRV 0 100 80 web.shop.svc.cluster.local.
                                                   + web.shop.svc.cluster.local. 5 IN A 10.96.0.7
  http.tcp.web.shop.svc.cluster.local.   A   NOERROR @ 5 IN A 10.96.0.7
  _http.tcp.web.shop.svc.cluster.local.  A   NOERROR @ 5 IN A 10.96.0.7
  http._tcp.web.shop.svc.cluster.local.  SRV NOERROR @ 5 IN SRV 0 100 80 web.shop.svc.cluster.local.
                                                   + web.shop.svc.cluster.local. 5 IN A 10.96.0.7
  http.tcp.web.shop.svc.cluster.local.   TXT NOERROR -
  nope.tcp.web.shop.svc.cluster.local.   A   NXDOMAIN -
  __http._tcp.web.shop.svc.cluster.local. A  NXDOMAIN -

  10-244-1-20.web.shop.svc.cluster.local. A   NOERROR @ 5 IN A 10.244.1.20
  10-244-1-20.web.shop.svc.cluster.local. SRV NOERROR @ 5 IN SRV 0 100 8080 10-244-1-20.web.shop.svc.cluster.local.
                                                    + @ 5 IN A 10.244.1.20
  10-244-1-20.web.shop.svc.cluster.local. ANY NOERROR @ 5 IN A 10.244.1.20
                                                    / @ 5 IN SRV 0 100 8080 10-244-1-20.web.shop.svc.cluster.local.
                                                    / @ 5 IN SRV 0 100 8080 10-244-1-20.web.shop.svc.cluster.local.
                                                    + @ 5 IN A 10.244.1.20

  db.shop.svc.cluster.local. A   NOERROR @ 5 IN A 10.244.1.2
                                       | @ 5 IN A 10.244.1.3
  db.shop.svc.cluster.local. SRV NOERROR @ 5 IN SRV 0 50 5432 db-0.db.shop.svc.cluster.local.
                                       | @ 5 IN SRV 0 50 5432 10-244-1-3.db.shop.svc.cluster.local.
                                       + db-0.db.shop.svc.cluster.local. 5 IN A 10.244.1.2
                                       + 10-244-1-3.db.shop.svc.cluster.local. 5 IN A 10.244.1.3
  db.shop.svc.cluster.local. ANY NOERROR @ 5 IN A 10.244.1.2
                                       | @ 5 IN A 10.244.1.3
                                       / @ 5 IN SRV 0 50 5432 db-0.db.shop.svc.cluster.local.
                                       | @ 5 IN SRV 0 50 5432 10-244-1-3.db.shop.svc.cluster.local.
                                       / @ 5 IN SRV 0 50 5432 db-0.db.shop.svc.cluster.local.
                                       | @ 5 IN SRV 0 50 5432 10-244-1-3.db.shop.svc.cluster.local.
                                       + db-0.db.shop.svc.cluster.local. 5 IN A 10.244.1.2
                                       + 10-244-1-3.db.shop.svc.cluster.local. 5 IN A 10.244.1.3
  db-0.db.shop.svc.cluster.local. A   NOERROR @ 5 IN A 10.244.1.2
  db-0.db.shop.svc.cluster.local. SRV NOERROR @ 5 IN SRV 0 100 5432 db-0.db.shop.svc.cluster.local.
                                            + @ 5 IN A 10.244.1.2
  db-0.db.shop.svc.cluster.local. ANY NOERROR @ 5 IN A 10.244.1.2
                                            / @ 5 IN SRV 0 100 5432 db-0.db.shop.svc.cluster.local.
                                            / @ 5 IN SRV 0 100 5432 db-0.db.shop.svc.cluster.local.
                                            + @ 5 IN A 10.244.1.2
  10-244-1-3.db.shop.svc.cluster.local. A NOERROR @ 5 IN A 10.244.1.3

  1-2-3-4.shop.pod.cluster.local. A   NOERROR @ 5 IN A 1.2.3.4
  1-2-3-4.shop.pod.cluster.local. SRV NOERROR @ 5 IN SRV 0 100 0 1-2-3-4.shop.pod.cluster.local.
                                            + @ 5 IN A 1.2.3.4
  1-2-3-4.shop.pod.cluster.local. ANY NOERROR @ 5 IN A 1.2.3.4
                                            / @ 5 IN SRV 0 100 0 1-2-3-4.shop.pod.cluster.local.
                                            / @ 5 IN SRV 0 100 0 1-2-3-4.shop.pod.cluster.local.
                                            + @ 5 IN A 1.2.3.4

  7.0.96.10.in-addr.arpa. PTR NOERROR @ 5 IN PTR web.shop.svc.cluster.local.
  7.0.96.10.in-addr.arpa. ANY NOERROR @ 5 IN PTR web.shop.svc.cluster.local.
  10.in-addr.arpa.        SOA NOERROR @ 5 IN ${SOA_10}
  10.in-addr.arpa.        NS  NOERROR @ 5 IN NS ns.dns.10.in-addr.arpa.
                                    + ns.dns.10.in-addr.arpa. 5 IN A 192.0.2.53
                                    + ns.dns.10.in-addr.arpa. 5 IN AAAA 2001:db8::53
  10.in-addr.arpa.        ANY NOERROR @ 5 IN ${SOA_10}
                                    / @ 5 IN NS ns.dns.10.in-addr.arpa.
                                    / @ 5 IN NS ns.dns.10.in-addr.arpa.
                                    + ns.dns.10.in-addr.arpa. 5 IN A 192.0.2.53
                                    + ns.dns.10.in-addr.arpa. 5 IN AAAA 2001:db8::53
  ns.dns.10.in-addr.arpa. A    NOERROR @ 5 IN A 192.0.2.53
  ns.dns.10.in-addr.arpa. AAAA NOERROR @ 5 IN AAAA 2001:db8::53
  ns.dns.10.in-addr.arpa. ANY  NOERROR @ 5 IN A 192.0.2.53
                                     / @ 5 IN AAAA 2001:db8::53
  ip6.arpa.               SOA NOERROR @ 5 IN ${SOA_6}
  ip6.arpa.               NS  NOERROR @ 5 IN NS ns.dns.ip6.arpa.
                                    + ns.dns.ip6.arpa. 5 IN A 192.0.2.53
                                    + ns.dns.ip6.arpa. 5 IN AAAA 2001:db8::53
  ip6.arpa.               ANY NOERROR @ 5 IN ${SOA_6}
                                    / @ 5 IN NS ns.dns.ip6.arpa.
                                    / @ 5 IN NS ns.dns.ip6.arpa.
                                    + ns.dns.ip6.arpa. 5 IN A 192.0.2.53
                                    + ns.dns.ip6.arpa. 5 IN AAAA 2001:db8::53
`;

/** An alias to a name outside our zones: the CNAME alone, whatever the type. */
const aliases = [
  'A',
  'AAAA',
  'SRV',
  'TXT',
  'CNAME',
  'MX',
  'HTTPS',
  'ANY',
  'DS',
  'CAA',
  'NS',
  'PTR',
  'SOA',
  'TYPE666',
].flatMap(
  (type) => asks`ext.shop.svc.cluster.local. ${type} NOERROR @ 5 IN CNAME www.example.com.`,
);

export const namesAndTypes: readonly Table[] = [
  {
    title: 'every name with every type',
    zones: ZONES,
    block: ['pods insecure'],
    manifests,
    asks: [...verdicts, ...records, ...aliases],
  },
];
