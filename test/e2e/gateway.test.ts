import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { App } from '../../src/app.ts';
import { loadSettings } from '../../src/config/load.ts';
import { loadOnce } from '../../src/control/load-once.ts';
import { problemText } from '../../src/kube/problem.ts';
import { createLoggerTo } from '../../src/observe/log.ts';
import { balancer, gateway, ingress, route } from '../controllers/hosts/host-text.ts';
import { ask as askServer } from '../helpers/ask.ts';
import { startAppHere } from '../helpers/control-here.ts';
import { TempFolder } from '../helpers/temp-folder.ts';

const SEEDS = 'test/fixtures/seeds/ingress';

/**
 * As typed by their author: an Ingress of extensions/v1beta1 for alicek106.example.com, and
 * ingress-nginx behind a NodePort.
 */
const SEED_FILES = [
  'ingress.yaml',
  'ingress-svc-nodeport.yaml',
  'internal-service.yaml',
  'mandatory.yaml',
];

/** What a cloud's load balancer makes of the Service of ingress-nginx. */
const CLOUD_SERVICE = balancer('ingress-nginx/ingress-nginx', '192.0.2.80');

const POOL = `
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: { name: pool, namespace: metallb-system }
spec: { addresses: [192.0.2.240-192.0.2.250] }
`;

const COREFILE = `.:0 {
  bind 127.0.0.1
  kubernetes cluster.local {
    manifests zones
  }
  k8s_gateway example.com apps.test
  cache 300
}
`;

let folder: TempFolder;
let app: App | undefined;

beforeEach(() => {
  folder = new TempFolder();
  for (const name of SEED_FILES) folder.write(`zones/${name}`, readFileSync(`${SEEDS}/${name}`));
});

afterEach(async () => {
  await app?.close();
  app = undefined;
  folder.dispose();
});

function settings() {
  const config = folder.write('Corefile', COREFILE);
  const loaded = loadSettings({ options: { config }, env: {}, cwd: folder.path });
  if (loaded.settings === undefined) throw new Error(JSON.stringify(loaded.problems));
  return loaded.settings;
}

async function start(): Promise<void> {
  app = await startAppHere(settings(), { log: createLoggerTo('silent', { write: () => {} }) });
  await app.whenSynced();
}

const ask = async (name: string, type = 'A') => {
  const { rcode, answer } = await askServer(app!.addresses[0]!, name, type);
  return [rcode, ...answer];
};

const HOST = 'alicek106.example.com.';

/** What `check` says of hosts. */
async function hostProblems(): Promise<string[]> {
  const { zone } = settings().blocks[0]?.kubernetes ?? {};
  if (zone === undefined) throw new Error('No kubernetes');
  const { summary } = await loadOnce({ manifests: [folder.at('zones')], zone }, []);
  return summary.problems
    .filter(({ code }) => code.startsWith('GATEWAY'))
    .map((problem) => problemText(problem).replace(`${folder.path}/`, ''));
}

describe('k8s_gateway with the manifests of an Ingress as typed', () => {
  test('answers with the cluster IP of the NodePort that ingress-nginx publishes', async () => {
    await start();
    const [rcode, address = ''] = await ask('ingress-nginx.ingress-nginx.svc.cluster.local.');
    const ip = address.split(' ').at(-1);
    expect([rcode, ip]).toEqual(['NOERROR', expect.stringMatching(/^10\.9[6-9]\./)]);
    expect(await ask(HOST)).toEqual(['NOERROR', `${HOST} 60 IN A ${ip}`]);
    expect(await hostProblems()).toEqual([
      `zones/ingress-svc-nodeport.yaml:1:1: hint: Service "ingress-nginx": its ${ip} answers for one host of Ingresses without a status [GATEWAY_INGRESS_SERVICE]`,
    ]);
  });

  test('does not know the host behind a NodePort that nobody publishes, and says why', async () => {
    folder.remove('zones/mandatory.yaml');
    await start();
    expect(await ask(HOST)).toEqual(['NXDOMAIN']);
    expect(await hostProblems()).toEqual([
      'zones/ingress.yaml:1:1: warning: Ingress "nginx-ingress": host "alicek106.example.com" has no address: it has no status, and Service ingress-nginx/ingress-nginx of its controller has no external address: expected type LoadBalancer with an address, or externalIPs [GATEWAY_NO_ADDRESS]',
    ]);
  });

  test('answers with the address of the load balancer of ingress-nginx', async () => {
    folder.write('zones/ingress-svc-nodeport.yaml', CLOUD_SERVICE);
    await start();
    expect(await ask(HOST)).toEqual(['NOERROR', `${HOST} 60 IN A 192.0.2.80`]);
    expect(await ask(HOST, 'AAAA')).toEqual(['NOERROR']);
    expect(await ask('example.com.', 'SOA')).toHaveLength(2);
    expect(await ask('hostname-service.default.svc.cluster.local.')).toHaveLength(2);
    expect(await hostProblems()).toEqual([
      'zones/ingress-svc-nodeport.yaml:2:1: hint: Service "ingress-nginx": its 192.0.2.80 answers for one host of Ingresses without a status [GATEWAY_INGRESS_SERVICE]',
    ]);
  });

  test('answers with an address of a MetalLB pool', async () => {
    const service = balancer('ingress-nginx/ingress-nginx', undefined);
    folder.write('zones/ingress-svc-nodeport.yaml', service);
    folder.write('zones/pool.yaml', POOL);
    await start();
    const [rcode, record] = await ask(HOST);
    expect(rcode).toBe('NOERROR');
    expect(record).toMatch(/^alicek106\.example\.com\. 60 IN A 192\.0\.2\.2[45]\d$/);
  });
});

