import { expect, test } from 'vitest';
import { problemLines, readManifest, readOne } from '../read-manifest.ts';

const pod = (rest: string) => `apiVersion: v1\nkind: Pod\nmetadata: {name: db-0}\n${rest}`;
const READY = 'conditions: [{type: Ready, status: "True"}]';
const NOT_READY =
  'has an address but no condition Ready, so, as in a cluster, it is left out of the endpoints of its Services: add status.conditions: [{type: Ready, status: "True"}]';

test.each<[title: string, manifest: string, lines: string[]]>([
  [
    'an address without the condition Ready',
    pod('status: {podIP: 10.0.0.1}'),
    [`4:9 hint Pod "db-0": ${NOT_READY}`],
  ],
  [
    'nothing, when the condition says False',
    pod('status: {podIP: 10.0.0.1, conditions: [{type: Ready, status: "False"}]}'),
    [],
  ],
  ['nothing, when the pod is finished', pod('status: {podIP: 10.0.0.1, phase: Succeeded}'), []],
  [
    'a pod that never ran',
    pod('spec: {containers: []}'),
    [
      '1:1 hint Pod "db-0": no status, so no address and no name in DNS: a cluster fills in status.podIP and the condition Ready; write them for a pod that should be found',
    ],
  ],
  [
    'a status that YAML takes for a boolean',
    pod('status: {podIP: 10.0.0.1, conditions: [{type: Ready, status: True}]}'),
    [
      '4:62 error Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal bool into Go struct field PodCondition.status.conditions.status of type v1.ConditionStatus: YAML reads y, n, yes, no, on, off, true and false as booleans: put the text in quotes',
    ],
  ],
  [
    'addresses that are none',
    pod(`status: {podIP: 10.0.0, podIPs: [{ip: 10.0.0.1}, {ip: fd00::x}], ${READY}}`),
    [
      '4:55 error Pod "db-0" is invalid: status.podIPs[1].ip: Invalid value: "fd00::x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
      '4:17 error Pod "db-0" is invalid: status.podIP: Invalid value: "10.0.0": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
  ],
  [
    'container ports with faults',
    pod(
      `spec: {containers: [{name: c, ports: [{name: much-too-long-name}, {name: a, containerPort: 0}, {name: a, containerPort: 1}]}]}\nstatus: {podIP: 10.0.0.1, ${READY}}`,
    ),
    [
      '4:46 error Pod "db-0" is invalid: spec.containers[0].ports[0].name: Invalid value: "much-too-long-name": must be no more than 15 characters',
      '4:39 error Pod "db-0" is invalid: spec.containers[0].ports[0].containerPort: Required value',
      '4:92 error Pod "db-0" is invalid: spec.containers[0].ports[1].containerPort: Required value',
      '4:103 error Pod "db-0" is invalid: spec.containers[0].ports[2].name: Duplicate value: "a"',
    ],
  ],
  [
    'slips in the names of fields',
    pod(`spec: {hostName: a, subDomain: b, nodeName: n1}\nstatus: {podIp: 10.0.0.1, ${READY}}`),
    [
      '4:8 warning Pod "db-0": strict decoding error: unknown field "spec.hostName": did you mean "hostname"?',
      '4:21 warning Pod "db-0": strict decoding error: unknown field "spec.subDomain": did you mean "subdomain"?',
      '5:10 warning Pod "db-0": strict decoding error: unknown field "status.podIp": did you mean "podIP"?',
    ],
  ],
])('readDocument reports %s', (_, manifest, lines) => {
  expect(problemLines(manifest)).toEqual(lines);
});

test('readDocument reads what endpoints depend on', () => {
  const text = pod(`
spec:
  hostname: db-0
  subdomain: db
  containers:
    - name: db
      ports:
        - {name: sql, containerPort: 5432}
        - {containerPort: 53, protocol: UDP}
    - name: sidecar
status:
  phase: Running
  podIP: 10.0.0.1
  podIPs: [{ip: 10.0.0.1}, {ip: "fd00::1"}]
  conditions:
    - {type: Initialized, status: "True"}
    - {type: Ready, status: "True"}
`).replace('name: db-0}', 'name: db-0, deletionTimestamp: 2026-01-02T03:04:05Z}');
  expect(readOne('Pod', text)).toMatchObject({
    hostname: 'db-0',
    subdomain: 'db',
    podIPs: ['10.0.0.1', 'fd00::1'],
    phase: 'Running',
    ready: true,
    terminating: true,
    hostNetwork: false,
    containerPorts: [
      { name: 'sql', protocol: 'TCP', port: 5432 },
      { name: '', protocol: 'UDP', port: 53 },
    ],
  });
});

test('readDocument reads whether a Pod has the network of its node', () => {
  expect(readOne('Pod', pod('spec: {hostNetwork: true}')).hostNetwork).toBe(true);
  expect(readManifest(pod('spec: {hostNetwork: "yes"}')).objects).toEqual([]);
});

test('readDocument believes podIP where podIPs differ', () => {
  const text = pod(`status: {podIP: 10.0.0.9, podIPs: [{ip: 10.0.0.1}], ${READY}}`);
  expect(readOne('Pod', text).podIPs).toEqual(['10.0.0.9']);
});

test('readDocument reads a Namespace, and drops the namespace it is not in', () => {
  const text =
    'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, namespace: x, labels: {team: a}}';
  expect(readOne('Namespace', text)).toMatchObject({
    namespace: '',
    name: 'shop',
    labels: new Map([['team', 'a']]),
  });
  expect(readManifest(text.replace('shop', 'my.shop')).objects).toEqual([]);
});
