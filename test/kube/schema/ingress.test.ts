import { expect, test } from 'vitest';
import { problemLines, readOne } from '../read-manifest.ts';

const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const WILDCARD =
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/** An Ingress `i` with this `spec`, on line 4. */
const ingress = (spec: string, version = 'networking.k8s.io/v1', metadata = 'name: i') =>
  `apiVersion: ${version}\nkind: Ingress\nmetadata: {${metadata}}\nspec: {${spec}}`;
const host = (text: string) => ingress(`rules: [{host: ${text}}]`);

test.each([
  ['10.1.2.3', '10.1.2.3', 'must be a DNS name, not an IP address'],
  ['"::1"', '::1', 'must be a DNS name, not an IP address'],
  ['A.example', 'A.example', SUBDOMAIN],
  ['a.example:80', 'a.example:80', SUBDOMAIN],
  ['a.example.', 'a.example.', SUBDOMAIN],
  ['"{호스트명}"', '{호스트명}', SUBDOMAIN],
  ['a.*.example', 'a.*.example', WILDCARD],
  ['"*"', '*', WILDCARD],
  ['"*.A"', '*.A', WILDCARD],
  [
    `${'a'.repeat(64)}.example`,
    `${'a'.repeat(64)}.example`,
    'each label of a DNS name must be no more than 63 characters',
  ],
])('readDocument refuses the host %s', (text, shown, fault) => {
  expect(problemLines(host(text))).toEqual([
    `4:23 error Ingress "i" is invalid: spec.rules[0].host: Invalid value: "${shown}": ${fault}`,
  ]);
});

test('readDocument reads the hosts of tls, and says which are none', () => {
  const text = ingress('tls: [{hosts: [a.example, "*.b.example"], secretName: x}, {}]');
  expect(readOne('Ingress', text)).toMatchObject({
    hasTls: true,
    hosts: [],
    tlsHosts: ['a.example', '*.b.example'],
  });
  expect(problemLines(ingress('tls: [{hosts: [10.1.2.3]}]'))).toEqual([
    '4:23 hint Ingress "i": spec.tls[0].hosts[0]: 10.1.2.3 is an address, not a host name',
  ]);
});

test('a placeholder in braces is no host', () => {
  expect(problemLines(host('{name}'))).toEqual([
    '4:23 error Ingress in version "v1" cannot be handled as a Ingress: json: cannot unmarshal object into Go struct field IngressRule.spec.rules.host of type string: YAML reads braces as a mapping: put the text in quotes',
  ]);
});

test('readDocument reads the hosts of an Ingress, each once, and its class', () => {
  const text = `${ingress(
    'ingressClassName: nginx, rules: [{host: a.example}, {host: "*.b.example"}, {host: a.example}, {http: {paths: []}}]',
    'networking.k8s.io/v1',
    'name: i, namespace: shop, annotations: {kubernetes.io/ingress.class: old, external-dns.alpha.kubernetes.io/ttl: "60"}',
  )}\nstatus: {loadBalancer: {ingress: [{ip: 192.0.2.1}]}}`;
  expect(readOne('Ingress', text)).toEqual({
    kind: 'Ingress',
    namespace: 'shop',
    name: 'i',
    labels: new Map(),
    origin: { file: 'x.yaml', document: 0, line: 1, column: 1 },
    className: 'nginx',
    hosts: ['a.example', '*.b.example'],
    loadBalancerPoints: [{ ip: '192.0.2.1', hostname: '' }],
    annotations: new Map([
      ['external-dns.alpha.kubernetes.io/ttl', '60'],
      ['kubernetes.io/ingress.class', 'old'],
    ]),
  });
});

test('the class may come from the annotation of old', () => {
  const metadata = 'name: i, annotations: {kubernetes.io/ingress.class: nginx}';
  expect(readOne('Ingress', ingress('', 'networking.k8s.io/v1', metadata)).className).toBe('nginx');
  expect(problemLines(ingress('ingressClassName: A B'))).toEqual([
    `4:26 error Ingress "i" is invalid: spec.ingressClassName: Invalid value: "A B": ${SUBDOMAIN}`,
  ]);
});

const OLD_BACKEND =
  'rules: [{host: a.example, http: {paths: [{backend: {serviceName: web, servicePort: 80}}]}}]';

test('what a cluster minds about paths is a hint: names do not depend on it', () => {
  expect(problemLines(ingress(OLD_BACKEND))).toEqual([
    '4:49 hint Ingress "i": spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified',
    '4:60 hint Ingress "i": strict decoding error: unknown field "spec.rules[0].http.paths[0].backend.serviceName": write service: {name: …, port: {number: …}}',
    '4:78 hint Ingress "i": strict decoding error: unknown field "spec.rules[0].http.paths[0].backend.servicePort": write service: {name: …, port: {number: …}}',
  ]);
});

test.each(['networking.k8s.io/v1beta1', 'extensions/v1beta1'])(
  'an Ingress of %s is used, with a hint, and its backend is right there',
  (version) => {
    const text = ingress(OLD_BACKEND, version);
    expect(readOne('Ingress', text).hosts).toEqual(['a.example']);
    expect(problemLines(text)).toEqual([
      `1:13 warning Ingress "i": no matches for kind "Ingress" in version "${version}" since Kubernetes 1.22, used all the same: write apiVersion: networking.k8s.io/v1`,
    ]);
  },
);

test.each([
  'rules: x',
  'rules: [x]',
  'rules: [{http: x, host: {}}]',
  'rules: [{http: {paths: [x, ~, {backend: y}]}}]',
])('readDocument does not throw at {%s}', (spec) => {
  expect(problemLines(ingress(spec)).length).toBeGreaterThan(0);
});

test('readDocument stops at an Ingress of too many rules', () => {
  const [line] = problemLines(ingress(`rules: [${'{},'.repeat(1_001)}]`));
  expect(line).toContain('spec.rules: Too many: 1001: must have at most 1000 items');
});
