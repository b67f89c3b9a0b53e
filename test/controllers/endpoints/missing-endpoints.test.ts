import { expect, test } from 'vitest';
import { missingEndpoints } from '../../../src/controllers/endpoints/missing-endpoints.ts';
import { PodSimulator } from '../../../src/controllers/simulation/simulated-pods.ts';
import { problemText } from '../../../src/kube/problem.ts';
import { endpoints, pod, service, slice } from '../../registry/load-text.ts';
import { Cluster } from '../cluster-of.ts';
import { workload } from '../simulation/workload-text.ts';

const READY = 'conditions: [{type: Ready, status: "True"}]';
const at = (ip: string, rest = READY) => `{podIP: ${ip}, ${rest}}`;
const WEB = service('shop/web', '{selector: {app: web}, ports: [{port: 80}]}');
const NAMED = service(
  'shop/web',
  '{selector: {app: web}, ports: [{name: http, port: 80, targetPort: www}]}',
);
const HEADLESS = service('shop/web', '{clusterIP: None, selector: {app: web}}');
const APP = '{app: web}';
const NOTHING = 'its selector app=web matches no Pod and no workload of its namespace';

/**
 * What is said of the Services of `shop`, without the place and the code, which are always the
 * same.
 */
function said(text: string, simulator = new PodSimulator(undefined)): string[] {
  const cluster = new Cluster({ 'a.yaml': text }, undefined, simulator);
  const objects = cluster.registry.namespace('shop');
  const problems = missingEndpoints(cluster.view('shop'), objects, simulator.isOn);
  return problems.map(({ message }) => message.replace('Service "web": no endpoints', ''));
}

test('missingEndpoints() is a hint at the Service', () => {
  const cluster = new Cluster({
    'web.yaml': service('shop/my-nginx', '{selector: {run: my-nginx}, ports: [{port: 80}]}'),
    'nginx.yaml': workload('Deployment shop/my-nginx', '{run: my-nginx}', 'replicas: 2'),
  });
  const objects = cluster.registry.namespace('shop');
  const problems = missingEndpoints(cluster.view('shop'), objects, false);
  expect(problems.map(problemText)).toEqual([
    'web.yaml:2:1: hint: Service "my-nginx": no endpoints: its selector run=my-nginx matches Deployment my-nginx (2 replicas, nginx.yaml:2:1), whose Pods only a cluster makes: add Pods, an EndpointSlice, or --workloads simulate [SERVICE_WITHOUT_ENDPOINTS]',
  ]);
  expect(problems[0]?.object).toBe('Service shop/my-nginx');
});

