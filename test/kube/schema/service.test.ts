import { expect, test } from 'vitest';
import { problemLines, readOne } from '../read-manifest.ts';

const LABEL_1035 =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const LABEL_1123 =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_VALUE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const NAME_PART =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALID_IP = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
const UNFIT = 'Service in version "v1" cannot be handled as a Service: json: cannot unmarshal';
const BOOLEANS =
  'YAML reads y, n, yes, no, on, off, true and false as booleans: put the text in quotes';
const LONG = 'a'.repeat(64);

/** A Service `web` with this `spec`, on line 4. */
const spec = (text: string) =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: ${text}`;
/** A Service with this `metadata`, on line 3. */
const metadata = (text: string) =>
  `apiVersion: v1\nkind: Service\nmetadata: ${text}\nspec: {ports: [{port: 80}]}`;
const web = (message: string) => `Service "web" is invalid: ${message}`;

test.each<[title: string, manifest: string, lines: string[]]>([
  [
    'a Service without a type that has a nodePort',
    spec('{ports: [{port: 80, nodePort: 32000}]}'),
    [
      `4:37 error ${web("spec.ports[0].nodePort: Forbidden: may not be used when type is 'ClusterIP'")}`,
    ],
  ],
  ['no ports', spec('{selector: {app: web}}'), [`4:7 error ${web('spec.ports: Required value')}`]],
  [
    'an empty list of ports',
    spec('{ports: []}'),
    [`4:15 error ${web('spec.ports: Required value')}`],
  ],
  [
    'ports out of range',
    spec('{ports: [{port: 70000, targetPort: -1}]}'),
    [
      `4:23 error ${web('spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive')}`,
      `4:42 error ${web('spec.ports[0].targetPort: Invalid value: -1: must be between 1 and 65535, inclusive')}`,
    ],
  ],
  [
    'a port without a number',
    spec('{ports: [{name: http}]}'),
    [
      `4:16 error ${web('spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive')}`,
    ],
  ],
  [
    'a protocol in lower case',
    spec('{ports: [{port: 80, protocol: tcp}]}'),
    [
      `4:37 error ${web('spec.ports[0].protocol: Unsupported value: "tcp": supported values: "SCTP", "TCP", "UDP": did you mean "TCP"?')}`,
    ],
  ],
  [
    'several ports without names',
    spec('{ports: [{port: 80}, {port: 443}]}'),
    [
      `4:16 error ${web('spec.ports[0].name: Required value')}`,
      `4:28 error ${web('spec.ports[1].name: Required value')}`,
    ],
  ],
  [
    'ports written twice',
    spec('{ports: [{name: a, port: 80}, {name: a, port: 80}]}'),
    [
      `4:44 error ${web('spec.ports[1].name: Duplicate value: "a"')}`,
      `4:37 error ${web('spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}')}`,
    ],
  ],
  [
    'a port name in capitals',
    spec('{ports: [{name: HTTP, port: 80}]}'),
    [`4:23 error ${web(`spec.ports[0].name: Invalid value: "HTTP": ${LABEL_1123}`)}`],
  ],
  [
    'a target port in quotes',
    spec('{ports: [{port: 80, targetPort: "8080"}]}'),
    [
      `4:39 error ${web('spec.ports[0].targetPort: Invalid value: "8080": must contain at least one letter (a-z)')}`,
    ],
  ],
  [
    'a port in quotes',
    spec('{ports: [{port: "80"}]}'),
    [
      `4:23 error ${UNFIT} string into Go struct field ServicePort.spec.ports.port of type int32: write 80 without quotes`,
    ],
  ],
  [
    'a port that is a fraction',
    spec('{ports: [{port: 80.5}]}'),
    [
      `4:23 error ${UNFIT} number 80.5 into Go struct field ServicePort.spec.ports.port of type int32: expected a whole number, found 80.5`,
    ],
  ],
  [
    'ports that are not a list',
    spec('{ports: {port: 80}}'),
    [
      `4:15 error ${UNFIT} object into Go struct field ServiceSpec.spec.ports of type []v1.ServicePort: write a list: "- " before its first member`,
    ],
  ],
  [
    'a port that is only a number',
    spec('{ports: [80]}'),
    [
      `4:16 error ${UNFIT} number into Go struct field ServiceSpec.spec.ports of type v1.ServicePort: expected a mapping, found 80`,
    ],
  ],
  [
    'node ports out of range and twice',
    spec(
      '{type: NodePort, ports: [{name: a, port: 1, nodePort: 80}, {name: b, port: 2, nodePort: 30000}, {name: c, port: 3, nodePort: 30000}]}',
    ),
    [
      `4:61 error ${web('spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767')}`,
      `4:132 error ${web('spec.ports[2].nodePort: Invalid value: 30000: provided port is already allocated')}`,
    ],
  ],
  [
    'an unknown type',
    spec('{type: Clusterip, ports: [{port: 80}]}'),
    [
      `4:14 error ${web('spec.type: Unsupported value: "Clusterip": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort": did you mean "ClusterIP"?')}`,
    ],
  ],
  [
    'type Headless',
    spec('{type: Headless, ports: [{port: 80}]}'),
    [
      `4:14 error ${web('spec.type: Unsupported value: "Headless": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort": for a headless Service write clusterIP: None, without a type')}`,
    ],
  ],
  [
    'a headless NodePort',
    spec('{type: NodePort, clusterIP: None, ports: [{port: 80}]}'),
    [
      `4:35 error ${web('spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services')}`,
    ],
  ],
  [
    'a headless LoadBalancer',
    spec('{type: LoadBalancer, clusterIP: None, clusterIPs: [None], ports: [{port: 80}]}'),
    [
      `4:58 error ${web('spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for LoadBalancer services')}`,
    ],
  ],
  [
    'None in lower case',
    spec('{clusterIP: none, ports: [{port: 80}]}'),
    [
      `4:19 error ${web(`spec.clusterIPs[0]: Invalid value: "none": ${VALID_IP}: for a headless Service write None, with a capital N`)}`,
    ],
  ],
  [
    'a cluster IP with leading zeros',
    spec('{clusterIP: 10.096.0.1, ports: [{port: 80}]}'),
    [
      `4:19 error ${web('spec.clusterIPs[0]: Invalid value: "10.096.0.1": must not have leading 0s')}`,
    ],
  ],
  [
    'an IPv4-mapped cluster IP',
    spec('{clusterIP: "::ffff:10.0.0.1", ports: [{port: 80}]}'),
    [
      '4:19 warning Service "web": spec.clusterIPs[0]: non-standard IP address "::ffff:10.0.0.1" will be considered invalid in a future Kubernetes release: use "10.0.0.1"',
    ],
  ],
  [
    'cluster IPs that differ from clusterIP',
    spec('{clusterIP: 10.0.0.1, clusterIPs: [10.0.0.2], ports: [{port: 80}]}'),
    [
      `4:41 error ${web('spec.clusterIPs: Invalid value: ["10.0.0.2"]: first value must match `clusterIP`')}`,
    ],
  ],
  [
    'cluster IPs without clusterIP',
    spec('{clusterIPs: [10.0.0.1], ports: [{port: 80}]}'),
    [
      `4:20 error ${web('spec.clusterIPs: Invalid value: ["10.0.0.1"]: must be empty when `clusterIP` is not specified')}`,
    ],
  ],
  [
    'an empty clusterIP beside cluster IPs',
    spec('{clusterIP: "", clusterIPs: [None]}'),
    [
      `4:35 error ${web('spec.clusterIPs: Invalid value: ["None"]: must be empty when `clusterIP` is not specified')}`,
    ],
  ],
  [
    'None beside an address',
    spec('{clusterIP: None, clusterIPs: [None, 10.0.0.1], ports: [{port: 80}]}'),
    [
      `4:37 error ${web('spec.clusterIPs: Invalid value: ["None","10.0.0.1"]: \'None\' must be the first and only value')}`,
    ],
  ],
  [
    'None after an address',
    spec('{clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1, None], ports: [{port: 80}]}'),
    [
      `4:52 error ${web(`spec.clusterIPs[1]: Invalid value: "None": ${VALID_IP}: for a headless Service write None, with a capital N`)}`,
    ],
  ],
  [
    'three cluster IPs',
    spec('{clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1, 10.0.0.2, 10.0.0.3], ports: [{port: 80}]}'),
    [
      `4:41 error ${web('spec.clusterIPs: Invalid value: ["10.0.0.1","10.0.0.2","10.0.0.3"]: may only hold up to 2 values')}`,
    ],
  ],
  [
    'two cluster IPs of one family',
    spec(
      '{ipFamilyPolicy: RequireDualStack, clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1, 10.0.0.2], ports: [{port: 80}]}',
    ),
    [
      `4:75 error ${web('spec.clusterIPs: Invalid value: ["10.0.0.1","10.0.0.2"]: may specify no more than one IP for each IP family')}`,
    ],
  ],
  [
    'a cluster IP of another family',
    spec('{clusterIP: 10.0.0.1, ipFamilies: [IPv6], ports: [{port: 80}]}'),
    [
      `4:19 error ${web('spec.clusterIPs[0]: Invalid value: "10.0.0.1": expected an IPv6 value as indicated by `ipFamilies[0]`')}`,
    ],
  ],
  [
    'families that are unknown or repeated',
    spec('{ipFamilyPolicy: Dual, ipFamilies: [ipv4, IPv6, IPv6], ports: [{port: 80}]}'),
    [
      `4:43 error ${web('spec.ipFamilies[0]: Unsupported value: "ipv4": supported values: "IPv4", "IPv6": did you mean "IPv4"?')}`,
      `4:55 error ${web('spec.ipFamilies[2]: Duplicate value: "IPv6"')}`,
      `4:24 error ${web('spec.ipFamilyPolicy: Unsupported value: "Dual": supported values: "PreferDualStack", "RequireDualStack", "SingleStack"')}`,
    ],
  ],
  [
    'SingleStack with two families',
    spec('{ipFamilyPolicy: SingleStack, ipFamilies: [IPv4, IPv6], ports: [{port: 80}]}'),
    [
      `4:24 error ${web("spec.ipFamilyPolicy: Invalid value: \"SingleStack\": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified")}`,
    ],
  ],
  [
    'two cluster IPs and families without a policy',
    spec(
      '{clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1, "fd00::1"], ipFamilies: [IPv4, IPv6], ports: [{port: 80}]}',
    ),
    [
      `4:41 error ${web(`spec.ipFamilyPolicy: Invalid value: "SingleStack": must be 'RequireDualStack' or 'PreferDualStack' when multiple cluster IPs are specified`)}`,
      `4:76 error ${web(`spec.ipFamilyPolicy: Invalid value: "SingleStack": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified`)}`,
    ],
  ],
  [
    'two families of a headless Service with a selector and no policy',
    spec('{clusterIP: None, selector: {a: b}, ipFamilies: [IPv4, IPv6]}'),
    [
      `4:55 error ${web(`spec.ipFamilyPolicy: Invalid value: "SingleStack": must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified`)}`,
    ],
  ],
  [
    'ports with empty names',
    spec('{ports: [{port: 80, name: ""}, {port: 81, name: b}]}'),
    [`4:33 error ${web('spec.ports[0].name: Required value')}`],
  ],
  [
    'an IPv6 address in capitals',
    spec('{clusterIP: "FD00::1", ports: [{port: 80}]}'),
    [
      `4:19 hint Service "web": spec.clusterIPs[0]: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")`,
    ],
  ],
  [
    'ExternalName without a name',
    spec('{type: ExternalName}'),
    [`4:7 error ${web('spec.externalName: Required value')}`],
  ],
  [
    'ExternalName with an address of its own',
    spec('{type: ExternalName, externalName: a.example, clusterIP: None, ipFamilies: [IPv4]}'),
    [
      `4:64 error ${web('spec.clusterIPs: Forbidden: may not be set for ExternalName services')}`,
      `4:82 error ${web('spec.ipFamilies: Forbidden: may not be set for ExternalName services')}`,
    ],
  ],
  [
    'an external name that is a URL',
    spec('{type: ExternalName, externalName: "https://a.example/"}'),
    [`4:42 error ${web(`spec.externalName: Invalid value: "https://a.example/": ${SUBDOMAIN}`)}`],
  ],
  [
    'an external name that DNS cannot carry',
    spec(`{type: ExternalName, externalName: ${LONG}.example}`),
    [
      `4:42 error ${web(`spec.externalName: Invalid value: "${LONG}.example": each label of a DNS name must be no more than 63 characters`)}`,
    ],
  ],
  [
    'an external name that is an address',
    spec('{type: ExternalName, externalName: 192.0.2.1}'),
    [
      '4:42 warning Service "web": spec.externalName: "192.0.2.1" is an IP address, so this Service has no name in DNS: an alias needs a host name; for an address, write a Service without selector and an EndpointSlice',
    ],
  ],
  [
    'an external name without the type',
    spec('{externalName: a.example, ports: [{port: 80}]}'),
    [
      '4:22 warning Service "web": spec.externalName is ignored: spec.type is ClusterIP, not ExternalName',
    ],
  ],
  [
    'a selector of a Deployment',
    spec('{selector: {matchLabels: {app: web}}, ports: [{port: 80}]}'),
    [
      `4:32 error ${UNFIT} object into Go struct field ServiceSpec.spec.selector of type string: the selector of a Service has no matchLabels: write the labels directly under selector`,
    ],
  ],
  [
    'a selector with a boolean',
    spec('{selector: {app: yes}, ports: [{port: 80}]}'),
    [
      `4:24 error ${UNFIT} bool into Go struct field ServiceSpec.spec.selector of type string: ${BOOLEANS}`,
    ],
  ],
  [
    'slips in the names of fields',
    spec('{port: 80, ports: [{port: 80, protoco: TCP, targetport: 1, appProtocol: x, more: x}]}'),
    [
      '4:8 warning Service "web": strict decoding error: unknown field "spec.port": did you mean "ports[].port"?',
      '4:37 warning Service "web": strict decoding error: unknown field "spec.ports[0].protoco": did you mean "protocol"?',
      '4:51 warning Service "web": strict decoding error: unknown field "spec.ports[0].targetport": did you mean "targetPort"?',
      '4:82 warning Service "web": strict decoding error: unknown field "spec.ports[0].more": Kubernetes has no such field here, so it is not used',
    ],
  ],
  [
    'a name in capitals',
    metadata('{name: Web}'),
    [`3:18 error Service "Web" is invalid: metadata.name: Invalid value: "Web": ${LABEL_1035}`],
  ],
  [
    'a name that is too long',
    metadata(`{name: ${LONG}}`),
    [
      `3:18 error Service "${LONG}" is invalid: metadata.name: Invalid value: "${LONG}": must be no more than 63 characters`,
    ],
  ],
  [
    'a name that YAML takes for a number',
    metadata('{name: 123}'),
    [
      `3:18 error ${UNFIT} number into Go struct field ObjectMeta.metadata.name of type string: YAML reads 123 as a number: put the text in quotes`,
    ],
  ],
  [
    'a name that YAML takes for a boolean',
    metadata('{name: on}'),
    [
      `3:18 error ${UNFIT} bool into Go struct field ObjectMeta.metadata.name of type string: ${BOOLEANS}`,
    ],
  ],
  [
    'no name',
    metadata('{}'),
    [
      '3:11 error Service "" is invalid: metadata.name: Required value: name or generateName is required',
    ],
  ],
  [
    'a generated name',
    metadata('{generateName: web-}'),
    [
      '3:11 error Service "" is invalid: metadata.name: Required value: generateName makes a new name in every cluster: write metadata.name',
    ],
  ],
  [
    'an invalid namespace',
    metadata('{name: web, namespace: My_Shop}'),
    [`3:34 error ${web(`metadata.namespace: Invalid value: "My_Shop": ${LABEL_1123}`)}`],
  ],
  [
    'metadata without a space after the colon',
    metadata('name:web'),
    [
      `3:11 error ${UNFIT} string into Go struct field Service.metadata of type v1.ObjectMeta: put a space after the colon of "name:web"`,
    ],
  ],
  [
    'labels that are not text or not valid',
    metadata('{name: web, labels: {a: 1, b: -x, __proto__: c}}'),
    [
      `3:35 error ${UNFIT} number into Go struct field ObjectMeta.metadata.labels of type string: YAML reads 1 as a number: put the text in quotes`,
      `3:41 error ${web(`metadata.labels: Invalid value: "-x": ${LABEL_VALUE}`)}`,
      `3:56 error ${web(`metadata.labels: Invalid value: "__proto__": ${NAME_PART}`)}`,
    ],
  ],
])('readDocument reports %s', (_, manifest, lines) => {
  expect(problemLines(manifest)).toEqual(lines);
});

