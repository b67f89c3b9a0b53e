import { describe, expect, test } from 'vitest';
import { findings } from './linted.ts';

/** A Service `NAMESPACE/NAME`, whose spec is given in flow style. */
function service(path: string, spec = 'ports: [{ port: 80 }]'): string {
  const [namespace, name] = path.split('/');
  return `apiVersion: v1\nkind: Service\nmetadata: { name: ${name}, namespace: ${namespace} }\nspec: { ${spec} }\n`;
}

/** A slice of a Service. */
function slice(path: string, endpoints: string, ports = '', family = 'IPv4'): string {
  const [namespace, name] = path.split('/');
  return `apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}-${family.toLowerCase()}, namespace: ${namespace}, labels: { kubernetes.io/service-name: ${name} } }
addressType: ${family}
ports: [${ports}]
endpoints: [${endpoints}]
`;
}

/** A Deployment whose Pods have these labels. */
function deployment(name: string, labels: string, more = ''): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}, namespace: shop }
spec:
  replicas: 2
  selector: { matchLabels: { ${labels} } }
  template:
    metadata: { labels: { ${labels} } }
    spec: { containers: [{ name: app }]${more} }
`;
}

const HEADLESS = 'clusterIP: None, ports: [{ port: 80 }]';
const file = (...documents: readonly string[]) => documents.join('---\n');

describe('names that search domains lead elsewhere:', () => {
  test.for([
    ['a namespace that is called like a domain', [service('dev/web'), service('dev/go')], 1],
    ['a namespace without Services', [slice('dev/web', '{ addresses: [10.0.0.1] }')], 0],
    ['a namespace with a name of its own', [service('shop/web')], 0],
    ['a ClusterIP Service like a namespace', [service('shop/prod'), service('prod/api')], 0],
    ['a headless Service like its own namespace', [service('prod/prod', HEADLESS)], 0],
    ['a headless Service like another', [service('shop/prod', HEADLESS), service('prod/api')], 1],
    [
      'endpoints that take the names of Services',
      [
        service('shop/prod'),
        slice('shop/prod', '{ addresses: [10.0.0.1], hostname: api }'),
        service('prod/api'),
      ],
      1,
    ],
    ['a Service like a domain without names below it', [service('shop/com', HEADLESS)], 0],
  ] as const)('%s', async ([, documents, count]) => {
    expect(await findings(file(...documents))).toHaveLength(count);
  });

  test('the finding names what is taken', async () => {
    expect(await findings(service('dev/web'))).toEqual([
      '1:1 hint NAMESPACE_NAMED_LIKE_TLD Service "web": its namespace dev is called like a top-level domain: every Pod that asks for web.dev gets the Service, and not the host outside',
    ]);
  });
});

describe('EndpointSlices:', () => {
  const one = '{ addresses: [10.0.0.1], hostname: a, targetRef: { kind: Pod, name: one } }';
  const six = '{ addresses: ["fd00::1"], hostname: a, targetRef: { kind: Pod, name: one } }';
  const two = '{ addresses: [10.0.0.2], hostname: a, targetRef: { kind: Pod, name: two } }';

  test.for([
    ['the addresses of one Pod', [slice('shop/web', one), slice('shop/web', six, '', 'IPv6')], []],
    [
      'two Pods with one host name',
      [slice('shop/web', `${one}, ${two}`)],
      ['ENDPOINT_HOST_NAME_TAKEN'],
    ],
    ['no port is named', [slice('shop/web', one, '{ port: 80 }')], []],
    [
      'one of two ports is named',
      [slice('shop/web', one, '{ port: 80 }, { name: b, port: 81 }')],
      ['SLICE_PORT_UNNAMED'],
    ],
  ] as const)('%s', async ([, slices, codes]) => {
    const found = await findings(file(service('shop/web', HEADLESS), ...slices));
    expect(found.map((text) => text.split(' ')[2])).toEqual(codes);
  });
});

describe('workloads:', () => {
  const selecting = (selector: string) =>
    service('shop/web', `selector: { ${selector} }, ports: [{ port: 80 }]`);

  test.for([
    [
      'two programs behind one Service',
      [
        selecting('tier: back'),
        deployment('a', 'app: a, tier: back'),
        deployment('b', 'app: b, tier: back'),
      ],
      ['SELECTOR_OF_TWO_WORKLOADS'],
    ],
    [
      'two releases of one program',
      [
        selecting('app: a'),
        deployment('a', 'app: a, track: stable'),
        deployment('b', 'app: a, track: canary'),
      ],
      [],
    ],
    [
      'two Pods with the host name of the template',
      [service('shop/db', HEADLESS), deployment('a', 'app: a', ', hostname: db-0, subdomain: db')],
      ['ENDPOINT_HOST_NAME_TAKEN'],
    ],
    [
      'a StatefulSet whose Pods have too long a name',
      [deployment('s'.repeat(62), 'app: a').replace('Deployment', 'StatefulSet')],
      ['NAME_TOO_LONG'],
    ],
  ] as const)('%s', async ([, documents, codes]) => {
    const found = await findings(file(...documents));
    expect(found.map((text) => text.split(' ')[2])).toEqual(codes);
  });
});

describe('sizes:', () => {
  const endpoints = (count: number) =>
    Array.from({ length: count }, (_, at) => `{ addresses: [10.0.0.${at + 1}] }`).join(', ');

  test('an answer is reported from the first byte that does not fit', async () => {
    const of = (count: number) =>
      findings(
        file(service('shop/web', HEADLESS), slice('shop/web', endpoints(count), '{ port: 80 }')),
      );
    // 12 of the header, 32 of the question, 11 of OPT, and 55 or 56 for each SRV record.
    expect(await of(21)).toEqual([]);
    expect(await of(22)).toEqual([
      '1:1 warning ANSWER_OVER_UDP_LIMIT Service "web": the SRV answer for web.shop.svc.cluster.local. has 22 records and 1278 bytes: over 1232 it is cut, and clients have to ask again over TCP',
    ]);
  });

  test('a name is reported that a long zone makes too long', async () => {
    const zone = [1, 2, 3].map(() => 'z'.repeat(63)).join('.');
    const path = `shop/${'w'.repeat(53)}`;
    const zones = { zones: [zone] };
    expect(await findings(service(path.slice(0, -2)), zones)).toEqual([]);
    expect(await findings(service(path), zones)).toEqual([
      expect.stringContaining('has 254 characters, and a name in DNS at most 253'),
    ]);
  });
});
