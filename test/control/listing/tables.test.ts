import { describe, expect, test } from 'vitest';
import { DEFAULT_ZONE } from '../../../src/config/settings.ts';
import type { PageRequest } from '../../../src/control/listing/pages.ts';
import { RESOURCES } from '../../../src/control/listing/tables.ts';
import { loadOnce } from '../../../src/control/load-once.ts';
import { folderWith } from '../../cli/folder.ts';

async function cells(manifests: string, request: Partial<PageRequest>): Promise<string[]> {
  const { page } = await loadOnce(
    { manifests: [folderWith({ 'all.yaml': manifests })], zone: DEFAULT_ZONE },
    [],
  );
  const rest = { resource: 'services', namespace: '', isWide: false, after: '' } as const;
  const { rows, next } = page({ ...rest, ...request });
  expect(next).toBe('');
  return rows.map((row) => row.cells.filter((cell) => cell !== '<unknown>').join(' '));
}

const service = (name: string, spec: string, status = '') => `---
apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { ${spec} }
${status}
`;

describe('services, as kubectl prints them', () => {
  const IP = 'clusterIP: 10.96.0.7, ports: [{ port: 80 }]';
  const points = (...ips: string[]) =>
    `status: { loadBalancer: { ingress: [${ips.map((ip) => `{ ip: ${ip} }`).join(', ')}] } }`;
  test.for([
    [service('a', IP), 'a ClusterIP 10.96.0.7 <none> 80/TCP'],
    [service('a', 'clusterIP: None'), 'a ClusterIP None <none> <none>'],
    [service('a', `${IP}, externalIPs: [192.0.2.1]`), 'a ClusterIP 10.96.0.7 192.0.2.1 80/TCP'],
    [
      service(
        'a',
        'type: NodePort, clusterIP: 10.96.0.7, ports: [{ port: 53, nodePort: 30053, protocol: UDP }]',
      ),
      'a NodePort 10.96.0.7 <none> 53:30053/UDP',
    ],
    [service('a', `type: LoadBalancer, ${IP}`), 'a LoadBalancer 10.96.0.7 <pending> 80:31400/TCP'],
    [
      service('a', `type: LoadBalancer, ${IP}`, points('192.0.2.7')),
      'a LoadBalancer 10.96.0.7 192.0.2.7 80:31400/TCP',
    ],
    [
      service('a', `type: LoadBalancer, ${IP}`, points('192.0.2.7', '192.0.2.100')),
      'a LoadBalancer 10.96.0.7 192.0.2.100,1... 80:31400/TCP',
    ],
    [
      service('a', 'type: ExternalName, externalName: example.org'),
      'a ExternalName <none> example.org <none>',
    ],
  ])('%s', async ([manifest = '', row = '']) => {
    expect(await cells(manifest, {})).toEqual([row]);
  });

  test('wide, with their selectors', async () => {
    const manifest = service('a', `${IP}, selector: { b: v2, a: v1 }`);
    expect(await cells(manifest, { isWide: true })).toEqual([
      'a ClusterIP 10.96.0.7 <none> 80/TCP a=v1,b=v2',
    ]);
  });
});

const pod = (name: string, ip: string, more: { status?: string; spec?: string } = {}) => `---
apiVersion: v1
kind: Pod
metadata: { name: ${name}, labels: { app: web } }
${more.spec ?? ''}
status: { phase: Running, podIP: ${ip}, conditions: [{ type: Ready, status: "${more.status ?? 'True'}" }] }
`;

const WEB = service('web', 'clusterIP: 10.96.0.7, selector: { app: web }, ports: [{ port: 80 }]');

describe('endpoints', () => {
  test.for([
    [WEB, 'web <none>'],
    [WEB + pod('a', '10.0.0.1'), 'web 10.0.0.1:80'],
    [WEB + pod('a', '10.0.0.1') + pod('b', '10.0.0.2', { status: 'False' }), 'web 10.0.0.1:80'],
    [
      WEB + ['1', '2', '3', '4', '5'].map((n) => pod(`a${n}`, `10.0.0.${n}`)).join(''),
      'web 10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 2 more...',
    ],
    [
      service('web', 'clusterIP: None, selector: { app: web }') + pod('a', '2001:db8::1'),
      'web 2001:db8::1',
    ],
  ])('of manifests %#', async ([manifests = '', row = '']) => {
    expect(await cells(manifests, { resource: 'endpoints' })).toEqual([row]);
  });

  test('are none for a Service that has no selector, nor for an ExternalName', async () => {
    const manifests =
      service('a', 'clusterIP: 10.96.0.7, ports: [{ port: 80 }]') +
      service('b', 'type: ExternalName, externalName: example.org');
    expect(await cells(manifests, { resource: 'endpoints' })).toEqual([]);
  });
});

test('pods, also those that have no address yet', async () => {
  const pending = `---
apiVersion: v1
kind: Pod
metadata: { name: c }
spec: { containers: [{ name: a, image: a }, { name: b, image: b }] }
`;
  const manifests = pod('a', '10.0.0.1') + pod('b', '10.0.0.2', { status: 'False' }) + pending;
  expect(await cells(manifests, { resource: 'pods' })).toEqual([
    'a 1/1 Running 0',
    'b 0/1 Running 0',
    'c 0/2 Pending 0',
  ]);
  expect(await cells(manifests, { resource: 'pods', isWide: true })).toEqual([
    'a 1/1 Running 0 10.0.0.1 <none> <none> <none>',
    'b 0/1 Running 0 10.0.0.2 <none> <none> <none>',
    'c 0/2 Pending 0 <none> <none> <none> <none>',
  ]);
});

