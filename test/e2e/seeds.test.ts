import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Server, startServer } from '../../src/index.ts';
import { TestIo } from '../cli/test-io.ts';
import { ask } from '../helpers/ask.ts';
import { addClusterIps, copySeeds, EXPOSED, NOTES, readyPod, SEEDS } from '../helpers/seeds.ts';
import { TempFolder } from '../helpers/temp-folder.ts';

const CLUSTER = 'cluster.local';

/** The search list of a Pod in the namespace default, which is where the notes' Pods are. */
const SEARCH = [`default.svc.${CLUSTER}`, `svc.${CLUSTER}`, CLUSTER, ''];

interface World {
  /** Manifests as they were typed. */
  readonly notes?: readonly string[];
  /** Other files, by path in the folder. */
  readonly files?: Readonly<Record<string, string>>;
  readonly clusterIPs?: Readonly<Record<string, string>>;
  /** Options of the `kubernetes` block. */
  readonly options?: string;
}

/** A folder with `k8s/` and a Corefile. */
function folderOf({ notes = [], files = {}, clusterIPs = {}, options = '' }: World): TempFolder {
  const folder = new TempFolder();
  folders.push(folder);
  copySeeds(folder.folder('k8s'), notes);
  for (const [path, text] of Object.entries(files)) folder.write(`k8s/${path}`, text);
  addClusterIps(folder.at('k8s'), clusterIPs);
  folder.write(
    'Corefile',
    `.:0 {
  bind 127.0.0.1
  k8s_external example.org
  kubernetes ${CLUSTER} in-addr.arpa {
    manifests ${folder.at('k8s')}
    ${options}
  }
}
`,
  );
  return folder;
}

/** Servers by what they were asked to serve: none of the tests changes a manifest. */
const servers = new Map<string, Promise<Server>>();

function start(world: World): Promise<Server> {
  const key = JSON.stringify(world);
  const running = servers.get(key) ?? startAnother(world);
  servers.set(key, running);
  return running;
}

function startAnother(world: World): Promise<Server> {
  return startServer({ config: folderOf(world).at('Corefile') });
}

const folders: TempFolder[] = [];

afterAll(async () => {
  for (const server of servers.values()) await (await server).close();
  for (const folder of folders) folder.dispose();
});

const answerOf = async (server: Server, name: string, type = 'A') =>
  (await ask(server.address, name, type)).answer;

/** The data of a name's A records, asked for with all of its dots. */
async function addresses(server: Server, name: string): Promise<string[]> {
  const answer = await answerOf(server, `${name}.${CLUSTER}.`);
  return answer.map((line) => line.split(' ').at(-1) ?? '').sort();
}

/**
 * As `nslookup NAME` in a Pod: the names of the search list, in turn, until one has an address
 * (ndots:5).
 */
async function nslookup(server: Server, name: string): Promise<string> {
  for (const suffix of SEARCH) {
    const [record] = await answerOf(server, `${name}.${suffix}${suffix === '' ? '' : '.'}`);
    if (record === undefined) continue;
    const [owner = '', , , , address] = record.split(' ');
    return `Name: ${owner.replace(/\.$/, '')} Address: ${address}`;
  }
  return `** server can't find ${name}`;
}

/** Services without an address in the manifests, as typed; by `NAME.NAMESPACE`. */
const UNNUMBERED = [
  'redis.default',
  'counter-np.default',
  'counter-lb.default',
  'np-svc.default',
  'hs-svc.default',
  'sample-service.default',
  'hostname-service.default',
  'ingress-nginx.ingress-nginx',
  'loadbalancer-service.default',
];

/** The addresses that the notes show. */
const SHOWN = {
  redis: '10.99.209.251',
  'counter-np': '10.100.44.155',
  'counter-lb': '10.97.11.242',
  'np-svc': '10.110.165.182',
  'ingress-nginx': '10.43.0.30',
} as const;

