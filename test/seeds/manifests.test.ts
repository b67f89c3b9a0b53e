import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { problemLine, sortedProblems } from '../../src/cli/report/problem-text.ts';
import { readDocument } from '../../src/kube/schema.ts';
import { parseManifest } from '../../src/sources/folder/parse/parse.ts';
import { TestIo } from '../cli/test-io.ts';

const SEEDS = join(import.meta.dirname, '../fixtures/seeds');

const TAB = 'Cannot read this document: found a tab in the indentation, expected spaces';
const TOKEN = 'kubectl: found character that cannot start any token';
const VIOLATES = 'found a tab character that violates indentation';
const SPACE = 'Cannot read this document: found no space after';
const PROTOCOL =
  'spec.ports[0].protocol: Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP": did you mean "TCP"?';
const LABEL_1035 =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

const gone = (kind: string, version: string, since: string, current: string) =>
  `no matches for kind "${kind}" in version "${version}" since Kubernetes ${since}, used all the same: write apiVersion: ${current} [MANIFEST_OLD_VERSION]`;

const goneRbac = (kind: string) =>
  `no matches for kind "${kind}" in version "rbac.authorization.k8s.io/v1beta1" since Kubernetes 1.22: write apiVersion: rbac.authorization.k8s.io/v1 [MANIFEST_OLD_VERSION]`;

/** What is said about each manifest by itself: the whole of it, in the order of `svcdns check`. */
const SAID: Readonly<Record<string, readonly string[]>> = {
  'counter/counter-app.yml': [],
  'counter/counter-lb.yml': [],
  'counter/counter-nodeport.yml': [],
  'counter/counter-redis-svc.yml': [],
  'counter/metallb-cm.yml': [],
  'echo/echo_svc.yaml': [
    '14:5: error: Deployment "echo" is invalid: spec.template.spec.containers: Required value [DEPLOYMENT_INVALID]',
    '15:5: warning: Deployment "echo": strict decoding error: unknown field "spec.template.containers": did you mean "spec.template.spec.containers"? [MANIFEST_UNKNOWN_FIELD]',
    `32:1: error: ${TAB} (${TOKEN}) [MANIFEST_SYNTAX]`,
  ],
  'ingress/echo-hostname.yaml': [
    `1:13: warning: Deployment "hostname-deployment": ${gone('Deployment', 'apps/v1beta2', '1.16', 'apps/v1')}`,
  ],
  'ingress/ingress-svc-nodeport.yaml': [],
  'ingress/ingress.yaml': [
    `1:13: warning: Ingress "nginx-ingress": ${gone('Ingress', 'extensions/v1beta1', '1.22', 'networking.k8s.io/v1')}`,
  ],
  'ingress/internal-service.yaml': [],
  'ingress/mandatory.yaml': [
    `50:13: warning: ClusterRole "nginx-ingress-clusterrole": ${goneRbac('ClusterRole')}`,
    `106:13: warning: Role "nginx-ingress-role": ${goneRbac('Role')}`,
    `151:13: warning: RoleBinding "nginx-ingress-role-nisa-binding": ${goneRbac('RoleBinding')}`,
    `169:13: warning: ClusterRoleBinding "nginx-ingress-clusterrole-nisa-binding": ${goneRbac('ClusterRoleBinding')}`,
  ],
  'ingress/nginx-ingress.yaml': [
    `1:13: warning: Ingress "nginx-ingress": ${gone('Ingress', 'extensions/v1beta1', '1.22', 'networking.k8s.io/v1')}`,
    '9:11: error: Ingress in version "v1beta1" cannot be handled as a Ingress: json: cannot unmarshal object into Go struct field IngressRule.spec.rules.host of type string: YAML reads braces as a mapping: put the text in quotes [MANIFEST_TYPE]',
  ],
  'ingress/sample-service.yaml': [
    '10:5: warning: Service "sample-service": strict decoding error: unknown field "spec.ports[0].protoco": did you mean "protocol"? [MANIFEST_UNKNOWN_FIELD]',
  ],
  'nginx/ingressClass.yaml': [],
  'nginx/minimal-ingress.yaml': [],
  'nginx/my-nginx.yaml': [],
  'node-port/nodeport-1.yaml': [],
  'node-port/nodeport-2.yaml': [],
  'webui/clusterip-nginx.yaml': [
    `13:1: error: ${TAB} (kubectl: ${VIOLATES}) [MANIFEST_SYNTAX]`,
    `13:13: error: ${SPACE} 'targetPort:', expected one (kubectl: could not find expected ':') [MANIFEST_SYNTAX]`,
  ],
  'webui/deployment-definition.yaml': [
    `1:12: error: ${SPACE} 'apiVersion:', expected one (kubectl: mapping values are not allowed in this context) [MANIFEST_SYNTAX]`,
    `5:12: error: ${SPACE} 'replicas:', expected one (kubectl: mapping values are not allowed in this context) [MANIFEST_SYNTAX]`,
    `8:1: error: ${TAB} (${TOKEN}) [MANIFEST_SYNTAX]`,
    `11:1: error: Cannot read this document: found tabs in the indentation of lines 11 to 17, expected spaces (${TOKEN}) [MANIFEST_SYNTAX]`,
    `16:11: error: ${SPACE} 'name:', expected one [MANIFEST_SYNTAX]`,
    `17:12: error: ${SPACE} 'image:', expected one [MANIFEST_SYNTAX]`,
  ],
  'webui/externalname-svc.yaml': [],
  'webui/headless-service.yaml': [
    `13:1: error: ${TAB} (kubectl: ${VIOLATES}) [MANIFEST_SYNTAX]`,
    `13:13: error: ${SPACE} 'targetPort:', expected one (kubectl: could not find expected ':') [MANIFEST_SYNTAX]`,
  ],
  'webui/loadbalancer-service.yaml': [
    `13:1: warning: found a tab on a line without content: passed over, but kubectl refuses the document (${VIOLATES}) [MANIFEST_TAB]`,
  ],
  'webui/nodeport-service.yaml': [
    `15:1: warning: found a tab on a line without content: passed over, but kubectl refuses the document (${VIOLATES}) [MANIFEST_TAB]`,
  ],
  'webui/service-definition.yaml': [
    '1:1: error: kind not set: write kind: Service [MANIFEST_KIND]',
    '5:14: error: Service "webui-svc" is invalid: spec.clusterIPs[0]: Invalid value: "10.96.10.100 (생략가능,보통 생략) = Virtual IP = Loadbalance IP": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff) [SERVICE_INVALID]',
  ],
};

