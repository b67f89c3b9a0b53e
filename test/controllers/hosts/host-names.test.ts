import { describe, expect, test } from 'vitest';
import { HostProblems } from '../../../src/controllers/hosts/host-problems.ts';
import type { HostNameRules } from '../../../src/controllers/hosts/host-rules.ts';
import { HostTable } from '../../../src/controllers/hosts/host-table.ts';
import type { HostEntry } from '../../../src/controllers/hosts/host-targets.ts';
import { soakTest } from '../../helpers/runs.ts';
import {
  balancer,
  dnsEndpoint,
  gateway,
  HostWorld,
  hostsOf,
  ingress,
  RULES,
  route,
} from './host-text.ts';

type Row = [about: string, manifests: string[], records: string[], rules?: Partial<HostNameRules>];

const NGINX = { labels: '{app.kubernetes.io/name: ingress-nginx}' };

const RECORDS: readonly Row[] = [
  [
    'an Ingress with a status, hosts put together once',
    [
      ingress('shop/web', 'a.example.org b.example.org a.example.org', {
        at: '192.0.2.1 2001:db8::1',
      }),
    ],
    [
      'a.example.org. 60 A 192.0.2.1',
      'a.example.org. 60 AAAA 2001:db8::1',
      'b.example.org. 60 A 192.0.2.1',
      'b.example.org. 60 AAAA 2001:db8::1',
    ],
  ],
  [
    'an Ingress behind a load balancer that has a name',
    [ingress('shop/web', 'a.example.org', { at: 'lb.example.net' })],
    ['a.example.org. 60 CNAME lb.example.net'],
  ],
  [
    'an Ingress without a status: the labelled Service of ingress-nginx',
    [
      ingress('shop/web', 'a.example.org'),
      balancer('ingress-nginx/aaa', '192.0.2.8'),
      balancer('ingress-nginx/controller', '192.0.2.9', {}, NGINX),
    ],
    [
      'a.example.org. 60 A 192.0.2.9',
      'aaa.ingress-nginx.example.org. 60 A 192.0.2.8',
      'controller.ingress-nginx.example.org. 60 A 192.0.2.9',
    ],
  ],
  [
    'an Ingress without a status: the Service called ingress-nginx, by its external IPs',
    [
      ingress('shop/web', 'a.example.org', { className: 'nginx' }),
      balancer(
        'ingress-nginx/ingress-nginx',
        undefined,
        {},
        {
          spec: 'type: NodePort, externalIPs: [192.0.2.7]',
        },
      ),
    ],
    ['a.example.org. 60 A 192.0.2.7'],
  ],
  [
    'an Ingress without a status: of the Services, the one with an address',
    [
      ingress('shop/web', 'a.example.org'),
      balancer('ingress-nginx/admission', undefined, {}, { ...NGINX, spec: 'type: ClusterIP' }),
      balancer('ingress-nginx/controller', '192.0.2.9', {}, NGINX),
    ],
    ['a.example.org. 60 A 192.0.2.9'],
    { resources: ['Ingress'] },
  ],
  [
    'an Ingress without a status: the Service that is named, whatever the class',
    [
      ingress('shop/web', 'a.example.org', { className: 'traefik' }),
      balancer('ingress-nginx/ingress-nginx', '192.0.2.7'),
      balancer('traefik/edge', '192.0.2.6'),
    ],
    ['a.example.org. 60 A 192.0.2.6'],
    { resources: ['Ingress'], ingressService: 'traefik/edge' },
  ],
  [
    'an Ingress with annotations: more names, another target, a TTL',
    [
      ingress('shop/web', 'a.example.org', {
        at: '192.0.2.1',
        annotations: {
          hostname: 'B.example.org., *.c.example.org',
          target: '198.51.100.1',
          ttl: '1h30m',
        },
      }),
    ],
    [
      '*.c.example.org. 5400 A 198.51.100.1',
      'a.example.org. 5400 A 198.51.100.1',
      'b.example.org. 5400 A 198.51.100.1',
    ],
  ],
  [
    'an Ingress: hosts of its tls too',
    [
      ingress('shop/web', 'a.example.org', {
        at: '192.0.2.1',
        tls: 'a.example.org, t.example.org',
      }),
    ],
    ['a.example.org. 60 A 192.0.2.1', 't.example.org. 60 A 192.0.2.1'],
  ],
  ...(
    [
      ['annotation-only', ['b.example.org. 60 A 192.0.2.1']],
      ['Defined-Hosts-Only', ['a.example.org. 60 A 192.0.2.1', 't.example.org. 60 A 192.0.2.1']],
    ] as const
  ).map(
    ([source, records]): Row => [
      `an Ingress whose ingress-hostname-source is ${source}`,
      [
        ingress('shop/web', 'a.example.org', {
          at: '192.0.2.1',
          tls: 't.example.org',
          annotations: { hostname: 'b.example.org', 'ingress-hostname-source': source },
        }),
      ],
      [...records],
    ],
  ),
  [
    'Ingresses of other classes left out',
    [
      ingress('shop/a', 'a.example.org', { at: '192.0.2.1', className: 'nginx' }),
      ingress('shop/b', 'b.example.org', { at: '192.0.2.2', className: 'other' }),
      ingress('shop/c', 'c.example.org', {
        at: '192.0.2.3',
        annotations: { 'kubernetes.io/ingress.class': 'nginx' },
      }),
    ],
    ['a.example.org. 60 A 192.0.2.1', 'c.example.org. 60 A 192.0.2.3'],
    { ingressClasses: ['nginx'] },
  ],
  [
    'a Service of type LoadBalancer under its own name in every zone',
    [balancer('shop/web', '192.0.2.1')],
    ['web.shop.example.org. 60 A 192.0.2.1', 'web.shop.other. 60 A 192.0.2.1'],
    { zones: ['example.org', 'other'] },
  ],
  [
    'a Service with annotations, coredns.io before external-dns',
    [
      balancer('shop/web', '192.0.2.1', { hostname: 'w.example.org', ttl: '30' }),
      balancer('shop/db', '192.0.2.2', {
        'coredns.io/hostname': 'd.example.org',
        hostname: 'x.example.org',
      }),
    ],
    ['d.example.org. 60 A 192.0.2.2', 'w.example.org. 30 A 192.0.2.1'],
  ],
  [
    'external IPs before the load balancer, an ExternalName by its name, a target before both',
    [
      balancer(
        'shop/a',
        '192.0.2.1',
        { hostname: 'a.example.org' },
        {
          spec: 'type: LoadBalancer, externalIPs: [198.51.100.7]',
        },
      ),
      balancer(
        'shop/b',
        undefined,
        { hostname: 'b.example.org' },
        {
          spec: 'type: ExternalName, externalName: db.example.net',
        },
      ),
      balancer('shop/c', '192.0.2.1', { hostname: 'c.example.org', target: 'CDN.example.net.' }),
    ],
    [
      'a.example.org. 60 A 198.51.100.7',
      'b.example.org. 60 CNAME db.example.net',
      'c.example.org. 60 CNAME cdn.example.net',
    ],
  ],
  [
    'Services with the wanted labels only',
    [
      balancer('shop/a', '192.0.2.1', {}, { labels: '{tier: front}' }),
      balancer('shop/b', '192.0.2.2'),
    ],
    ['a.shop.example.org. 60 A 192.0.2.1'],
    { serviceLabels: 'tier in (front,edge)' },
  ],
  [
    'routes of all kinds, at a Gateway of another namespace',
    [
      gateway('infra/edge', '-', '192.0.2.1 2001:db8::1'),
      route('shop/h', 'h.example.org', 'infra/edge'),
      route('shop/t', 't.example.org', 'infra/edge', {}, 'TLSRoute'),
      route('shop/g', 'g.example.org', 'infra/edge', { ttl: '7' }, 'GRPCRoute'),
    ],
    [
      'g.example.org. 7 A 192.0.2.1',
      'g.example.org. 7 AAAA 2001:db8::1',
      'h.example.org. 60 A 192.0.2.1',
      'h.example.org. 60 AAAA 2001:db8::1',
      't.example.org. 60 A 192.0.2.1',
      't.example.org. 60 AAAA 2001:db8::1',
    ],
  ],
  [
    'a Gateway by the Service that its implementation made, or by one of its name',
    [
      gateway('infra/edge', '-', undefined),
      balancer('infra/edge', '192.0.2.2'),
      balancer(
        'infra/zzz',
        '192.0.2.3',
        {},
        {
          labels: '{gateway.networking.k8s.io/gateway-name: edge}',
        },
      ),
      gateway('infra/named', '-', undefined),
      balancer('infra/named', '192.0.2.4'),
      route('infra/a', 'a.example.org', 'infra/edge'),
      route('infra/b', 'b.example.org', 'infra/named'),
    ],
    ['a.example.org. 60 A 192.0.2.3', 'b.example.org. 60 A 192.0.2.4'],
    { resources: ['HTTPRoute'] },
  ],
  [
    'a Gateway that is known by a name, and one with a target of its own',
    [
      gateway('infra/a', '-', 'lb.example.net'),
      gateway('infra/b', '-', '192.0.2.1', { target: '198.51.100.1,198.51.100.2' }),
      route('infra/a', 'a.example.org', 'infra/a'),
      route('infra/b', 'b.example.org', 'infra/b'),
    ],
    ['a.example.org. 60 CNAME lb.example.net', 'b.example.org. 60 A 198.51.100.1 198.51.100.2'],
  ],
  [
    'routes of Gateways of other classes left out, without a word',
    [gateway('infra/edge', '-', '192.0.2.1'), route('shop/h', 'h.example.org', 'infra/edge')],
    [],
    { gatewayClasses: ['other'] },
  ],
  [
    'a route at two Gateways',
    [
      gateway('infra/a', '-', '192.0.2.1'),
      gateway('infra/b', '-', '192.0.2.2'),
      route('shop/h', 'h.example.org', 'infra/b infra/a'),
    ],
    ['h.example.org. 60 A 192.0.2.2 192.0.2.1'],
  ],
  [
    'a DNSEndpoint with TTLs of its own',
    [
      dnsEndpoint(
        'shop/e',
        'A.example.org. 30 A 192.0.2.1 192.0.2.2',
        'a.example.org - AAAA 2001:db8::1',
        'c.example.org 9 CNAME www.example.net',
        '*.d.example.org - A 192.0.2.4',
      ),
    ],
    [
      '*.d.example.org. 60 A 192.0.2.4',
      'a.example.org. 30 A 192.0.2.1 192.0.2.2',
      'a.example.org. 60 AAAA 2001:db8::1',
      'c.example.org. 9 CNAME www.example.net',
    ],
  ],
  [
    'one host of several objects: all addresses once, by namespace, kind and name; the lowest TTL',
    [
      dnsEndpoint('b/e', 'h.example.org 20 A 192.0.2.5 192.0.2.1'),
      ingress('b/web', 'h.example.org', { at: '192.0.2.4' }),
      ingress('a/web', 'h.example.org', { at: '192.0.2.9 192.0.2.1' }),
    ],
    ['h.example.org. 20 A 192.0.2.9 192.0.2.1 192.0.2.4 192.0.2.5'],
  ],
  [
    'only the resources that are wanted',
    [
      ingress('shop/a', 'a.example.org', { at: '192.0.2.1' }),
      balancer('shop/b', '192.0.2.2'),
      dnsEndpoint('shop/c', 'c.example.org - A 192.0.2.3'),
    ],
    ['c.example.org. 60 A 192.0.2.3'],
    { resources: ['DNSEndpoint'] },
  ],
];

