import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/support/clock.ts';
import { TestIo } from '../cli/test-io.ts';
import { ask } from '../helpers/ask.ts';
import { eventually } from '../helpers/eventually.ts';
import { FakeApiServer, reply } from '../helpers/fake-api-server.ts';
import { ServeHere } from '../helpers/serve-here.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { extendedErrors } from './server-process.ts';

// svcdns and an API server of our own. A real one, beside the built program and CoreDNS, is in
// test:cluster.

const SERVICES = '/api/v1/services';
const SLICES = '/apis/discovery.k8s.io/v1/endpointslices';

const service = (clusterIP: string) => ({ spec: { clusterIP, ports: [{ port: 80 }] } });
const slice = (name: string, address: string) => ({
  metadata: { labels: { 'kubernetes.io/service-name': name } },
  addressType: 'IPv4',
  ports: [{ name: '', port: 80 }],
  endpoints: [{ addresses: [address] }],
});

const OVER = `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { clusterIP: 10.96.0.99, ports: [{ port: 80 }] }
`;

let folder: TempFolder;
let api: FakeApiServer;
let server: ServeHere | undefined;

beforeEach(async () => {
  folder = new TempFolder();
  api = new FakeApiServer();
  const url = await api.start();
  api.put('/api/v1/namespaces', '', 'shop');
  api.put(SERVICES, 'shop', 'web', service('10.96.0.1'));
  api.put(SERVICES, 'shop', 'db', service('None'));
  api.put(SLICES, 'shop', 'db-1', slice('db', '10.1.0.1'));
  const context = 'contexts: [{name: c, context: {cluster: c}}]\ncurrent-context: c';
  folder.write('kubeconfig', `${context}\nclusters: [{name: c, cluster: {server: "${url}"}}]\n`);
});

afterEach(async () => {
  await server?.stop();
  server = undefined;
  await api.stop();
  folder.dispose();
});

async function start(...more: readonly string[]): Promise<ServeHere> {
  const where = ['--listen', '127.0.0.1:0', '--admin', '127.0.0.1:0', '--forward', 'off'];
  const args = ['--kubeconfig', folder.at('kubeconfig'), ...where, ...more];
  const env = { SVCDNS_STATE: folder.at('state'), SVCDNS_STALE_AFTER: '1', LOG_LEVEL: 'info' };
  server = new ServeHere(args, { env });
  await server.until(() => portOf(/Listening on 127\.0\.0\.1:(\d+)/) > 0, 'address');
  return server;
}

function portOf(pattern: RegExp): number {
  return Number(pattern.exec(server?.printed ?? '')?.[1] ?? 0);
}

/** `NOERROR 5 A 10.96.0.7 EDE 3` */
async function answer(name: string): Promise<string> {
  const port = portOf(/Listening on 127\.0\.0\.1:(\d+)/);
  const reply = await ask({ address: '127.0.0.1', port }, `${name}.shop.svc.cluster.local.`, 'A', {
    edns: {},
  });
  const records = reply.answer.map((line) => line.split(' ').toSpliced(0, 1).toSpliced(1, 1));
  const errors = extendedErrors(reply).map((code) => `EDE ${code}`);
  return [reply.rcode, ...records.map((fields) => fields.join(' ')), ...errors].join(' ');
}

const soon = (name: string, expected: string) =>
  eventually(async () => expect(await answer(name)).toBe(expected));

/** What a command prints, and its exit code. */
async function run(line: string): Promise<{ out: string; err: string; code: number }> {
  const io = new TestIo({ env: { SVCDNS_STATE: 'off' }, cwd: folder.path, clock: systemClock });
  const { code, stdout, stderr } = await io.outcome(line);
  return { out: stdout.replaceAll(`${folder.path}/`, ''), err: stderr, code };
}

test('the names of a cluster are answered and followed, and an outage is marked', async () => {
  await start();
  await soon('web', 'NOERROR 5 A 10.96.0.1');
  await soon('db', 'NOERROR 5 A 10.1.0.1');
  await soon('none', 'NXDOMAIN EDE 0');
  api.put(SLICES, 'shop', 'db-1', slice('db', '10.1.0.2'));
  await soon('db', 'NOERROR 5 A 10.1.0.2');
  api.fault = ({ response }) => Boolean(response.socket?.destroy());
  api.cut();
  await soon('db', 'NOERROR 5 A 10.1.0.2 EDE 3');
  await soon('none', 'NXDOMAIN EDE 3');
  const admin = `http://127.0.0.1:${portOf(/Admin: http:\/\/127\.0\.0\.1:(\d+)/)}`;
  expect((await fetch(`${admin}/ready`)).status).toBe(200);
  const metrics = await (await fetch(`${admin}/metrics`)).text();
  expect(metrics).toMatch(/^svcdns_cluster_objects\{.*kind="Service"\} 2$/m);
  expect(metrics).toMatch(/^coredns_kubernetes_rest_client_requests_total\{code="200",.* [1-9]/m);
  api.fault = () => false;
  api.put(SERVICES, 'shop', 'web', service('10.96.0.3'));
  await soon('web', 'NOERROR 5 A 10.96.0.3');
});

test('a start without the API server answers the names of the run before, marked, or nothing yet', async () => {
  await start();
  await soon('web', 'NOERROR 5 A 10.96.0.1');
  const isKept = () => readdirSync(folder.at('state')).some((file) => file.endsWith('.names'));
  await eventually(() => expect(isKept()).toBe(true));
  await server?.stop();
  api.fault = ({ response }) => Boolean(response.socket?.destroy());
  await start();
  await soon('web', 'NOERROR 1 A 10.96.0.1 EDE 3');
  await soon('none', 'SERVFAIL EDE 14');
  api.fault = () => false;
  await soon('web', 'NOERROR 5 A 10.96.0.1');
  await soon('none', 'NXDOMAIN EDE 0');
});

test('manifests are laid over the cluster, and every object that they hide is named', async () => {
  folder.write('over/web.yaml', OVER);
  await start('--manifests', folder.at('over'));
  await soon('web', 'NOERROR 5 A 10.96.0.99');
  await soon('db', 'NOERROR 5 A 10.1.0.1');
  const laid = 'Service shop/web is laid over that of the cluster (resourceVersion 102)';
  await server?.until(() => server?.printed.includes(laid) === true, laid);
  const { out } = await run('records over --kubeconfig kubeconfig');
  expect(out).toContain(`; over/web.yaml:1:1: ${laid}`);
  folder.remove('over/web.yaml');
  await soon('web', 'NOERROR 5 A 10.96.0.1');
});

test('commands read a cluster once, and say why they cannot', async () => {
  const asked = 'query db.shop.svc.cluster.local --kubeconfig kubeconfig --short';
  expect(await run(asked)).toEqual({ out: '10.1.0.1\n', err: '', code: 0 });
  const checked = await run('check --kubeconfig kubeconfig');
  expect(checked.out).toMatch(/^Checked 0 files: 2 Services .*, 1 namespace; 0 errors/m);
  api.fault = ({ response }) => {
    reply(response, 403, { code: 403, message: 'services is forbidden' });
    return true;
  };
  const { out, err, code } = await run('records --kubeconfig kubeconfig');
  expect([out, code]).toEqual(['', 1]);
  expect(err).toContain(
    'Cannot read services: status 403: services is forbidden: add to the rules of its ClusterRole {apiGroups: [""], resources: ["services"], verbs: ["list", "watch"]}',
  );
});