/** Everything found in one manifest, `line:column: severity: message [CODE]`. */
function said(file: string, text: string): string[] {
  const { documents, problems } = parseManifest(file, Buffer.from(text));
  const all = [...problems, ...documents.flatMap((document) => readDocument(document).problems)];
  return sortedProblems(all).map((problem) => problemLine(problem).slice(file.length + 1));
}

const read = (file: string) => readFileSync(join(SEEDS, file), 'utf8');

test('every manifest of the notes has its row', () => {
  const files = readdirSync(SEEDS, { recursive: true, encoding: 'utf8' });
  const manifests = files.filter((file) => /\.ya?ml$/.test(file));
  expect(manifests.sort()).toEqual(Object.keys(SAID).sort());
});

test.each(Object.entries(SAID))('%s is told its mistakes, each in one line', (file, lines) => {
  expect(said(file, read(file))).toEqual(lines);
});

test('svcdns check prints those lines', async () => {
  const { stdout, code } = await new TestIo({ cwd: SEEDS }).outcome('check .');
  const expected = Object.entries(SAID).flatMap(([file, lines]) =>
    lines.map((line) => `${file}:${line}`),
  );
  // What the controllers say about names and addresses is printed among them.
  const printed = stdout.replaceAll(`${relative(process.cwd(), SEEDS)}/`, '').split('\n');
  expect(printed).toEqual(expect.arrayContaining(expected));
  expect(code).toBe(1);
});

/** The containers where they belong, the kind, and the tab. */
const ECHO_MENDED: [from: string, to: string][] = [
  [
    '    containers:\n    - name: echo\n      image: ghcr.io/subicura/echo:v1\n      ports:\n        - containerPort: 3000\n          protocol: TCP\n',
    '      containers:\n      - name: echo\n        image: ghcr.io/subicura/echo:v1\n        ports:\n        - containerPort: 3000\n          protocol: TCP\n',
  ],
  ['NodePort #', 'Service #'],
  ['\tapp', '    app'],
];

