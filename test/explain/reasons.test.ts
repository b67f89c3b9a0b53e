import { describe, expect, test } from 'vitest';
import { missingService } from '../../src/explain/missing/service.ts';
import { endpoints, pod, service, slice } from '../registry/load-text.ts';
import { explained } from './explain-world.ts';

const HEADLESS = '{clusterIP: None, selector: {app: db}, ports: [{name: sql, port: 5432}]}';
const NAMED = '{clusterIP: 10.96.0.7, ports: [{name: http, port: 80}, {name: admin, port: 81}]}';
const READY = 'conditions: [{type: Ready, status: "True"}]';
const UNREADY = 'conditions: [{type: Ready, status: "False"}]';

const db = (name: string, address: string, ready: string, rest = '') =>
  pod(
    `shop/${name}`,
    '{app: db}',
    `{phase: Running, podIP: ${address}, ${ready}}`,
    `{hostname: ${name}, subdomain: db${rest}}`,
  );

/** Deployment without Pods, in one line. */
const deployment = (ref: string, labels: string) => {
  const [namespace, name] = ref.split('/');
  const template = `{metadata: {labels: ${labels}}, spec: {containers: [{name: a, image: a}]}}`;
  return `---\n{apiVersion: apps/v1, kind: Deployment, metadata: {namespace: ${namespace}, name: ${name}}, spec: {replicas: 3, selector: {matchLabels: ${labels}}, template: ${template}}}\n`;
};

const ingress = (ref: string, host: string) => {
  const [namespace, name] = ref.split('/');
  return `---\n{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {namespace: ${namespace}, name: ${name}}, spec: {rules: [{host: ${host}}]}}\n`;
};

const ALIAS = (host: string) => `{type: ExternalName, externalName: ${host}}`;

const WEB = service('shop/web', NAMED);

const CLUSTER = `cluster.local {
  kubernetes cluster.local
}
`;

interface Row {
  readonly manifests: string;
  /** Of an own file, `b.yaml`. */
  readonly other?: string;
  readonly corefile?: string;
  readonly ask: string;
  readonly rcode?: string | null;
  readonly code: string;
  readonly reason: string;
}

