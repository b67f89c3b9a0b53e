import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/support/clock.ts';
import { type CommandSignal, TestIo } from '../cli/test-io.ts';
import { eventuallyTrue } from '../helpers/eventually.ts';
import { ServeHere } from '../helpers/serve-here.ts';
import { TempFolder } from '../helpers/temp-folder.ts';

const manifests = (replicas: number, image = 'web') => `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { type: LoadBalancer, clusterIP: 10.96.0.7, selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: ${image} }] }
`;

const service = (name: string, address: string) => `apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { clusterIP: ${address}, ports: [{ port: 80 }] }
`;

let folder: TempFolder;
let server: ServeHere;
let admin: string;

beforeEach(async () => {
  folder = new TempFolder();
  folder.write('k8s/web.yaml', manifests(2));
  await start();
});

async function start(): Promise<void> {
  const line = '--listen 127.0.0.1:0 --admin 127.0.0.1:0 --forward off --workloads simulate';
  const paths = ['--manifests', `${folder.path}/k8s`, '--state', folder.at('state')];
  server = new ServeHere([...line.split(' '), ...paths]);
  await server.until(() => server.printed.includes('Try: dig'), 'start-up text');
  admin = /^Admin: http:\/\/([\d.:]+)\//m.exec(server.printed)?.[1] ?? '';
}

afterEach(async () => {
  await server.stop();
  folder.dispose();
});

/** A `svcdns get`, what it has printed and how it ended. */
class Get {
  readonly #io = new TestIo({
    env: { SVCDNS_STATE: 'off', SVCDNS_ADMIN: '127.0.0.1:1' },
    cwd: folder.path,
    clock: systemClock,
  });
  readonly ended: Promise<number>;

  constructor(line: string, where = ['--server', admin]) {
    this.ended = this.#io.outcome(['get', line, ...where].join(' ')).then(({ code }) => code);
  }

  get stdout(): string {
    return this.#io.out;
  }

  get stderr(): string {
    return this.#io.err.replaceAll(`${folder.path}/`, '');
  }

  interrupt(signal: CommandSignal = 'SIGINT'): void {
    this.#io.signal(signal);
  }

  async printed(wanted: RegExp): Promise<void> {
    await eventuallyTrue(() => wanted.test(this.stdout));
  }
}

test('svcdns get asks the running server', async () => {
  const services = new Get('svc -n shop');
  expect(await services.ended).toBe(0);
  expect(services.stdout).toBe(`\
NAME   TYPE           CLUSTER-IP   EXTERNAL-IP   PORT(S)        AGE
web    LoadBalancer   10.96.0.7    <pending>     80:30534/TCP   <unknown>
`);
  const pods = new Get('po -A -o wide');
  expect(await pods.ended).toBe(0);
  expect(
    pods.stdout.match(/^shop {8}web-\S+ +1\/1 +Running +0 +<unknown> +10\.244\./gm),
  ).toHaveLength(2);
  const none = new Get('ing');
  expect(await none.ended).toBe(0);
  expect(none.stderr).toBe('No resources found in default namespace.\n');
});

test('a node port that was given out outlives the server, also one that had to move', async () => {
  const portOf = async () => {
    const get = new Get('svc web -n shop');
    expect(await get.ended).toBe(0);
    return Number(/ 80:(\d+)\/TCP /.exec(get.stdout)?.[1]);
  };
  const first = await portOf();
  const claim = `{ type: NodePort, ports: [{ port: 80, nodePort: ${first} }] }`;
  folder.write(
    'k8s/claim.yaml',
    `apiVersion: v1\nkind: Service\nmetadata: { name: claim }\nspec: ${claim}\n`,
  );
  await server.message(/^Service default\/claim added$/);
  const moved = await portOf();
  expect(moved).not.toBe(first);
  folder.remove('k8s/claim.yaml');
  await server.message(/^Service default\/claim gone$/);
  const kept = () => readdirSync(folder.at('state')).filter((name) => name.endsWith('.addresses'));
  await eventuallyTrue(() =>
    kept().some((name) =>
      readFileSync(folder.at(`state/${name}`), 'utf8').includes(
        `["nodePorts","shop/web/80","${moved}"]`,
      ),
    ),
  );
  await server.stop();
  await start();
  expect(await portOf()).toBe(moved);
});

