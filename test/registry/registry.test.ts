import { expect, test } from 'vitest';
import type { KubeObject } from '../../src/kube/objects.ts';
import { type ObjectChange, Registry } from '../../src/registry/registry.ts';
import { loadText, pod, service } from './load-text.ts';

const NAMESPACE = '---\n{apiVersion: v1, kind: Namespace, metadata: {name: shop}}\n';

const objects = (text: string): KubeObject[] =>
  loadText('a.yaml', text).flatMap((document) => document.objects);

function apply(registry: Registry, change: Partial<ObjectChange>): string[] {
  return [...registry.apply({ put: [], gone: [], named: [], unnamed: [], ...change })].sort();
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