const ROWS: readonly Row[] = [
  {
    manifests: WEB,
    ask: 'web --from shop',
    rcode: 'NOERROR',
    code: 'FOUND',
    reason: 'Service shop/web (a.yaml:2:1)',
  },
  {
    manifests: WEB,
    ask: 'cluster.local. SOA',
    rcode: 'NOERROR',
    code: 'FOUND',
    reason: 'a name that every zone has',
  },
  {
    manifests: WEB,
    ask: 'web',
    code: 'SERVICE_ELSEWHERE',
    reason: 'there is no namespace default; Service web is in namespace shop: ask for web.shop',
  },
  {
    manifests: WEB + service('default/api'),
    ask: 'web',
    code: 'SERVICE_ELSEWHERE',
    reason: 'Service web is in namespace shop, not in default: ask for web.shop',
  },
  {
    manifests: WEB + service('test/web'),
    ask: 'web',
    code: 'SERVICE_ELSEWHERE',
    reason:
      'there is no namespace default; Service web is in namespaces shop, test: ask for web.shop',
  },
  {
    manifests: WEB,
    ask: 'web.shpo',
    code: 'NO_NAMESPACE',
    reason: 'there is no namespace shpo, did you mean shop?',
  },
  {
    manifests: WEB,
    ask: 'web.production',
    code: 'SERVICE_ELSEWHERE',
    reason: 'there is no namespace production; Service web is in namespace shop: ask for web.shop',
  },
  {
    manifests: WEB,
    corefile: CLUSTER,
    ask: 'api.production',
    rcode: 'REFUSED',
    code: 'NO_NAMESPACE',
    reason: 'there is no namespace production',
  },
  {
    manifests: WEB,
    corefile: '. {\n  kubernetes cluster.local\n  forward . 192.0.2.1\n}\n',
    ask: 'example.com',
    code: 'NO_NAMESPACE',
    reason: 'there is no namespace com; upstreams are not asked by this command',
  },
  {
    manifests: WEB,
    ask: '10-1-2-3.shop.pod.cluster.local.',
    rcode: 'NOERROR',
    code: 'FOUND',
    reason:
      'pods insecure answers the address that stands in the name, whether a Pod has it or not',
  },
  {
    manifests: WEB,
    corefile:
      '. {\n  kubernetes cluster.local\n  rewrite name shop.test web.shop.svc.cluster.local\n}\n',
    ask: 'shop.test.',
    rcode: 'NOERROR',
    code: 'FOUND',
    reason: 'Service shop/web (a.yaml:2:1)',
  },
  {
    manifests: WEB,
    ask: 'wbe.shop',
    code: 'NO_SERVICE',
    reason: 'there is no Service wbe in namespace shop, did you mean web?',
  },
  {
    manifests: WEB,
    ask: 'billing --from shop',
    code: 'NO_SERVICE',
    reason: 'there is no Service billing in namespace shop',
  },
  {
    manifests: WEB,
    other: 'kind: [',
    ask: 'billing --from shop',
    code: 'NO_SERVICE',
    reason: 'there is no Service billing in namespace shop, unless in a file not read: b.yaml:1: …',
  },
  {
    manifests: WEB + service('shop/pay', '{ports: [{port: 70000}]}'),
    ask: 'pay --from shop',
    code: 'OBJECT_REFUSED',
    reason: 'Service shop/pay was refused: a.yaml:4: …',
  },
  {
    manifests:
      service('shop/db', HEADLESS) +
      db('db-0', '10.0.0.1', UNREADY) +
      db('db-1', '10.0.0.2', UNREADY),
    ask: 'db --from shop',
    code: 'ENDPOINTS_NOT_READY',
    reason:
      '0 of 2 endpoints of headless Service shop/db ready: Pod db-0 is not ready (a.yaml:4:1), Pod db-1 is not ready (a.yaml:6:1)',
  },
  {
    manifests:
      service('shop/db', HEADLESS) +
      db('db-0', '10.0.0.1', UNREADY.replace('}', ', reason: ContainersNotReady}')) +
      pod('shop/db-1', '{app: db}', '{phase: Pending}') +
      pod('shop/db-2', '{app: db}', '{phase: Failed}'),
    ask: 'db --from shop',
    code: 'ENDPOINTS_NOT_READY',
    reason:
      '0 of 2 endpoints of headless Service shop/db ready: Pod db-0 is not ready: ContainersNotReady (a.yaml:4:1), Pod db-1 has no address (a.yaml:6:1)',
  },
  {
    manifests: service('shop/db', HEADLESS) + db('db-0', '10.0.0.1', UNREADY),
    ask: 'db-0.db --from shop',
    code: 'ENDPOINTS_NOT_READY',
    reason: '0 of 1 endpoint of headless Service shop/db ready: Pod db-0 is not ready (a.yaml:4:1)',
  },
  {
    manifests:
      service('shop/db', '{clusterIP: None, ports: [{port: 1}]}') +
      slice(
        'shop/db-x',
        'db',
        'addressType: IPv4, endpoints: [{addresses: [10.0.0.9], conditions: {ready: false}}]',
      ),
    ask: '_sql._tcp.db.shop SRV',
    code: 'ENDPOINTS_NOT_READY',
    reason:
      '0 of 1 endpoint of headless Service shop/db ready: 10.0.0.9 is not ready in EndpointSlice shop/db-x (a.yaml:4:1)',
  },
  {
    manifests: service('shop/db', HEADLESS) + deployment('shop/db', '{app: db}'),
    ask: 'db.shop',
    code: 'NO_ENDPOINTS',
    reason:
      'headless Service shop/db has no endpoints: its selector app=db matches Deployment db (3 replicas, a.yaml:4:1), whose Pods only a cluster makes: add Pods, an EndpointSlice, or --workloads simulate',
  },
  {
    manifests: service('shop/db', HEADLESS) + deployment('shop/cache', '{app: cache}'),
    ask: 'db.shop',
    code: 'NO_ENDPOINTS',
    reason:
      'headless Service shop/db has no endpoints: its selector app=db matches no Pod and no workload of its namespace',
  },
  {
    manifests:
      service('shop/db', '{clusterIP: None}') +
      endpoints('shop/db', '[{notReadyAddresses: [{ip: 10.0.0.1}]}]'),
    ask: 'db.shop',
    code: 'ENDPOINTS_NOT_READY',
    reason:
      '0 of 1 endpoint of headless Service shop/db ready: 10.0.0.1 is not ready in Endpoints shop/db (a.yaml:4:1)',
  },
  {
    manifests:
      service('shop/db', HEADLESS) +
      db('db-0', '10.0.0.1', READY) +
      db('db-1', '10.0.0.2', UNREADY),
    ask: 'db-1.db.shop',
    code: 'ENDPOINT_NOT_READY',
    reason: 'the endpoint of Service shop/db is not ready: Pod db-1 is not ready (a.yaml:6:1)',
  },
  {
    manifests: service('shop/db', HEADLESS) + db('db-0', '10.0.0.1', READY),
    ask: 'db-7.db.shop',
    code: 'NO_ENDPOINT',
    reason: 'Service shop/db has no ready endpoint db-7, did you mean db-0?',
  },
  {
    manifests: service('shop/db', HEADLESS) + db('db-0', '10.0.0.1', READY),
    ask: 'primary.db.shop',
    code: 'NO_ENDPOINT',
    reason: 'Service shop/db has no ready endpoint primary: there are db-0',
  },
  {
    manifests: service('shop/web', '{clusterIP: 10.96.0.7, ports: [{port: 80}]}'),
    ask: '_http._tcp.web.shop SRV',
    code: 'PORT_UNNAMED',
    reason: 'port 80 of Service shop/web has no name, so it has no SRV record: expected name: http',
  },
  {
    manifests: WEB,
    ask: '_htp._tcp.web.shop SRV',
    code: 'NO_PORT',
    reason: 'Service shop/web has no TCP port called htp, did you mean http?',
  },
  {
    manifests: WEB,
    ask: '_http._udp.web.shop SRV',
    code: 'NO_PORT',
    reason: 'Service shop/web has no UDP port called http: there are _http._tcp, _admin._tcp',
  },
  {
    manifests: WEB,
    ask: 'web.shop AAAA',
    rcode: 'NODATA',
    code: 'NO_FAMILY',
    reason: 'Service shop/web has no IPv6 address, only IPv4',
  },
  {
    manifests: WEB,
    ask: 'web.shop MX',
    rcode: 'NODATA',
    code: 'NO_TYPE',
    reason: 'web.shop.svc.cluster.local has no MX records, only A, SRV',
  },
  {
    manifests: WEB,
    ask: 'shop.svc.cluster.local.',
    rcode: 'NODATA',
    code: 'EMPTY_NAME',
    reason: 'shop.svc.cluster.local has no records: there are only names below it',
  },
  {
    manifests: service('shop/old', ALIAS('10.0.0.5')),
    ask: 'old.shop',
    code: 'EXTERNAL_NAME_IS_IP',
    reason:
      'externalName of Service shop/old is the address 10.0.0.5, and no alias can lead to an address: expected a host name',
  },
  {
    manifests: WEB + service('shop/old', ALIAS('wbe.shop.svc.cluster.local')),
    ask: 'old.shop',
    code: 'ALIAS',
    reason:
      'an alias to wbe.shop.svc.cluster.local (Service shop/old), and there is no Service wbe in namespace shop, did you mean web?',
  },
  {
    manifests: service('shop/old', ALIAS('www.example.org')),
    ask: 'old.shop.svc.cluster.local.',
    rcode: null,
    code: 'ALIAS',
    reason:
      'an alias to www.example.org (Service shop/old), and not a name of the cluster: upstreams would be asked, and are not by this command (192.0.2.1:53)',
    corefile: '. {\n  kubernetes cluster.local\n  forward . 192.0.2.1\n}\n',
  },
  {
    manifests: WEB,
    corefile: '. {\n  kubernetes cluster.local {\n    namespaces default\n  }\n}\n',
    ask: 'web.shop',
    rcode: 'REFUSED',
    code: 'NAMESPACE_HIDDEN',
    reason: 'namespace shop is not exposed: the option namespaces leaves it out',
  },
  {
    manifests: WEB,
    corefile: '. {\n  kubernetes cluster.local {\n    namespace_labels team=a\n  }\n}\n',
    ask: 'web.shop',
    rcode: 'REFUSED',
    code: 'NAMESPACE_HIDDEN',
    reason: 'namespace shop is not exposed: its labels do not match namespace_labels',
  },
  {
    manifests: WEB,
    corefile: '. {\n  kubernetes cluster.local {\n    labels team=a\n  }\n}\n',
    ask: 'web.shop',
    rcode: 'REFUSED',
    code: 'SERVICE_LEFT_OUT',
    reason: 'Service shop/web is left out by the option labels',
  },
  {
    manifests: WEB,
    corefile: '. {\n  kubernetes cluster.local {\n    ignore empty_service\n  }\n}\n',
    ask: 'web.shop',
    rcode: 'REFUSED',
    code: 'SERVICE_LEFT_OUT',
    reason:
      'Service shop/web is left out by the option ignore empty_service, as it has no ready endpoint',
  },
  {
    manifests: service('shop/db', HEADLESS),
    corefile: '. {\n  kubernetes cluster.local {\n    noendpoints\n  }\n}\n',
    ask: 'db.shop',
    rcode: 'REFUSED',
    code: 'SERVICE_LEFT_OUT',
    reason: 'Service shop/db is left out by the option noendpoints',
  },
  {
    manifests: WEB,
    corefile: CLUSTER,
    ask: '10-0-0-1.shop.pod',
    rcode: 'REFUSED',
    code: 'PODS_DISABLED',
    reason: 'names of Pods are not answered: pods disabled',
  },
  {
    manifests: WEB,
    ask: 'web-0.shop.pod',
    code: 'NO_POD',
    reason: 'web-0 is no address with dashes, as in 10-1-2-3.shop.pod',
  },
  {
    manifests: WEB,
    corefile: '. {\n  kubernetes cluster.local {\n    pods verified\n  }\n}\n',
    ask: '10-0-0-1.shop.pod',
    rcode: 'REFUSED',
    code: 'NO_POD',
    reason: 'no running Pod of namespace shop has the address of 10-0-0-1',
  },
  {
    manifests: WEB + db('db-0', '10.0.0.1', READY),
    corefile: '. {\n  kubernetes cluster.local in-addr.arpa\n}\n',
    ask: '1.0.0.10.in-addr.arpa. PTR',
    code: 'NO_ADDRESS',
    reason:
      '10.0.0.1 is the address of Pod shop/db-0 (a.yaml:4:1), which is a ready endpoint of no Service',
  },
  {
    manifests: WEB,
    corefile: '. {\n  kubernetes cluster.local ip6.arpa\n}\n',
    ask: '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa. PTR',
    code: 'NO_ADDRESS',
    reason: 'no Service and no ready endpoint has the address fd00::1',
  },
  {
    manifests: WEB,
    ask: 'a.b.c.d.e.cluster.local.',
    code: 'NO_NAME',
    reason: 'the zone cluster.local has no names of this form',
  },
  {
    manifests: WEB,
    ask: 'cluster.local. AXFR',
    rcode: 'REFUSED',
    code: 'TRANSFER',
    reason: 'zone transfers are not offered',
  },
  {
    manifests: ingress('shop/web', 'shop.example.com'),
    corefile: '. {\n  kubernetes cluster.local\n}\n',
    ask: 'shop.example.com',
    rcode: 'REFUSED',
    code: 'HOST_UNANSWERED',
    reason:
      'Ingress shop/web has the host shop.example.com, but no zone of k8s_gateway does: --gateway example.com answers it; not a name of the cluster zones, and nothing is forwarded',
  },
  {
    manifests: ingress('shop/web', 'shop.example.com'),
    corefile: '. {\n  kubernetes cluster.local\n  k8s_gateway example.com\n}\n',
    ask: 'shop.example.com.',
    code: 'HOST_WITHOUT_ADDRESS',
    reason: 'Ingress shop/web has the host shop.example.com, without an address: …',
  },
  {
    manifests: WEB,
    corefile: '. {\n  kubernetes cluster.local\n  k8s_external example.org\n}\n',
    ask: 'web.shop.example.org.',
    code: 'SERVICE_LEFT_OUT',
    reason:
      'Service shop/web is left out by k8s_external, as it has no address for clients outside',
  },
  {
    manifests: WEB,
    corefile: '. {\n  kubernetes cluster.local\n  k8s_external example.org\n}\n',
    ask: 'wbe.shop.example.org.',
    code: 'NO_SERVICE',
    reason: 'there is no Service wbe in namespace shop, did you mean web?',
  },
  {
    manifests: WEB,
    corefile: CLUSTER,
    ask: 'www.example.org.',
    rcode: 'REFUSED',
    code: 'NO_BLOCK',
    reason: 'no server block of the Corefile has the name',
  },
  {
    manifests: WEB,
    corefile:
      '. {\n  kubernetes cluster.local\n  acl {\n    block type A net 127.0.0.0/8\n  }\n}\n',
    ask: 'web.shop.svc.cluster.local.',
    rcode: 'REFUSED',
    code: 'PLUGIN',
    reason: 'plugin acl says REFUSED: not allowed for this client',
  },
  {
    manifests: WEB,
    corefile:
      '. {\n  kubernetes cluster.local\n  template IN A example.org {\n    rcode NXDOMAIN\n  }\n}\n',
    ask: 'www.example.org.',
    code: 'PLUGIN',
    reason: 'plugin template says NXDOMAIN',
  },
  {
    manifests: WEB,
    corefile:
      '. {\n  kubernetes cluster.local\n  rewrite name shop.test wbe.shop.svc.cluster.local\n}\n',
    ask: 'shop.test.',
    code: 'NO_SERVICE',
    reason: 'there is no Service wbe in namespace shop, did you mean web?',
  },
  {
    manifests: WEB,
    corefile: '. {\n  kubernetes cluster.local\n  forward . 192.0.2.1\n}\n',
    ask: 'www.example.org.',
    rcode: null,
    code: 'NOT_ASKED',
    reason:
      'not a name of the cluster: upstreams would be asked, and are not by this command (192.0.2.1:53)',
  },
  {
    manifests: service('shop/db', ALIAS('db.example.com')),
    ask: 'db-0.db.shop',
    code: 'BELOW_ALIAS',
    reason: 'Service shop/db is an alias to db.example.com, and there are no names below an alias',
  },
  {
    manifests: service('shop/two') + service('shop/three') + service('shop/web'),
    corefile: '. {\n  kubernetes cluster.local {\n    service_range 10.96.0.0/30\n  }\n}\n',
    ask: 'web.shop.svc.cluster.local.',
    code: 'NO_CLUSTER_IP',
    reason: 'Service shop/web has no cluster IP, and none could be given',
  },
];

