import { expect, test } from 'vitest';
import type { KubeObject } from '../../src/kube/objects.ts';
import { type ObjectChange, Registry } from '../../src/registry/registry.ts';
import { loadText, pod, service, slice } from './load-text.ts';

const NO_CHANGE: ObjectChange = { put: [], gone: [], named: [], unnamed: [] };
const ENDPOINTS = 'addressType: IPv4, endpoints: [], ports: []';

const NAMESPACE = '---\n{apiVersion: v1, kind: Namespace, metadata: {name: shop}}\n';

const objects = (text: string): KubeObject[] =>
  loadText('a.yaml', text).flatMap((document) => document.objects);

function apply(registry: Registry, change: Partial<ObjectChange>): string[] {
  return [...registry.apply({ ...NO_CHANGE, ...change }).keys()].sort();
}

test('Registry has one object of a kind, namespace and name: the last', () => {
  const registry = new Registry();
  const [old] = objects(service('shop/web'));
  const put = objects(
    service('shop/web', '{clusterIP: 10.0.0.1, ports: [{port: 80}]}') + pod('shop/web', '{}', '{}'),
  );
  expect(apply(registry, { put: [old!] })).toEqual(['shop']);
  expect(apply(registry, { put })).toEqual(['shop']);
  const shop = registry.namespace('shop');
  expect([...shop!.services.values(), ...shop!.pods.values()]).toEqual(put);
  expect(apply(registry, { gone: [{ kind: 'Pod', namespace: 'shop', name: 'web' }] })).toEqual([
    'shop',
  ]);
  expect([...shop!.pods.keys(), ...shop!.services.keys()]).toEqual(['web']);
});

test('Registry knows a namespace for as long as anything is in it, is it or names it', () => {
  const registry = new Registry();
  const put = objects(NAMESPACE + service('shop/web'));
  expect(apply(registry, { put, named: ['shop', 'bank'] })).toEqual(['bank', 'shop']);
  expect(registry.namespaces()).toEqual(['bank', 'shop']);
  expect(registry.namespace('bank')).toBeUndefined();
  expect(apply(registry, { unnamed: ['shop', 'bank'] })).toEqual(['bank']);
  expect([registry.exists('shop'), registry.exists('bank')]).toEqual([true, false]);
  expect(apply(registry, { gone: put })).toEqual(['shop']);
  expect(registry.namespaces()).toEqual([]);
});

test('Registry says which objects a change is about, and of a slice whose it is and was', () => {
  const registry = new Registry();
  const put = objects(
    service('shop/web') + pod('shop/web-0', '{}', '{}') + slice('shop/web-1', 'web', ENDPOINTS),
  );
  registry.apply({ ...NO_CHANGE, put });
  const moved = objects(slice('shop/web-1', 'api', ENDPOINTS));
  const delta = registry.apply({ ...NO_CHANGE, put: moved }).get('shop')!;
  expect([...delta.served].sort()).toEqual(['api', 'web']);
  expect([delta.services.size, delta.pods.size, delta.written.size]).toEqual([0, 0, 0]);
  expect([delta.hasWrittenPods, delta.concernsAll, delta.hasOthers]).toEqual([false, false, false]);
  expect([...registry.namespace('shop')!.slicesOf]).toEqual([['api', moved]]);
  const others = registry.apply({ ...NO_CHANGE, put: objects(NAMESPACE), gone: put }).get('shop')!;
  expect([...others.services, ...others.pods, ...others.served]).toEqual(['web', 'web-0', 'api']);
  expect([...others.written]).toEqual(['web']);
  expect([others.hasWrittenPods, others.concernsAll, others.hasOthers]).toEqual([
    true,
    false,
    true,
  ]);
});

test('Registry says that a namespace of a cluster exists from now on, as manifests name it', () => {
  const registry = new Registry();
  const [written] = objects(service('shop/web'));
  const stored = { ...written!, origin: { ...written!.origin, resourceVersion: '1' } };
  expect(apply(registry, { put: [stored] })).toEqual(['shop']);
  expect(apply(registry, { named: ['shop'] })).toEqual(['shop']);
});
