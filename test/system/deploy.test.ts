import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAll } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Argv, output, Running, run } from './command.ts';
import { BUILD_MS, goTool } from './go-tools.ts';
import { NetworkNamespace } from './namespace.ts';
import { ROOT, svcdns, whenReady, ZONES } from './server.ts';
import { requireTools } from './tools.ts';

// The manifests and the chart of deploy/ by the real kustomize and Helm, and CoreDNS's own
// Deployment run with svcdns in it.

const FIXTURES = `${ROOT}/test/fixtures/deployments`;
const CHART = `${ROOT}/deploy/helm/svcdns`;
const folder = mkdtempSync(join(tmpdir(), 'svcdns-deploy-'));
let kustomize: string;
let helm: string;

beforeAll(async () => {
  requireTools('ip', 'unshare', 'mount', 'dig', 'curl', 'systemd-analyze');
  kustomize = join(await goTool('kustomize'), 'kustomize');
  helm = join(await goTool('helm'), 'helm');
}, BUILD_MS);
afterAll(() => rmSync(folder, { recursive: true }));

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  // biome-ignore lint/suspicious/noExplicitAny: what is read is compared, not used
  readonly [field: string]: any;
}

const read = (text: string) => (loadAll(text) as (Manifest | null)[]).filter((one) => one !== null);
const names = (objects: readonly Manifest[]) =>
  objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).toSorted();
const find = (objects: readonly Manifest[], kind: string) =>
  objects.find((one) => one.kind === kind) as Manifest;

/** What kustomize or Helm print, in which `svcdns check` finds no error. */
async function checked(argv: Argv): Promise<Manifest[]> {
  const text = await output(argv);
  const file = join(folder, 'printed.yaml');
  writeFileSync(file, text);
  const { status, stdout } = await run(svcdns('check', file));
  expect([status, stdout]).toEqual([0, expect.not.stringContaining(': error: ')]);
  return read(text);
}

const OWN = ['ClusterRole system:svcdns', 'ClusterRoleBinding system:svcdns', 'ConfigMap svcdns'];
const REST = ['PodDisruptionBudget svcdns', 'ServiceAccount svcdns'];

test.for([
  ['kubernetes', [...OWN, 'Deployment svcdns', ...REST, 'Service kube-dns']],
  ['beside', [...OWN, 'Deployment svcdns', ...REST, 'Service svcdns']],
  ['canary', [...OWN, 'Deployment svcdns', 'ServiceAccount svcdns']],
  ['node-local', ['ConfigMap svcdns-node-local', 'DaemonSet svcdns-node-local']],
] as const)('kustomize builds deploy/%s', async ([name, objects]) => {
  const built = await checked([kustomize, 'build', `${ROOT}/deploy/${name}`]);
  expect(names(built)).toEqual(objects.toSorted());
  const service = find(built, 'Service');
  if (service === undefined) return;
  // It finds the Pods of the Deployment, and beside CoreDNS none of those of CoreDNS.
  const labels = find(built, 'Deployment')['spec'].template.metadata.labels;
  expect(labels).toMatchObject(service['spec'].selector);
  expect(labels['k8s-app']).toBe(name === 'beside' ? 'svcdns' : 'kube-dns');
});

