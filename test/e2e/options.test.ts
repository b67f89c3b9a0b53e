import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Server, type ServerOptions, startServer } from '../../src/index.ts';
import { systemClock } from '../../src/support/clock.ts';
import { TestIo } from '../cli/test-io.ts';
import { ask, type ServerAddress } from '../helpers/ask.ts';
import { ServeHere } from '../helpers/serve-here.ts';
import { TempFolder } from '../helpers/temp-folder.ts';

// What a Corefile says, said without one: on the command line, in the environment, in a program.

const MANIFESTS = `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, externalIPs: [192.0.2.10], ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: peers, namespace: shop }
spec: { selector: { app: web }, clusterIP: None, ports: [{ port: 80 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: nginx }] }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: web, namespace: shop }
spec: { rules: [{ host: shop.example.net }] }
status: { loadBalancer: { ingress: [{ ip: 192.0.2.20 }] } }
`;

let folder: TempFolder;
let serving: ServeHere | undefined;
let server: Server | undefined;

beforeEach(() => {
  folder = new TempFolder();
  folder.write('k8s/web.yaml', MANIFESTS);
});

afterEach(async () => {
  await serving?.stop();
  await server?.close();
  [serving, server] = [undefined, undefined];
  folder.dispose();
});

const QUIET = { SVCDNS_STATE: 'off' };

