import { asks, elsewhere, NODATA, NXDOMAIN, SOA } from './tables.ts';

asks('k8s_external: Services with addresses', {}, [
  ['web.shop.example.org. A', ['NOERROR', 'web.shop.example.org. 5 IN A 192.0.2.1']],
  ['web.shop.example.org. AAAA', ['NOERROR', 'web.shop.example.org. 5 IN AAAA 2001:db8::1']],
  [
    'web.shop.example.org. SRV',
    [
      'NOERROR',
      'web.shop.example.org. 5 IN SRV 0 50 80 web.shop.example.org.',
      'web.shop.example.org. 5 IN A 192.0.2.1',
      'web.shop.example.org. 5 IN AAAA 2001:db8::1',
    ],
  ],
  ['web.shop.example.org. MX', NODATA],
  ['web.shop.example.org. ANY', ['NOERROR', 'web.shop.example.org. 5 IN A 192.0.2.1']],
  ['web.shop.example.org. AXFR', ['REFUSED']],
  [
    '_a._tcp.ips.shop.example.org. SRV',
    [
      'NOERROR',
      '_a._tcp.ips.shop.example.org. 5 IN SRV 0 50 1 ips.shop.example.org.',
      'ips.shop.example.org. 5 IN A 192.0.2.2',
      'ips.shop.example.org. 5 IN A 192.0.2.3',
    ],
  ],
  [
    'ips.shop.example.org. SRV',
    [
      'NOERROR',
      'ips.shop.example.org. 5 IN SRV 0 25 1 ips.shop.example.org.',
      'ips.shop.example.org. 5 IN SRV 0 25 2 ips.shop.example.org.',
      'ips.shop.example.org. 5 IN A 192.0.2.2',
      'ips.shop.example.org. 5 IN A 192.0.2.3',
    ],
  ],
  [
    'b.udp.ips.shop.example.org. A',
    ['NOERROR', ...['2', '3'].map((n) => `b.udp.ips.shop.example.org. 5 IN A 192.0.2.${n}`)],
  ],
  ['_b._tcp.ips.shop.example.org. SRV', NXDOMAIN],
  ['_tcp.ips.shop.example.org. A', NODATA],
  // What has an address is known by that; what has no port has no SRV record.
  [
    'both.shop.example.org. A',
    ['NOERROR', ...['4', '5'].map((n) => `both.shop.example.org. 5 IN A 192.0.2.${n}`)],
  ],
  ['bare.shop.example.org. A', ['NOERROR', 'bare.shop.example.org. 5 IN A 192.0.2.6']],
  ['bare.shop.example.org. SRV', NODATA],
  // Nothing of the inside is shown.
  ['inner.shop.example.org. A', NXDOMAIN],
  ['db.shop.example.org. A', NXDOMAIN],
  ['db-0.db.shop.example.org. A', NXDOMAIN],
  ['w.web.shop.example.org. A', NXDOMAIN],
  ['x.y.z.web.shop.example.org. A', NXDOMAIN],
  ['web.bank.example.org. A', NXDOMAIN],
  ['web.shop.svc.example.org. A', NXDOMAIN],
  ['shop.example.org. A', NODATA],
  ['bank.example.org. A', NXDOMAIN],
  // Letters never matter, and come back as they were sent.
  ['WeB.sHop.eXample.ORG. A', ['NOERROR', 'WeB.sHop.eXample.ORG. 5 IN A 192.0.2.1']],
  ['SHOP.EXAMPLE.ORG. TXT', NODATA],
  // Other zones are others'.
  ['web.shop.example.com. A', ['REFUSED']],
  ['web.shop.svc.cluster.local. A', ['REFUSED']],
]);

