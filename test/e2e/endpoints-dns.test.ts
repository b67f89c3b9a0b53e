import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { App } from '../../src/app.ts';
import { loadSettings } from '../../src/config/load.ts';
import { createLoggerTo } from '../../src/observe/log.ts';
import { ask as askServer } from '../helpers/ask.ts';
import { startAppHere } from '../helpers/control-here.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { FakeUpstream, replyTo } from './fake-upstream.ts';
import { extendedErrors } from './server-process.ts';

const MANIFESTS = `
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations: { svcdns.dev/endpoints-dns: "web-1, web-2" }
spec: { clusterIP: 10.96.0.7, ports: [{ name: http, port: 80, targetPort: 8080 }] }
---
apiVersion: v1
kind: Service
metadata: { name: api, namespace: shop }
spec: { clusterIP: 10.96.0.8, ports: [{ name: http, port: 80 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: api-1, namespace: shop, labels: { kubernetes.io/service-name: api } }
addressType: FQDN
endpoints: [{ addresses: [api.example.org] }]
ports: [{ name: http, port: 8443 }]
---
apiVersion: v1
kind: Service
metadata: { name: odd, namespace: shop, annotations: { svcdns.dev/endpoints-dns: test } }
spec: { clusterIP: 10.96.0.9, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: pods, namespace: shop }
spec: { clusterIP: 10.96.0.10, ports: [{ name: http, port: 80 }] }
---
apiVersion: v1
kind: Endpoints
metadata: { name: pods, namespace: shop }
subsets:
  - addresses: [{ ip: 10.30.0.1 }, { ip: 10.30.0.2 }, { ip: 10.30.0.3 }]
    ports: [{ name: http, port: 8080 }]
`;

const WEB = 'web.shop.svc.cluster.local.';
const API = 'api.shop.svc.cluster.local.';
const ODD = 'odd.shop.svc.cluster.local.';
const PODS = 'pods.shop.svc.cluster.local.';

/**
 * What the upstream knows, as Docker's resolver does: addresses, or SERVFAIL for a missing
 * container.
 */
const containers = new Map<string, { ttl: number; addresses: string[] }>();

let folder: TempFolder;
let upstream: FakeUpstream;
let port: number;
let app: App | undefined;

beforeEach(async () => {
  folder = new TempFolder();
  folder.write('zones/shop.yaml', MANIFESTS);
  containers.clear();
  containers.set('web-1', { ttl: 600, addresses: ['172.18.0.2'] });
  containers.set('web-2', { ttl: 2, addresses: ['172.18.0.3', '172.18.0.4'] });
  containers.set('api.example.org', { ttl: 1, addresses: ['192.0.2.7'] });
  containers.set('test', { ttl: 600, addresses: ['172.18.0.5'] });
  upstream = new FakeUpstream((asked) => {
    const { name, type } = asked;
    const container = containers.get(name.toLowerCase());
    if (container === undefined) return asked.send(replyTo(asked, { flags: 0x0182 }));
    const { ttl, addresses } = container;
    const answers = addresses.map((data) => ({ name, type: 'A' as const, ttl, data }));
    asked.send(replyTo(asked, { answers: type === 'A' ? answers : [] }));
  });
  port = await upstream.start();
});

afterEach(async () => {
  await app?.close();
  app = undefined;
  await upstream.stop();
  folder.dispose();
});

async function start(options: readonly string[], more: readonly string[]): Promise<App> {
  const config = folder.write(
    'Corefile',
    `.:0 {
      bind 127.0.0.1
      kubernetes cluster.local in-addr.arpa {
        manifests zones
        ttl 5
        ${options.join('\n')}
      }
      ${more.join('\n')}
    }\n`,
  );
  const { settings, problems } = loadSettings({ options: { config }, env: {}, cwd: folder.path });
  if (settings === undefined) throw new Error(JSON.stringify(problems));
  app = await startAppHere(settings, { log: createLoggerTo('silent', { write: () => {} }) });
  await app.whenSynced();
  return app;
}

const ask = (name: string, type: string | number) =>
  askServer(app!.addresses[0]!, name, type, { edns: {} });
const forward = () => `forward . 127.0.0.1:${port}`;
const addresses = async (name: string) =>
  (await ask(name, 'A')).answer.map((line) => line.split(' ').slice(1).join(' ')).sort();