test.each<[title: string, text: string, says: string[]]>([
  ['nothing of a Service with a ready Pod', WEB + pod('shop/a', APP, at('10.0.0.1')), []],
  [
    'nothing of ExternalName',
    service('shop/web', '{type: ExternalName, externalName: a.example, selector: {app: web}}'),
    [],
  ],
  ['nothing of a Service for others to fill', service('shop/web'), []],
  [
    'nothing where host names are the endpoints',
    WEB.replace('labels: {}', 'labels: {}, annotations: {svcdns.dev/endpoints-dns: web}'),
    [],
  ],
  [
    'nothing where a slice has host names',
    WEB + slice('shop/web-1', 'web', 'addressType: FQDN, endpoints: [{addresses: [a.example]}]'),
    [],
  ],
  [
    'that a headless Service without a selector has no name',
    service('shop/web', '{clusterIP: None}'),
    [
      ': it is headless and has no selector, so it has no name until there is an EndpointSlice with the label kubernetes.io/service-name, or an Endpoints object of its name',
    ],
  ],
  [
    'which workload there is: a DaemonSet',
    WEB + workload('DaemonSet shop/agent', APP),
    [
      ': its selector app=web matches DaemonSet agent (a.yaml:4:1), whose Pods only a cluster makes: add Pods, an EndpointSlice, or --workloads simulate',
    ],
  ],
  [
    'which workload there is: one of several, with one replica',
    WEB + workload('Deployment shop/a', APP) + workload('Deployment shop/b', APP),
    [
      ': its selector app=web matches Deployment a (1 replica, a.yaml:4:1) and 1 more, whose Pods only a cluster makes: add Pods, an EndpointSlice, or --workloads simulate',
    ],
  ],
  [
    'which workload there is: not the ReplicaSet of a Deployment',
    WEB +
      workload('ReplicaSet shop/a-5d4', '{app: web, pod-template-hash: 5d4}') +
      workload('Deployment shop/a', APP, 'replicas: 2'),
    [
      ': its selector app=web matches Deployment a (2 replicas, a.yaml:6:1), whose Pods only a cluster makes: add Pods, an EndpointSlice, or --workloads simulate',
    ],
  ],
  [
    'which workload there is: the StatefulSet of the one Pod selected',
    service(
      'shop/web',
      '{selector: {app: web, statefulset.kubernetes.io/pod-name: db-1}, ports: [{port: 80}]}',
    ) + workload('StatefulSet shop/db', APP, 'replicas: 2, serviceName: db'),
    [
      ': its selector app=web,statefulset.kubernetes.io/pod-name=db-1 matches StatefulSet db (2 replicas, a.yaml:4:1), whose Pods only a cluster makes: add Pods, an EndpointSlice, or --workloads simulate',
    ],
  ],
  [
    'that a workload is scaled to nothing',
    WEB + workload('Deployment shop/web', APP, 'replicas: 0'),
    [': its selector app=web matches Deployment web (0 replicas, a.yaml:4:1): scale it up'],
  ],
  ['that there is nothing', WEB, [`: ${NOTHING}`]],
  [
    'that there is nothing in its own namespace',
    WEB + workload('Deployment bank/web', APP),
    [`: ${NOTHING}`],
  ],
  [
    'nothing near where only the key is the same',
    WEB + workload('Deployment shop/database', '{app: database}'),
    [`: ${NOTHING}`],
  ],
  [
    'what is near: a slip of the finger',
    WEB + workload('Deployment shop/x', '{app: wbe}'),
    [`: ${NOTHING}: nearest is Deployment x (a.yaml:4:1), whose template has app=wbe`],
  ],
  [
    'what is near: the value under another key',
    WEB + workload('Deployment shop/x', '{run: web}') + pod('shop/y', '{app: sql}', at('10.0.0.1')),
    [`: ${NOTHING}: nearest is Deployment x (a.yaml:4:1), whose template has run=web`],
  ],
  [
    'what is near: what has the name of the Service',
    WEB + workload('Deployment shop/web', '{app: frontend}'),
    [`: ${NOTHING}: nearest is Deployment web (a.yaml:4:1), whose template has app=frontend`],
  ],
  [
    'what is near: a Pod',
    WEB + pod('shop/a', '{app: wed}', at('10.0.0.1')),
    [`: ${NOTHING}: nearest is Pod a (a.yaml:4:1), which has app=wed`],
  ],
  [
    'what is near: what lacks one label of two',
    service('shop/web', '{selector: {app: web, tier: front}, ports: [{port: 80}]}') +
      workload('Deployment shop/x', APP),
    [
      ': its selector app=web,tier=front matches no Pod and no workload of its namespace: nearest is Deployment x (a.yaml:4:1), whose template lacks tier=front',
    ],
  ],
  [
    'what is near: what has one label of two otherwise',
    service('shop/web', '{selector: {app: web, tier: front}, ports: [{port: 80}]}') +
      workload('Deployment shop/x', '{app: web, tier: database}'),
    [
      ': its selector app=web,tier=front matches no Pod and no workload of its namespace: nearest is Deployment x (a.yaml:4:1), whose template has tier=database',
    ],
  ],
  [
    'nothing near where two labels differ',
    service('shop/web', '{selector: {app: web, tier: front}, ports: [{port: 80}]}') +
      workload('Deployment shop/web', '{app: sql, tier: database}'),
    [': its selector app=web,tier=front matches no Pod and no workload of its namespace'],
  ],
  [
    'the first five labels of a selector',
    service('shop/web', '{selector: {a: a, b: b, c: c, d: d, e: e, f: f}, ports: [{port: 80}]}'),
    [': its selector a=a,b=b,c=c,d=d,e=e,… matches no Pod and no workload of its namespace'],
  ],
  [
    'that Pods are not ready',
    WEB +
      pod('shop/a', APP, at('10.0.0.1', 'phase: Running')) +
      pod('shop/b', APP, at('10.0.0.2', 'phase: Running')),
    [': its 2 Pods are not ready (status.conditions)'],
  ],
  [
    'that its Pod has no address',
    WEB + pod('shop/a', APP, '{phase: Pending}'),
    [': its Pod a (a.yaml:4:1) has no address (status.podIP)'],
  ],
  [
    'what is the matter with each of its Pods',
    WEB +
      pod('shop/a', APP, '{phase: Pending}') +
      pod('shop/b', APP, at('10.0.0.1', `phase: Succeeded, ${READY}`)) +
      pod('shop/c', APP, at('10.0.0.1', 'phase: Running')) +
      pod('shop/d', APP, at('10.0.0.1', 'phase: Running')) +
      pod('shop/e', APP, at('10.0.0.2')).replace(
        'name: e',
        'name: e, deletionTimestamp: "2026-01-01T00:00:00Z"',
      ),
    [
      ': of its 5 Pods 1 has no address (status.podIP), 1 has ended, 2 are not ready (status.conditions), 1 is being deleted',
    ],
  ],
  [
    'that Pods are of the other family',
    service('shop/web', '{clusterIP: None, ipFamilies: [IPv6], selector: {app: web}}') +
      pod('shop/a', APP, at('10.0.0.1')),
    [': its Pod a (a.yaml:4:1) has no IPv6 address, only IPv4'],
  ],
  [
    'that a slice has no ready endpoint, whatever the Pods are',
    HEADLESS +
      pod('shop/a', APP, at('10.0.0.1')) +
      slice(
        'shop/web-1',
        'web',
        'addressType: IPv4, endpoints: [{addresses: [10.0.1.1], conditions: {ready: false}}]',
      ),
    [': its EndpointSlice web-1 (a.yaml:6:1) has no endpoint that is ready'],
  ],
  [
    'that none of several slices has a ready endpoint',
    HEADLESS +
      slice('shop/web-1', 'web', 'addressType: IPv4, endpoints: []') +
      slice('shop/web-2', 'web', 'addressType: IPv6, endpoints: []'),
    [': none of its 2 EndpointSlices has an endpoint that is ready'],
  ],
  [
    'that Endpoints have no ready address',
    HEADLESS + endpoints('shop/web', '[{notReadyAddresses: [{ip: 10.0.0.1}]}]'),
    [': its Endpoints (a.yaml:4:1) have no ready address'],
  ],
  [
    'that Endpoints are empty',
    HEADLESS + endpoints('shop/web', '[]'),
    [': its Endpoints (a.yaml:4:1) have no ready address'],
  ],
  [
    'that a Pod has not the port named',
    NAMED +
      pod(
        'shop/a',
        APP,
        at('10.0.0.1'),
        '{containers: [{ports: [{name: web, containerPort: 80}, {name: www, containerPort: 80, protocol: UDP}]}]}',
      ),
    [' for port "http": targetPort "www" is no TCP port of Pod a (a.yaml:4:1), which has web'],
  ],
  [
    'that a Pod names no ports',
    NAMED.replace('name: http, ', '') + pod('shop/a', APP, at('10.0.0.1')),
    [
      ' for port 80: targetPort "www" is no TCP port of Pod a (a.yaml:4:1), which names no TCP port',
    ],
  ],
  [
    'nothing of a port that Pods name',
    NAMED +
      pod(
        'shop/a',
        APP,
        at('10.0.0.1'),
        '{containers: [{ports: [{name: www, containerPort: 80}]}]}',
      ),
    [],
  ],
])('missingEndpoints() says %s', (_, text, says) => {
  expect(said(text)).toEqual(says);
});

