import { expect, test } from 'vitest';
import { problemLines, readOne } from '../read-manifest.ts';

const QUALIFIED =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const FOR_LOAD_BALANCER = "Forbidden: may only be used when `type` is 'LoadBalancer'";
const UNFIT = 'Service in version "v1" cannot be handled as a Service: json: cannot unmarshal';
const WORDS = 'supported values: "Cluster", "Local"';

/** A Service `web` with port 80 and this in its `spec`, on line 4. */
const spec = (text: string) =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {${text}, ports: [{port: 80}]}`;

/** kube-apiserver 1.34's words for each, without the name of the Service. */
test.each<[text: string, lines: string[]]>([
  [
    'sessionAffinity: clientIP',
    [
      'spec.sessionAffinity: Unsupported value: "clientIP": supported values: "ClientIP", "None": did you mean "ClientIP"?',
    ],
  ],
  [
    'sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 0}}',
    [
      'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 0: must be greater than 0 and less than 86400',
    ],
  ],
  [
    'sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 86401}}',
    [
      'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400',
    ],
  ],
  ['sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 86400}}', []],
  ['sessionAffinity: ClientIP, sessionAffinityConfig: {}', []],
  ['sessionAffinityConfig: {clientIP: {timeoutSeconds: 0}}', []],
  ['loadBalancerClass: a/b', [`spec.loadBalancerClass: ${FOR_LOAD_BALANCER}`]],
  ['type: LoadBalancer, loadBalancerClass: a/b', []],
  [
    'type: LoadBalancer, loadBalancerClass: a b',
    [`spec.loadBalancerClass: Invalid value: "a b": ${QUALIFIED}`],
  ],
  [
    'type: LoadBalancer, loadBalancerClass: ""',
    ['spec.loadBalancerClass: Invalid value: "": name part must be non-empty'],
  ],
  [
    'allocateLoadBalancerNodePorts: false',
    [`spec.allocateLoadBalancerNodePorts: ${FOR_LOAD_BALANCER}`],
  ],
  [
    'loadBalancerSourceRanges: [10.0.0.0/8]',
    [`spec.LoadBalancerSourceRanges: ${FOR_LOAD_BALANCER}`],
  ],
  [
    'type: LoadBalancer, loadBalancerSourceRanges: [" 10.0.0.1/8 ", 010.0.0.0/8, "fd00::/8", 10.0.0.0/33, x]',
    [
      'spec.LoadBalancerSourceRanges[3]: Invalid value: "10.0.0.0/33": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      'spec.LoadBalancerSourceRanges[4]: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
    ],
  ],
  [
    'internalTrafficPolicy: cluster',
    [`spec.internalTrafficPolicy: Unsupported value: "cluster": ${WORDS}: did you mean "Cluster"?`],
  ],
  [
    'type: NodePort, externalTrafficPolicy: local',
    [`spec.externalTrafficPolicy: Unsupported value: "local": ${WORDS}: did you mean "Local"?`],
  ],
  [
    'externalTrafficPolicy: Local',
    [
      'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
    ],
  ],
  ['externalTrafficPolicy: Local, externalIPs: [192.0.2.1]', []],
  [
    'type: LoadBalancer, healthCheckNodePort: 30000',
    [
      "spec.healthCheckNodePort: Invalid value: 30000: may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
    ],
  ],
  ['type: LoadBalancer, externalTrafficPolicy: Local, healthCheckNodePort: 30000', []],
  [
    'type: LoadBalancer, externalTrafficPolicy: Local, healthCheckNodePort: 80',
    [
      'spec.healthCheckNodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
    ],
  ],
  [
    'type: LoadBalancer, externalTrafficPolicy: Local, healthCheckNodePort: 70000',
    ['spec.healthCheckNodePort: Invalid value: 70000: must be between 1 and 65535, inclusive'],
  ],
  [
    'externalIPs: [10.0.0.300, 127.0.0.1, 0.0.0.0, 169.254.1.1, ""]',
    [
      'spec.externalIPs[0]: Invalid value: "10.0.0.300": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      'spec.externalIPs[1]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      'spec.externalIPs[2]: Invalid value: "0.0.0.0": may not be unspecified (0.0.0.0)',
      'spec.externalIPs[3]: Invalid value: "169.254.1.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
      'spec.externalIPs[4]: Invalid value: "": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
  ],
  [
    'type: Nodeport, loadBalancerClass: a/b, externalTrafficPolicy: Local, healthCheckNodePort: 3, allocateLoadBalancerNodePorts: true, loadBalancerSourceRanges: [10.0.0.0/8]',
    [
      'spec.type: Unsupported value: "Nodeport": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort": did you mean "NodePort"?',
    ],
  ],
])('a Service with %s', (text, lines) => {
  const told = problemLines(spec(text)).map((line) => line.replace(/^4:\d+ /, ''));
  expect(told).toEqual(lines.map((line) => `error Service "web" is invalid: ${line}`));
});

test.each([
  [
    'allocateLoadBalancerNodePorts: "no"',
    'string into Go struct field ServiceSpec.spec.allocateLoadBalancerNodePorts of type bool: expected true or false, found "no"',
  ],
  [
    'sessionAffinity: {a: b}',
    'object into Go struct field ServiceSpec.spec.sessionAffinity of type v1.ServiceAffinity: expected text, found a mapping',
  ],
])('readDocument names the type that Go has for %s', (text, line) => {
  const [first] = problemLines(spec(text));
  expect(first).toMatch(/^4:\d+ error /);
  expect(first).toContain(`${UNFIT} ${line}`);
});

test('a nodePort may be there for each protocol', () => {
  const text = `apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: NodePort
  ports:
    - {name: a, port: 53, nodePort: 30053}
    - {name: b, port: 53, nodePort: 30053, protocol: UDP}