/** `svcdns serve` in the folder, at any port; resolves once it answers. */
async function serve(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ServerAddress> {
  const started = new ServeHere(['--admin', 'off', '--manifests', 'k8s', ...args], {
    env,
    cwd: folder.path,
  });
  serving = started;
  await started.until(() => /^Try: /m.test(started.printed), 'start-up text');
  const [, port] = /^Listening on 127\.0\.0\.1:(\d+)/m.exec(started.printed) ?? [];
  return { address: '127.0.0.1', port: Number(port) };
}

/** A command line, run to its end in the folder. */
async function run(...args: string[]) {
  const io = new TestIo({ cwd: folder.path, env: QUIET, clock: systemClock });
  const { code: status, stdout, stderr } = await io.outcome(args.join(' '));
  return { status, stdout, stderr };
}

/** `ADDRESS ADDRESS ttl TTL`, or the rcode; POD stands for the address of a simulated one. */
async function answered(at: ServerAddress, name: string, type = 'A'): Promise<string> {
  const { answer, rcode } = await ask(at, name, type);
  const words = answer.map((line) => line.split(/\s+/));
  if (words.length === 0) return rcode;
  return `${words
    .map((line) => line.at(-1)?.replace(/^10\.244\..*/, 'POD'))
    .toSorted()
    .join(' ')} ttl ${words[0]?.[1]}`;
}

/** Each question of the table, and what a server with these options answers. */
const ANSWERS = {
  'web.shop.svc.k8s.test.': 'POD POD ttl 9',
  'peers.shop.svc.k8s.test.': 'POD POD ttl 9',
  '10-1-2-3.shop.pod.k8s.test.': 'NXDOMAIN',
  'web.shop.lb.test.': '192.0.2.10 ttl 5',
  'shop.example.net.': '192.0.2.20 ttl 60',
  'registry.example.com.': '192.0.2.7 ttl 5',
};

async function expectAnswers(at: ServerAddress): Promise<void> {
  const found = Object.keys(ANSWERS).map(async (name) => [name, await answered(at, name)]);
  expect(Object.fromEntries(await Promise.all(found))).toEqual(ANSWERS);
}

const FLAGS = [
  ['--zone', 'k8s.test'],
  ['--ttl', '9'],
  ['--pods', 'verified'],
  ['--workloads', 'simulate'],
  ['--clusterip', 'endpoints'],
  ['--external', 'lb.test'],
  ['--gateway', 'example.net'],
  ['--host', 'registry.example.com=192.0.2.7'],
].flat();

describe('what names are like, without a Corefile,', () => {
  test('is said by flags', async () => {
    const at = await serve([...FLAGS, '--log', '--listen', '127.0.0.1:0', '--forward', 'off']);
    await expectAnswers(at);
    await serving?.message(/"A IN shop\.example\.net\. udp/);
  });

  test('is said by variables', async () => {
    const at = await serve([], {
      SVCDNS_LISTEN: '127.0.0.1:0',
      SVCDNS_FORWARD: 'off',
      SVCDNS_ZONE: 'k8s.test',
      SVCDNS_TTL: '9',
      SVCDNS_PODS: 'verified',
      SVCDNS_WORKLOADS: 'simulate',
      SVCDNS_CLUSTERIP: 'endpoints',
      SVCDNS_EXTERNAL: 'lb.test',
      SVCDNS_GATEWAY: 'example.net',
      SVCDNS_HOST: 'registry.example.com=192.0.2.7',
      SVCDNS_LOG: 'on',
    });
    await expectAnswers(at);
    await serving?.message(/"A IN shop\.example\.net\. udp/);
  });

  test('is said by options of a program', async () => {
    server = await startServer({
      manifests: folder.at('k8s'),
      zone: 'k8s.test',
      ttl: 9,
      pods: 'verified',
      workloads: 'simulate',
      clusterip: 'endpoints',
      external: 'lb.test',
      gateway: 'example.net',
      host: 'registry.example.com=192.0.2.7',
    });
    await expectAnswers(server.address);
  });

  test('is said by flags beside a Corefile that says nothing of it', async () => {
    folder.write('Corefile.own', '. {\n  kubernetes k8s.test\n}\n');
    const own = FLAGS.filter((word) => word !== '--zone' && word !== 'k8s.test');
    await expectAnswers(
      await serve(['--config', 'Corefile.own', '--listen', '127.0.0.1:0', ...own]),
    );
  });

  test('is the same for records', async () => {
    const { stdout, status } = await run(
      'records',
      'k8s',
      ...FLAGS.slice(2, 8),
      '--zone',
      'cluster.local',
    );
    expect(status).toBe(0);
    expect(stdout).toMatch(/^peers\.shop\.svc\.cluster\.local\. 9 IN A 10\.244\.\d+\.\d+$/m);
  });

  test('and a service range, and endpoints by name', async () => {
    folder.write(
      'k8s/db.yaml',
      `apiVersion: v1
kind: Service
metadata: { name: db, namespace: shop, annotations: { svcdns.dev/endpoints-dns: db.test } }
spec: { clusterIP: None, ports: [{ port: 5432 }] }
`,
    );
    const at = await serve([
      ...['--service-range', '10.5.0.0/16', '--endpoints', 'dns', '--host', 'db.test=192.0.2.5'],
      ...['--listen', '127.0.0.1:0', '--forward', 'off'],
    ]);
    expect(await answered(at, 'web.shop.svc.cluster.local.')).toMatch(/^10\.5\.\d+\.\d+ ttl 5$/);
    expect(await answered(at, 'db.shop.svc.cluster.local.')).toMatch(/^192\.0\.2\.5 /);
  });
});

describe('an option that cannot be followed is told in the words of who wrote it:', () => {
  beforeEach(() => {
    folder.write('Corefile.own', '.:1053 {\n  kubernetes cluster.local {\n    ttl 30\n  }\n}\n');
  });

  test.for([
    [
      ['--config', 'Corefile.own', '--manifests', 'k8s', '--ttl', '5'],
      "--ttl: error: Cannot follow --ttl and Corefile.own:3:5, which says 'ttl 30': expected only one of them [CONFIG_TTL]",
    ],
    [
      ['--config', 'Corefile.own', '--manifests', 'k8s', '--listen', ':5'],
      "--listen: error: Cannot follow --listen and Corefile.own:1:1, which says '.:1053': expected only one of them [CONFIG_LISTEN]",
    ],
    [['--zones', 'a.org'], "svcdns serve: Unknown option '--zones': did you mean '--zone'?"],
    [['--port', '53'], "svcdns serve: Unknown option '--port': did you mean '--listen'?"],
    [
      ['--namespaces', 'shop'],
      "svcdns serve: Unknown option '--namespaces': expected it in a Corefile, behind --config, as in kubernetes … { namespaces … }",
    ],
    [
      ['--cache', '30'],
      "svcdns serve: Unknown option '--cache': expected it in a Corefile, behind --config, as in .:53 { cache … }",
    ],
    [
      ['--workloads', 'simulate=10.0.0.1'],
      '--workloads: error: Cannot allocate from "10.0.0.1": expected a CIDR, as in 10.96.0.0/12 [CONFIG_WORKLOADS]',
    ],
  ] as const)('%o', async ([args, message]) => {
    const { status, stderr } = await run('serve', ...args);
    expect(stderr.split('\n')[0]).toBe(message);
    expect(status).toBe(2);
  });

  const taken = async (options: ServerOptions) => {
    const { port } = server!.address;
    const listen = `127.0.0.1:${port}`;
    return startServer({ manifests: folder.at('k8s'), listen, ...options }).catch(String);
  };

  test('a port that is taken', async () => {
    server = await startServer({ manifests: folder.at('k8s') });
    const { port } = server.address;
    expect(await taken({})).toContain(`Use another port (listen: '127.0.0.1:${port + 1}')`);
    const args = ['--manifests', 'k8s', '--admin', 'off'];
    const env = { ...QUIET, SVCDNS_LISTEN: `127.0.0.1:${port}` };
    const io = new TestIo({ cwd: folder.path, env, clock: systemClock });
    const variable = await io.outcome(`serve ${args.join(' ')}`);
    expect(variable.stderr).toContain(`(SVCDNS_LISTEN=127.0.0.1:${port + 1})`);
    const flag = await run('serve', ...args, '--listen', `127.0.0.1:${port}`);
    expect(flag.stderr).toContain(`(--listen 127.0.0.1:${port + 1})`);
  });
});

test('check tells of its own options too, and of those that only serve has', async () => {
  const { status, stdout } = await run('check', 'k8s', '--external', 'a..b');
  expect(stdout).toMatch(/^--external: error: Cannot use 'a\.\.b' as a zone: /);
  expect(status).toBe(1);
  expect((await run('check', '--manifests', 'k8s')).stderr).toBe(
    "svcdns check: Unknown option '--manifests': the folder stands alone, as in svcdns check k8s or svcdns records k8s\nSee svcdns check --help\n",
  );
  expect((await run('check', 'k8s', '--listen', ':53')).stderr).toContain(
    "Unknown option '--listen': it is an option of svcdns serve\n",
  );
});
