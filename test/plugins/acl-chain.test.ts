import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { App } from '../../src/app.ts';
import { loadSettings } from '../../src/config/load.ts';
import { createLoggerTo } from '../../src/observe/log.ts';
import { addressFor, FakeUpstream, replyTo } from '../e2e/fake-upstream.ts';
import { type AskOptions, ask as askServer } from '../helpers/ask.ts';
import { startAppHere } from '../helpers/control-here.ts';
import { TempFolder } from '../helpers/temp-folder.ts';

const ALLOWED = '127.0.0.1';
const BLOCKED = '127.0.0.2';
/** The address of every name below blocked.example, which BLOCKED must never see. */
const SECRET = '192.0.2.66';

const MANIFESTS = `
apiVersion: v1
kind: Service
metadata: { name: outside, namespace: shop }
spec: { type: ExternalName, externalName: www.blocked.example }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { clusterIP: 10.96.0.7, ports: [{ name: http, port: 80 }] }
`;

const folder = new TempFolder();
const upstream = new FakeUpstream((asked) => {
  const isThere = /(^|\.)blocked\.example$/i.test(asked.name);
  if (isThere) asked.send(replyTo(asked, { answers: [addressFor(asked, SECRET)] }));
  else asked.send(replyTo(asked, { flags: 0x0183 }));
});
let app: App;

beforeAll(async () => {
  const port = await upstream.start();
  folder.write('zones/shop.yaml', MANIFESTS);
  folder.write('resolv.conf', 'search home.example\n');
  const config = folder.write(
    'Corefile',
    `.:0 {
      bind 127.0.0.1
      rewrite name short.example www.blocked.example
      autopath home.example resolv.conf
      acl blocked.example web.shop.svc.cluster.local {
        filter type AAAA net ${BLOCKED}/32
        drop type TXT net ${BLOCKED}/32
        block net ${BLOCKED}/32
      }
      cache
      kubernetes cluster.local {
        manifests zones
      }
      forward . 127.0.0.1:${port}
    }\n`,
  );
  const { settings, problems } = loadSettings({ options: { config }, env: {}, cwd: folder.path });
  if (settings === undefined) throw new Error(JSON.stringify(problems));
  app = await startAppHere(settings, { log: createLoggerTo('silent', { write: () => {} }) });
  await app.whenSynced();
});

afterAll(async () => {
  await app?.close();
  await upstream.stop();
  folder.dispose();
});

const ask = (name: string, options: AskOptions, type = 'A') =>
  askServer(app.addresses[0]!, name, type, { edns: {}, ...options });

describe.for(['udp', 'tcp'] as const)('acl in a chain, over %s', (transport) => {
  test.for([
    ['asked for as it is', 'direct.blocked.example.', 'REFUSED'],
    ['in other letters', 'DIRECT.Blocked.Example.', 'REFUSED'],
    ['that a question is rewritten to', 'short.example.', 'REFUSED'],
    ['that an ExternalName stands for', 'outside.shop.svc.cluster.local.', 'NOERROR'],
    ['at the end of a search path', 'path.blocked.example.home.example.', 'NXDOMAIN'],
  ] as const)(
    'keeps a name %s from a client that is blocked, cached or not',
    async ([, name, rcode]) => {
      const once = await ask(name, { transport, from: BLOCKED });
      expect([once.rcode, once.answer.join()]).toEqual([
        rcode,
        expect.not.stringContaining(SECRET),
      ]);
      for (let i = 0; i < 2; i++) {
        const allowed = await ask(name, { transport, from: ALLOWED });
        expect([allowed.rcode, allowed.answer.join()]).toEqual([
          'NOERROR',
          expect.stringContaining(SECRET),
        ]);
      }
      // Now it is in the cache.
      const again = await ask(name, { transport, from: BLOCKED });
      expect([again.rcode, again.answer]).toEqual([once.rcode, once.answer]);
    },
  );

  test('keeps a name of the cluster from it', async () => {
    const name = 'web.shop.svc.cluster.local.';
    expect((await ask(name, { transport, from: BLOCKED })).rcode).toBe('REFUSED');
    expect((await ask(name, { transport, from: ALLOWED })).answer).toEqual([
      `${name} 5 IN A 10.96.0.7`,
    ]);
  });
});

test.for([
  ['A', 'blocks', 'NXDOMAIN'],
  ['AAAA', 'filters', 'NOERROR'],
  ['TXT', 'drops', 'NXDOMAIN'],
] as const)('%s, on a search path at whose end acl %s it: %s', async ([type, , rcode]) => {
  const reply = await ask('path.blocked.example.home.example.', { from: BLOCKED }, type);
  expect([reply.rcode, reply.answer]).toEqual([rcode, []]);
});

test('a hit of the cache is what the blocked client was kept from', () => {
  const times = (name: string) => upstream.times(`${name} a`);
  expect([times('direct.blocked.example'), times('www.blocked.example')]).toEqual([1, 1]);
});