test('svcdns get -w follows a Deployment that is scaled, until Ctrl-C', async () => {
  const get = new Get('pods -n shop -w --output-watch-events');
  await get.printed(/(?:^ADDED {6}web-.*\n){2}/m);
  folder.write('k8s/web.yaml', manifests(3));
  await get.printed(/(?:^ADDED {6}web-.*Running.*\n){3}/m);
  await server.message(/^Deployment shop\/web scaled from 2 to 3$/);
  await server.message(/^Service shop\/web ready endpoints: 3, before 2$/);
  folder.write('k8s/web.yaml', manifests(1));
  await get.printed(/(?:^DELETED {4}web-.*Terminating.*\n){2}/m);
  get.interrupt();
  expect(await get.ended).toBe(0);
  expect(get.stderr).toBe('');
});

test('svcdns get -w shows a rollout: another image gives other Pods with other addresses', async () => {
  const get = new Get('pods -n shop -w -o wide --output-watch-events');
  await get.printed(/(?:^ADDED .*\n){2}/m);
  folder.write('k8s/web.yaml', manifests(2, 'web:2'));
  await get.printed(/(?:^DELETED .*Terminating.*\n){2}(?:^ADDED .*Running.*\n){2}/m);
  const added = get.stdout.split('\n').filter((line) => line.startsWith('ADDED'));
  const columns = added.map((line) => line.split(/ {3,}/));
  expect(new Set(columns.map(([, name]) => name)).size).toBe(4);
  expect(new Set(columns.map((cells) => cells[6])).size).toBe(4);
  await server.message(/^Deployment shop\/web changed: template$/);
  await server.message(/^Service shop\/web ready endpoints: 2, others than before$/);
});

test.for(['SIGINT', 'SIGTERM'] as const)(
  'svcdns get -w without a server follows the manifests, their mistakes too, until %s',
  async (signal) => {
    const get = new Get('svc -n shop -w --output-watch-events', ['--manifests', folder.at('k8s')]);
    await get.printed(/^EVENT .*\nADDED {6}web .*\n$/);
    folder.write('k8s/db.yaml', service('db', '10.96.0.8'));
    await get.printed(/^ADDED {6}db +ClusterIP {6}10\.96\.0\.8 .*\n$/m);
    folder.write('k8s/db.yaml', service('db', 'x'));
    await eventuallyTrue(() => get.stderr.includes('"x"'));
    folder.write('k8s/db.yaml', service('db', '10.96.0.9'));
    await get.printed(/^MODIFIED {3}db +ClusterIP {6}10\.96\.0\.9 .*\n$/m);
    folder.remove('k8s/db.yaml');
    await get.printed(/^DELETED +db .*\n$/m);
    get.interrupt(signal);
    expect(await get.ended).toBe(0);
    expect(get.stderr).toMatch(/^k8s\/db\.yaml:4:\d+: error: .*\n/);
  },
);

test('svcdns get -w says which manifests it follows when no server is at the usual address', async () => {
  const kubernetes = `kubernetes cluster.local {\n    manifests ${folder.at('k8s')}\n  }`;
  folder.write('Corefile', `. {\n  ${kubernetes}\n}\n`);
  const config = folder.at('Corefile');
  const get = new Get(`po -n shop -w --config ${config} --workloads simulate`, []);
  await get.printed(/(?:^web-.*\n){2}/m);
  folder.write('k8s/web.yaml', manifests(3));
  await get.printed(/(?:^web-.*\n){3}/m);
  get.interrupt();
  expect(await get.ended).toBe(0);
  expect(get.stderr).toMatch(/: the manifests are followed instead\n$/);
});

test('svcdns get -w says that the server is gone', async () => {
  const get = new Get('svc -n shop -w');
  await get.printed(/^web /m);
  server.signal('SIGTERM');
  expect(await get.ended).toBe(1);
  expect(get.stderr).toMatch(/^svcdns get: The server at http:\/\/127\.0\.0\.1:\d+ is gone: .*\n$/);
});

test('/objects has pages, revisions, and errors in words', async () => {
  const ask = async (path: string, headers = {}) => {
    const response = await fetch(`http://${admin}${path}`, { headers });
    return { status: response.status, body: await response.text() };
  };
  const { body } = await ask('/objects/endpoints?namespace=shop');
  const { revision, page } = JSON.parse(body);
  expect(page.columns).toEqual(['NAME', 'ENDPOINTS', 'AGE']);
  expect(page.rows).toHaveLength(1);
  expect(JSON.parse((await ask('/objects')).body)).toEqual({ revision });
  expect(await ask('/objects/secrets')).toMatchObject({ status: 404 });
  expect(await ask('/objectsx')).toMatchObject({ status: 404 });
  expect(await ask('/objects/pods?continue=7:a/b')).toMatchObject({ status: 400 });
  expect(await ask('/objects/pods?continue=..')).toMatchObject({ status: 400 });
});