describe('HostNames', () => {
  test.for(RECORDS)('has %s', ([, manifests, records, rules]) => {
    expect(hostsOf(manifests.join(''), rules).records).toEqual(records);
  });

  test('makes nothing anew when what changed has no part in hosts', () => {
    const world = new HostWorld();
    expect(world.put('a.yaml', ingress('shop/web', 'a.example.org', { at: '192.0.2.1' }))).toBe(
      true,
    );
    const plain = balancer('shop/web', undefined, {}, { spec: 'type: ClusterIP' });
    expect(world.put('b.yaml', plain)).toBe(false);
    expect(world.put('b.yaml', undefined)).toBe(false);
    expect(world.put('c.yaml', dnsEndpoint('z/e', 'z.example.org - A 192.0.2.3'))).toBe(true);
    expect(world.put('c.yaml', undefined)).toBe(true);
    expect(world.records).toEqual(['a.example.org. 60 A 192.0.2.1']);
  });

  test('follows a load balancer that gets another address', () => {
    const world = new HostWorld({ resources: ['Ingress'] });
    world.put('a.yaml', ingress('shop/web', 'a.example.org'));
    expect(world.records).toEqual([]);
    world.put('b.yaml', balancer('ingress-nginx/ingress-nginx', '192.0.2.1'));
    expect(world.records).toEqual(['a.example.org. 60 A 192.0.2.1']);
    world.put('b.yaml', balancer('ingress-nginx/ingress-nginx', '192.0.2.2'));
    expect(world.records).toEqual(['a.example.org. 60 A 192.0.2.2']);
  });

  test('knows the external addresses of a Service', () => {
    const world = new HostWorld();
    world.put('a.yaml', balancer('kube-system/dns1', '192.0.2.53'));
    expect(world.hosts.externalAddresses('kube-system', 'dns1')).toEqual(['192.0.2.53']);
    expect(world.hosts.externalAddresses('kube-system', 'dns2')).toEqual([]);
  });
});

