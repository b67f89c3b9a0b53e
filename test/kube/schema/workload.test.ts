import { describe, expect, test } from 'vitest';
import type { Workload } from '../../../src/kube/objects.ts';
import { problemLines, readOne } from '../read-manifest.ts';

const LABEL_VALUE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const LABEL_1123 =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

const TEMPLATE =
  'template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: x}]}}';
const SELECTOR = 'selector: {matchLabels: {a: b}}';

/** A workload `d` with this `spec`, on line 4. */
const workload = (kind: string, spec: string) =>
  `apiVersion: apps/v1\nkind: ${kind}\nmetadata: {name: d}\nspec: {${spec}}`;
const containers = (list: string) =>
  `${SELECTOR}, template: {metadata: {labels: {a: b}}, spec: {containers: [${list}]}}`;
const expression = (text: string) => `selector: {matchExpressions: [${text}]}, ${TEMPLATE}`;

/** kube-apiserver 1.34's words for each, without the name of the object. */
test.each<[kind: string, spec: string, lines: string[]]>([
  ['Deployment', `${SELECTOR}, ${TEMPLATE}`, []],
  ['Deployment', TEMPLATE, ['spec.selector: Required value']],
  [
    'Deployment',
    `selector: {}, ${TEMPLATE}`,
    ['spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
  ],
  [
    'ReplicaSet',
    `selector: {}, ${TEMPLATE}`,
    ['spec.selector: Invalid value: {}: empty selector is invalid for deployment'],
  ],
  [
    'StatefulSet',
    `selector: {}, ${TEMPLATE}`,
    ['spec.selector: Invalid value: {}: empty selector is invalid for statefulset'],
  ],
  [
    'DaemonSet',
    `selector: {}, ${TEMPLATE}`,
    ['spec.selector: Invalid value: {}: empty selector is invalid for daemonset'],
  ],
  [
    'Deployment',
    `selector: {matchLabels: {a: c}}, ${TEMPLATE}`,
    [
      'spec.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match template `labels`',
    ],
  ],
  [
    'DaemonSet',
    `${SELECTOR}, template: {spec: {containers: [{name: c, image: x}]}}`,
    [
      'spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`',
    ],
  ],
  ['Deployment', SELECTOR, ['spec.template.spec.containers: Required value']],
  ['Deployment', containers(''), ['spec.template.spec.containers: Required value']],
  [
    'Deployment',
    containers('{name: c}, {name: c}, {name: C}'),
    [
      'spec.template.spec.containers[1].name: Duplicate value: "c"',
      `spec.template.spec.containers[2].name: Invalid value: "C": ${LABEL_1123}`,
    ],
  ],
  [
    'Deployment',
    containers(
      '{name: c, ports: [{name: p}, {containerPort: 70000}, {name: q, containerPort: 1}, {name: q, containerPort: 2, protocol: tcp}]}',
    ),
    [
      'spec.template.spec.containers[0].ports[0].containerPort: Required value',
      'spec.template.spec.containers[0].ports[1].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
      'spec.template.spec.containers[0].ports[3].name: Duplicate value: "q"',
      'spec.template.spec.containers[0].ports[3].protocol: Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP": did you mean "TCP"?',
    ],
  ],
  [
    'Deployment',
    `replicas: -1, ${SELECTOR}, ${TEMPLATE}`,
    ['spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
  ],
  [
    'StatefulSet',
    `ordinals: {start: -1}, ${SELECTOR}, ${TEMPLATE}`,
    ['spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0'],
  ],
  [
    'StatefulSet',
    `serviceName: A B, ${SELECTOR}, ${TEMPLATE}`,
    [`spec.serviceName: Invalid value: "A B": ${LABEL_1123}`],
  ],
  [
    'Deployment',
    expression('{key: a, operator: is, values: [b]}'),
    [
      'spec.selector.matchExpressions[0].operator: Invalid value: "is": not a valid selector operator',
    ],
  ],
  [
    'Deployment',
    expression('{key: a, operator: In}'),
    [
      "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    ],
  ],
  [
    'Deployment',
    expression('{key: a, operator: Exists, values: [x]}'),
    [
      "spec.selector.matchExpressions[0].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
    ],
  ],
  [
    'Deployment',
    expression('{key: a, operator: In, values: [b c]}'),
    [`spec.selector.matchExpressions[0].values[0]: Invalid value: "b c": ${LABEL_VALUE}`],
  ],
  [
    'Deployment',
    expression('{key: "", operator: Exists}'),
    ['spec.selector.matchExpressions[0].key: Invalid value: "": name part must be non-empty'],
  ],
  [
    'Deployment',
    `selector: {matchLabels: {a: b c}}, ${TEMPLATE}`,
    [`spec.selector.matchLabels: Invalid value: "b c": ${LABEL_VALUE}`],
  ],
  [
    'Deployment',
    `${SELECTOR}, template: {metadata: {labels: {a: b, c: d e}}, spec: {containers: [{name: c}]}}`,
    [`spec.template.labels: Invalid value: "d e": ${LABEL_VALUE}`],
  ],
  [
    'Deployment',
    `${SELECTOR}, template: {metadata: {labels: {a: b}}, spec: {hostname: A, subdomain: b.c, containers: [{name: c}]}}`,
    [
      `spec.template.spec.hostname: Invalid value: "A": ${LABEL_1123}`,
      'spec.template.spec.subdomain: Invalid value: "b.c": must not contain dots',
    ],
  ],
  [
    'Deployment',
    `selector: {matchLabels: {a: ""}}, template: {metadata: {labels: {a: ""}}, spec: {containers: [{name: c}]}}`,
    [],
  ],
  [
    'Deployment',
    `${expression('{key: a, operator: In, values: [c, b]}, {key: z, operator: DoesNotExist}, {key: a, operator: NotIn, values: [x]}')}`,
    [],
  ],
  [
    'Deployment',
    expression('{key: a, operator: DoesNotExist}'),
    [
      'spec.template.metadata.labels: Invalid value: {"a":"b"}: `selector` does not match template `labels`',
    ],
  ],
])('a %s with %s', (kind, spec, lines) => {
  const told = problemLines(workload(kind, spec)).map((line) => line.replace(/^4:\d+ /, ''));
  expect(told).toEqual(lines.map((line) => `error ${kind} "d" is invalid: ${line}`));
});

test('a selector that is text is one mistake', () => {
  expect(problemLines(workload('Deployment', `selector: app, ${TEMPLATE}`))).toEqual([
    '4:18 error Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field DeploymentSpec.spec.selector of type v1.LabelSelector: expected a mapping, found "app"',
  ]);
});

test('the name and the labels of a template may be anything that a Pod is never called by', () => {
  const template = TEMPLATE.replace('metadata: {', 'metadata: {name: nginx-Pod, ');
  expect(problemLines(workload('Deployment', `${SELECTOR}, ${template}`))).toEqual([]);
});

test('containers beside the spec of a template are pointed at, where their key is', () => {
  const text = workload(
    'Deployment',
    `${SELECTOR}, template: {metadata: {labels: {a: b}}, spec: , containers: []}`,
  );
  expect(problemLines(text)).toEqual([
    '4:88 warning Deployment "d": strict decoding error: unknown field "spec.template.containers": did you mean "spec.template.spec.containers"?',
    '4:80 error Deployment "d" is invalid: spec.template.spec.containers: Required value',
  ]);
});

describe('the hash of a template', () => {
  const hashOf = (template: string) => {
    const text = workload('Deployment', `${SELECTOR}, template: ${template}`);
    return (readOne('Deployment', text) as Workload).template.hash;
  };
  const PLAIN = '{metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: x}]}}';

  test.for([
    ['{metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: y}]}}', false],
    [
      '{metadata: {labels: {a: b}, annotations: {kubectl.kubernetes.io/restartedAt: "2026-11-29"}}, spec: {containers: [{name: c, image: x}]}}',
      false,
    ],
    ['{spec: {containers: [{image: x, name: c}]}, metadata: {labels: {a: b}}}', true],
  ] as const)('of %s is the same: %s', ([template, isSame]) => {
    expect(hashOf(template) === hashOf(PLAIN)).toBe(isSame);
  });
});

test('readDocument reads what a workload says about its Pods', () => {
  const text = workload(
    'StatefulSet',
    `replicas: 3, serviceName: db, ordinals: {start: 2}, selector: {matchLabels: {app: db}}, template: {metadata: {labels: {app: db}}, spec: {subdomain: db, containers: [{name: c, ports: [{name: sql, containerPort: 5432}]}]}}`,
  );
  expect(readOne('StatefulSet', text)).toEqual({
    kind: 'StatefulSet',
    namespace: 'default',
    name: 'd',
    labels: new Map(),
    origin: { file: 'x.yaml', document: 0, line: 1, column: 1 },
    replicas: 3,
    firstOrdinal: 2,
    serviceName: 'db',
    template: {
      hash: expect.stringMatching(/^[0-9a-f]{10}$/),
      labels: new Map([['app', 'db']]),
      hostname: '',
      subdomain: 'db',
      containerPorts: [{ name: 'sql', protocol: 'TCP', port: 5432 }],
    },
  });
});

test.each([
  ['Deployment', '', 1, 0, ''],
  ['Deployment', 'replicas: 0, ordinals: {start: 5}, serviceName: x, ', 0, 0, ''],
  ['DaemonSet', 'replicas: 7, ', 1, 0, ''],
  ['ReplicaSet', 'replicas: 1000000000, ', 100_000, 0, ''],
] as const)('a %s with {%s} has %i Pods', (kind, spec, replicas, firstOrdinal, serviceName) => {
  const object = readOne(kind, workload(kind, `${spec}${SELECTOR}, ${TEMPLATE}`));
  expect(object).toMatchObject({ replicas, firstOrdinal, serviceName });
});

test.each(['apps/v1beta1', 'apps/v1beta2', 'extensions/v1beta1'])(
  'a Deployment of %s is used, with a hint, and needs no selector',
  (version) => {
    const text = workload('Deployment', TEMPLATE).replace('apps/v1', version);
    expect(readOne('Deployment', text).template.labels).toEqual(new Map([['a', 'b']]));
    expect(problemLines(text)).toEqual([
      `1:13 warning Deployment "d": no matches for kind "Deployment" in version "${version}" since Kubernetes 1.16, used all the same: write apiVersion: apps/v1`,
    ]);
  },
);