test('readDocument fills in what the API server would', () => {
  expect(readOne('Service', spec('{ports: [{port: 80}]}'))).toEqual({
    kind: 'Service',
    namespace: 'default',
    name: 'web',
    labels: new Map(),
    origin: { file: 'x.yaml', document: 0, line: 1, column: 1 },
    type: 'ClusterIP',
    clusterIPs: [],
    ipFamilies: [],
    ipFamilyPolicy: 'SingleStack',
    ports: [{ name: '', protocol: 'TCP', port: 80, targetPort: 80, nodePort: 0 }],
    selector: undefined,
    externalName: '',
    publishNotReadyAddresses: false,
    externalIPs: [],
    loadBalancerIP: '',
    loadBalancerClass: '',
    loadBalancerPoints: [],
    annotations: new Map(),
  });
});

test('readDocument keeps everything that DNS depends on', () => {
  const service = readOne(
    'Service',
    `
kind: Service
apiVersion: v1
metadata: {name: web, namespace: shop, labels: {constructor: toString}}
spec:
  type: LoadBalancer
  clusterIP: 10.96.0.7
  clusterIPs: [10.96.0.7, "fd00::7"]
  ipFamilies: [IPv4, IPv6]
  ipFamilyPolicy: RequireDualStack
  publishNotReadyAddresses: true
  selector: {app: web}
  ports:
    - {name: http, port: 80, targetPort: web, nodePort: 30080}
    - {name: dns, port: 53, protocol: UDP, targetPort: 5353}
`,
  );
  expect(service).toMatchObject({
    namespace: 'shop',
    labels: new Map([['constructor', 'toString']]),
    type: 'LoadBalancer',
    clusterIPs: ['10.96.0.7', 'fd00::7'],
    ipFamilies: ['IPv4', 'IPv6'],
    ipFamilyPolicy: 'RequireDualStack',
    publishNotReadyAddresses: true,
    selector: new Map([['app', 'web']]),
    ports: [
      { name: 'http', protocol: 'TCP', port: 80, targetPort: 'web' },
      { name: 'dns', protocol: 'UDP', port: 53, targetPort: 5353 },
    ],
  });
});