describe('k8s_gateway with the annotations of external-dns', () => {
  const NODE_PORT = `
apiVersion: v1
kind: Service
metadata:
  name: door
  annotations: { external-dns.alpha.kubernetes.io/hostname: door.apps.test }
spec: { type: NodePort, ports: [{ port: 80 }] }
`;
  const HEADLESS = `
apiVersion: v1
kind: Service
metadata:
  name: db
  annotations:
    external-dns.alpha.kubernetes.io/hostname: db.apps.test
    external-dns.alpha.kubernetes.io/ttl: 1m30s
spec: { clusterIP: None, selector: { app: db } }
---
apiVersion: v1
kind: Pod
metadata: { name: db-0, labels: { app: db } }
spec: { hostname: db-0, subdomain: db }
status: { phase: Running, podIP: 10.244.0.7, conditions: [{ type: Ready, status: 'True' }] }
`;
  const node = (ip: string) => `
apiVersion: v1
kind: Node
metadata: { name: n1 }
status: { addresses: [{ type: InternalIP, address: ${ip} }] }
`;

  test('answers a NodePort with the addresses of nodes, a headless Service with its Pods', async () => {
    folder.write('zones/door.yaml', NODE_PORT);
    folder.write('zones/node.yaml', node('10.0.0.1'));
    folder.write('zones/db.yaml', HEADLESS);
    await start();
    const door = () => ask('door.apps.test.');
    expect(await door()).toEqual(['NOERROR', 'door.apps.test. 60 IN A 10.0.0.1']);
    expect(await ask('db.apps.test.')).toEqual(['NOERROR', 'db.apps.test. 90 IN A 10.244.0.7']);
    expect(await ask('db-0.db.apps.test.')).toEqual([
      'NOERROR',
      'db-0.db.apps.test. 90 IN A 10.244.0.7',
    ]);
    folder.write('zones/node.yaml', node('10.0.0.9'));
    await expect.poll(door).toEqual(['NOERROR', 'door.apps.test. 60 IN A 10.0.0.9']);
    folder.remove('zones/node.yaml');
    await expect.poll(door).toEqual(['NXDOMAIN']);
    expect((await hostProblems()).filter((line) => line.includes('door.yaml'))).toEqual([
      'zones/door.yaml:2:1: warning: Service "door": host "door.apps.test" has no address: it is of type NodePort, and no Node with an address is in the manifests: add the Nodes (kubectl get nodes -o yaml) [GATEWAY_NO_ADDRESS]',
    ]);
  });
});

describe('k8s_gateway at work', () => {
  test('answers what is written now, whatever a cache was told before', async () => {
    await start();
    folder.write('zones/edge.yaml', gateway('infra/edge', '*.apps.test', '192.0.2.1'));
    expect(await ask('web.apps.test.')).toEqual(['NXDOMAIN']);
    folder.write('zones/web.yaml', route('shop/web', '*.apps.test', 'infra/edge'));
    const web = () => ask('web.apps.test.');
    await expect.poll(web).toEqual(['NOERROR', 'web.apps.test. 60 IN A 192.0.2.1']);
    folder.write('zones/own.yaml', ingress('shop/own', 'web.apps.test', { at: '192.0.2.9' }));
    await expect.poll(web).toEqual(['NOERROR', 'web.apps.test. 60 IN A 192.0.2.9']);
    expect(await ask('other.apps.test.')).toEqual([
      'NOERROR',
      'other.apps.test. 60 IN A 192.0.2.1',
    ]);
    expect(await ask('x.web.apps.test.')).toEqual(['NXDOMAIN']);
  });
});
