import { describe, expect, test } from 'vitest';
import type { HostNameRules } from '../../../src/controllers/hosts/host-rules.ts';
import { type Annotations, balancer, HostWorld, hostsOf, node, pod, service } from './host-text.ts';

const HOST: Annotations = { hostname: 'a.example.org' };
const INTERNAL: Annotations = { 'internal-hostname': 'i.example.org' };
const HEADLESS = 'clusterIP: None';
const IP = 'clusterIP: 10.96.0.9';
const NODE_PORT = `type: NodePort, ${IP}`;
const LOCAL = `${NODE_PORT}, externalTrafficPolicy: Local`;

const NODES = [
  node('n2', '10.0.0.2', '192.0.2.2'),
  node('n1', '10.0.0.1 2001:db8::1', '192.0.2.1'),
  node('n3', '10.0.0.3'),
];
const INSIDE = [node('n2', '10.0.0.2'), node('n1', '10.0.0.1 2001:db8::1')];

const on = (name: string, more = '') => ({ spec: `nodeName: ${name}${more}` });

type Row = [about: string, manifests: string[], records: string[]];

/** As external-dns's source `service` has it (`source/service.go`). */
const SERVICES: readonly Row[] = [
  [
    'a NodePort: external addresses of the nodes that have any',
    [service('shop/web', NODE_PORT, { ...HOST, ttl: '30' }), ...NODES],
    ['a.example.org. 30 A 192.0.2.1 192.0.2.2'],
  ],
  [
    'a NodePort where no node has an external address: internal ones, of all families',
    [service('shop/web', NODE_PORT, HOST), ...INSIDE],
    ['a.example.org. 60 A 10.0.0.1 10.0.0.2', 'a.example.org. 60 AAAA 2001:db8::1'],
  ],
  [
    'a NodePort with access private',
    [service('shop/web', NODE_PORT, { ...HOST, access: 'private' }), ...NODES],
    ['a.example.org. 60 A 10.0.0.1 10.0.0.2 10.0.0.3', 'a.example.org. 60 AAAA 2001:db8::1'],
  ],
  [
    'a NodePort with external IPs: the nodes all the same',
    [service('shop/web', `${NODE_PORT}, externalIPs: [192.0.2.9]`, HOST), ...NODES],
    ['a.example.org. 60 A 192.0.2.1 192.0.2.2'],
  ],
  [
    'a NodePort with external IPs and without nodes: those',
    [service('shop/web', `${NODE_PORT}, externalIPs: [192.0.2.9]`, HOST)],
    ['a.example.org. 60 A 192.0.2.9'],
  ],
  [
    'a NodePort inside: the nodes',
    [service('shop/web', NODE_PORT, INTERNAL), ...NODES],
    ['i.example.org. 60 A 192.0.2.1 192.0.2.2'],
  ],
  [
    'a NodePort of policy Local: nodes of ready Pods',
    [
      service('shop/web', LOCAL, HOST),
      ...NODES,
      pod('shop/a', '10.244.0.1', on('n1')),
      pod('shop/b', '10.244.0.2', { ...on('n2'), isReady: false }),
      pod('bank/c', '10.244.0.3', on('n2')),
    ],
    ['a.example.org. 60 A 192.0.2.1'],
  ],
  [
    'a NodePort of policy Local without a ready Pod: nodes of running ones',
    [
      service('shop/web', LOCAL, HOST),
      ...NODES,
      pod('shop/b', '10.244.0.2', { ...on('n2'), isReady: false }),
    ],
    ['a.example.org. 60 A 192.0.2.2'],
  ],
  [
    'a ClusterIP inside: its cluster IP',
    [service('shop/web', IP, INTERNAL)],
    ['i.example.org. 60 A 10.96.0.9'],
  ],
  [
    'a load balancer outside and inside',
    [
      balancer(
        'shop/web',
        '192.0.2.9',
        { ...HOST, ...INTERNAL },
        { spec: `type: LoadBalancer, ${IP}` },
      ),
    ],
    ['a.example.org. 60 A 192.0.2.9', 'i.example.org. 60 A 10.96.0.9'],
  ],
  [
    'an ExternalName: external IPs before the name',
    [
      balancer('shop/web', undefined, HOST, {
        spec: 'type: ExternalName, externalName: x.example.net, externalIPs: [192.0.2.9]',
      }),
    ],
    ['a.example.org. 60 A 192.0.2.9'],
  ],
  [
    'the annotation target instead of all that',
    [service('shop/web', NODE_PORT, { ...HOST, target: '198.51.100.1' }), ...NODES],
    ['a.example.org. 60 A 198.51.100.1'],
  ],
  [
    'annotations of external-dns 1.0 before those of old',
    [
      service('shop/web', IP, {
        'external-dns.kubernetes.io/internal-hostname': 'new.example.org',
        'internal-hostname': 'old.example.org',
      }),
    ],
    ['new.example.org. 60 A 10.96.0.9'],
  ],
];

