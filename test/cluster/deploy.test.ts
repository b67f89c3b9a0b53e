import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { output } from '../system/command.ts';
import { goTool } from '../system/go-tools.ts';
import { ROOT } from '../system/server.ts';
import { Cluster } from './cluster.ts';

const VALUES = `${ROOT}/test/fixtures/deployments/coredns-chart-values.yaml`;

/** Where the API has the kinds that deploy/ uses, and what it calls them. */
const COLLECTIONS: Readonly<Record<string, readonly [string, string]>> = {
  ClusterRole: ['/apis/rbac.authorization.k8s.io/v1', 'clusterroles'],
  ClusterRoleBinding: ['/apis/rbac.authorization.k8s.io/v1', 'clusterrolebindings'],
  ConfigMap: ['/api/v1/namespaces/kube-system', 'configmaps'],
  DaemonSet: ['/apis/apps/v1/namespaces/kube-system', 'daemonsets'],
  Deployment: ['/apis/apps/v1/namespaces/kube-system', 'deployments'],
  PodDisruptionBudget: ['/apis/policy/v1/namespaces/kube-system', 'poddisruptionbudgets'],
  HorizontalPodAutoscaler: [
    '/apis/autoscaling/v2/namespaces/kube-system',
    'horizontalpodautoscalers',
  ],
  Service: ['/api/v1/namespaces/kube-system', 'services'],
  ServiceAccount: ['/api/v1/namespaces/kube-system', 'serviceaccounts'],
};

let cluster: Cluster;
let kustomize: string;
let helm: string;

beforeAll(async () => {
  kustomize = join(await goTool('kustomize'), 'kustomize');
  helm = join(await goTool('helm'), 'helm');
  cluster = await Cluster.start();
});

afterAll(async () => {
  await cluster?.stop();
});

interface Manifest {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** As `kubectl apply --server-side --validate=strict --dry-run=server`: what the server refuses. */
async function refusals(text: string): Promise<string[]> {
  const objects = (loadAll(text) as (Manifest | null)[]).filter((one) => one !== null);
  expect(objects.length).toBeGreaterThan(1);
  const refused: string[] = [];
  for (const object of objects) {
    const [base, plural] = COLLECTIONS[object.kind] ?? ['', object.kind];
    expect([object.kind, base]).not.toEqual([object.kind, '']);
    expect(base.replace('/namespaces/kube-system', '')).toMatch(
      new RegExp(`/${object.apiVersion}$`),
    );
    const query = 'fieldManager=test&fieldValidation=Strict&force=true&dryRun=All';
    const path = `${base}/${plural}/${object.metadata.name}?${query}`;
    const { status, body } = await cluster.api.apply(path, object);
    if (status >= 300) refused.push(`${object.kind} ${object.metadata.name}: ${body.message}`);
  }
  return refused;
}

describe('the API server takes, with strict validation,', () => {
  test.for(['kubernetes', 'canary', 'node-local', 'beside'])('deploy/%s', async (name) => {
    expect(await refusals(await output([kustomize, 'build', `${ROOT}/deploy/${name}`]))).toEqual(
      [],
    );
  });

  test.for([
    ['with its own values', []],
    ["with values of CoreDNS's chart", ['-f', VALUES, '--set', 'image.repository=svcdns']],
  ] as const)('the chart %s', async ([, values]) => {
    const chart = `${ROOT}/deploy/helm/svcdns`;
    const argv = [helm, 'template', 'dns', chart, '-n', 'kube-system', ...values] as const;
    expect(await refusals(await output(argv))).toEqual([]);
  });
});

test('and refuses a field that there is not', async () => {
  const odd = JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'odd' }, datas: {} },
  });
  const refused = expect.stringMatching(/^ConfigMap odd: .*datas/);
  expect(await refusals(`${odd}\n---\n${odd}`)).toEqual([refused, refused]);
});
