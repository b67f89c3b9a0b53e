import { describe, expect, test } from 'vitest';
import { balancer, HostWorld, hostsOf, ingress, nginx, node, podOf } from './host-text.ts';

const CONTROLLER = 'ingress-nginx/controller';
const PUBLISH = '--publish-service=$(POD_NAMESPACE)/door';
const HOST = ingress('shop/web', 'a.example.org');

/** The published Service. */
const door = (spec: string, at?: string, ref = 'ingress-nginx/door') =>
  balancer(ref, at, {}, { spec });

type Row = [about: string, args: string, more: string[], addresses: string];

describe('ingress-nginx writes the status of an Ingress', () => {
  test.for<Row>([
    [
      'a NodePort: its cluster IP',
      PUBLISH,
      [door('type: NodePort, clusterIP: 10.96.0.9')],
      'A 10.96.0.9',
    ],
    [
      'a NodePort with external IPs: those',
      PUBLISH,
      [door('type: NodePort, clusterIP: 10.96.0.9, externalIPs: [192.0.2.7, 192.0.2.6]')],
      'A 192.0.2.7 192.0.2.6',
    ],
    [
      'a ClusterIP, also one with external IPs: its cluster IP',
      PUBLISH,
      [door('clusterIP: 10.96.0.9, externalIPs: [192.0.2.7]')],
      'A 10.96.0.9',
    ],
    [
      'a load balancer: its addresses, then its external IPs',
      PUBLISH,
      [door('type: LoadBalancer, externalIPs: [192.0.2.7, 192.0.2.8]', '192.0.2.9 192.0.2.8')],
      'A 192.0.2.9 192.0.2.8 192.0.2.7',
    ],
    [
      'an ExternalName: the name',
      PUBLISH,
      [door('type: ExternalName, externalName: lb.example.net')],
      'CNAME lb.example.net',
    ],
    [
      'a Service of another namespace, the value as a word of its own',
      '--v=2 --publish-service edge/door --election-id=x',
      [door('clusterIP: 10.96.0.9', undefined, 'edge/door')],
      'A 10.96.0.9',
    ],
    [
      'an address and a name of its own: the address',
      '--publish-status-address=192.0.2.7,  lb.example.net',
      [],
      'A 192.0.2.7',
    ],
    ['a name of its own', '--publish-status-address=localhost', [], 'CNAME localhost'],
    [
      'without an argument: external addresses of the nodes of its ready Pods',
      '',
      [
        node('n1', '10.0.0.1', '192.0.2.1'),
        node('n2', '10.0.0.2'),
        node('n3', '10.0.0.3', '192.0.2.3'),
        node('n4', '10.0.0.4', '192.0.2.4'),
        podOf(CONTROLLER, 'a', 'n1'),
        podOf(CONTROLLER, 'b', 'n2'),
        podOf(CONTROLLER, 'c', 'n3', 'False'),
        podOf(CONTROLLER, 'd', 'n1'),
        podOf(CONTROLLER, 'e', 'gone'),
        podOf('ingress-nginx/other', 'f', 'n4'),
      ],
      'A 192.0.2.1 10.0.0.2',
    ],
    [
      'without an argument, told so: internal addresses of the nodes',
      '--report-node-internal-ip-address',
      [node('n1', '10.0.0.1 2001:db8::1', '192.0.2.1'), podOf(CONTROLLER, 'a', 'n1')],
      'A 10.0.0.1, AAAA 2001:db8::1',
    ],
  ])('%s', ([, args, more, addresses]) => {
    const text = [HOST, nginx(CONTROLLER, args), ...more].join('');
    const { records, problems } = hostsOf(text, { resources: ['Ingress'] });
    expect(records).toEqual(addresses.split(', ').map((one) => `a.example.org. 60 ${one}`));
    expect(problems.filter((line) => !line.includes('GATEWAY_INGRESS_SERVICE'))).toEqual([]);
  });

  test('by the controller of its class, the first for one without', () => {
    const { records } = hostsOf(
      [
        ingress('shop/a', 'a.example.org', { className: 'internal' }),
        ingress('shop/b', 'b.example.org', { className: 'nginx' }),
        ingress('shop/c', 'c.example.org'),
        ingress('shop/d', 'd.example.org', { at: '198.51.100.1' }),
        nginx('z/inside', '--publish-status-address=10.0.0.1 --ingress-class=internal'),
        nginx('z/outside', '--publish-status-address=192.0.2.1', 'DaemonSet'),
      ].join(''),
    );
    expect(records).toEqual([
      'a.example.org. 60 A 10.0.0.1',
      'b.example.org. 60 A 192.0.2.1',
      'c.example.org. 60 A 192.0.2.1',
      'd.example.org. 60 A 198.51.100.1',
    ]);
  });

  test('follows Services, Pods and Nodes', () => {
    const world = new HostWorld({ resources: ['Ingress'] });
    const rest = HOST + nginx(CONTROLLER, '--report-node-internal-ip-address=true');
    world.put('a.yaml', rest);
    expect(world.records).toEqual([]);
    world.put('b.yaml', podOf(CONTROLLER, 'a', 'n1'));
    expect(world.put('c.yaml', node('n1', '10.0.0.1'))).toBe(true);
    expect(world.records).toEqual(['a.example.org. 60 A 10.0.0.1']);
    world.put('d.yaml', node('n2', '10.0.0.2'));
    expect(world.records).toEqual(['a.example.org. 60 A 10.0.0.1']);
    expect(world.put('b.yaml', podOf(CONTROLLER, 'a', 'n2'))).toBe(true);
    expect(world.records).toEqual(['a.example.org. 60 A 10.0.0.2']);
    world.put('a.yaml', HOST + nginx(CONTROLLER, '--publish-service=edge/door'));
    expect(world.records).toEqual([]);
    expect(world.put('e.yaml', door('clusterIP: 10.96.0.9', undefined, 'edge/door'))).toBe(true);
    expect(world.records).toEqual(['a.example.org. 60 A 10.96.0.9']);
    expect(world.put('e.yaml', undefined)).toBe(true);
    expect(world.records).toEqual([]);
  });
});

