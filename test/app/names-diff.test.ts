import { expect, test } from 'vitest';
import { logNamesDiff } from '../../src/app/names-diff.ts';
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

/** A set of the names of these manifests, in its own zone. */
function set(manifests: string, ttl = 5) {
  const { namespaces } = manifestWorld(manifests, []);
  const zones = ['cluster.local'];
  return { live: new InProcessServer({ ttl, zones }).load(namespaces, ['127.0.0.1']).live };
}

type Sets = readonly ReturnType<typeof set>[];

/** What is logged, and how many turns it takes. */
function logged(before: Sets, after: Sets): { lines: string[]; turns: number } {
  const lines: string[] = [];
  const waiting: (() => void)[] = [];
  const info = (line: unknown) => void lines.push(String(line));
  const later = (callback: () => void) => void waiting.push(callback);
  logNamesDiff(before, after, { file: 'Corefile', log: { info }, later });
  let turns = 0;
  for (let turn = waiting.shift(); turn !== undefined; turn = waiting.shift()) {
    turn();
    turns++;
  }
  return { lines, turns };
}

test('logNamesDiff() logs the records that are others, with the Corefile as their place', () => {
  const kept = set(service('kept', '10.96.0.9'));
  const before = [kept, set(service('a', '10.96.0.1') + service('b', '10.96.0.2'))];
  const after = [kept, set(service('b', '10.96.0.2') + service('c', '10.96.0.3'))];
  const srv = (name: string) => `5 IN SRV 0 100 80 ${name}.shop.svc.cluster.local.  (Corefile)`;
  expect(logged(before, after).lines).toEqual([
    '- a.shop.svc.cluster.local. 5 IN A 10.96.0.1  (Corefile)',
    `- a.shop.svc.cluster.local. ${srv('a')}`,
    '+ c.shop.svc.cluster.local. 5 IN A 10.96.0.3  (Corefile)',
    `+ c.shop.svc.cluster.local. ${srv('c')}`,
  ]);
});

test('logNamesDiff() logs twenty records of many, and counts the names of the others', () => {
  const { lines } = logged([set(many(200))], [set(many(200), 30)]);
  expect(lines).toHaveLength(21);
  expect(lines[20]).toMatch(/^… and .*the records of 19\d more names$/);
});

test('logNamesDiff() takes at most 500 names a turn', () => {
  const { lines, turns } = logged([set(many(250))], [set(many(250))]);
  expect([lines, turns]).toEqual([[], 2]);
});

test('logNamesDiff() says nothing of sets that stay, and of those that have not been read', () => {
  const one = set(many(1));
  expect(logged([one], [one]).lines).toEqual([]);
  const unread = set('');
  unread.live.isSynced = false;
  expect(logged([one], [unread])).toEqual({ lines: [], turns: 0 });
});