/** Some mistakes of a manifest fixed, and what is said then. */
test.each<[title: string, file: string, fixed: [from: string, to: string][], lines: string[]]>([
  [
    'the author of echo_svc.yaml met this one',
    'echo/echo_svc.yaml',
    [...ECHO_MENDED],
    [
      `30:17: error: Service "echo" is invalid: spec.ports[0].nodePort: Forbidden: may not be used when type is 'ClusterIP' [SERVICE_INVALID]`,
    ],
  ],
  [
    'a type that is none forbids no nodePort',
    'echo/echo_svc.yaml',
    [...ECHO_MENDED, ['  ports:\n    - port', '  type: Service\n  ports:\n    - port']],
    [
      '27:9: error: Service "echo" is invalid: spec.type: Unsupported value: "Service": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort" [SERVICE_INVALID]',
    ],
  ],
  [
    'echo_svc.yaml as it was meant',
    'echo/echo_svc.yaml',
    [...ECHO_MENDED, ['  ports:\n    - port', '  type: NodePort\n  ports:\n    - port']],
    [],
  ],
  [
    'only the tab',
    'webui/clusterip-nginx.yaml',
    [['\ttargetPort:80', '    targetPort: 80']],
    [`11:15: error: Service "clusterip-service" is invalid: ${PROTOCOL} [SERVICE_INVALID]`],
  ],
  [
    'two keys of one container run together',
    'webui/deployment-definition.yaml',
    [
      ['apiVersion:apps/v1', 'apiVersion: apps/v1\nkind: Deployment'],
      ['replicas:3', 'replicas: 3'],
      ['matchLables', 'matchLabels'],
      ['\t', '    '],
    ],
    [
      '17:9: error: Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal string into Go struct field PodSpec.spec.template.spec.containers of type v1.Container: put a space after the colon of "name:nginx-containers image:nginx:1.14" [MANIFEST_TYPE]',
    ],
  ],
  [
    'a Deployment whose selector is misspelt',
    'webui/deployment-definition.yaml',
    [
      ['apiVersion:apps/v1', 'apiVersion: apps/v1\nkind: Deployment'],
      ['replicas:3', 'replicas: 3'],
      ['\t', '    '],
      ['name:nginx', 'name: nginx'],
      ['image:nginx', 'image: nginx'],
    ],
    [
      '8:5: warning: Deployment "webui": strict decoding error: unknown field "spec.selector.matchLables": did you mean "matchLabels"? [MANIFEST_UNKNOWN_FIELD]',
      '8:5: error: Deployment "webui" is invalid: spec.selector: Invalid value: {}: empty selector is invalid for deployment [DEPLOYMENT_INVALID]',
    ],
  ],
  [
    'the Ingress of today, with the backend of yesterday',
    'ingress/ingress.yaml',
    [['extensions/v1beta1', 'networking.k8s.io/v1']],
    [
      '13:9: hint: Ingress "nginx-ingress": spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified [INGRESS_PATH]',
      '15:11: hint: Ingress "nginx-ingress": strict decoding error: unknown field "spec.rules[0].http.paths[0].backend.serviceName": write service: {name: …, port: {number: …}} [MANIFEST_UNKNOWN_FIELD]',
      '16:11: hint: Ingress "nginx-ingress": strict decoding error: unknown field "spec.rules[0].http.paths[0].backend.servicePort": write service: {name: …, port: {number: …}} [MANIFEST_UNKNOWN_FIELD]',
    ],
  ],
  [
    'a Service in capitals',
    'counter/counter-nodeport.yml',
    [['counter-np', 'Counter-NP']],
    [
      `4:9: error: Service "Counter-NP" is invalid: metadata.name: Invalid value: "Counter-NP": ${LABEL_1035} [SERVICE_INVALID]`,
    ],
  ],
])('once fixed: %s', (_, file, fixed, lines) => {
  let text = read(file);
  for (const [from, to] of fixed) {
    expect(text).toContain(from);
    text = text.replaceAll(from, to);
  }
  expect(said(file, text)).toEqual(lines);
});