describe('the manifests as they were typed', () => {
  test('a Service without clusterIP has an address of the dynamic band, the same at each start', async () => {
    const [first, second] = [await start({ notes: NOTES }), await startAnother({ notes: NOTES })];
    onTestFinished(() => second.close());
    const seen = new Set<string>();
    for (const name of UNNUMBERED) {
      const [address = '', ...others] = await addresses(first, `${name}.svc`);
      expect([name, others]).toEqual([name, []]);
      expect(inDynamicBand(address), `${name} has ${address}`).toBe(true);
      expect(await addresses(second, `${name}.svc`)).toEqual([address]);
      seen.add(address);
    }
    expect(seen.size).toBe(UNNUMBERED.length);
  });

  test('an address does not depend on the other manifests', async () => {
    const [all, alone] = [await start({ notes: NOTES }), await start({ notes: ['counter'] })];
    for (const name of ['redis.default.svc', 'counter-np.default.svc', 'counter-lb.default.svc']) {
      expect(await addresses(alone, name)).toEqual(await addresses(all, name));
    }
  });

  test.each(['redis', 'redis.default', 'redis.default.svc', 'redis.default.svc.cluster.local'])(
    'nslookup %s finds the same Service through the search list',
    async (name) => {
      const server = await start({ notes: ['counter'] });
      const [address] = await addresses(server, 'redis.default.svc');
      const found = `Name: redis.default.svc.cluster.local Address: ${address}`;
      expect(await nslookup(server, name)).toBe(found);
    },
  );

  test('what cannot be used is refused, and everything else is served', async () => {
    const server = await start({ notes: NOTES });
    const errors = server.summary.problems.filter(({ severity }) => severity === 'error');
    const refused = new Set(errors.map(({ origin }) => origin.file.split('/').slice(-2).join('/')));
    expect([...refused].sort()).toEqual([
      'echo/echo_svc.yaml',
      'ingress/nginx-ingress.yaml',
      'webui/clusterip-nginx.yaml',
      'webui/deployment-definition.yaml',
      'webui/headless-service.yaml',
      'webui/service-definition.yaml',
    ]);
    for (const name of ['echo', 'webui-svc', 'clusterip-service', 'headless-service']) {
      const { rcode } = await ask(server.address, `${name}.default.svc.cluster.local.`, 'A');
      expect([name, rcode]).toEqual([name, 'NXDOMAIN']);
    }
    expect(await addresses(server, 'nodeport-service.default.svc')).toEqual(['10.100.100.200']);
    expect(await answerOf(server, 'externalname-svc.default.svc.cluster.local.')).toEqual([
      'externalname-svc.default.svc.cluster.local. 5 IN CNAME google.com.',
    ]);
  });

  test('a Service in front of a Deployment is said to have no endpoints, and why', async () => {
    const server = await start({ notes: ['counter'] });
    expect(hints(server)).toEqual([
      expect.stringMatching(/^Service "counter-lb": no endpoints: .* matches Deployment counter /),
      expect.stringMatching(/^Service "counter-np": no endpoints: .* matches Deployment counter /),
      expect.stringMatching(/^Service "redis": no endpoints: .* matches Deployment redis /),
    ]);
  });
});

describe('with the addresses that the notes show', () => {
  test.each([
    ['my-nginx', 'my-nginx.default.svc.cluster.local', '10.100.187.202'],
    ['redis', 'redis.default.svc.cluster.local', SHOWN.redis],
    ['redis.default', 'redis.default.svc.cluster.local', SHOWN.redis],
    ['redis.default.svc.cluster.local', 'redis.default.svc.cluster.local', SHOWN.redis],
    ['counter-np', 'counter-np.default.svc.cluster.local', SHOWN['counter-np']],
    ['counter-lb', 'counter-lb.default.svc.cluster.local', SHOWN['counter-lb']],
    ['np-svc', 'np-svc.default.svc.cluster.local', SHOWN['np-svc']],
    ['ingress-nginx.ingress-nginx', 'ingress-nginx.ingress-nginx.svc.cluster.local', '10.43.0.30'],
    ['nodeport-service', 'nodeport-service.default.svc.cluster.local', '10.100.100.200'],
  ])('nslookup %s', async (name, found, address) => {
    const files = { 'exposed.yaml': EXPOSED };
    const server = await start({ notes: NOTES, files, clusterIPs: SHOWN });
    expect(await nslookup(server, name)).toBe(`Name: ${found} Address: ${address}`);
    const reverse = address.split('.').reverse().join('.');
    expect(await answerOf(server, `${reverse}.in-addr.arpa.`, 'PTR')).toEqual([
      `${reverse}.in-addr.arpa. 5 IN PTR ${found}.`,
    ]);
  });
});

