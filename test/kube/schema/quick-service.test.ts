import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quickService } from '../../../src/kube/schema/quick-service.ts';
import { runs } from '../../helpers/runs.ts';
import { readByFields } from '../read-by-fields.ts';

const origin = { file: 'a.yaml', document: 0, line: 1, column: 1 };

const quickly = (value: object) => quickService(value, origin, () => origin);
const slowly = (value: object) => readByFields('Service', 'v1', value, origin);

/** What most Services have, now and then something else. */
const mostly = <T>(ordinary: readonly T[], ...others: readonly unknown[]) =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom<unknown>(...ordinary) },
    { weight: 1, arbitrary: fc.constantFrom<unknown>(...others) },
  );

const port = fc.record(
  {
    name: mostly(['http', 'dns', 'grpc'], '', 'HTTP', null, 1),
    port: mostly([80, 53, 443], 0, 65_536, '80', null, 1.5),
    protocol: mostly(['TCP', 'UDP'], 'SCTP', '', 'tcp', null),
    targetPort: mostly([8080, 'web', 'http'], 0, '', 'a--b', '80', null, 70_000, 1.5),
    appProtocol: fc.constant('http'),
    nodePort: mostly([0], 30_080, null),
    port2: fc.constant(1),
  },
  { requiredKeys: ['port'] },
);
const labels = mostly(
  [{ app: 'web' }, { app: 'web', 'a.b/c': '' }, {}],
  ...[{ 'a/b/c': 'x' }, { app: 'no spaces' }, { app: 1 }, [], { matchLabels: { app: 'web' } }],
);
const spec = fc.record(
  {
    type: mostly(['ClusterIP'], 'NodePort', 'LoadBalancer', 'ExternalName', '', 'clusterip', null),
    ports: mostly([1], null, {}, 'x').chain((list) =>
      list === 1 ? fc.array(port, { maxLength: 3 }) : fc.constant(list),
    ),
    selector: labels,
    clusterIP: mostly(['10.96.0.7', 'None'], '', 'none', 'fd00::1', '10.96.0.07', 7, null),
    clusterIPs: mostly(
      [['10.96.0.7'], ['None']],
      ...[[], null, ['10.96.0.8'], ['10.96.0.7', 'fd00::1'], '10.96.0.7'],
    ),
    ipFamilies: mostly([['IPv4']], [], ['IPv6'], ['IPv4', 'IPv6'], ['IPv4', 'IPv4'], null, 'IPv4'),
    ipFamilyPolicy: mostly(['SingleStack'], 'PreferDualStack', 'RequireDualStack', '', null),
    internalTrafficPolicy: mostly(['Cluster', 'Local'], '', 'local', null),
    sessionAffinity: mostly(['None'], 'ClientIP', '', null),
    publishNotReadyAddresses: mostly([true, false], 'true', null),
    externalName: fc.constant('a.example'),
    clusterIp: fc.constant('10.96.0.7'),
  },
  { requiredKeys: ['ports'] },
);
/** Half of the time without the two members that are seldom there. */
const usual = spec.map(({ externalName: _, clusterIp: __, ...rest }) => rest);
const service = fc.record(
  {
    metadata: fc.record(
      {
        namespace: mostly(['shop'], 'Shop', '', null),
        name: mostly(['web'], 'Web', '1st', '', null),
        labels,
        annotations: mostly(
          [{ 'a.b/c': 'd' }],
          ...[{ 'a b': 'c' }, { a: 1 }, [], { 'coredns.io/hostname': 'x' }],
        ),
        uid: fc.constant('u'),
        nmae: fc.constant('web'),
      },
      { requiredKeys: ['name', 'namespace'] },
    ),
    spec: fc.oneof({ weight: 4, arbitrary: usual }, spec),
    status: mostly(
      [{ loadBalancer: {} }, {}],
      ...[{ loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } }, { conditions: [] }, [], null],
    ),
    type: fc.constant('ClusterIP'),
  },
  { requiredKeys: ['metadata', 'spec'] },
);

test('quickService reads only what the reader of manifests says nothing about, as it does', () => {
  fc.assert(
    fc.property(service, (value) => {
      const quick = quickly(value);
      if (quick === undefined) return;
      const { object, problems } = slowly(value);
      expect(problems).toEqual([]);
      expect(quick).toStrictEqual(object);
      expect(Object.keys(quick)).toEqual(Object.keys(object ?? {}));
    }),
    { numRuns: runs(4000) },
  );
});

const metadata = { name: 'web', namespace: 'shop', labels: { app: 'web' }, uid: 'u' };
const ports = [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }];

test.each([
  ['a cluster IP', { clusterIP: '10.96.0.7', clusterIPs: ['10.96.0.7'], ports }],
  ['no address yet', { ports, selector: { app: 'web' } }],
  ['no cluster IP', { clusterIP: 'None', clusterIPs: ['None'], selector: { app: 'web' } }],
  ['no cluster IP and no selector', { clusterIP: 'None' }],
  [
    'two ports',
    { clusterIP: '10.96.0.7', ports: [...ports, { name: 'dns', port: 80, protocol: 'UDP' }] },
  ],
  [
    'all that kubectl prints',
    {
      ...{ clusterIP: '10.96.0.7', clusterIPs: ['10.96.0.7'], internalTrafficPolicy: 'Cluster' },
      ...{ ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack', ports, sessionAffinity: 'None' },
      ...{ selector: { app: 'web' }, type: 'ClusterIP' },
    },
  ],
])('quickService reads a Service with %s', (_, some) => {
  const value = { metadata, spec: some, status: { loadBalancer: {} } };
  expect(quickly(value)).toStrictEqual(slowly(value).object);
  expect(quickly(value)).toBeDefined();
});
