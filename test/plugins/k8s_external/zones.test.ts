import { outsideService } from './external-world.ts';
import { asks, HTTP, NODATA, NXDOMAIN, SHOP, SOA, slice } from './tables.ts';

const reverseSoa = (zone: string) =>
  `${zone} 5 IN SOA ns1.dns.${zone} hostmaster.dns.${zone} 7 7200 1800 86400 5`;

asks(
  'k8s_external: reverse zones',
  {
    directive: 'k8s_external 192.0.2.0/24 example.org 192.0.3.9/32 ip6.arpa',
    addresses: ['192.0.2.53'],
  },
  [
    [
      '1.2.0.192.in-addr.arpa. PTR',
      ['NOERROR', '1.2.0.192.in-addr.arpa. 5 IN PTR web.shop.example.org.'],
    ],
    [
      '8.2.0.192.in-addr.arpa. PTR',
      [
        'NOERROR',
        '8.2.0.192.in-addr.arpa. 5 IN PTR a.shop.example.org.',
        '8.2.0.192.in-addr.arpa. 5 IN PTR b.shop.example.org.',
      ],
    ],
    ['1.2.0.192.in-addr.arpa. A', ['NOERROR', reverseSoa('2.0.192.in-addr.arpa.')]],
    ['200.2.0.192.in-addr.arpa. PTR', ['NXDOMAIN', reverseSoa('2.0.192.in-addr.arpa.')]],
    [
      '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR',
      [
        'NOERROR',
        '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. 5 IN PTR web.shop.example.org.',
      ],
    ],
    ['8.b.d.0.1.0.0.2.ip6.arpa. PTR', ['NOERROR', reverseSoa('ip6.arpa.')]],
    [
      '2.0.192.in-addr.arpa. NS',
      [
        'NOERROR',
        '2.0.192.in-addr.arpa. 5 IN NS ns1.dns.2.0.192.in-addr.arpa.',
        'ns1.dns.2.0.192.in-addr.arpa. 5 IN A 192.0.2.53',
      ],
    ],
    ['web.shop.example.org. PTR', NODATA],
  ],
  SHOP +
    outsideService('shop/b', 'externalIPs: [192.0.2.8], ports: [{ port: 1 }]') +
    outsideService('shop/a', 'externalIPs: [192.0.2.8], ports: [{ port: 1 }]'),
);

const OWN = ['192.0.2.53', '2001:db8::53'];

asks('k8s_external: the zone itself', { addresses: OWN }, [
  ['example.org. SOA', ['NOERROR', SOA]],
  ['eXample.org. SOA', ['NOERROR', SOA.replace('example', 'eXample')]],
  [
    'example.org. NS',
    [
      'NOERROR',
      'example.org. 5 IN NS ns1.dns.example.org.',
      'ns1.dns.example.org. 5 IN A 192.0.2.53',
      'ns1.dns.example.org. 5 IN AAAA 2001:db8::53',
    ],
  ],
  ['example.org. A', NODATA],
  ['dns.example.org. A', NODATA],
  ['ns1.dns.example.org. A', ['NOERROR', 'ns1.dns.example.org. 5 IN A 192.0.2.53']],
  ['NS1.dns.example.org. AAAA', ['NOERROR', 'NS1.dns.example.org. 5 IN AAAA 2001:db8::53']],
  ['ns1.dns.example.org. TXT', NODATA],
  ['ns2.dns.example.org. A', NXDOMAIN],
  ['x.ns1.dns.example.org. A', NXDOMAIN],
  ['nope.example.org. SOA', NXDOMAIN],
]);

const FRONT =
  outsideService(
    'kube-system/kube-dns',
    'type: LoadBalancer, ports: [{ name: dns, port: 53, protocol: UDP }]',
    '{ ip: 198.51.100.53 }',
  ) +
  slice(
    'kube-system/kube-dns',
    '{ addresses: [192.0.2.53] }',
    '{ name: dns, port: 53, protocol: UDP }',
  );

asks(
  'k8s_external: a Service leads to the server from outside',
  { addresses: OWN, directive: 'k8s_external example.org {\napex Sky\n}' },
  [
    [
      'example.org. NS',
      [
        'NOERROR',
        'example.org. 5 IN NS ns1.sky.example.org.',
        'ns1.sky.example.org. 5 IN A 198.51.100.53',
      ],
    ],
    ['ns1.sky.example.org. A', ['NOERROR', 'ns1.sky.example.org. 5 IN A 198.51.100.53']],
    ['example.org. TXT', ['NOERROR', SOA.replace(/dns\./g, 'sky.')]],
  ],
  FRONT,
);

const TENANTS =
  outsideService('shop/web', `externalIPs: [192.0.2.1], ${HTTP}`) +
  outsideService('bank/web', `externalIPs: [192.0.2.2], ${HTTP}`) +
  outsideService('dns/web', `externalIPs: [192.0.2.3], ${HTTP}`) +
  '---\napiVersion: v1\nkind: Namespace\nmetadata: { name: shop, labels: { team: a } }\n';

for (const line of ['namespaces shop', 'namespace_labels team=a']) {
  const directive = 'k8s_external example.org in-addr.arpa';
  asks(
    `k8s_external: with ${line}`,
    { kubernetes: [line], directive },
    [
      ['web.shop.example.org. A', ['NOERROR', 'web.shop.example.org. 5 IN A 192.0.2.1']],
      ['web.bank.example.org. A', NXDOMAIN],
      ['bank.example.org. A', NXDOMAIN],
      ['2.2.0.192.in-addr.arpa. PTR', ['NXDOMAIN', reverseSoa('in-addr.arpa.')]],
    ],
    TENANTS,
  );
}

asks('k8s_external: with labels', { kubernetes: ['labels tier=front'] }, [
  ['web.shop.example.org. A', NXDOMAIN],
  ['shop.example.org. A', NODATA],
]);

asks(
  "k8s_external: zones within each other, and a namespace like the zone's own name",
  { directive: 'k8s_external example.org shop.example.org' },
  [
    // Of the longer zone, which has no namespace `web`.
    ['web.shop.example.org. A', ['NXDOMAIN', reverseSoa('shop.example.org.')]],
    ['web.shop.shop.example.org. A', ['NOERROR', 'web.shop.shop.example.org. 5 IN A 192.0.2.1']],
    ['web.bank.example.org. A', ['NOERROR', 'web.bank.example.org. 5 IN A 192.0.2.2']],
    ['web.dns.example.org. A', NXDOMAIN],
  ],
  TENANTS,
);