test('an external name that no message can carry is EXTERNAL_NAME_INVALID', () => {
  // No file can have one: it would be refused.
  const alias = { namespace: 'shop', name: 'web', type: 'ExternalName', externalName: 'a..b' };
  const found = { view: undefined, service: alias } as never;
  expect(missingService(found, undefined as never)).toMatchObject({
    code: 'EXTERNAL_NAME_INVALID',
    text: 'externalName of Service shop/web, a..b, is no name that a message can carry',
  });
});

describe('the reason in one line', () => {
  test.for(ROWS)('$ask is $code', async (row) => {
    const { manifests, other, corefile, ask, rcode, code, reason } = row;
    const files = {
      'a.yaml': manifests,
      ...(other === undefined ? {} : { 'b.yaml': other }),
      ...(corefile === undefined ? {} : { Corefile: corefile }),
    };
    const found = await explained(files, ask);
    // What another part of svcdns says of a mistake is told in its own tests.
    const [start = '', end] = reason.split('…');
    const text =
      end === undefined ? found.reason.text : `${found.reason.text.slice(0, start.length)}…`;
    expect({ code: found.reason.code, text, rcode: found.rcode }).toEqual({
      code,
      text: reason,
      rcode: rcode === undefined ? 'NXDOMAIN' : rcode,
    });
  });
});
