import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Document } from '../../src/kube/document.ts';
import type { Kind } from '../../src/kube/objects.ts';
import { apiVersionOf } from '../../src/kube/schema/kinds.ts';
import { readDocument } from '../../src/kube/schema.ts';
import { parseManifest } from '../../src/sources/folder/parse/parse.ts';
import { runs } from '../helpers/runs.ts';
import { problemLines, readManifest } from './read-manifest.ts';

const known = (kind: string, version = 'v1') =>
  `(kubectl: no matches for kind "${kind}" in version "${version}")`;

test.each<[header: string, line: string]>([
  [
    'apiVersion: v1\nkind: NodePort',
    `2:7 error kind "NodePort" is not a kind: write kind: Service with spec.type: NodePort ${known('NodePort')}`,
  ],
  [
    'apiVersion: v1\nkind: loadBalancer',
    `2:7 error kind "loadBalancer" is not a kind: write kind: Service with spec.type: LoadBalancer ${known('loadBalancer')}`,
  ],
  [
    'apiVersion: v1\nkind: ClusterIP',
    `2:7 error kind "ClusterIP" is not a kind: write kind: Service with spec.type: ClusterIP ${known('ClusterIP')}`,
  ],
  [
    'apiVersion: v1\nkind: ExternalName',
    `2:7 error kind "ExternalName" is not a kind: write kind: Service with spec.type: ExternalName ${known('ExternalName')}`,
  ],
  [
    'apiVersion: v1\nkind: Headless',
    `2:7 error kind "Headless" is not a kind: write kind: Service with spec.clusterIP: None ${known('Headless')}`,
  ],
  [
    'apiVersion: v1\nkind: Servce',
    `2:7 error kind "Servce" is not a kind: write kind: Service ${known('Servce')}`,
  ],
  [
    'apiVersion: v1\nkind: service',
    `2:7 error kind "service" is not a kind: write kind: Service ${known('service')}`,
  ],
  [
    'apiVersion: v1\nkind: Services',
    `2:7 error kind "Services" is not a kind: write kind: Service ${known('Services')}`,
  ],
  [
    'apiVersion: v1\nkind: Endpoint',
    `2:7 error kind "Endpoint" is not a kind: write kind: Endpoints ${known('Endpoint')}`,
  ],
  [
    'apiVersion: discovery.k8s.io/v1\nkind: EndpointSlices',
    `2:7 error kind "EndpointSlices" is not a kind: write kind: EndpointSlice ${known('EndpointSlices', 'discovery.k8s.io/v1')}`,
  ],
  [
    'apiVersion: v1\nkind: Pods',
    `2:7 error kind "Pods" is not a kind: write kind: Pod ${known('Pods')}`,
  ],
  [
    'apiVersion: v1\nkind: NameSpace',
    `2:7 error kind "NameSpace" is not a kind: write kind: Namespace ${known('NameSpace')}`,
  ],
  [
    'apiVersion: apps/v1\nkind: Service',
    '1:13 error no matches for kind "Service" in version "apps/v1": write apiVersion: v1',
  ],
  [
    'apiVersion: v1\nkind: EndpointSlice',
    '1:13 error no matches for kind "EndpointSlice" in version "v1": write apiVersion: discovery.k8s.io/v1',
  ],
  ['kind: Service', '1:1 error apiVersion not set: write apiVersion: v1'],
  ['kind: Deployment', '1:1 error apiVersion not set: write apiVersion: apps/v1'],
  ['apiVersion: v1', '1:1 error kind not set: write, for example, kind: Service'],
  [
    'apiVersion: discovery.k8s.io/v1',
    '1:1 error kind not set: write, for example, kind: EndpointSlice',
  ],
  ['apiVersion: apps/v1', '1:1 error kind not set: write, for example, kind: Deployment'],
  [
    'spec: {}',
    '1:1 error apiVersion and kind not set: write, for example, apiVersion: v1 and kind: Service',
  ],
  ['apiVersion: 1\nkind: Service', '1:13 error apiVersion must be text, found 1'],
  [
    'services: {web: {image: x}}',
    '1:1 hint apiVersion and kind are not set: not a Kubernetes object, passed over',
  ],
  [
    'apiVersion: 1\ndatasources: []',
    '1:1 hint kind is not set: not a Kubernetes object, passed over',
  ],
  ['[a, {op: add}]', '1:1 hint found a list: not a Kubernetes object, passed over'],
  [
    '[a, {kind: Service}]',
    '1:1 error not a Kubernetes object: found a list: expected a mapping that begins with apiVersion and kind',
  ],
  [
    'kind:Service',
    '1:1 error not a Kubernetes object: found only "kind:Service": put a space after the colon',
  ],
  [
    'apiVersion: v1\nkind: List\nitems: {}',
    '3:8 error items of a List must be a list: write "- " before each object',
  ],
])('readDocument reports what is wrong with %j', (header, line) => {
  expect(problemLines(header)).toEqual([line]);
});

