import { expect, test } from 'vitest';
import type { EndpointSlice } from '../../../src/kube/objects.ts';
import { endpoints, pod, service, slice } from '../../registry/load-text.ts';
import { Cluster } from '../cluster-of.ts';

const READY = 'conditions: [{type: Ready, status: "True"}]';
const at = (ip: string, rest = READY) => `{podIP: ${ip}, ${rest}}`;
const WEB = '{clusterIP: None, selector: {app: web}, ports: [{port: 80}]}';
const APP = '{app: web}';

/**
 * `IPv4 :80/TCP 10.0.0.1=web-0 !10.0.0.2=web-1(host)`: `!` is not ready, the host name in brackets.
 */
function sliceText({ addressType, ports, endpoints: list }: EndpointSlice): string {
  const portText = ports.map(({ name, port, protocol }) => `${name}:${port}/${protocol}`);
  const endpointText = list.map(({ ready, addresses, targetName, hostname }) => {
    const host = hostname === '' ? '' : `(${hostname})`;
    return `${ready ? '' : '!'}${addresses.join('+')}=${targetName}${host}`;
  });
  return [addressType, ...portText, ...endpointText].join(' ');
}

function slicesOf(text: string, name = 'web'): string[] {
  const view = new Cluster({ 'a.yaml': text }).view('shop');
  return (view.slices.get(name) ?? []).map(sliceText);
}

