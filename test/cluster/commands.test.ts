import { afterAll, beforeAll, expect, test } from 'vitest';
import { TempFolder } from '../helpers/temp-folder.ts';
import { type Finished, run } from '../system/command.ts';
import { svcdns } from '../system/server.ts';
import { Cluster } from './cluster.ts';
import { createStill, OTHER_WEB } from './still.ts';

const folder = new TempFolder();
let cluster: Cluster;
let web: { readonly address: string; readonly origin: string };

beforeAll(async () => {
  cluster = await Cluster.start();
  await createStill(cluster.api);
  const { body } = await cluster.api.get('/api/v1/namespaces/still/services/web');
  const origin = `resourceVersion ${body.metadata.resourceVersion}`;
  web = { address: body.spec.clusterIP, origin };
});

afterAll(async () => {
  await cluster?.stop();
  folder.dispose();
});

/** The names of the API server alone, unless manifests are laid over them. */
function ask(command: string, ...args: string[]): Promise<Finished> {
  const source = ['--config', 'off', '--kubeconfig', cluster.kubeconfig('svcdns')];
  return run(svcdns(command, ...args, ...source));
}

test('check --kubeconfig counts what the API server has', async () => {
  const { status, stdout } = await ask('check');
  expect(stdout).toMatch(
    /^Checked 0 files: 4 Services \(3 ClusterIP, 1 headless, 0 ExternalName\), 9 endpoints, 0 Pods, \d namespaces; 0 errors, 0 warnings, 0 hints$/m,
  );
  expect(status).toBe(0);
});

test('records --kubeconfig has the addresses of Services, and their versions', async () => {
  const zone = await ask('records');
  const name = 'web.still.svc.cluster.local.';
  expect(zone.stdout).toContain(`\n${name} 5 IN A ${web.address}\n`);
  expect(zone.stdout).toContain('\n10-1-1-3.db.still.svc.cluster.local. 5 IN A 10.1.1.3\n');
  const { stdout } = await ask('records', '--format', 'json');
  const records = JSON.parse(stdout) as { name: string; type: string }[];
  expect(records.find((one) => one.name === name && one.type === 'A')).toMatchObject({
    data: web.address,
    object: 'Service still/web',
    origin: web.origin,
    by: 'API server',
  });
});

test('records --kubeconfig with manifests says which of the cluster they are laid over', async () => {
  const file = folder.write('own.yaml', OTHER_WEB);
  const { stdout, stderr } = await ask('records', file);
  expect(stdout).toContain('\nweb.still.svc.cluster.local. 5 IN A 10.96.7.7\n');
  expect(stdout + stderr).toContain(web.origin);
});

test('query --kubeconfig answers, or says why there is no answer', async () => {
  const found = await ask('query', 'web.still.svc.cluster.local');
  expect(found.stdout).toContain(`\nweb.still.svc.cluster.local. 5 IN A ${web.address}\n`);
  expect(found.status).toBe(0);
  const missing = await ask('query', 'web.shop.svc.cluster.local');
  expect(missing.stdout).toContain('status: NXDOMAIN');
  // As EDE, or where that is shorter, in a line of its own.
  expect(missing.stdout).toContain('Service web is in namespace still');
  expect(missing.status).toBe(1);
});

test('explain --kubeconfig names the object and its version, or what is nearest', async () => {
  const found = await ask('explain', 'web.still');
  expect(found.stdout).toContain(`A ${web.address}  API server: Service still/web`);
  expect(found.stdout).toContain(`(${web.origin})`);
  expect(found.status).toBe(0);
  const missing = await ask('explain', 'web');
  const why = 'Why: Service web is in namespace still, not in default: ask for web.still';
  expect(missing.stdout).toContain(`\n${why}\n`);
  expect(missing.status).toBe(1);
});
