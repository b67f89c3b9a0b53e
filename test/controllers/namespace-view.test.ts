import { expect, test } from 'vitest';
import { viewNamespace } from '../../src/controllers/namespace-view.ts';
import { PodSimulator } from '../../src/controllers/simulation/simulated-pods.ts';
import { endpoints, pod, service } from '../registry/load-text.ts';
import { Cluster } from './cluster-of.ts';
import { workload } from './simulation/workload-text.ts';

const READY = 'conditions: [{type: Ready, status: "True"}]';
const WEB = '{selector: {app: web}, ports: [{port: 80}]}';

test('viewNamespace shows Services by name, and the labels of the Namespace', () => {
  const cluster = new Cluster({
    'a.yaml': `${service('shop/web')}${service('shop/db')}${service('infra/mq')}---\n{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {team: a}}}\n`,
  });
  expect(cluster.view('shop').services.map(({ name }) => name)).toEqual(['db', 'web']);
  expect(cluster.view('shop').labels).toEqual(new Map([['team', 'a']]));
  expect(cluster.view('infra').labels).toEqual(new Map());
  expect(viewNamespace(cluster.registry, cluster.allocator, 'default')).toBeUndefined();
});

test('viewNamespace shows the pods that can be asked for by address', () => {
  const cluster = new Cluster({
    'a.yaml':
      pod('shop/ready', '{}', `{podIP: 10.0.0.2, phase: Running, ${READY}}`) +
      pod('shop/pending', '{}', '{podIP: 10.0.0.3, phase: Pending}') +
      pod('shop/no-phase', '{}', '{podIP: 10.0.0.4}') +
      pod('shop/succeeded', '{}', '{podIP: 10.0.0.5, phase: Succeeded}') +
      pod('shop/failed', '{}', '{podIP: 10.0.0.6, phase: Failed}') +
      pod('shop/unknown', '{}', '{podIP: 10.0.0.7, phase: Unknown}') +
      pod('shop/no-address', '{}', '{phase: Running}') +
      pod('shop/leaving', '{}', '{podIP: 10.0.0.8}').replace(
        'name: leaving',
        'name: leaving, deletionTimestamp: "2026-01-01T00:00:00Z"',
      ),
  });
  expect(cluster.view('shop').pods.map(({ name }) => name)).toEqual([
    'leaving',
    'no-phase',
    'pending',
    'ready',
  ]);
});

test('viewNamespace hands out the very same objects while nothing about them changes', () => {
  const cluster = new Cluster({
    'a.yaml': service('shop/web', WEB),
    'b.yaml': pod('shop/a', '{app: web}', `{podIP: 10.0.0.2, ${READY}}`),
    'c.yaml':
      service('shop/db', '{ports: [{port: 1}]}') +
      endpoints('shop/db', '[{addresses: [{ip: 10.0.0.8}]}]'),
  });
  const before = cluster.view('shop');
  cluster.put('d.yaml', pod('shop/other', '{app: other}', `{podIP: 10.0.0.3, ${READY}}`));
  const after = cluster.view('shop');
  expect(after.services).toEqual(before.services);
  after.services.forEach((each, index) => {
    expect(each).toBe(before.services[index]);
  });
  for (const name of ['web', 'db']) expect(after.slices.get(name)).toBe(before.slices.get(name));

  cluster.put('d.yaml', pod('shop/other', '{app: web}', `{podIP: 10.0.0.3, ${READY}}`));
  const addresses = cluster.view('shop').slices.get('web')?.[0]?.endpoints;
  expect(addresses?.map(({ targetName }) => targetName)).toEqual(['a', 'other']);
});

test('viewNamespace shows simulated pods as it shows others', () => {
  const simulator = new PodSimulator({ ipv4: '10.244.0.0/16', ipv6: undefined });
  const files = {
    'a.yaml': service('shop/web', WEB),
    'b.yaml': workload('Deployment shop/web', '{app: web}', 'replicas: 2'),
    'c.yaml': pod('shop/a', '{app: web}', `{podIP: 10.0.0.2, ${READY}}`),
  };
  const cluster = new Cluster(files, undefined, simulator);
  const before = cluster.view('shop');
  expect(before.pods.map(({ name }) => name)).toEqual(['a', 'web-d6w4vhfnbg-c92vr']);
  const endpoints = before.slices.get('web')?.[0]?.endpoints;
  expect(endpoints?.map(({ targetName }) => targetName)).toEqual(['a', 'web-d6w4vhfnbg-c92vr']);

  cluster.put('d.yaml', pod('shop/other', '{app: other}', `{podIP: 10.0.0.3, ${READY}}`));
  expect(cluster.view('shop').slices.get('web')).toBe(before.slices.get('web'));
});