asks('k8s_external: load balancers known by a host name', { resolve: elsewhere }, [
  [
    'alias.shop.example.org. A',
    [
      'NOERROR',
      'alias.shop.example.org. 5 IN CNAME lb.example.net.',
      'lb.example.net. 3 IN A 198.51.100.1',
    ],
  ],
  [
    'alias.shop.example.org. CNAME',
    ['NOERROR', 'alias.shop.example.org. 5 IN CNAME lb.example.net.'],
  ],
  [
    'alias.shop.example.org. ANY',
    ['NOERROR', 'alias.shop.example.org. 5 IN CNAME lb.example.net.'],
  ],
  [
    'alias.shop.example.org. SRV',
    [
      'NOERROR',
      'alias.shop.example.org. 5 IN CNAME lb.example.net.',
      'example.net. 60 IN SOA a. b. 1 2 3 4 60',
    ],
  ],
  [
    '_http._tcp.alias.shop.example.org. SRV',
    ['NOERROR', '_http._tcp.alias.shop.example.org. 5 IN SRV 0 100 80 lb.example.net.'],
  ],
  [
    '_http._tcp.alias.shop.example.org. A',
    ['NOERROR', '_http._tcp.alias.shop.example.org. 3 IN A 198.51.100.1'],
  ],
  ['two.shop.example.org. A', ['NOERROR', 'two.shop.example.org. 3 IN A 198.51.100.1']],
  ['two.shop.example.org. AAAA', ['NOERROR', 'two.shop.example.org. 5 IN AAAA 2001:db8::9']],
  ['two.shop.example.org. CNAME', NODATA],
  [
    'two.shop.example.org. SRV',
    [
      'NOERROR',
      'two.shop.example.org. 5 IN SRV 0 50 80 lb.example.net.',
      'two.shop.example.org. 5 IN SRV 0 50 80 lb2.example.net.',
    ],
  ],
  [
    'mixed.shop.example.org. A',
    [
      'NOERROR',
      'mixed.shop.example.org. 3 IN A 192.0.2.7',
      'mixed.shop.example.org. 3 IN A 198.51.100.1',
    ],
  ],
  [
    'mixed.shop.example.org. SRV',
    [
      'NOERROR',
      'mixed.shop.example.org. 5 IN SRV 0 50 80 mixed.shop.example.org.',
      'mixed.shop.example.org. 5 IN SRV 0 50 80 lb.example.net.',
      'mixed.shop.example.org. 5 IN A 192.0.2.7',
    ],
  ],
  ['mixed.shop.example.org. MX', NODATA],
]);

asks('k8s_external: host names that nobody here has', {}, [
  ['alias.shop.example.org. A', ['NOERROR', 'alias.shop.example.org. 5 IN CNAME lb.example.net.']],
  ['mixed.shop.example.org. A', ['NOERROR', 'mixed.shop.example.org. 5 IN A 192.0.2.7']],
  ['two.shop.example.org. A', ['SERVFAIL']],
]);

asks('k8s_external: headless', { directive: 'k8s_external example.org {\nheadless\nttl 30\n}' }, [
  [
    'db.shop.example.org. A',
    [
      'NOERROR',
      'db.shop.example.org. 30 IN A 10.244.0.1',
      'db.shop.example.org. 30 IN A 10.244.0.2',
    ],
  ],
  ['db-0.db.shop.example.org. A', ['NOERROR', 'db-0.db.shop.example.org. 30 IN A 10.244.0.1']],
  [
    '10-244-0-2.db.shop.example.org. A',
    ['NOERROR', '10-244-0-2.db.shop.example.org. 30 IN A 10.244.0.2'],
  ],
  [
    '_pg._tcp.db.shop.example.org. SRV',
    [
      'NOERROR',
      '_pg._tcp.db.shop.example.org. 30 IN SRV 0 50 5432 db-0.db.shop.example.org.',
      '_pg._tcp.db.shop.example.org. 30 IN SRV 0 50 5432 10-244-0-2.db.shop.example.org.',
      'db-0.db.shop.example.org. 30 IN A 10.244.0.1',
      '10-244-0-2.db.shop.example.org. 30 IN A 10.244.0.2',
    ],
  ],
  // A Service that is not headless has no address outside, but its endpoints have names, so it is
  // there.
  [
    '10-244-0-4.inner.shop.example.org. A',
    ['NOERROR', '10-244-0-4.inner.shop.example.org. 30 IN A 10.244.0.4'],
  ],
  ['inner.shop.example.org. A', ['NOERROR', SOA.replace(' 5 IN', ' 30 IN').replace(/5$/, '30')]],
  // One with an address outside is known by that alone.
  ['bare.shop.example.org. A', ['NOERROR', 'bare.shop.example.org. 30 IN A 192.0.2.6']],
  ['w.web.shop.example.org. A', ['NXDOMAIN', SOA.replace(' 5 IN', ' 30 IN').replace(/5$/, '30')]],
]);