test('missingEndpoints() says nothing of simulated Pods, and what keeps them away', () => {
  const RANGE = { ipv4: '10.244.0.0/30', ipv6: undefined };
  const pool = () => new PodSimulator(RANGE);
  expect(said(WEB + workload('Deployment shop/web', APP), pool())).toEqual([]);
  const full = workload('Deployment shop/a', '{app: a}', 'replicas: 9');
  expect(said(WEB + full + workload('Deployment shop/web', APP), pool())).toEqual([
    ': its selector app=web matches Deployment web (1 replica, a.yaml:6:1), of whose Pods none could be simulated',
  ]);
  expect(said(NAMED + workload('Deployment shop/web', APP), pool())).toEqual([
    ' for port "http": targetPort "www" is no TCP port of Pod web-d6w4vhfnbg-c92vr (a.yaml:4:1), which names no TCP port',
  ]);
});

test('missingEndpoints() says which Services are one too many for their Pods', () => {
  const pool = new PodSimulator({ ipv4: '10.244.0.0/16', ipv6: undefined });
  const many = workload('Deployment shop/web', APP, 'replicas: 10000');
  const services = Array.from({ length: 21 }, (_, at) =>
    service(`shop/web-${at + 10}`, '{selector: {app: web}, ports: [{port: 80}]}'),
  );
  expect(said(many + services.join(''), pool)).toEqual([
    'Service "web-30": no endpoints: its 10000 Pods are left out, as Services before this one have 200000 endpoints in this namespace',
  ]);
});