test.each([
  ['apiVersion: batch/v1\nkind: Job', 'Job'],
  ['kind: Job', 'Job'],
  ['apiVersion: v1\nkind: Role', 'Role'],
  ['apiVersion: storage.k8s.io/v1\nkind: CSINode', 'CSINode'],
  ['apiVersion: v1\nkind: ServiceAccount', 'ServiceAccount'],
  ['apiVersion: v1\nkind: PodTemplateList', 'PodTemplateList'],
  ['apiVersion: batch/v1\nkind: JobList', 'JobList'],
  ['apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleList', 'RoleList'],
  ['apiVersion: serving.knative.dev/v1\nkind: Service', 'Service.serving.knative.dev'],
  ['apiVersion: example.com/v1\nkind: Servce', 'Servce'],
])('readDocument passes over %j', (header, kind) => {
  expect(readManifest(header)).toEqual({ objects: [], problems: [], passedOver: [kind] });
});

test('readDocument judges each item of a List by itself, and says where it is', () => {
  const { objects, problems, passedOver } = readManifest(`
apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 80}]}}
  - {apiVersion: v1, kind: Service, metadata: {name: b}, spec: {ports: [{port: 0}]}}
  -
  - {apiVersion: batch/v1, kind: Job}
  - apiVersion: v1
    kind: List
    items:
      - {apiVersion: v1, kind: Namespace, metadata: {name: c}}
`);
  expect(objects.map(({ name, origin }) => `${name} ${origin.line}:${origin.column}`)).toEqual([
    'a 5:5',
    'c 12:9',
  ]);
  expect(problems).toMatchObject([
    {
      code: 'SERVICE_INVALID',
      object: 'Service default/b',
      origin: { line: 6, column: 80 },
      message:
        'Service "b" is invalid: spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
    },
  ]);
  expect(passedOver).toEqual(['Job']);
});

test.each([
  ['v1', 'Service', '{metadata: {name: a}, spec: {ports: [{port: 80}]}}'],
  ['v1', 'Endpoints', '{metadata: {name: a}}'],
  ['discovery.k8s.io/v1', 'EndpointSlice', '{metadata: {name: a}, addressType: IPv4}'],
  ['v1', 'Pod', '{metadata: {name: a}}'],
  ['v1', 'Namespace', '{metadata: {name: a}}'],
])(
  'readDocument knows the items of a %s %sList, which need not say what they are',
  (apiVersion, kind, item) => {
    const { objects } = readManifest(
      `apiVersion: ${apiVersion}\nkind: ${kind}List\nitems: [${item}]`,
    );
    expect(objects.map((object) => object.kind)).toEqual([kind]);
  },
);

test('readDocument stops at lists within lists, and at lists of too many problems', () => {
  const deep = '{apiVersion: v1, kind: List, items: ['.repeat(5) + ']}'.repeat(5);
  expect(problemLines(deep)).toEqual([
    expect.stringContaining('Cannot read a List within 3 others: write its items side by side'),
  ]);
  const many = problemLines(`apiVersion: v1\nkind: List\nitems: [${'1, '.repeat(3_000)}]`);
  expect(many).toHaveLength(1_001);
  expect(many.at(-1)).toContain('this document has more errors than the first 1000');
});

/** A document whose every place is its beginning. */
test('a List of over 500,000 objects is refused whole, not cut', () => {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
  const list = (more: number) => {
    const items = [namespace, ...new Array<object>(499_998 + more).fill({})];
    return readDocument(documentOf({ apiVersion: 'v1', kind: 'List', items }));
  };
  expect(list(0)).toMatchObject({ refused: 0, objects: [{ name: 'shop' }] });
  const { objects, refused, problems } = list(1);
  expect([objects, refused]).toEqual([[], 1]);
  expect(problems.filter(({ severity }) => severity === 'error')).toMatchObject([
    {
      code: 'MANIFEST_TOO_LARGE',
      message: 'Cannot read more than 500000 objects of one document: split it',
    },
  ]);
});

function documentOf(value: unknown): Document {
  const origin = { file: 'x.yaml', document: 0, line: 1, column: 1 };
  return { value, origin, locate: () => origin, locateKey: () => origin };
}