test('ingresses', async () => {
  const ingress = (name: string, spec: string, status = '') => `---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: ${name} }
spec: { ${spec} }
${status}
`;
  const rules = (...hosts: string[]) =>
    `rules: [${hosts.map((host) => `{ host: ${host}.example.org }`).join(', ')}]`;
  const status = 'status: { loadBalancer: { ingress: [{ ip: 192.0.2.7 }] } }';
  const manifests =
    ingress('a', `ingressClassName: nginx, ${rules('a')}`, status) +
    ingress('b', `${rules('a', 'b', 'c', 'd')}, tls: [{ hosts: [a.example.org] }]`) +
    ingress('c', 'defaultBackend: { service: { name: web, port: { number: 80 } } }');
  expect(await cells(manifests, { resource: 'ingresses' })).toEqual([
    'a nginx a.example.org 192.0.2.7 80',
    'b <none> a.example.org,b.example.org,c.example.org + 1 more...  80, 443',
    'c <none> *  80',
  ]);
});

const node = (name: string, rest = '', labels = '{}') => `---
apiVersion: v1
kind: Node
metadata: { name: ${name}, labels: ${labels} }
${rest}
`;

const READY =
  'status: { conditions: [{ type: Ready, status: "True" }], nodeInfo: { kubeletVersion: v1.34.1 } }';

describe('nodes', () => {
  test.for([
    [node('a'), 'a Unknown <none> '],
    [node('a', READY), 'a Ready <none> v1.34.1'],
    [node('a', READY.replace('True', 'Unknown')), 'a NotReady <none> v1.34.1'],
    [
      node('a', `${READY}\nspec: { unschedulable: true }`),
      'a Ready,SchedulingDisabled <none> v1.34.1',
    ],
    [
      node(
        'a',
        READY,
        '{ node-role.kubernetes.io/worker: "", kubernetes.io/role: edge, kubernetes.io/os: linux }',
      ),
      'a Ready edge,worker v1.34.1',
    ],
  ])('of manifests %#', async ([manifests = '', line = '']) => {
    // They are in no namespace.
    expect(await cells(manifests, { resource: 'nodes', namespace: 'shop' })).toEqual([line]);
  });

  test('are in order of name, wide with their addresses', async () => {
    const status =
      'status: { addresses: [{ type: InternalIP, address: 10.0.0.1 }, { type: ExternalIP, address: 192.0.2.1 }], nodeInfo: { osImage: Debian 13, kernelVersion: "6.12", containerRuntimeVersion: "containerd://2.1" } }';
    expect(await cells(node('b') + node('a', status), { resource: 'nodes', isWide: true })).toEqual(
      [
        'a Unknown <none>  10.0.0.1 192.0.2.1 Debian 13 6.12 containerd://2.1',
        'b Unknown <none>  <none> <none>',
      ],
    );
  });

  test('fill pages as others do', async () => {
    const names = Array.from({ length: 501 }, (_, at) => `n${String(at).padStart(4, '0')}`);
    const manifests = names.map((name) => node(name)).join('');
    const { page } = await loadOnce(
      { manifests: [folderWith({ 'all.yaml': manifests })], zone: DEFAULT_ZONE },
      [],
    );
    const request = { resource: 'nodes', namespace: '', isWide: false } as const;
    const first = page({ ...request, after: '' });
    const second = page({ ...request, after: first.next });
    expect(
      [...first.rows, ...second.rows].map(({ namespace, cells: [name] }) => [namespace, name]),
    ).toEqual(names.map((name) => ['', name]));
    expect(second.next).toBe('');
  });

  test('are where Pods say that they run', async () => {
    const manifest = pod('a', '10.0.0.1', { spec: 'spec: { nodeName: n1 }' });
    expect(await cells(manifest, { resource: 'pods', isWide: true })).toEqual([
      'a 1/1 Running 0 10.0.0.1 n1 <none> <none>',
    ]);
  });
});

test('ingresses have the status that ingress-nginx would write', async () => {
  const manifests = `${service('door', 'type: NodePort, clusterIP: 10.96.0.9, ports: [{ port: 80 }]')}---
apiVersion: apps/v1
kind: Deployment
metadata: { name: nginx }
spec:
  selector: { matchLabels: { app: nginx } }
  template:
    metadata: { labels: { app: nginx } }
    spec:
      containers:
        - { name: a, image: a, args: [/nginx-ingress-controller, --publish-service=default/door] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: a }
spec: { ingressClassName: nginx, rules: [{ host: a.example.org }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: b }
spec: { ingressClassName: other, rules: [{ host: a.example.org }] }
`;
  expect(await cells(manifests, { resource: 'ingresses' })).toEqual([
    'a nginx a.example.org 10.96.0.9 80',
    'b other a.example.org  80',
  ]);
});

test('pages have 500 rows at most and together every row once, in order', async () => {
  const names = Array.from({ length: 1201 }, (_, at) => `web-${String(at).padStart(4, '0')}`);
  const manifests = names.map((name) => service(name, 'clusterIP: None')).join('');
  const { page } = await loadOnce(
    { manifests: [folderWith({ 'all.yaml': manifests })], zone: DEFAULT_ZONE },
    [],
  );
  for (const namespace of ['', 'default']) {
    const found: string[] = [];
    let after = '';
    do {
      const { rows, next } = page({ resource: 'services', namespace, isWide: false, after });
      expect(rows.length).toBeLessThanOrEqual(500);
      found.push(...rows.map(({ cells: [name = ''] }) => name));
      after = next;
    } while (after !== '');
    expect(found).toEqual(names);
  }
});

test('a namespace that does not exist has nothing', async () => {
  for (const resource of RESOURCES) {
    expect(await cells(WEB, { resource, namespace: 'nope' })).toEqual([]);
  }
});
