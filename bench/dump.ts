// Manifests of a large cluster, as `kubectl get services,endpointslices -A -o yaml` prints them.

export interface DumpOptions {
  readonly services: number;
  /** Ready endpoints of each Service, in one EndpointSlice; 0 for no slices. */
  readonly endpoints: number;
  /** One List, or documents between `---`. */
  readonly form: 'list' | 'documents';
}

/** The whole file. */
export function dump({ services, endpoints, form }: DumpOptions): string {
  const all = Array.from({ length: services }, (_, at) => at);
  const objects = [
    ...all.map(service),
    ...(endpoints === 0 ? [] : all.map((at) => slice(at, endpoints))),
  ];
  if (form === 'documents') return objects.map((lines) => lines.join('\n')).join('\n---\n') + '\n';
  const items = objects.map((lines) => `- ${lines.join('\n  ')}\n`);
  return `apiVersion: v1\nitems:\n${items.join('')}kind: List\nmetadata:\n  resourceVersion: ""\n`;
}

/** The address that the Service of this number has, and its name's first two labels. */
export function serviceOf(at: number): { readonly ip: string; readonly name: string } {
  return { ip: address(0x0a60_0000 + at + 10), name: `svc-${at}.team-${at % 100}` };
}

/** A Service in the lines that kubectl prints. */
export function service(at: number): string[] {
  const name = `svc-${at}`;
  const namespace = `team-${at % 100}`;
  const { ip } = serviceOf(at);
  const applied = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { annotations: {}, labels: { app: name }, name, namespace },
    spec: { ports: [{ name: 'http', port: 80, targetPort: 8080 }], selector: { app: name } },
  };
  return [
    'apiVersion: v1',
    'kind: Service',
    'metadata:',
    '  annotations:',
    '    kubectl.kubernetes.io/last-applied-configuration: |',
    `      ${JSON.stringify(applied)}`,
    '  creationTimestamp: "2026-03-04T05:06:07Z"',
    '  labels:',
    `    app: ${name}`,
    '    app.kubernetes.io/managed-by: Helm',
    `  name: ${name}`,
    `  namespace: ${namespace}`,
    `  resourceVersion: "${at + 100_000}"`,
    `  uid: ${uid(at)}`,
    'spec:',
    `  clusterIP: ${ip}`,
    '  clusterIPs:',
    `  - ${ip}`,
    '  internalTrafficPolicy: Cluster',
    '  ipFamilies:',
    '  - IPv4',
    '  ipFamilyPolicy: SingleStack',
    '  ports:',
    '  - name: http',
    '    port: 80',
    '    protocol: TCP',
    '    targetPort: 8080',
    '  selector:',
    `    app: ${name}`,
    '  sessionAffinity: None',
    '  type: ClusterIP',
    'status:',
    '  loadBalancer: {}',
  ];
}

/** Its EndpointSlice. */
export function slice(at: number, endpoints: number): string[] {
  const name = `svc-${at}`;
  const namespace = `team-${at % 100}`;
  const each = Array.from({ length: endpoints }, (_, n) => [
    '- addresses:',
    `  - ${address(0x0af4_0000 + at * endpoints + n)}`,
    '  conditions:',
    '    ready: true',
    '    serving: true',
    '    terminating: false',
    `  nodeName: ip-10-0-${n}-17.eu-central-1.compute.internal`,
    '  targetRef:',
    '    kind: Pod',
    `    name: ${name}-7c5b6d8f9-${pod(n)}`,
    `    namespace: ${namespace}`,
    `    uid: ${uid(at * endpoints + n)}`,
    '  zone: eu-central-1a',
  ]);
  return [
    'addressType: IPv4',
    'apiVersion: discovery.k8s.io/v1',
    'endpoints:',
    ...each.flat(),
    'kind: EndpointSlice',
    'metadata:',
    '  annotations:',
    '    endpoints.kubernetes.io/last-change-trigger-time: "2026-03-04T05:06:07Z"',
    '  creationTimestamp: "2026-03-04T05:06:07Z"',
    `  generateName: ${name}-`,
    '  generation: 3',
    '  labels:',
    `    app: ${name}`,
    '    app.kubernetes.io/managed-by: Helm',
    '    endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io',
    `    kubernetes.io/service-name: ${name}`,
    `  name: ${name}-${pod(at)}`,
    `  namespace: ${namespace}`,
    '  ownerReferences:',
    '  - apiVersion: v1',
    '    blockOwnerDeletion: true',
    '    controller: true',
    '    kind: Service',
    `    name: ${name}`,
    `    uid: ${uid(at)}`,
    `  resourceVersion: "${at + 200_000}"`,
    `  uid: ${uid(at + 7)}`,
    'ports:',
    '- name: http',
    '  port: 8080',
    '  protocol: TCP',
  ];
}

function address(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}

function uid(at: number): string {
  const hex = (at * 2_654_435_761).toString(16).padStart(12, '0').slice(-12);
  return `5f0c1d2e-3a4b-4c5d-8e6f-${hex}`;
}

function pod(at: number): string {
  return (at * 7919 + 1_000_000).toString(36).padStart(5, 'x').slice(-5);
}
