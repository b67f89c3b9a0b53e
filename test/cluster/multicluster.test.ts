import { loadAll } from 'js-yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { multicluster } from '../compliance/tables/multicluster.ts';
import { eventually } from '../helpers/eventually.ts';
import type { Manifest } from './api.ts';
import { digText, replies } from './asker.ts';
import { Cluster, DNS_RULES } from './cluster.ts';
import { DnsServer } from './dns-servers.ts';

const GROUP = 'multicluster.x-k8s.io';
const [{ manifests, asks }] = multicluster as [(typeof multicluster)[number]];

/** CoreDNS has the endpoints of Services under every reverse name; here only names are compared. */
const QUESTIONS = asks
  .filter(({ name }) => !name.endsWith('.arpa.'))
  .map(({ name, type }) => ({ name, type }));

let cluster: Cluster;
let coredns: DnsServer;
let svcdns: DnsServer;

beforeAll(async () => {
  cluster = await Cluster.start();
  await defineServiceImports();
  for (const user of ['svcdns', 'coredns']) {
    const imports = { apiGroups: [GROUP], resources: ['serviceimports'], verbs: ['list', 'watch'] };
    await cluster.allow(user, [...DNS_RULES, imports]);
  }
  const corefile = (port: number, kubeconfig: string) => `.:${port} {
    bind 127.0.0.1
    kubernetes cluster.local clusterset.local {
        kubeconfig ${kubeconfig}
        multicluster clusterset.local
    }
}
`;
  svcdns = await DnsServer.svcdns(cluster.kubeconfig('svcdns'), corefile);
  coredns = await DnsServer.coredns(cluster.kubeconfig('coredns'), corefile);
  await cluster.api.create('/api/v1/namespaces', { metadata: { name: 'shop' } });
  for (const object of loadAll(manifests) as Manifest[])
    await cluster.api.create(place(object), object);
});

afterAll(async () => {
  await coredns?.stop();
  await svcdns?.stop();
  await cluster?.stop();
});

test('svcdns answers the names of ServiceImports as CoreDNS does', async () => {
  const texts = async ({ address }: DnsServer) =>
    (await replies(address, QUESTIONS, 'udp')).map(digText);
  const last = [{ name: 'own.plain.shop.svc.clusterset.local.', type: 'A' }];
  const web = [{ name: 'web.shop.svc.cluster.local.', type: 'A' }];
  for (const { address } of [coredns, svcdns]) {
    await eventually(async () => {
      const found = [
        ...(await replies(address, last, 'udp')),
        ...(await replies(address, web, 'udp')),
      ];
      expect(found.map(({ answer }) => answer.length)).toEqual([1, 1]);
    });
  }
  expect(await texts(svcdns)).toEqual(await texts(coredns));
});

/** As the CRD of sigs.k8s.io/mcs-api, without what it checks. */
async function defineServiceImports(): Promise<void> {
  const names = { kind: 'ServiceImport', plural: 'serviceimports', singular: 'serviceimport' };
  const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const version = { name: 'v1alpha1', served: true, storage: true };
  await cluster.api.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    metadata: {
      name: `serviceimports.${GROUP}`,
      annotations: { 'api-approved.kubernetes.io': 'https://github.com/kubernetes/enhancements' },
    },
    spec: {
      ...{ group: GROUP, scope: 'Namespaced', names },
      versions: [{ ...version, schema: { openAPIV3Schema: schema } }],
    },
  });
  await eventually(async () => {
    const { status } = await cluster.api.get(`/apis/${GROUP}/v1alpha1/serviceimports`);
    expect(status).toBe(200);
  });
}

function place({ apiVersion = '', kind = '', metadata: { namespace } }: Manifest): string {
  const base = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  return `${base}/namespaces/${namespace}/${kind.toLowerCase()}s`;
}