describe('the chart', () => {
  const VALUES = `${FIXTURES}/coredns-chart-values.yaml`;
  const template = (...args: string[]) =>
    checked([helm, 'template', 'dns', CHART, '-n', 'kube-system', ...args]);
  const corefileOf = (objects: readonly Manifest[]) => find(objects, 'ConfigMap')['data'].Corefile;

  test.for([[], ['-f', VALUES, '--set', 'image.repository=svcdns']])(
    'passes `helm lint` %s',
    async (args) => {
      expect(await output([helm, 'lint', '--strict', CHART, ...args])).toContain(
        '0 chart(s) failed',
      );
    },
  );

  test('is rendered with its defaults', async () => {
    const objects = await template();
    const own = ['ClusterRole', 'ClusterRoleBinding', 'ConfigMap', 'Deployment'];
    const others = ['PodDisruptionBudget', 'Service', 'ServiceAccount'];
    expect(names(objects)).toEqual([...own, ...others].map((kind) => `${kind} dns-svcdns`));
    expect(corefileOf(objects)).toMatch(/^\.:53 \{\n {4}errors\n {4}health \{\n {8}lameduck 10s\n/);
    const kustomized = read(readFileSync(`${ROOT}/deploy/kubernetes/rbac.yaml`, 'utf8'));
    expect(find(objects, 'ClusterRole')['rules']).toEqual(
      expect.arrayContaining(find(kustomized, 'ClusterRole')['rules']),
    );
  });

  test("is rendered with the values of CoreDNS's chart", async () => {
    const objects = await template('-f', VALUES, '--set', 'image.repository=svcdns');
    const { replicas, template: pods } = find(objects, 'Deployment')['spec'];
    const { serviceAccountName, containers } = pods.spec;
    expect([replicas, serviceAccountName, containers[0].image]).toEqual([
      1,
      'default',
      'svcdns:0.1.0',
    ]);
    expect(containers[0].resources.limits).toEqual({ cpu: '100m', memory: '128Mi' });
    expect(containers[0].readinessProbe.initialDelaySeconds).toBe(30);
    expect(corefileOf(objects)).toBe(corefileOf(await template()));
  });

  test('has what the plugins need, and what values ask for', async () => {
    const values = join(folder, 'values.yaml');
    writeFileSync(values, VALUES_OF_ALL_KINDS);
    const objects = await template('-f', VALUES, '-f', values);
    expect(names(objects)).toEqual([
      'ClusterRole dns-svcdns',
      'ClusterRole dns-svcdns-autoscaler',
      'ClusterRoleBinding dns-svcdns',
      'ClusterRoleBinding dns-svcdns-autoscaler',
      'ConfigMap dns-svcdns',
      'ConfigMap dns-svcdns-autoscaler',
      'Deployment dns-svcdns',
      'Deployment dns-svcdns-autoscaler',
      'PodDisruptionBudget dns-svcdns',
      'Service dns-svcdns-metrics',
      'Service kube-dns',
      'ServiceAccount dns-svcdns-autoscaler',
      'ServiceAccount mine',
    ]);
    const role = objects.find(
      ({ kind, metadata }) => `${kind} ${metadata.name}` === 'ClusterRole dns-svcdns',
    );
    expect(role?.['rules'].flatMap((rule: { resources: string[] }) => rule.resources)).toEqual([
      ...['namespaces', 'services', 'pods', 'endpointslices', 'ingresses'],
      ...['gateways', 'grpcroutes', 'httproutes', 'tlsroutes', 'dnsendpoints'],
    ]);
    expect(find(objects, 'PodDisruptionBudget')['spec']).toMatchObject({ minAvailable: 1 });
    expect(find(objects, 'PodDisruptionBudget')['spec'].maxUnavailable).toBeUndefined();
    const service = objects.find(({ metadata }) => metadata.name === 'kube-dns');
    expect(service?.['spec']).toMatchObject({ clusterIP: '10.96.0.10', type: 'ClusterIP' });
    expect(service?.['spec'].selector['k8s-app']).toBe('kube-dns');
    const corefile = objects.find(
      ({ kind, metadata }) => `${kind} ${metadata.name}` === 'ConfigMap dns-svcdns',
    )?.['data'];
    expect(corefile.Corefile).toContain(
      'import /etc/coredns/*.conf\n.:53 dns://example.com:53 {\n',
    );
    expect(corefile['example.db']).toBe('example.com. IN NS a.\n');
  });

  test("refuses CoreDNS's own image", async () => {
    const { status, stderr } = await run([helm, 'template', CHART, '-f', VALUES]);
    expect(status).toBe(1);
    expect(stderr).toContain(
      'image.repository: found coredns/coredns: expected an image of svcdns',
    );
  });
});

const VALUES_OF_ALL_KINDS = `image: { repository: svcdns }
prometheus: { service: { enabled: true } }
k8sAppLabelOverride: kube-dns
service: { name: kube-dns, clusterIP: 10.96.0.10 }
serviceAccount: { create: true, name: mine }
podDisruptionBudget: { minAvailable: 1 }
zoneFiles: [{ filename: example.db, domain: example.com, contents: "example.com. IN NS a.\\n" }]
autoscaler: { enabled: true }
extraConfig: { import: { parameters: /etc/coredns/*.conf } }
servers:
  - zones: [{ zone: ., use_tcp: true }, { zone: example.com, scheme: "dns://" }]
    port: 53
    plugins:
      - { name: kubernetes, parameters: cluster.local, configBlock: "pods verified\\nttl 30" }
      - { name: k8s_gateway, parameters: example.org }
`;

test('systemd takes the units', async () => {
  for (const unit of ['svcdns.socket', 'svcdns.service']) {
    const text = readFileSync(`${ROOT}/deploy/systemd/${unit}`, 'utf8');
    writeFileSync(join(folder, unit), text.replace('/usr/bin/svcdns', process.execPath));
  }
  const units = ['svcdns.socket', 'svcdns.service'].map((unit) => join(folder, unit));
  const { status, stderr } = await run(['systemd-analyze', 'verify', '--man=no', ...units]);
  expect([status, stderr]).toEqual([0, expect.not.stringContaining('svcdns.')]);
});

test("CoreDNS's Deployment runs with only its image changed", async () => {
  const objects = read(readFileSync(`${FIXTURES}/coredns.yaml`, 'utf8'));
  const [container] = find(objects, 'Deployment')['spec'].template.spec.containers;
  const corefile = join(folder, 'Corefile');
  const resolvConf = join(folder, 'resolv.conf');
  writeFileSync(corefile, find(objects, 'ConfigMap')['data'].Corefile);
  writeFileSync(resolvConf, 'nameserver 192.0.2.53\n');
  const pod = await NetworkNamespace.create();
  onTestFinished(() => pod.remove());
  // What the Deployment mounts. The folder is made in a file system of the process's own.
  const mounts = [
    `mount --bind ${resolvConf} "$(readlink -f /etc/resolv.conf)"`,
    `mkdir -p ${folder}/etc/upper ${folder}/etc/work`,
    `mount -t overlay overlay -o lowerdir=/etc,upperdir=${folder}/etc/upper,workdir=${folder}/etc/work /etc`,
    `mkdir /etc/coredns && cp ${corefile} ${container.volumeMounts[0].mountPath}/Corefile`,
    'exec "$@"',
  ].join(' && ');
  const argv = ['unshare', '--mount', 'sh', '-c', mounts, 'sh', ...svcdns(...container.args)];
  // In a Pod the names come from the API server.
  const env = { ...process.env, SVCDNS_MANIFESTS: ZONES, SVCDNS_STATE: 'off' };
  const server = new Running(pod.command(argv as unknown as Argv), { env });
  onTestFinished(() => server.stop());
  await whenReady(server);
  const ports = container.ports.map(
    (port: { containerPort: number; protocol: string }) => `${port.containerPort} ${port.protocol}`,
  );
  expect(ports).toEqual(['53 UDP', '53 TCP', '9153 TCP']);
  for (const how of ['+notcp', '+tcp']) {
    const name = 'redis.default.svc.cluster.local';
    const dig: Argv = ['dig', '@127.0.0.1', '-p', '53', how, '+short', name];
    expect(await output(pod.command(dig))).toBe('10.99.209.251\n');
  }
  const get = (url: string) => {
    const script = `fetch('${url}').then((r) => r.text().then((text) => console.log(r.status, text)))`;
    return output(pod.command([process.execPath, '-e', script]));
  };
  for (const probe of ['livenessProbe', 'readinessProbe']) {
    const { path, port } = container[probe].httpGet;
    expect(await get(`http://127.0.0.1:${port}${path}`)).toMatch(/^200 OK/);
  }
  expect(await get('http://127.0.0.1:9153/metrics')).toMatch(/^coredns_dns_requests_total\{/m);
});

test('the cache of a node asks kube-dns over TCP, and answers what it has when that is away', async () => {
  const node = await NetworkNamespace.create();
  onTestFinished(() => node.remove());
  for (const address of ['10.96.0.10/32', '169.254.20.10/32']) await node.addAddress(address, 'lo');
  const objects = read(readFileSync(`${ROOT}/deploy/node-local/config-map.yaml`, 'utf8'));
  const corefile = join(folder, 'node-local');
  // No other servers: nothing leaves the namespace.
  const text: string = find(objects, 'ConfigMap')['data'].Corefile;
  writeFileSync(corefile, text.replace('forward . /etc/resolv.conf', 'forward . 192.0.2.53'));
  const env = { ...process.env, SVCDNS_STATE: 'off' };
  const start = (...args: string[]) => {
    const server = new Running(node.command(svcdns(...args)), { env });
    onTestFinished(() => server.stop());
    return server;
  };
  const own = ['--listen', '10.96.0.10:53', '--admin', '127.0.0.1:8053', '--forward', 'off'];
  const kubeDns = start('serve', '--manifests', ZONES, ...own);
  await whenReady(kubeDns);
  const cache = start('-conf', corefile);
  await cache.until(() => cache.printed.includes('Listening on 169.254.20.10:53 '));
  const ask = (name: string) => {
    const dig: Argv = ['dig', '@169.254.20.10', '+time=10', '+tries=1', '+short', name];
    return output(node.command(dig));
  };
  expect(await ask('redis.default.svc.cluster.local')).toBe('10.99.209.251\n');
  const metrics: Argv = ['curl', '-s', 'http://127.0.0.1:8053/metrics'];
  const counted = await output(node.command(metrics));
  expect(counted).toMatch(/^coredns_dns_requests_total\{.*proto="tcp".*type="A"\} 1$/m);
  expect(counted).not.toMatch(/^coredns_dns_requests_total\{.*proto="udp".*type="A"\}/m);
  await kubeDns.stop();
  expect(await ask('redis.default.svc.cluster.local')).toBe('10.99.209.251\n');
  const health: Argv = ['curl', '-s', 'http://169.254.20.10:8080/health'];
  expect(await output(node.command(health))).toMatch(/^OK/);
});

test('the Corefile for systemd has the addresses of the sockets', () => {
  const socket = readFileSync(`${ROOT}/deploy/systemd/svcdns.socket`, 'utf8');
  const corefile = readFileSync(`${ROOT}/deploy/systemd/Corefile`, 'utf8');
  const [, port] = /^\.:(\d+) \{$/m.exec(corefile) ?? [];
  const [, addresses = ''] = /^ +bind (.*)$/m.exec(corefile) ?? [];
  for (const kind of ['Datagram', 'Stream']) {
    const listed = [...socket.matchAll(new RegExp(`^Listen${kind}=(.*)$`, 'gm'))];
    expect(listed.map(([, place]) => place)).toEqual(
      addresses.split(' ').map((address) => `${address}:${port}`),
    );
  }
});
