import { expect, test } from 'vitest';
import { Collection } from '../../../../src/sources/kubeapi/reflector/collection.ts';

const resource = {
  kind: 'Service',
  apiVersion: 'v1',
  path: '/api/v1/services',
  query: {},
  isOptional: false,
} as const;

const service = (name: string, version: number, clusterIP: string) => ({
  metadata: { name, namespace: 'shop', resourceVersion: `${version}` },
  spec: { clusterIP, ports: [{ port: 80 }] },
});

test('Collection keeps the problems of 1,000 objects, and says how many others have some', () => {
  const collection = new Collection(resource);
  const put = (at: number, version: number, ip: string) =>
    collection.put(collection.read(service(`s${at}`, version, ip)));
  const last = () => collection.problems.at(-1)?.message;
  for (let at = 0; at < 1003; at++) put(at, 1, 'none-such');
  expect(collection.problems).toHaveLength(1001);
  const more = (left: number) =>
    `${left} more of kind Service cannot be used as they are: fix those before first`;
  expect(last()).toBe(more(3));
  put(0, 2, 'another');
  expect(collection.problems[0]?.message).toContain('another');
  put(1002, 2, '10.96.0.1');
  expect(last()).toBe(more(2));
  collection.remove('shop/s1001');
  expect(last()).toBe(more(1));
  put(0, 3, '10.96.0.2');
  // The last one that was only counted is shown now.
  expect(collection.problems).toHaveLength(1000);
  expect(collection.problems.at(-1)?.object).toBe('Service shop/s1000');
});