test('readDocument answers any value at all, and never throws', () => {
  const words = [
    'Service Endpoints EndpointSlice Pod Namespace List v1 discovery.k8s.io/v1 None IPv4 TCP',
    'ExternalName Ready True 10.0.0.1 fd00::1 a __proto__ constructor',
  ];
  const keys = [
    'replicas template matchLabels matchExpressions key operator values rules host http paths backend',
    'annotations hostnames parentRefs listeners dnsName recordType targets data config autoAssign',
    'serviceAllocation namespaceSelectors externalIPs loadBalancer ingress sessionAffinity',
    'apiVersion kind metadata name namespace labels spec ports port targetPort protocol nodePort',
    'selector clusterIP clusterIPs ipFamilies type externalName subsets addresses ip addressType',
    'endpoints conditions ready status podIP podIPs containers items __proto__ constructor',
  ];
  const pick = (texts: string[]) => fc.constantFrom(...texts.join(' ').split(' '));
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      pick(words),
      fc.constantFrom(null, true, 0, 80, -1, 1e99, Number.NaN, undefined),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(pick(keys), tie('value'), { maxKeys: 8 }),
    ),
  }));
  const kinds = fc.constantFrom<Kind>(
    ...([
      'Service',
      'Endpoints',
      'EndpointSlice',
      'Pod',
      'Namespace',
      'Deployment',
      'StatefulSet',
    ] as const),
    ...(['Ingress', 'Gateway', 'HTTPRoute', 'IPAddressPool', 'DNSEndpoint', 'ConfigMap'] as const),
  );
  const object = fc
    .tuple(fc.dictionary(pick(keys), value, { maxKeys: 8 }), kinds)
    .map(([rest, kind]) => ({
      ...rest,
      kind,
      apiVersion: apiVersionOf(kind),
    }));
  fc.assert(
    fc.property(fc.oneof(value, object), (any) => {
      const { objects, problems, refused } = readDocument(documentOf(any));
      expect(problems.some(({ severity }) => severity === 'error')).toBe(refused > 0);
      for (const { name, namespace } of objects) expect(`${namespace}${name}`).not.toBe('');
    }),
    { numRuns: runs(2_000) },
  );
});

test('readDocument takes a lonely __proto__ key for what it is', () => {
  const text =
    '{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a","__proto__":{"labels":{"x":"y"}}}}';
  const { objects } = readDocument(documentOf(JSON.parse(text)));
  expect(objects[0]?.labels).toEqual(new Map());
});

test.each([
  ['v1', '{containers: []}', 'Pod'],
  ['v1', '{clusterIP: None}', 'Service'],
  ['apps/v1', '{template: {}}', 'Deployment'],
  ['apps/v1', '{template: {}, serviceName: db}', 'StatefulSet'],
  ['networking.k8s.io/v1', '{rules: []}', 'Ingress'],
])('a manifest of %s without a kind and with spec %s is taken for a %s', (version, spec, kind) => {
  const text = `apiVersion: ${version}\nmetadata: {name: Up}\nspec: ${spec}`;
  const [first, second] = problemLines(text);
  expect(first).toBe(`1:1 error kind not set: write kind: ${kind}`);
  expect(second).toContain(`${kind} "Up" is invalid: metadata.name: Invalid value: "Up"`);
  expect(readManifest(text).objects).toEqual([]);
});

test('a manifest without a kind is refused once, whatever else is wrong with it', () => {
  const text = 'apiVersion: v1\nmetadata: {name: web}\nspec: {clusterIP: x, ports: [{port: 0}]}';
  const [document] = parseManifest('x.yaml', Buffer.from(text)).documents;
  const { refused, problems } = readDocument(document!);
  expect(problems).toHaveLength(3);
  expect(refused).toBe(1);
});

test('an old apiVersion is a hint, and the object is used', () => {
  const text =
    'apiVersion: discovery.k8s.io/v1beta1\nkind: EndpointSlice\nmetadata: {name: a, labels: {kubernetes.io/service-name: web}}\naddressType: IPv4';
  expect(readManifest(text).objects).toHaveLength(1);
  expect(problemLines(text)).toEqual([
    '1:13 warning EndpointSlice "a": no matches for kind "EndpointSlice" in version "discovery.k8s.io/v1beta1" since Kubernetes 1.25, used all the same: write apiVersion: discovery.k8s.io/v1',
  ]);
});

test.each([
  [
    '{a: true}',
    '3:38 error Namespace in version "v1" cannot be handled as a Namespace: json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.annotations of type string: YAML reads y, n, yes, no, on, off, true and false as booleans: put the text in quotes',
  ],
  [
    '{a b: c}',
    `3:40 error Namespace "a" is invalid: metadata.annotations: Invalid value: "a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
  ],
])('annotations of every kind are checked: %s', (annotations, line) => {
  const text = `apiVersion: v1\nkind: Namespace\nmetadata: {name: a, annotations: ${annotations}}`;
  expect(problemLines(text)).toEqual([line]);
});
