import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ExplainedServer, explain } from '../../src/explain/engine.ts';
import type { Explanation } from '../../src/explain/explanation.ts';
import { readRequest } from '../../src/explain/request.ts';
import { traceQuestion } from '../../src/server/answer/trace.ts';
import { FilePlane } from '../control/file-plane.ts';
import { asChange } from '../helpers/in-process.ts';
import { runs } from '../helpers/runs.ts';
import { pod, service } from '../registry/load-text.ts';
import { blocksOf, exchanging } from '../server/answer/chain-world.ts';

const MANIFESTS = [
  service('shop/web', '{clusterIP: 10.96.0.7, ports: [{name: http, port: 80}]}'),
  service('shop/db', '{clusterIP: None, selector: {app: db}, ports: [{port: 5432}]}'),
  service('shop/gone', '{clusterIP: None, selector: {app: gone}}'),
  service('shop/alias', '{type: ExternalName, externalName: web.shop.svc.cluster.local}'),
  service('shop/outside', '{type: ExternalName, externalName: www.example.org}'),
  service('shop/ring', '{type: ExternalName, externalName: ring.shop.svc.cluster.local}'),
  service('test/old', '{type: ExternalName, externalName: 10.0.0.5}'),
  pod(
    'shop/db-0',
    '{app: db}',
    '{phase: Running, podIP: 10.0.0.1, conditions: [{type: Ready, status: "True"}]}',
  ),
].join('');

const COREFILE = `. {
  rewrite name exact api.test web.shop.svc.cluster.local
  acl {
    block type HINFO net 0.0.0.0/0
  }
  kubernetes cluster.local in-addr.arpa {
    fallthrough in-addr.arpa
  }
  template ANY ANY example.org {
    rcode NXDOMAIN
  }
}
`;

const plane = new FilePlane({ zone: { zones: ['cluster.local', 'in-addr.arpa', 'ip6.arpa'] } });
const built = blocksOf(COREFILE);
built.live.apply(asChange(plane.put({ 'a.yaml': MANIFESTS })), 1);
const source = { report: () => plane.report(), heldBack: () => undefined };

const server: ExplainedServer = {
  zone: 'cluster.local',
  ask: (name, type, client) =>
    traceQuestion([built.table], { name, type, client, isOffline: false, now: 0 }),
  objects: async (question) => structuredClone(plane.control.explain(question, source)),
};

const WORDS = [
  'web',
  'db',
  'db-0',
  'gone',
  'alias',
  'outside',
  'ring',
  'old',
  'shop',
  'test',
  'svc',
];
const MORE = ['pod', '_http', '_tcp', '10', '0', '1-2-3-4', 'cluster', 'local', 'in-addr', 'arpa'];

/** Names as text: labels of the cluster among labels of any bytes. */
const names = fc
  .array(
    fc.oneof(
      { arbitrary: fc.constantFrom(...WORDS, ...MORE, 'example', 'org', 'api'), weight: 5 },
      fc
        .uint8Array({ minLength: 1, maxLength: 63 })
        .map((bytes) => [...bytes].map((byte) => `\\${String(byte).padStart(3, '0')}`).join('')),
    ),
    { maxLength: 6 },
  )
  .chain((labels) =>
    fc
      .constantFrom('', '.', '.svc.cluster.local.', '.shop.svc.cluster.local.', '.in-addr.arpa.')
      .map((end) => `${labels.join('.')}${end}`.replace(/^\.(?=.)/, '')),
  )
  .filter((name) => 'name' in readRequest({ name }));

const types = fc.constantFrom(
  'A',
  'AAAA',
  'SRV',
  'PTR',
  'TXT',
  'ANY',
  'SOA',
  'CNAME',
  'AXFR',
  'HINFO',
  'TYPE666',
);

const froms = fc.constantFrom('default', 'shop', '10.0.0.1', '192.0.2.1', '::1');

async function explained(name: string, type: string, from?: string): Promise<Explanation> {
  const request = readRequest({ name, type, from });
  if ('fault' in request) throw new Error(request.fault);
  return explain(request, server);
}

test('explain never throws, and says one line, for any bytes of a name', async () => {
  await fc.assert(
    fc.asyncProperty(names, types, froms, async (name, type, from) => {
      const { reason, steps } = await explained(name, type, from);
      expect(reason.text).toMatch(/^[^\u0000-\u001f\u007f-\u009f]+$/);
      expect(steps.length).toBeGreaterThan(0);
      for (const step of steps) expect(step.reason.text).not.toBe('');
    }),
    { numRuns: runs(2000) },
  );
});

test('the rcode of each step is the server’s', async () => {
  const world = exchanging(built.blocks);
  await fc.assert(
    fc.asyncProperty(names, types, async (name, type) => {
      for (const step of (await explained(name, type, 'shop')).steps) {
        const reply = await world.ask(`${step.name} ${type}`, {});
        const isEmpty = reply.rcode === 'NOERROR' && step.rcode === 'NODATA';
        expect(isEmpty ? 'NODATA' : reply.rcode, `${step.name} ${type}`).toBe(step.rcode);
      }
    }),
    { numRuns: runs(1000) },
  );
});