describe('with the Pods that the notes show', () => {
  test('redis has the endpoint 172.17.0.3:6379', async () => {
    const files = { 'pods.yaml': readyPod('redis-1', 'app: counter, tier: db', '172.17.0.3') };
    const server = await start({ notes: ['counter'], files });
    expect(await addresses(server, '172-17-0-3.redis.default.svc')).toEqual(['172.17.0.3']);
    expect(await answerOf(server, '172-17-0-3.redis.default.svc.cluster.local.', 'SRV')).toEqual([
      '172-17-0-3.redis.default.svc.cluster.local. 5 IN SRV 0 100 6379 172-17-0-3.redis.default.svc.cluster.local.',
    ]);
    expect(hints(server).filter((hint) => hint.includes('"redis"'))).toEqual([]);
  });

  test('a fixed copy of webui: the ClusterIP asked for, and the headless name gives the Pods', async () => {
    const files = {
      'clusterip-nginx.yaml': fixed('webui/clusterip-nginx.yaml'),
      'headless-service.yaml': fixed('webui/headless-service.yaml'),
      'pods.yaml':
        readyPod('webui-1', 'app: webui', '172.17.0.4') +
        readyPod('webui-2', 'app: webui', '172.17.0.5'),
    };
    const server = await start({ files });
    expect(server.summary.problems.map(({ code }) => code)).toEqual(['CLUSTER_BASICS_MISSING']);
    expect(await addresses(server, 'clusterip-service.default.svc')).toEqual(['10.100.100.100']);
    expect(await addresses(server, 'headless-service.default.svc')).toEqual([
      '172.17.0.4',
      '172.17.0.5',
    ]);
  });

  test('workloads simulate gives each replica of a Deployment an address', async () => {
    const server = await start({
      notes: ['counter', 'nginx'],
      files: { 'exposed.yaml': EXPOSED },
      options: 'workloads simulate 172.17.0.0/24',
    });
    expect(hints(server)).toEqual([]);
    const srv = await records(
      {
        notes: ['nginx'],
        files: { 'exposed.yaml': EXPOSED },
        options: 'workloads simulate 172.17.0.0/24',
      },
      CLUSTER,
    );
    const replicas = srv.filter(({ by, type }) => by === 'workload simulation' && type === 'A');
    expect(replicas).toHaveLength(2);
    for (const { name, data, object, from } of replicas) {
      expect(data).toMatch(/^172\.17\.0\.\d+$/);
      expect(object).toBe('Service default/my-nginx');
      expect(from).toEqual([
        {
          object: 'Deployment default/my-nginx',
          origin: expect.stringMatching(/my-nginx\.yaml:1:1$/),
        },
      ]);
      expect(await answerOf(server, name)).toEqual([`${name} 5 IN A ${data}`]);
    }
  });
});

describe('svcdns records --format json', () => {
  test('counter-lb has the address of the MetalLB pool in the ConfigMap of old', async () => {
    const all = await records({ notes: ['counter'] }, 'example.org');
    expect(all.filter(({ type, object }) => type === 'A' && object !== 'svcdns')).toEqual([
      {
        name: 'counter-lb.default.example.org.',
        ttl: 5,
        type: 'A',
        data: '192.168.64.4',
        object: 'Service default/counter-lb',
        origin: expect.stringMatching(/counter\/counter-lb\.yml:1:1$/),
        by: 'load balancer (MetalLB pool default)',
        from: [
          {
            object: 'ConfigMap metallb-system/config',
            origin: expect.stringMatching(/counter\/metallb-cm\.yml:1:1$/),
          },
        ],
      },
    ]);
  });

  test.each([
    ['counter', 'counter-np', 31000],
    ['node-port', 'np-svc', 30000],
    ['webui', 'nodeport-service', 30200],
  ])('%s: %s has the node port %i', async (note, service, nodePort) => {
    const all = await records({ notes: [note] }, CLUSTER);
    const srv = all.filter(
      ({ type, object }) => type === 'SRV' && object === `Service default/${service}`,
    );
    expect(srv.length).toBeGreaterThan(0);
    for (const { nodePorts } of srv) expect(nodePorts).toEqual([nodePort]);
  });
});

interface JsonRecord {
  readonly name: string;
  readonly type: string;
  readonly data: string;
  readonly object: string;
  readonly by: string;
  readonly from: readonly unknown[];
  readonly nodePorts?: readonly number[];
}

async function records(world: World, zone: string): Promise<JsonRecord[]> {
  const config = folderOf(world).at('Corefile');
  const line = `records --config ${config} --zone ${zone} --format json`;
  const { code, stdout } = await new TestIo().outcome(line);
  expect(code).toBe(0);
  return JSON.parse(stdout) as JsonRecord[];
}

/** In 10.96.0.0/12, behind the 256 addresses that Kubernetes keeps for those who ask for one. */
function inDynamicBand(address: string): boolean {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  const offset = ((a - 10) << 24) + ((b - 96) << 16) + (c << 8) + d;
  return offset > 256 && offset < 2 ** 20 - 1;
}

function hints({ summary }: Server): string[] {
  return summary.problems
    .filter(({ code }) => code === 'SERVICE_WITHOUT_ENDPOINTS')
    .map(({ message }) => message)
    .sort();
}

/** What its author meant: blanks for the tab, a blank behind the colon, capitals. */
function fixed(seed: string): string {
  return readFileSync(join(SEEDS, seed), 'utf8')
    .replace('\ttargetPort:80', '    targetPort: 80')
    .replace('protocol: tcp', 'protocol: TCP');
}
