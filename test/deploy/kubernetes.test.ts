import { readdirSync } from 'node:fs';
import { loadAll } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { wantedResources } from '../../src/sources/kubeapi/resources.ts';
import { readText } from '../readme-blocks.ts';

// What the manifests of deploy/ say, held against the program and the Corefiles in them.

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly [field: string]: unknown;
}

const kubernetes = objectsIn('deploy/kubernetes');
const nodeLocal = objectsIn('deploy/node-local');
const KUBEADM = readText('test/fixtures/corefiles/kubeadm');

function objectsIn(folder: string): Manifest[] {
  return readdirSync(folder)
    .filter((file) => file !== 'kustomization.yaml')
    .flatMap((file) => loadAll(readText(`${folder}/${file}`)) as Manifest[]);
}

/** The one object of a kind. */
function only<T>(objects: readonly Manifest[], kind: string): T {
  const [first, ...others] = objects.filter((one) => one.kind === kind);
  expect(others).toEqual([]);
  return first as T;
}

const corefileOf = (objects: readonly Manifest[]) =>
  only<{ data: { Corefile: string } }>(objects, 'ConfigMap').data.Corefile;

interface Pods {
  readonly spec: { readonly template: { readonly spec: PodSpec }; readonly replicas?: number };
}

interface PodSpec {
  readonly securityContext?: unknown;
  readonly dnsPolicy: string;
  readonly containers: readonly {
    readonly args: readonly string[];
    readonly ports: readonly { readonly containerPort: number; readonly protocol: string }[];
    readonly livenessProbe: Probe;
    readonly readinessProbe: Probe;
    readonly securityContext: Readonly<Record<string, unknown>>;
    readonly volumeMounts: readonly { readonly mountPath: string }[];
  }[];
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: number };
}

test('the kustomizations name every file beside them', () => {
  for (const folder of ['deploy/kubernetes', 'deploy/node-local']) {
    const [{ resources }] = loadAll(readText(`${folder}/kustomization.yaml`)) as [
      { resources: string[] },
    ];
    const files = readdirSync(folder).filter((file) => file !== 'kustomization.yaml');
    expect(resources.toSorted()).toEqual(files.toSorted());
  }
});

test('the Corefile is the one that kubeadm writes', () => {
  expect(corefileOf(kubernetes)).toBe(KUBEADM);
});

describe.each([
  ['Deployment', kubernetes],
  ['DaemonSet', nodeLocal],
] as const)('the %s', (kind, objects) => {
  const { spec } = only<Pods>(objects, kind).spec.template;
  const [container] = spec.containers;

  test('reads the Corefile that is mounted, and takes the servers of the node', () => {
    expect(container?.args).toEqual(['-conf', '/etc/coredns/Corefile']);
    expect(container?.volumeMounts).toContainEqual(
      expect.objectContaining({ mountPath: '/etc/coredns', readOnly: true }),
    );
    expect(spec.dnsPolicy).toBe('Default');
  });

  test('has the ports and the probes that the Corefile makes', () => {
    const corefile = corefileOf(objects);
    const ports = container?.ports.map(({ containerPort, protocol }) => [containerPort, protocol]);
    expect(ports).toEqual([
      [53, 'UDP'],
      [53, 'TCP'],
      [9153, 'TCP'],
    ]);
    expect(corefile).toMatch(/:53 \{$/m);
    expect(corefile).toMatch(/^ +prometheus \S*:9153$/m);
    // Without an address they are at these ports.
    expect(corefile).toMatch(/^ +health( \{| \S+:8080)$/m);
    expect(corefile).toMatch(/^ +ready( \S+:8181)?$/m);
    expect(container?.livenessProbe.httpGet).toMatchObject({ path: '/health', port: 8080 });
    expect(container?.readinessProbe.httpGet).toMatchObject({ path: '/ready', port: 8181 });
  });

  test('may do nothing but open port 53', () => {
    const all = { ...(spec.securityContext as object), ...container?.securityContext };
    expect(all).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 65532,
      readOnlyRootFilesystem: true,
      capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    });
  });
});

test('there are two replicas, of which one is kept', () => {
  expect(only<Pods>(kubernetes, 'Deployment').spec.replicas).toBe(2);
  const budget = only<{ spec: unknown }>(kubernetes, 'PodDisruptionBudget');
  expect(budget.spec).toMatchObject({ maxUnavailable: 1 });
});

describe('the ClusterRole', () => {
  const stock = {
    noEndpoints: false,
    labels: '',
    namespaceLabels: '',
    namespaces: [],
    multicluster: false,
    gateway: undefined,
  } as const;

  test('has what the source asks for with this Corefile, and nothing else', () => {
    const { rules } = only<{ rules: Rule[] }>(kubernetes, 'ClusterRole');
    expect(KUBEADM).toContain('pods insecure\n');
    const asked = wantedResources({ ...stock, pods: 'insecure' }).map(({ path }) => granted(path));
    expect(grants(rules)).toEqual(asked.toSorted());
  });

  test('of docs/cluster.md has what other options ask for', () => {
    const gateway = {
      resources: ['Ingress', 'HTTPRoute', 'TLSRoute', 'GRPCRoute', 'DNSEndpoint'],
    } as const;
    const all = wantedResources({ ...stock, pods: 'verified', multicluster: true, gateway });
    const documented = readText('docs/cluster.md').matchAll(/^\| `([^`]+)` \| `(\w[^`]*)` \|/gm);
    const added = [...documented].flatMap(([, group = '', names = '']) =>
      names.split(', ').map((name) => `${group === '""' ? '' : group}/${name}`),
    );
    const base = grants(only<{ rules: Rule[] }>(kubernetes, 'ClusterRole').rules);
    const wanted = new Set(all.map(({ path }) => granted(path)));
    expect([...base, ...added.map((one) => `${one} list,watch`)].toSorted()).toEqual(
      [...wanted].toSorted(),
    );
  });
});

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** `discovery.k8s.io/endpointslices list,watch` */
function grants(rules: readonly Rule[]): string[] {
  return rules
    .flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) => resources.map((name) => `${group}/${name} ${verbs.join()}`)),
    )
    .toSorted();
}

/** The collections that a source follows are read by list and watch. */
function granted(path: string): string {
  const [, group = ''] = /^\/apis\/([^/]+)\//.exec(path) ?? [];
  return `${group}/${path.slice(path.lastIndexOf('/') + 1)} list,watch`;
}