describe('HostTable', () => {
  soakTest('holds no more than 100,000 hosts', () => {
    const problems = new HostProblems();
    const table = new HostTable(manyEntries(100_002), RULES, problems);
    expect(table.hosts.size).toBe(100_000);
    expect(problems.all.map(({ message }) => message)).toEqual([
      'DNSEndpoint "e": host "h100000.example.org" is not answered, nor any after it: more than 100000 hosts',
    ]);
  });
});

function* manyEntries(count: number): Generator<HostEntry> {
  const origin = { file: 'a.yaml', document: 0, line: 1, column: 1 };
  const metadata = { namespace: 'shop', name: 'e', labels: new Map(), origin };
  const object = { kind: 'DNSEndpoint', ...metadata, records: [] } as const;
  const entry = { targets: { addresses: ['192.0.2.1'], names: [] }, object, ttl: 1, fault: '' };
  for (let at = 0; at < count; at++) {
    yield { ...entry, host: `h${at}.example.org`, via: undefined };
  }
}

describe('a route at a listener', () => {
  // As the Gateway API's HTTPRouteSpec.hostnames has it.
  const rows: [route: string, listener: string, hosts: string][] = [
    ['a.example.org', '-', 'a.example.org'],
    ['', 'a.example.org', 'a.example.org'],
    ['', '-', ''],
    ['a.example.org', 'a.example.org', 'a.example.org'],
    ['a.example.org', 'b.example.org', ''],
    ['a.example.org', '*.example.org', 'a.example.org'],
    ['a.b.example.org', '*.example.org', 'a.b.example.org'],
    ['example.org', '*.example.org', ''],
    ['aexample.org', '*.example.org', ''],
    ['*.example.org', 'a.example.org', 'a.example.org'],
    ['*.example.org', 'example.org', ''],
    ['*.example.org', '*.example.org', '*.example.org'],
    ['*.a.example.org', '*.example.org', '*.a.example.org'],
    ['*.example.org', '*.a.example.org', '*.a.example.org'],
    ['*.b.example.org', '*.a.example.org', ''],
    ['a.example.org b.example.org', '*.example.org b.example.org', 'a.example.org b.example.org'],
  ];
  test.for(rows)('%s at %s has %s', ([hostnames, listeners, hosts]) => {
    const text =
      gateway('infra/edge', listeners, '192.0.2.1') + route('shop/r', hostnames, 'infra/edge');
    const expected = hosts === '' ? [] : hosts.split(' ').map((host) => `${host}. 60 A 192.0.2.1`);
    expect(hostsOf(text).records).toEqual(expected);
  });

  test('is attached to the one that it names', () => {
    const text =
      gateway('infra/edge', 'a.example.org b.example.org', '192.0.2.1') +
      route('shop/r', '', 'infra/edge/l1');
    expect(hostsOf(text).records).toEqual(['b.example.org. 60 A 192.0.2.1']);
  });
});