const ADVICE =
  'write status.loadBalancer.ingress, or ingress_service NAMESPACE/NAME in k8s_gateway';

test.for([
  [PUBLISH, '', 'Service ingress-nginx/door of --publish-service is not in the manifests'],
  [
    PUBLISH,
    door('type: LoadBalancer'),
    'Service ingress-nginx/door of --publish-service, of type LoadBalancer, has no address',
  ],
  [
    PUBLISH,
    door('clusterIP: None'),
    'Service ingress-nginx/door of --publish-service, of type ClusterIP, has no address',
  ],
  [
    '--update-status=false',
    '',
    'Deployment ingress-nginx/controller writes none, by its arguments',
  ],
  [
    '',
    '',
    'Deployment ingress-nginx/controller without --publish-service gives the addresses of the nodes that its ready Pods run on, and no such Pod is there',
  ],
  [
    '',
    podOf(CONTROLLER, 'a', 'n1'),
    'Deployment ingress-nginx/controller without --publish-service gives the addresses of the nodes that its ready Pods run on, and no Node that spec.nodeName of one names, with an address, is in the manifests',
  ],
] as const)(
  'a host of ingress-nginx with "%s" has no address, with the reason %#',
  ([args, more, fault]) => {
    const text = HOST + nginx(CONTROLLER, args) + more;
    const { records, problems } = hostsOf(text, { resources: ['Ingress'] });
    expect(records).toEqual([]);
    expect(problems).toEqual([
      `a.yaml:2:1: warning: Ingress "web": host "a.example.org" has no address: it has no status: ${fault}: ${ADVICE} [GATEWAY_NO_ADDRESS]`,
    ]);
  },
);

test('a controller that is scaled to nothing writes no status, and ingress_service comes first', () => {
  const published = nginx(CONTROLLER, '--publish-status-address=192.0.2.1', 'Deployment', 0);
  expect(hostsOf(HOST + published).records).toEqual([]);
  const other = balancer('edge/door', '192.0.2.9');
  const text = HOST + nginx(CONTROLLER, '--publish-status-address=192.0.2.1') + other;
  const rules = { resources: ['Ingress'], ingressService: 'edge/door' } as const;
  expect(hostsOf(text, rules).records).toEqual(['a.example.org. 60 A 192.0.2.9']);
});
