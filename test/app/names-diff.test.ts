import { expect, test } from 'vitest';
import { logNamesDiff, namesDiff } from '../../src/app/names-diff.ts';
import { InProcessServer } from '../helpers/in-process.ts';
import { manifestWorld } from '../helpers/manifest-world.ts';

const service = (name: string, ip: string) => `---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { clusterIP: ${ip}, ports: [{ port: 80 }] }
`;

const many = (count: number) =>
  Array.from({ length: count }, (_, at) => service(`s${at}`, `10.96.1.${at + 1}`)).join('');

/** The names of these manifests, in a zone of their own. */
function live(manifests: string, ttl = 5) {
  const { namespaces } = manifestWorld(manifests, []);
  const zones = ['cluster.local'];
  return new InProcessServer({ ttl, zones }).load(namespaces, ['127.0.0.1']).live;
}

type Lives = readonly ReturnType<typeof live>[];

/** What differs, what is logged of it, and how many turns it takes. */
async function compared(before: Lives, after: Lives) {
  const lines: string[] = [];
  let turns = 0;
  const later = (callback: () => void) => {
    turns++;
    queueMicrotask(callback);
  };
  const diff = await namesDiff(before, after, { file: 'Corefile', later });
  logNamesDiff(diff, { info: (line: unknown) => void lines.push(String(line)) });
  return { diff, lines, turns };
}

test('namesDiff() has the records that are others, with the Corefile as their place', async () => {
  const before = [live(service('a', '10.96.0.1') + service('b', '10.96.0.2'))];
  const after = [live(service('b', '10.96.0.2') + service('c', '10.96.0.3'))];
  const srv = (name: string) => `5 IN SRV 0 100 80 ${name}.shop.svc.cluster.local.  (Corefile)`;
  const { diff, lines } = await compared(before, after);
  expect(lines).toEqual([
    '- a.shop.svc.cluster.local. 5 IN A 10.96.0.1  (Corefile)',
    `- a.shop.svc.cluster.local. ${srv('a')}`,
    '+ c.shop.svc.cluster.local. 5 IN A 10.96.0.3  (Corefile)',
    `+ c.shop.svc.cluster.local. ${srv('c')}`,
  ]);
  expect(diff.records[0]).toEqual({
    sign: '-',
    record: 'a.shop.svc.cluster.local. 5 IN A 10.96.0.1',
    places: ['Corefile'],
  });
});

test('namesDiff() has 500 records of many, and logs 20', async () => {
  const { diff, lines } = await compared([live(many(200))], [live(many(200), 30)]);
  expect(diff.records).toHaveLength(500);
  expect(diff.left.names).toBeGreaterThanOrEqual(75);
  expect(lines).toHaveLength(21);
  expect(lines[20]).toBe(
    `… and ${480 + diff.left.records} more records, and the records of ${diff.left.names} more names`,
  );
});

test('namesDiff() takes at most 500 names a turn, or 50 that differ', async () => {
  const { lines, turns } = await compared([live(many(250))], [live(many(250))]);
  expect([lines, turns]).toEqual([[], 2]);
  expect((await compared([], [live(many(60))])).turns).toBe(2);
});