test.each<[title: string, text: string, slices: string[]]>([
  [
    'pods by selector, in order of name',
    service('shop/web', WEB) +
      pod('shop/b', APP, at('10.0.0.2')) +
      pod('shop/a', APP, at('10.0.0.1')) +
      pod('shop/c', '{app: db}', at('10.0.0.3')),
    ['IPv4 :80/TCP 10.0.0.1=a 10.0.0.2=b'],
  ],
  [
    'no pods of another namespace',
    service('shop/web', WEB) + pod('infra/a', APP, at('10.0.0.1')),
    [],
  ],
  [
    'pods that have all labels of the selector',
    service('shop/web', '{clusterIP: None, selector: {app: web, tier: front}}') +
      pod('shop/a', '{app: web}', at('10.0.0.1')) +
      pod('shop/b', '{app: web, tier: front, x: z}', at('10.0.0.2')) +
      pod('shop/c', '{app: db, tier: front}', at('10.0.0.3')),
    ['IPv4 10.0.0.2=b'],
  ],
  [
    'nothing without a selector',
    service('shop/web', '{clusterIP: None}') + pod('shop/a', APP, at('10.0.0.1')),
    [],
  ],
  [
    'nothing with an empty selector',
    service('shop/web', '{clusterIP: None, selector: {}}') + pod('shop/a', APP, at('10.0.0.1')),
    [],
  ],
  [
    'pods that are not ready as not ready',
    service('shop/web', WEB) +
      pod('shop/a', APP, at('10.0.0.1', 'conditions: [{type: Ready, status: "False"}]')) +
      pod('shop/b', APP, at('10.0.0.2', 'phase: Running')),
    ['IPv4 :80/TCP !10.0.0.1=a !10.0.0.2=b'],
  ],
  [
    'pods that are terminating as not ready',
    service('shop/web', WEB) +
      pod('shop/a', APP, at('10.0.0.1')).replace(
        'name: a',
        'name: a, deletionTimestamp: "2026-01-01T00:00:00Z"',
      ),
    ['IPv4 :80/TCP !10.0.0.1=a'],
  ],
  [
    'all pods as ready with publishNotReadyAddresses',
    service('shop/web', WEB.replace('{', '{publishNotReadyAddresses: true, ')) +
      pod('shop/a', APP, at('10.0.0.1', 'phase: Pending')),
    ['IPv4 :80/TCP 10.0.0.1=a'],
  ],
  [
    'terminating pods as ready with publishNotReadyAddresses, but none that are finished',
    service('shop/web', WEB.replace('{', '{publishNotReadyAddresses: true, ')) +
      pod('shop/a', APP, at('10.0.0.1', 'phase: Running')).replace(
        'name: a',
        'name: a, deletionTimestamp: "2026-01-01T00:00:00Z"',
      ) +
      pod('shop/b', APP, at('10.0.0.2', `phase: Failed, ${READY}`)),
    ['IPv4 :80/TCP 10.0.0.1=a'],
  ],
  [
    'pods of any other phase, as their conditions say',
    service('shop/web', WEB) +
      pod('shop/a', APP, at('10.0.0.1', `phase: Pending, ${READY}`)) +
      pod('shop/b', APP, at('10.0.0.2', `phase: Unknown, ${READY}`)),
    ['IPv4 :80/TCP 10.0.0.1=a 10.0.0.2=b'],
  ],
  [
    'pods of the host network, which have the address of their node',
    service('shop/web', WEB) +
      pod('shop/a', APP, at('172.18.0.2'), '{hostNetwork: true}') +
      pod('shop/b', APP, at('172.18.0.2'), '{hostNetwork: true}'),
    ['IPv4 :80/TCP 172.18.0.2=a 172.18.0.2=b'],
  ],
  [
    'no pods that are finished or have no address',
    service('shop/web', WEB) +
      pod('shop/a', APP, at('10.0.0.1', `phase: Succeeded, ${READY}`)) +
      pod('shop/b', APP, at('10.0.0.2', `phase: Failed, ${READY}`)) +
      pod('shop/c', APP, '{phase: Running}'),
    [],
  ],
  [
    'the host name where the subdomain is the Service',
    service('shop/web', WEB) +
      pod('shop/a', APP, at('10.0.0.1'), '{hostname: one, subdomain: web}') +
      pod('shop/b', APP, at('10.0.0.2'), '{hostname: two, subdomain: db}') +
      pod('shop/c', APP, at('10.0.0.3'), '{hostname: three}') +
      pod('shop/d', APP, at('10.0.0.4'), '{subdomain: web}'),
    ['IPv4 :80/TCP 10.0.0.1=a(one) 10.0.0.2=b 10.0.0.3=c 10.0.0.4=d'],
  ],
  [
    'the host name for a Service with a cluster IP too',
    service('shop/web', '{clusterIP: 10.96.0.7, selector: {app: web}, ports: [{port: 80}]}') +
      pod('shop/a', APP, at('10.0.0.1'), '{hostname: one, subdomain: web}'),
    ['IPv4 :80/TCP 10.0.0.1=a(one)'],
  ],
  [
    'pods as endpoints without ports, for a headless Service without ports',
    service('shop/web', '{clusterIP: None, selector: {app: web}}') +
      pod(
        'shop/a',
        APP,
        at('10.0.0.1'),
        '{containers: [{ports: [{name: www, containerPort: 8080}]}]}',
      ),
    ['IPv4 10.0.0.1=a'],
  ],
  [
    'a name that means several numbers as several slices',
    service(
      'shop/web',
      '{clusterIP: None, selector: {app: web}, ports: [{name: http, port: 80, targetPort: www}]}',
    ) +
      [8080, 8081, 8080]
        .map((port, index) =>
          pod(
            `shop/pod-${index}`,
            APP,
            at(`10.0.0.${index}`),
            `{containers: [{ports: [{name: www, containerPort: ${port}}]}]}`,
          ),
        )
        .join(''),
    ['IPv4 http:8080/TCP 10.0.0.0=pod-0 10.0.0.2=pod-2', 'IPv4 http:8081/TCP 10.0.0.1=pod-1'],
  ],
  [
    'the ports of sidecars, but not of other init containers',
    service(
      'shop/web',
      '{clusterIP: None, selector: {app: web}, ports: [{name: http, port: 80, targetPort: www}, {name: ctl, port: 81, targetPort: setup}]}',
    ) +
      pod(
        'shop/a',
        APP,
        at('10.0.0.1'),
        '{containers: [{}], initContainers: [{restartPolicy: Always, ports: [{name: www, containerPort: 15001}]}, {ports: [{name: setup, containerPort: 9}]}]}',
      ),
    ['IPv4 http:15001/TCP 10.0.0.1=a'],
  ],
  [
    'pods without any of the target ports as endpoints without ports',
    service(
      'shop/web',
      '{clusterIP: None, selector: {app: web}, ports: [{name: http, port: 80, targetPort: www}]}',
    ) + pod('shop/a', APP, at('10.0.0.1')),
    ['IPv4 10.0.0.1=a'],
  ],
  [
    'target ports by number and by name, pods that differ in slices of their own',
    service(
      'shop/web',
      '{clusterIP: None, selector: {app: web}, ports: [{name: http, port: 80, targetPort: www}, {name: ctl, port: 81, targetPort: 9000}]}',
    ) +
      pod(
        'shop/a',
        APP,
        at('10.0.0.1'),
        '{containers: [{ports: [{name: www, containerPort: 8080}]}]}',
      ) +
      pod(
        'shop/b',
        APP,
        at('10.0.0.2'),
        '{containers: [{ports: [{name: www, containerPort: 8080, protocol: UDP}]}]}',
      ) +
      pod(
        'shop/c',
        APP,
        at('10.0.0.3'),
        '{containers: [{}, {ports: [{name: www, containerPort: 8080}]}]}',
      ),
    ['IPv4 http:8080/TCP ctl:9000/TCP 10.0.0.1=a 10.0.0.3=c', 'IPv4 ctl:9000/TCP 10.0.0.2=b'],
  ],
  [
    'IPv4 only for a dual-stack pod of a Service that does not say',
    service('shop/web', WEB) +
      pod('shop/a', APP, `{podIPs: [{ip: 10.0.0.1}, {ip: "fd00::1"}], ${READY}}`),
    ['IPv4 :80/TCP 10.0.0.1=a'],
  ],
  [
    'IPv6 where that is what the pods have first',
    service('shop/web', WEB) +
      pod('shop/a', APP, `{podIPs: [{ip: "fd00::1"}, {ip: 10.0.0.1}], ${READY}}`),
    ['IPv6 :80/TCP fd00::1=a'],
  ],
  [
    'both families for a dual-stack headless Service',
    service('shop/web', WEB.replace('{', '{ipFamilyPolicy: RequireDualStack, ')) +
      pod('shop/a', APP, `{podIPs: [{ip: 10.0.0.1}, {ip: "fd00::1"}], ${READY}}`) +
      pod('shop/b', APP, at('10.0.0.2')),
    ['IPv4 :80/TCP 10.0.0.1=a 10.0.0.2=b', 'IPv6 :80/TCP fd00::1=a'],
  ],
  [
    'the family asked for',
    service('shop/web', WEB.replace('{', '{ipFamilies: [IPv6], ')) +
      pod('shop/a', APP, `{podIPs: [{ip: 10.0.0.1}, {ip: "fd00::1"}], ${READY}}`),
    ['IPv6 :80/TCP fd00::1=a'],
  ],
  [
    'the families of the cluster IPs',
    service('shop/web', '{clusterIP: "fd00::7", selector: {app: web}, ports: [{port: 80}]}') +
      pod('shop/a', APP, `{podIPs: [{ip: 10.0.0.1}, {ip: "fd00::1"}], ${READY}}`),
    ['IPv6 :80/TCP fd00::1=a'],
  ],
  [
    'the family of an allocated cluster IP',
    service('shop/web', '{selector: {app: web}, ports: [{port: 80}]}') +
      pod('shop/a', APP, `{podIPs: [{ip: "fd00::1"}, {ip: 10.0.0.1}], ${READY}}`),
    ['IPv4 :80/TCP 10.0.0.1=a'],
  ],
  [
    'both families of two cluster IPs, in their order',
    service(
      'shop/web',
      '{clusterIP: "fd00::7", clusterIPs: ["fd00::7", 10.96.0.7], ipFamilyPolicy: RequireDualStack, selector: {app: web}, ports: [{port: 80}]}',
    ) + pod('shop/a', APP, `{podIPs: [{ip: 10.0.0.1}, {ip: "fd00::1"}], ${READY}}`),
    ['IPv6 :80/TCP fd00::1=a', 'IPv4 :80/TCP 10.0.0.1=a'],
  ],
  [
    'nothing for ExternalName',
    service('shop/web', '{type: ExternalName, externalName: a.example, selector: {app: web}}') +
      pod('shop/a', APP, at('10.0.0.1')),
    [],
  ],
  [
    'legacy Endpoints before pods, by subset and family',
    service('shop/web', WEB) +
      pod('shop/a', APP, at('10.0.0.1')) +
      endpoints(
        'shop/web',
        '[{addresses: [{ip: 10.0.0.8, hostname: h, targetRef: {name: t}}, {ip: "fd00::8"}], notReadyAddresses: [{ip: 10.0.0.9}], ports: [{name: sql, port: 5432}]}, {addresses: [{ip: 10.0.0.7}]}]',
      ),
    ['IPv4 sql:5432/TCP 10.0.0.8=t(h) !10.0.0.9=', 'IPv6 sql:5432/TCP fd00::8=', 'IPv4 10.0.0.7='],
  ],
  [
    'subsets of Endpoints as repacked: same ports together, and not ready before ready',
    service('shop/web', WEB) +
      endpoints(
        'shop/web',
        `[{addresses: [{ip: 10.0.0.9}, {ip: 10.0.0.8, hostname: h}], ports: [{name: a, port: 1}]},
          {addresses: [{ip: 10.0.0.7}, {ip: 10.0.0.8}], notReadyAddresses: [{ip: 10.0.0.9}], ports: [{name: a, port: 1}]},
          {addresses: [{ip: 10.0.0.9}], ports: [{name: b, port: 2}]}]`,
      ),
    ['IPv4 a:1/TCP 10.0.0.7= 10.0.0.8=(h) !10.0.0.9=', 'IPv4 b:2/TCP 10.0.0.9='],
  ],
  [
    'empty Endpoints as no endpoints',
    service('shop/web', WEB) + pod('shop/a', APP, at('10.0.0.1')) + endpoints('shop/web', '[]'),
    [],
  ],
  [
    'no Endpoints that are not to be mirrored',
    service('shop/web', WEB) +
      pod('shop/a', APP, at('10.0.0.1')) +
      endpoints(
        'shop/web',
        '[{addresses: [{ip: 10.0.0.8}]}]',
        '{endpointslice.kubernetes.io/skip-mirror: "true"}',
      ),
    ['IPv4 :80/TCP 10.0.0.1=a'],
  ],
  [
    'no Endpoints that are the lock of a leader, as kube-scheduler once had',
    service('shop/web', WEB) +
      pod('shop/a', APP, at('10.0.0.1')) +
      endpoints('shop/web', '[]').replace(
        'metadata: {',
        'metadata: {annotations: {control-plane.alpha.kubernetes.io/leader: "{}"}, ',
      ),
    ['IPv4 :80/TCP 10.0.0.1=a'],
  ],
  [
    'written slices before everything, in order of name',
    service('shop/web', WEB) +
      pod('shop/a', APP, at('10.0.0.1')) +
      endpoints('shop/web', '[{addresses: [{ip: 10.0.0.8}]}]') +
      slice('shop/web-z', 'web', 'addressType: IPv4, endpoints: [{addresses: [10.0.1.2]}]') +
      slice(
        'shop/web-a',
        'web',
        'addressType: IPv4, endpoints: [{addresses: [10.0.1.1]}], ports: [{port: 1}]',
      ),
    ['IPv4 :1/TCP 10.0.1.1=', 'IPv4 10.0.1.2='],
  ],
])('endpointSlices takes %s', (_, text, slices) => {
  expect(slicesOf(text)).toEqual(slices);
});

test('endpointSlices labels slices as the controllers of a cluster do', () => {
  const text =
    service('shop/web', WEB, '{team: a}') +
    pod('shop/a', APP, at('10.0.0.1')) +
    service('shop/db', '{ports: [{port: 1}]}') +
    endpoints('shop/db', '[{addresses: [{ip: 10.0.0.8}]}]', '{team: b}');
  const { slices } = new Cluster({ 'a.yaml': text }).view('shop');
  expect(slices.get('web')?.[0]?.labels).toEqual(
    new Map([
      ['team', 'a'],
      ['service.kubernetes.io/headless', ''],
      ['kubernetes.io/service-name', 'web'],
      ['endpointslice.kubernetes.io/managed-by', 'endpointslice-controller.k8s.io'],
    ]),
  );
  expect(slices.get('db')?.[0]?.labels).toEqual(
    new Map([
      ['team', 'b'],
      ['kubernetes.io/service-name', 'db'],
      ['endpointslice.kubernetes.io/managed-by', 'endpointslicemirroring-controller.k8s.io'],
    ]),
  );
});