/** Headless Services, and Pods themselves (`source/pod.go`). */
const PODS: readonly Row[] = [
  [
    'a headless Service: its ready Pods, and each that has a host name below it',
    [
      service('shop/web', HEADLESS, { ...HOST, ttl: '10' }),
      pod('shop/web-0', '10.244.0.1', { spec: 'hostname: web-0, subdomain: web' }),
      pod('shop/x', '10.244.0.2'),
      pod('shop/z', '10.244.0.3', { isReady: false }),
    ],
    ['a.example.org. 10 A 10.244.0.1 10.244.0.2', 'web-0.a.example.org. 10 A 10.244.0.1'],
  ],
  [
    'a headless Service that publishes all: Pods that are not ready too',
    [
      service('shop/web', `${HEADLESS}, publishNotReadyAddresses: true`, INTERNAL),
      pod('shop/z', '10.244.0.3', { isReady: false }),
    ],
    ['i.example.org. 60 A 10.244.0.3'],
  ],
  [
    'a headless Service, a target on one Pod',
    [
      service('shop/web', HEADLESS, HOST),
      pod('shop/x', '10.244.0.2', { annotations: { target: '192.0.2.77' } }),
      pod('shop/z', '10.244.0.3'),
    ],
    ['a.example.org. 60 A 192.0.2.77 10.244.0.3'],
  ],
  [
    'a headless Service with endpoints-type NodeExternalIP',
    [
      service('shop/web', HEADLESS, { ...HOST, 'endpoints-type': 'NodeExternalIP' }),
      ...NODES,
      pod('shop/x', '10.244.0.2', on('n1', ', hostname: x')),
      pod('shop/z', '10.244.0.3', on('n3')),
    ],
    ['a.example.org. 60 A 192.0.2.1', 'x.a.example.org. 60 A 192.0.2.1'],
  ],
  [
    'a headless Service with endpoints-type HostIP: of the status, or else of the node',
    [
      service('shop/web', HEADLESS, { ...HOST, 'endpoints-type': 'HostIP' }),
      ...NODES,
      pod('shop/x', '10.244.0.2', { ...on('n1'), status: ', hostIP: 10.0.0.77' }),
      pod('shop/z', '10.244.0.3', on('n3')),
    ],
    ['a.example.org. 60 A 10.0.0.77 10.0.0.3'],
  ],
  [
    'a Pod: its node outside, IPv6 among it, and itself inside',
    [
      ...NODES,
      pod('shop/x', '10.244.0.2', { ...on('n1'), annotations: { ...HOST, ...INTERNAL, ttl: '9' } }),
    ],
    [
      'a.example.org. 9 A 192.0.2.1',
      'a.example.org. 9 AAAA 2001:db8::1',
      'i.example.org. 9 A 10.244.0.2',
    ],
  ],
  [
    'a Pod with a target',
    [pod('shop/x', '10.244.0.2', { annotations: { ...HOST, target: 'lb.example.net' } })],
    ['a.example.org. 60 CNAME lb.example.net'],
  ],
];