test.each([
  ['null counts as absent', '{clusterIP: null, ports: [{port: 80, name: ~}]}', { clusterIPs: [] }],
  [
    'an empty selector selects nothing',
    '{selector: {}, ports: [{port: 80}]}',
    { selector: undefined },
  ],
  ['a headless Service needs no ports', '{clusterIP: None}', { clusterIPs: ['None'], ports: [] }],
  [
    'clusterIP alone is enough, an IPv4-mapped one is the IPv4 address',
    '{clusterIP: "::ffff:10.0.0.1", ports: [{port: 80, protocol: ""}]}',
    { clusterIPs: ['10.0.0.1'], ports: [{ protocol: 'TCP' }] },
  ],
  [
    'a headless Service without a selector is dual-stack by default',
    '{clusterIP: None, ipFamilies: [IPv4, IPv6]}',
    { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4', 'IPv6'] },
  ],
  [
    'the final dot of an external name goes',
    '{type: ExternalName, externalName: a.example.}',
    { externalName: 'a.example' },
  ],
  [
    'one port number for two protocols',
    '{ports: [{name: a, port: 53}, {name: b, port: 53, protocol: UDP}]}',
    { type: 'ClusterIP' },
  ],
])('readDocument: %s', (_, text, expected) => {
  expect(readOne('Service', spec(text))).toMatchObject(expected);
});

test('readDocument names an object constructor like any other', () => {
  const text = spec('{ports: [{port: 80}]}').replace('web', 'constructor');
  expect(readOne('Service', text).name).toBe('constructor');
});

test('readDocument says at most fifty things about one object, each a short line', () => {
  const ports = Array.from({ length: 100 }, () => `{port: 0, name: ${'X'.repeat(9_999)}}`);
  const lines = problemLines(spec(`{ports: [${ports.join(', ')}]}`));
  expect(lines).toHaveLength(51);
  expect(lines.at(-1)).toContain('Service "web" has more problems than these 50');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(500);
});