describe('HostNames says', () => {
  const NO_ADDRESS = '[GATEWAY_NO_ADDRESS]';
  const IDLE = 'no route with this host is attached to its listener [GATEWAY_LISTENER_IDLE]';
  const rows: [manifests: string[], problems: string[], rules?: Partial<HostNameRules>][] = [
    [
      [ingress('shop/web', 'a.example.net', { at: '192.0.2.1' })],
      [
        'a.yaml:2:1: hint: Ingress "web": host "a.example.net" is not answered: it is in no zone of k8s_gateway, which has example.org [GATEWAY_HOST_OUTSIDE]',
      ],
    ],
    [
      [ingress('shop/web', 'a.example.org')],
      [
        `a.yaml:2:1: warning: Ingress "web": host "a.example.org" has no address: it has no status, and no ingress controller's Service is in namespace ingress-nginx: write status.loadBalancer.ingress, or ingress_service NAMESPACE/NAME in k8s_gateway ${NO_ADDRESS}`,
      ],
    ],
    [
      [ingress('shop/web', 'a.example.org', { className: 'traefik' })],
      [
        `a.yaml:2:1: warning: Ingress "web": host "a.example.org" has no address: it has no status, and the Service of class "traefik" is not known: write status.loadBalancer.ingress, or ingress_service NAMESPACE/NAME in k8s_gateway ${NO_ADDRESS}`,
      ],
    ],
    [
      [ingress('shop/web', 'a.example.org')],
      [
        `a.yaml:2:1: warning: Ingress "web": host "a.example.org" has no address: it has no status, and Service edge/edge of ingress_service is not in the manifests: write status.loadBalancer.ingress, or ingress_service NAMESPACE/NAME in k8s_gateway ${NO_ADDRESS}`,
      ],
      { ingressService: 'edge/edge' },
    ],
    [
      [
        ingress('shop/web', 'a.example.org'),
        balancer('ingress-nginx/ingress-nginx', undefined, {}, { spec: 'type: NodePort' }),
      ],
      [
        `a.yaml:2:1: warning: Ingress "web": host "a.example.org" has no address: it has no status, and Service ingress-nginx/ingress-nginx of its controller has no external address: expected type LoadBalancer with an address, or externalIPs ${NO_ADDRESS}`,
      ],
    ],
    [
      [
        ingress('shop/web', 'a.example.org b.example.org'),
        balancer('ingress-nginx/ingress-nginx', '192.0.2.1'),
      ],
      [
        'a.yaml:4:1: hint: Service "ingress-nginx": its 192.0.2.1 answers for 2 hosts of Ingresses without a status [GATEWAY_INGRESS_SERVICE]',
      ],
    ],
    [
      [balancer('shop/web', undefined, { hostname: 'a.example.org' }, { spec: 'type: ClusterIP' })],
      [
        `a.yaml:2:1: warning: Service "web": host "a.example.org" has no address: it has no external address: expected type LoadBalancer with an address, or externalIPs ${NO_ADDRESS}`,
      ],
    ],
    [
      [
        balancer('shop/web', '192.0.2.1', {
          hostname: 'a.example.org,-,b c',
          ttl: '0',
          target: '1.2.3',
        }),
      ],
      [
        'a.yaml:2:1: warning: Service "web": external-dns.alpha.kubernetes.io/hostname: "-" must be a domain name, such as www.example.com [GATEWAY_HOST_INVALID]',
        'a.yaml:2:1: warning: Service "web": external-dns.alpha.kubernetes.io/hostname: "b c" must be a domain name, such as www.example.com [GATEWAY_HOST_INVALID]',
        'a.yaml:2:1: warning: Service "web": external-dns.alpha.kubernetes.io/ttl: "0" is no TTL: expected seconds, 1 to 2147483647, or a duration, as in 10m [GATEWAY_TTL_INVALID]',
        'a.yaml:2:1: warning: Service "web": external-dns.alpha.kubernetes.io/target: "1.2.3" is neither an address nor a host name [GATEWAY_TARGET_INVALID]',
      ],
    ],
    [
      [route('shop/r', 'a.example.org', 'infra/edge')],
      [
        `a.yaml:2:1: warning: HTTPRoute "r": its hosts have no address: Gateway infra/edge is not in the manifests ${NO_ADDRESS}`,
      ],
    ],
    [
      [gateway('infra/edge', 'b.example.org', undefined), route('shop/r', '', 'infra/edge')],
      [
        `a.yaml:4:1: warning: HTTPRoute "r": host "b.example.org" has no address: Gateway infra/edge has no address: expected status.addresses, or a Service of type LoadBalancer with an address, of the same name or with the label gateway.networking.k8s.io/gateway-name ${NO_ADDRESS}`,
      ],
    ],
    [
      [
        gateway('infra/edge', 'b.example.org', '192.0.2.1'),
        route('shop/r', 'a.example.org', 'infra/edge'),
      ],
      [
        'a.yaml:4:1: hint: HTTPRoute "r": no listener takes its host names at Gateway infra/edge [GATEWAY_ROUTE_NO_HOST]',
        `a.yaml:2:1: hint: Gateway "edge": host "b.example.org" is not answered: ${IDLE}`,
      ],
    ],
    [
      [
        gateway(
          'infra/edge',
          '- *.a.example.org *.b.example.org c.example.org d.example.org',
          '192.0.2.1',
        ),
        route('shop/r', 'x.y.a.example.org b.example.org c.example.org', 'infra/edge'),
        ingress('shop/web', 'd.example.org', { at: '192.0.2.1' }),
      ],
      [`a.yaml:2:1: hint: Gateway "edge": host "*.b.example.org" is not answered: ${IDLE}`],
    ],
    [[gateway('infra/edge', 'a.example.org', '192.0.2.1')], [], { gatewayClasses: ['other'] }],
    [[gateway('infra/edge', 'a.example.org', '192.0.2.1')], [], { resources: ['Ingress'] }],
    [
      [
        dnsEndpoint('shop/a', 'h.example.org - A 192.0.2.1'),
        dnsEndpoint('shop/b', 'h.example.org - CNAME www.example.net'),
      ],
      [
        'a.yaml:4:1: warning: DNSEndpoint "b": host "h.example.org": its name www.example.net is not answered: h.example.org has addresses too, of DNSEndpoint shop/a at a.yaml:2, and a CNAME stands alone (RFC 1034 section 3.6.2) [GATEWAY_HOST_MIXED]',
      ],
    ],
    [
      [
        dnsEndpoint('shop/a', 'h.example.org - CNAME a.example.net'),
        dnsEndpoint('shop/b', 'h.example.org - CNAME b.example.net'),
      ],
      [
        'a.yaml:4:1: warning: DNSEndpoint "b": host "h.example.org": b.example.net is not answered: a name has one CNAME, here a.example.net of DNSEndpoint shop/a at a.yaml:2 [GATEWAY_HOST_MIXED]',
      ],
    ],
    [
      [dnsEndpoint('shop/a', 'example.org - CNAME a.example.net')],
      [
        `a.yaml:2:1: warning: DNSEndpoint "a": host "example.org" is not answered: a zone's own name cannot lead to the name a.example.net: expected an address [GATEWAY_ALIAS_AT_APEX]`,
      ],
    ],
  ];
  const named = rows.map(([manifests, problems, rules]) => ({
    text: problems.join('; '),
    manifests,
    problems,
    rules,
  }));
  test.for(named)('$text', ({ manifests, problems, rules }) => {
    expect(hostsOf(manifests.join(''), rules).problems).toEqual(problems);
  });

  test('no more than 500 things, and how many are left', () => {
    const hosts = Array.from({ length: 600 }, (_, at) => `h${at}.example.net`).join(' ');
    const { problems } = hostsOf(ingress('shop/web', hosts, { at: '192.0.2.1' }));
    expect(problems).toHaveLength(501);
    expect(problems.at(-1)).toContain('100 more problems of host names');
  });
});
