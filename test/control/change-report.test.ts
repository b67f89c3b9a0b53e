import { expect, test } from 'vitest';
import { ChangeReport } from '../../src/control/change-report.ts';
import { FilePlane } from './file-plane.ts';

const object = (kind: string, name: string, rest: string, api = 'v1') => `---
apiVersion: ${api}
kind: ${kind}
metadata: { name: ${name}, namespace: shop }
${rest}
`;

const service = (name: string, spec: string, rest = '') =>
  object('Service', name, `spec: { ${spec}, ports: [{ port: 80 }] }\n${rest}`);

const pod = (name: string, ip: string, ready = 'True') => `---
apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: shop, labels: { app: web } }
status: { phase: Running, podIP: ${ip}, conditions: [{ type: Ready, status: "${ready}" }] }
`;

const deployment = (replicas: number, port = 80) =>
  object(
    'Deployment',
    'web',
    `spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: web, ports: [{ containerPort: ${port} }] }] }`,
    'apps/v1',
  );

const ingress = (host: string) =>
  object('Ingress', 'web', `spec: { rules: [{ host: ${host} }] }`, 'networking.k8s.io/v1');

const WEB = service('web', 'clusterIP: 10.96.0.7, selector: { app: web }');
const ONE = 'selector: { app: web }, clusterIP';

/** The same with an object in front, which moves all lines. */
const moved = (text: string) => `# moved\n\n${text}`;

test.for([
  ['a Service that comes', '', WEB, ['Service shop/web added']],
  [
    'a Node that comes',
    '',
    'apiVersion: v1\nkind: Node\nmetadata: { name: n1 }',
    ['Node n1 added'],
  ],
  ['a Service that goes', WEB, '', ['Service shop/web gone']],
  ['nothing but other lines', WEB + deployment(3), moved(WEB + deployment(3)), []],
  [
    'another cluster IP',
    WEB,
    service('web', `${ONE}: 10.96.0.8`),
    ['Service shop/web cluster IP 10.96.0.8, before 10.96.0.7'],
  ],
  [
    'another type',
    WEB,
    service('web', `${ONE}: 10.96.0.7, type: NodePort`),
    ['Service shop/web changed: type'],
  ],
  [
    'a scaled Deployment',
    deployment(3),
    moved(deployment(4)),
    ['Deployment shop/web scaled from 3 to 4'],
  ],
  [
    'one that is scaled and has other Pods',
    deployment(3),
    deployment(1, 81),
    ['Deployment shop/web scaled from 3 to 1', 'Deployment shop/web changed: template'],
  ],
  [
    'a Pod that comes',
    WEB,
    WEB + pod('a', '10.0.0.1'),
    ['Pod shop/a added', 'Service shop/web ready endpoints: 1, before 0'],
  ],
  [
    'a Pod that is not ready any more',
    WEB + pod('a', '10.0.0.1'),
    moved(WEB) + pod('a', '10.0.0.1', 'False'),
    ['Pod shop/a not ready', 'Service shop/web ready endpoints: 0, before 1'],
  ],
  [
    'a Pod that is not ready for a reason',
    WEB + pod('a', '10.0.0.1'),
    moved(WEB) + pod('a', '10.0.0.1', 'False", reason: "NoDisk'),
    ['Pod shop/a not ready', 'Service shop/web ready endpoints: 0, before 1'],
  ],
  [
    'a Pod that is not ready for another reason',
    WEB + pod('a', '10.0.0.1', 'False", reason: "NoDisk'),
    moved(WEB) + pod('a', '10.0.0.1', 'False", reason: "NoImage'),
    ['Pod shop/a changed: the reason why it is not ready'],
  ],
  [
    'a Pod with another address',
    WEB + pod('a', '10.0.0.1'),
    WEB + pod('a', '10.0.0.2'),
    ['Pod shop/a changed: podIPs', 'Service shop/web ready endpoints: 1, others than before'],
  ],
  ['another host', ingress('a.example'), ingress('b.example'), ['Ingress shop/web changed: hosts']],
  [
    'a load balancer with an address',
    service('web', 'clusterIP: 10.96.0.7, type: LoadBalancer'),
    service(
      'web',
      'clusterIP: 10.96.0.7, type: LoadBalancer',
      'status: { loadBalancer: { ingress: [{ ip: 192.0.2.7 }] } }',
    ),
    ['Service shop/web load balancer 192.0.2.7, before none'],
  ],
] as const)('the report of %s', ([, before, after, lines]) => {
  const plane = new FilePlane({ holdDeletions: false });
  plane.put({ 'a.yaml': before });
  const report = new ChangeReport();
  plane.put({ 'a.yaml': after }, report);
  expect(report.lines).toEqual(lines);
});