`;
  expect(readOne('Service', text).ports.map(({ nodePort }) => nodePort)).toEqual([30_053, 30_053]);
});

test('readDocument keeps where a load balancer takes traffic, and the annotations about names', () => {
  const text = `apiVersion: v1
kind: Service
metadata:
  name: web
  annotations:
    external-dns.alpha.kubernetes.io/hostname: web.example.com
    kubectl.kubernetes.io/last-applied-configuration: '{}'
spec:
  type: LoadBalancer
  loadBalancerClass: example.com/lb
  loadBalancerIP: 192.0.2.7
  externalIPs: [192.0.2.8, "2001:DB8::8"]
  ports: [{port: 80}]
status:
  loadBalancer:
    ingress: [{ip: 192.0.2.9}, {hostname: lb.example.net.}, {}]
`;
  const { objects, lines } = {
    objects: readOne('Service', text),
    lines: problemLines(text),
  };
  expect(objects).toMatchObject({
    loadBalancerClass: 'example.com/lb',
    loadBalancerIP: '192.0.2.7',
    externalIPs: ['192.0.2.8', '2001:db8::8'],
    loadBalancerPoints: [
      { ip: '192.0.2.9', hostname: '' },
      { ip: '', hostname: 'lb.example.net' },
    ],
    annotations: new Map([['external-dns.alpha.kubernetes.io/hostname', 'web.example.com']]),
  });
  expect(lines).toEqual([
    '12:28 hint Service "web": spec.externalIPs[1]: IPv6 address "2001:DB8::8" should be in RFC 5952 canonical format ("2001:db8::8")',
  ]);
});

test.each([
  [
    '{ip: 192.0.2.300}',
    'status.loadBalancer.ingress[0].ip: Invalid value: "192.0.2.300": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
  ],
  [
    '{hostname: 192.0.2.3}',
    'status.loadBalancer.ingress[0].hostname: Invalid value: "192.0.2.3": must be a DNS name, not an IP address',
  ],
])('readDocument refuses the status of a load balancer with %s', (point, message) => {
  const text = `${spec('type: LoadBalancer')}\nstatus: {loadBalancer: {ingress: [${point}]}}`;
  expect(problemLines(text).map((line) => line.replace(/^\d+:\d+ /, ''))).toEqual([
    `error Service "web" is invalid: ${message}`,
  ]);
});
