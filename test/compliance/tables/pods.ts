import { asksIn } from '../../helpers/asks.ts';
import { type Table, ZONES } from '../table.ts';
import { manifestFile, podText } from './manifest-text.ts';

const asks = asksIn({ zones: ZONES, ttl: 5 });

const manifests = manifestFile(
  podText('shop/a', ['10.244.7.1', 'fd00:244::71']),
  podText('shop/b', ['fd00:244::72']),
  podText('shop/host-1', ['172.18.0.2']),
  podText('shop/host-2', ['172.18.0.2']),
  podText('bank/c', ['10.244.7.3']),
  podText('bank/leaving', ['10.244.7.4']).replace(
    'name: leaving',
    'name: leaving, deletionTimestamp: "2026-01-01T00:00:00Z"',
  ),
);

export const podModes: readonly Table[] = [
  {
    title: 'pods disabled: pod.ZONE exists and nothing below it',
    zones: ZONES,
    block: [],
    manifests,
    asks: asks`
      pod.cluster.local.                     A NOERROR  -
      shop.pod.cluster.local.                A NXDOMAIN -
      10-244-7-1.shop.pod.cluster.local.     A NXDOMAIN -
      shop.svc.cluster.local.                A NOERROR  -
    `,
  },
  {
    title: 'pods insecure: any label that spells an address is one',
    zones: ZONES,
    block: ['pods insecure'],
    manifests,
    asks: asks`
      pod.cluster.local.                            A    NOERROR  -
      shop.pod.cluster.local.                       A    NOERROR  -
      192-0-2-1.shop.pod.cluster.local.             A    NOERROR  @ 5 IN A 192.0.2.1
      192-0-2-1.shop.pod.cluster.local.             AAAA NOERROR  -
      192-0-2-1.shop.pod.cluster.local.             TXT  NOERROR  -
      192-0-2-1.shop.pod.cluster.local.             SRV  NOERROR  @ 5 IN SRV 0 100 0 192-0-2-1.shop.pod.cluster.local.
                                                                + @ 5 IN A 192.0.2.1
      192-0-2-1.nope.pod.cluster.local.             A    NXDOMAIN -
      2001-db8--1.shop.pod.cluster.local.           AAAA NOERROR  @ 5 IN AAAA 2001:db8::1
      2001-db8--1.shop.pod.cluster.local.           A    NOERROR  -
      2001-db8--1.shop.pod.cluster.local.           SRV  NOERROR  @ 5 IN SRV 0 100 0 2001-db8--1.shop.pod.cluster.local.
                                                                + @ 5 IN AAAA 2001:db8::1
      2001-db8-0-0-0-0-0-1.shop.pod.cluster.local.  AAAA NOERROR  @ 5 IN AAAA 2001:db8::1
      --1.shop.pod.cluster.local.                   AAAA NOERROR  @ 5 IN AAAA ::1
      --.shop.pod.cluster.local.                    AAAA NOERROR  @ 5 IN AAAA ::
      a--b-c.shop.pod.cluster.local.                AAAA NOERROR  @ 5 IN AAAA a::b:c
      --ffff-102-304.shop.pod.cluster.local.        A    NOERROR  @ 5 IN A 1.2.3.4
      --ffff-102-304.shop.pod.cluster.local.        AAAA NOERROR  -
      01-2-3-4.shop.pod.cluster.local.              A    NXDOMAIN -
      1-2-3-256.shop.pod.cluster.local.             A    NXDOMAIN -
      1-2-3.shop.pod.cluster.local.                 A    NXDOMAIN -
      1-2-3-.shop.pod.cluster.local.                A    NXDOMAIN -
      1-2-3-4-5.shop.pod.cluster.local.             A    NXDOMAIN -
      1--2--3.shop.pod.cluster.local.               A    NXDOMAIN -
      12345--1.shop.pod.cluster.local.              A    NXDOMAIN -
      g--1.shop.pod.cluster.local.                  A    NXDOMAIN -
      1\.2\.3\.4.shop.pod.cluster.local.            A    NXDOMAIN -
      x.192-0-2-1.shop.pod.cluster.local.           A    NXDOMAIN -
      1.2.0.192.in-addr.arpa.                       PTR  REFUSED  -
      1.7.244.10.in-addr.arpa.                      PTR  NXDOMAIN -
    `,
  },
  {
    title: 'pods verified: only primary addresses of pods of that namespace',
    zones: ZONES,
    block: ['pods verified'],
    manifests,
    asks: asks`
      shop.pod.cluster.local.                     A    NOERROR  -
      10-244-7-1.shop.pod.cluster.local.          A    NOERROR  @ 5 IN A 10.244.7.1
      10-244-7-1.shop.pod.cluster.local.          AAAA NOERROR  -
      10-244-7-1.shop.pod.cluster.local.          SRV  NOERROR  @ 5 IN SRV 0 100 0 10-244-7-1.shop.pod.cluster.local.
                                                              + @ 5 IN A 10.244.7.1
      10-244-7-1.bank.pod.cluster.local.          A    NXDOMAIN -
      10-244-7-3.bank.pod.cluster.local.          A    NOERROR  @ 5 IN A 10.244.7.3
      10-244-7-9.shop.pod.cluster.local.          A    NXDOMAIN -
      # A pod that is being deleted has its address until it is gone.
      10-244-7-4.bank.pod.cluster.local.          A    NOERROR  @ 5 IN A 10.244.7.4
      10-244-7-1.nope.pod.cluster.local.          A    NXDOMAIN -
      # The second address of a pod is not asked for by name.
      fd00-244--71.shop.pod.cluster.local.        AAAA NXDOMAIN -
      fd00-244--72.shop.pod.cluster.local.        AAAA NOERROR  @ 5 IN AAAA fd00:244::72
      fd00-244-0-0-0-0-0-72.shop.pod.cluster.local. AAAA NXDOMAIN -
      # Two pods on one host network share an address.
      172-18-0-2.shop.pod.cluster.local.          A    NOERROR  @ 5 IN A 172.18.0.2
      172-18-0-2.shop.pod.cluster.local.          SRV  NOERROR  @ 5 IN SRV 0 50 0 172-18-0-2.shop.pod.cluster.local.
                                                              + @ 5 IN A 172.18.0.2
      x.10-244-7-1.shop.pod.cluster.local.        A    NXDOMAIN -
    `,
  },
];