describe('endpoints dns', () => {
  test('answers with the addresses that the upstream has for the names', async () => {
    await start(['endpoints dns'], [forward()]);
    expect(await addresses(WEB)).toEqual(
      ['172.18.0.2', '172.18.0.3', '172.18.0.4'].map((address) => `2 IN A ${address}`),
    );
    expect(await addresses(API)).toEqual(['1 IN A 192.0.2.7']);
    expect((await ask(WEB, 'AAAA')).rcode).toBe('NOERROR');
    expect(upstream.asked.filter((question) => question.includes('cluster.local'))).toEqual([]);
  });

  test('follows the upstream: a container that moves, one that goes, none left', async () => {
    await start(['endpoints dns'], [forward()]);
    await ask(WEB, 'A');
    containers.set('web-1', { ttl: 600, addresses: ['172.18.0.9'] });
    containers.delete('web-2');
    expect(await addresses(WEB)).toEqual(['5 IN A 172.18.0.9']);
    containers.clear();
    const reply = await ask(WEB, 'A');
    expect([reply.rcode, reply.answer]).toEqual(['SERVFAIL', []]);
    expect(extendedErrors(reply)).toHaveLength(1);
  });

  test('with cache, keeps the names of the upstream for their TTL, and the Service not at all', async () => {
    await start(['endpoints dns'], ['cache 30', forward()]);
    containers.set('api.example.org', { ttl: 60, addresses: ['192.0.2.7'] });
    containers.set('new.example.org', { ttl: 60, addresses: ['192.0.2.8'] });
    for (let i = 0; i < 3; i++) expect(await addresses(API)).toEqual(['5 IN A 192.0.2.7']);
    expect(upstream.times('api.example.org a')).toBe(1);
    folder.write('zones/shop.yaml', MANIFESTS.replace('api.example', 'new.example'));
    await expect.poll(() => addresses(API)).toEqual(['5 IN A 192.0.2.8']);
  });

  test('other types come from the manifests, and nothing tells the names', async () => {
    await start(['endpoints dns'], [forward()]);
    expect((await ask(WEB, 'SRV')).answer).toEqual([`${WEB} 5 IN SRV 0 50 8080 ${WEB}`]);
    expect((await ask(WEB, 'ANY')).answer).toEqual([`${WEB} 5 IN SRV 0 50 8080 ${WEB}`]);
    for (const type of ['TXT', 65_280]) {
      const { rcode, answer, authority } = await ask(WEB, type);
      expect([rcode, answer, authority.length]).toEqual(['NOERROR', [], 1]);
    }
    expect((await ask('7.0.96.10.in-addr.arpa.', 'PTR')).answer).toEqual([
      `7.0.96.10.in-addr.arpa. 5 IN PTR ${WEB}`,
    ]);
    expect(upstream.asked).toEqual([]);
  });

  test('a container called test is asked for where the Corefile forwards test', async () => {
    await start(['endpoints dns'], [forward()]);
    expect((await ask(ODD, 'A')).answer).toEqual([]);
    expect(upstream.asked).toEqual([]);
    await app?.close();
    await start(['endpoints dns'], [`forward test 127.0.0.1:${port}`, forward()]);
    expect(await addresses(ODD)).toEqual(['5 IN A 172.18.0.5']);
  });

  test('without forward there is nobody to ask: SERVFAIL that says so', async () => {
    await start(['endpoints dns'], []);
    const reply = await ask(WEB, 'A');
    expect([reply.rcode, extendedErrors(reply).length]).toEqual(['SERVFAIL', 1]);
  });

  test('without the option the cluster IP is the answer, and both uses are remarked on', async () => {
    const { loaded } = await start([], [forward()]);
    expect(await addresses(WEB)).toEqual(['5 IN A 10.96.0.7']);
    const problems = loaded[0]!.summary.problems.filter(({ message }) =>
      message.includes('endpoints dns'),
    );
    expect(problems.map(({ code, severity }) => `${severity} ${code}`)).toEqual([
      'hint SLICE_OF_HOST_NAMES',
      'warning ENDPOINTS_DNS_ANNOTATION',
      'warning ENDPOINTS_DNS_ANNOTATION',
    ]);
  });
});

describe('clusterip endpoints', () => {
  const first = async () => (await ask(PODS, 'A')).answer[0];

  test.for([
    ['through the short cut', []],
    ['through the plugins', ['log']],
    ['with loadbalance', ['loadbalance']],
  ] as const)(
    '%s, answers with the endpoints, each of them first now and then',
    async ([, more]) => {
      await start(['clusterip endpoints'], more);
      const endpoints = ['10.30.0.1', '10.30.0.2', '10.30.0.3'].map((ip) => `5 IN A ${ip}`);
      expect(await addresses(PODS)).toEqual(endpoints);
      const seen = new Set<string | undefined>();
      // 100 draws of three miss one once in 10^17 times.
      for (let i = 0; i < 100; i++) seen.add(await first());
      expect([...seen].sort()).toEqual(endpoints.map((record) => `${PODS} ${record}`));
    },
  );

  test('with endpoints dns the names turn too', async () => {
    await start(['clusterip endpoints', 'endpoints dns'], [forward()]);
    const seen = new Set<string | undefined>();
    for (let i = 0; i < 100; i++) seen.add((await ask(WEB, 'A')).answer[0]);
    expect(seen.size).toBe(3);
  });
});
