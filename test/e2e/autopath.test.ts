import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { App } from '../../src/app.ts';
import { loadSettings } from '../../src/config/load.ts';
import { createLoggerTo } from '../../src/observe/log.ts';
import { ask as askServer } from '../helpers/ask.ts';
import { startAppHere } from '../helpers/control-here.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { addressFor, FakeUpstream, replyTo } from './fake-upstream.ts';

const SERVICE = `
apiVersion: v1
kind: Service
metadata: { name: redis, namespace: shop }
spec: { clusterIP: 10.96.0.7, ports: [{ port: 6379 }] }
`;

/** Pods whose addresses are on loopback: a client that asks from one is that Pod. */
const pod = (namespace: string, address: string, spec = '', more = '') => `
apiVersion: v1
kind: Pod
metadata: { name: p, namespace: ${namespace}${more} }
spec: { ${spec} }
status: { podIP: ${address}, phase: Running, conditions: [{ type: Ready, status: "True" }] }
`;

const WEB_POD = '127.0.0.9';
const NODE = '127.0.0.8';
const LEAVING_POD = '127.0.0.6';
const STRANGER = '127.0.0.7';

let folder: TempFolder;
let upstream: FakeUpstream;
let app: App;

beforeAll(async () => {
  folder = new TempFolder();
  folder.write('zones/shop.yaml', SERVICE);
  folder.write('zones/web.yaml', pod('web', WEB_POD));
  const deleted = ', deletionTimestamp: "2026-01-01T00:00:00Z"';
  folder.write('zones/leaving.yaml', pod('leaving', LEAVING_POD, '', deleted));
  folder.write('zones/node.yaml', pod('kube-system', NODE, 'hostNetwork: true'));
  // Knows one name: what the node's own domains would make of it does not exist.
  upstream = new FakeUpstream((asked) => {
    const isKnown = asked.name.toLowerCase() === 'www.example.org';
    const answers = isKnown && asked.type === 'A' ? [addressFor(asked, '192.0.2.1')] : [];
    asked.send(replyTo(asked, { flags: isKnown ? 0x0180 : 0x0183, answers }));
  });
  const port = await upstream.start();
  const config = folder.write(
    'Corefile',
    `.:0 {
      bind 127.0.0.1
      autopath @kubernetes
      kubernetes cluster.local {
        manifests zones
        pods verified
      }
      forward . 127.0.0.1:${port}
    }\n`,
  );
  const { settings } = loadSettings({ options: { config }, env: {}, cwd: folder.path });
  app = await startAppHere(settings!, { log: createLoggerTo('silent', { write: () => {} }) });
  await app.whenSynced();
});

beforeEach(() => {
  upstream.asked.length = 0;
});

afterAll(async () => {
  await app.close();
  await upstream.stop();
  folder.dispose();
});

const ask = (name: string, type: string, from: string, transport: 'udp' | 'tcp' = 'udp') =>
  askServer(app.addresses[0]!, name, type, { from, transport });

describe.for(['udp', 'tcp'] as const)('autopath @kubernetes over %s', (transport) => {
  test('finds the name of another namespace with the first query of a Pod', async () => {
    const asked = 'redis.shop.svc.cluster.local.web.svc.cluster.local.';
    const reply = await ask(asked, 'A', WEB_POD, transport);
    expect(reply.rcode).toBe('NOERROR');
    expect(reply.answer).toEqual([
      `${asked} 5 IN CNAME redis.shop.svc.cluster.local.`,
      'redis.shop.svc.cluster.local. 5 IN A 10.96.0.7',
    ]);
  });

  test('finds a short name on the second domain, and asks nobody outside', async () => {
    const asked = 'redis.shop.web.svc.cluster.local.';
    expect((await ask(asked, 'A', WEB_POD, transport)).answer).toEqual([
      `${asked} 5 IN CNAME redis.shop.svc.cluster.local.`,
      'redis.shop.svc.cluster.local. 5 IN A 10.96.0.7',
    ]);
    expect(upstream.asked).toEqual([]);
  });

  test('goes on for a Pod that is being deleted', async () => {
    const asked = 'redis.shop.leaving.svc.cluster.local.';
    expect((await ask(asked, 'A', LEAVING_POD, transport)).answer).toEqual([
      `${asked} 5 IN CNAME redis.shop.svc.cluster.local.`,
      'redis.shop.svc.cluster.local. 5 IN A 10.96.0.7',
    ]);
  });

  test('finds a name outside', async () => {
    const asked = 'www.example.org.web.svc.cluster.local.';
    const reply = await ask(asked, 'A', WEB_POD, transport);
    expect(reply.rcode).toBe('NOERROR');
    expect(reply.answer).toEqual([
      expect.stringMatching(/ IN CNAME www\.example\.org\.$/),
      expect.stringMatching(/^www\.example\.org\. \d+ IN A 192\.0\.2\.1$/),
    ]);
    expect(upstream.times('www.example.org a')).toBe(1);
    // The other question of the same look-up: the name is there, and has no such record.
    const six = await ask(asked, 'AAAA', WEB_POD, transport);
    expect([six.rcode, six.answer]).toEqual(['NOERROR', []]);
  });

  test.for([
    ['no Pod', STRANGER],
    ['a Pod on the network of its node', NODE],
  ] as const)('does nothing for %s', async ([, from]) => {
    const asked = 'redis.shop.svc.cluster.local.web.svc.cluster.local.';
    expect((await ask(asked, 'A', from, transport)).rcode).toBe('NXDOMAIN');
    const outside = 'www.example.org.web.svc.cluster.local.';
    expect((await ask(outside, 'A', from, transport)).rcode).toBe('NXDOMAIN');
    expect(upstream.asked).toEqual([]);
  });

  test('leaves the names of a Pod that have no search domain alone', async () => {
    const reply = await ask('nope.shop.svc.cluster.local.', 'A', WEB_POD, transport);
    expect(reply.rcode).toBe('NXDOMAIN');
    expect(upstream.asked).toEqual([]);
  });
});

// Last, since it changes the manifests.
test('autopath @kubernetes follows an address that goes from one namespace to another', async () => {
  const from = (namespace: string) =>
    ask(`redis.shop.svc.cluster.local.${namespace}.svc.cluster.local.`, 'A', WEB_POD);
  expect([(await from('web')).rcode, (await from('bank')).rcode]).toEqual(['NOERROR', 'NXDOMAIN']);
  folder.write('zones/web.yaml', pod('bank', WEB_POD));
  await expect.poll(async () => (await from('bank')).rcode).toBe('NOERROR');
  expect((await from('web')).rcode).toBe('NXDOMAIN');
  folder.write('zones/other.yaml', pod('web', WEB_POD));
  await expect.poll(async () => (await from('bank')).rcode).toBe('NXDOMAIN');
  expect((await from('web')).rcode).toBe('NXDOMAIN');
});