describe('the annotated hosts of', () => {
  test.for([...SERVICES, ...PODS])('%s', ([, manifests, records]) => {
    const rules: Partial<HostNameRules> = { zones: ['example.org'] };
    const { records: found, problems } = hostsOf(manifests.join(''), rules);
    expect(found.filter((line) => !line.startsWith('web.shop.'))).toEqual(records);
    expect(problems).toEqual([]);
  });
});

const KUBECTL = 'add the Nodes (kubectl get nodes -o yaml)';
const noAddress = (kind: string, fault: string) =>
  `warning: ${kind}: host "a.example.org" has no address: ${fault} [GATEWAY_NO_ADDRESS]`;

test.for([
  [
    service('shop/web', NODE_PORT, HOST),
    noAddress(
      'Service "web"',
      `it is of type NodePort, and no Node with an address is in the manifests: ${KUBECTL}`,
    ),
  ],
  [
    service('shop/web', NODE_PORT, { ...HOST, access: 'public' }) + INSIDE.join(''),
    noAddress(
      'Service "web"',
      `it is of type NodePort, and no Node with an external address is in the manifests: ${KUBECTL}`,
    ),
  ],
  [
    service('shop/web', LOCAL, HOST) + NODES.join(''),
    noAddress(
      'Service "web"',
      `it is of type NodePort, and no Node that one of its Pods runs on with an address is in the manifests: ${KUBECTL}`,
    ),
  ],
  [
    service('shop/web', HEADLESS, HOST),
    noAddress('Service "web"', 'it is headless, and none of its endpoints is a ready Pod'),
  ],
  [
    pod('shop/x', '10.244.0.2', { annotations: HOST }),
    noAddress(
      'Pod "x"',
      'of a Pod the annotation hostname leads to its node, and spec.nodeName is of no Node in the manifests with an ExternalIP: internal-hostname leads to the Pod',
    ),
  ],
  [
    service('shop/web', NODE_PORT, { ...HOST, access: 'secret' }) + NODES.join(''),
    'hint: Service "web": external-dns.alpha.kubernetes.io/access: "secret" is not used: expected public or private [GATEWAY_ANNOTATION_UNUSED]',
  ],
  [
    service('shop/web', HEADLESS, {
      ...HOST,
      'external-dns.kubernetes.io/endpoints-type': 'hostip',
    }) + pod('shop/x', '10.244.0.2'),
    'hint: Service "web": external-dns.kubernetes.io/endpoints-type: "hostip" is not used: expected NodeExternalIP or HostIP [GATEWAY_ANNOTATION_UNUSED]',
  ],
] as const)('it is said what annotations cannot be used for, %#', ([text, problem]) => {
  expect(hostsOf(text).problems).toEqual([`a.yaml:2:1: ${problem}`]);
});

test('hosts follow Pods, Nodes and endpoints', () => {
  const world = new HostWorld();
  world.put(
    'a.yaml',
    service('shop/web', HEADLESS, HOST) + service('shop/np', NODE_PORT, INTERNAL),
  );
  expect(world.records).toEqual([]);
  world.put('b.yaml', pod('shop/x', '10.244.0.2'));
  world.put('c.yaml', node('n1', '10.0.0.1'));
  expect(world.records).toEqual(['a.example.org. 60 A 10.244.0.2', 'i.example.org. 60 A 10.0.0.1']);
  world.put('b.yaml', pod('shop/x', '10.244.0.2', { annotations: { target: '192.0.2.1' } }));
  world.put('c.yaml', node('n1', '10.0.0.7'));
  expect(world.records).toEqual(['a.example.org. 60 A 192.0.2.1', 'i.example.org. 60 A 10.0.0.7']);
  world.put('b.yaml', undefined);
  world.put('c.yaml', undefined);
  expect(world.records).toEqual([]);
});
