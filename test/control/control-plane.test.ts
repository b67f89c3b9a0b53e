import { describe, expect, test } from 'vitest';
import { keyFromText, textOf } from '../../src/dns/name.ts';
import { failedDocument } from '../../src/sources/folder/objects/loaded-file.ts';
import type { NameChanges } from '../../src/zone/compiler.ts';
import type { ZoneOptions } from '../../src/zone/options.ts';
import { unpackName } from '../../src/zone/packed-name.ts';
import { selector } from '../helpers/block-options.ts';
import { documents, FilePlane } from './file-plane.ts';

const service = (name: string, spec: string) => `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { ${spec}, ports: [{ port: 80 }] }
---`;

const CLUSTER = { zones: ['cluster.local'] };

function plane(holdDeletions = true, keepLastGood = true): FilePlane {
  const serverAddresses = ['192.0.2.53'];
  return new FilePlane({ zone: CLUSTER, holdDeletions, keepLastGood, serverAddresses });
}

const changed = (changes: NameChanges) =>
  [...changes].map(([key, name]) => `${name === null ? '-' : '+'}${textOf(key)}`).sort();

const pod = (namespace: string, name: string, spec: string, status: string, labels = '') => `
apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: ${namespace}, labels: { ${labels} } }
spec: { ${spec} }
status: { phase: Running, ${status} }
---`;

describe('ControlPlane counts steps', () => {
  const external = { zones: ['ex.org'], headless: false, ttl: 5, apex: 'dns' };

  test.for([
    ['names', CLUSTER, 2],
    ['names and those outside', { ...CLUSTER, external }, 4],
  ] satisfies [string, Partial<ZoneOptions>, number][])(
    'for each Service whose %s it compiles: a namespace may have thousands',
    ([, options, each]) => {
      const stepsFor = (services: number) => {
        let steps = 0;
        const control = new FilePlane({ zone: options, step: () => void steps++ });
        const texts = Array.from({ length: services }, (_, at) =>
          service(`web-${at}`, 'type: ClusterIP'),
        );
        control.put({ 'a.yaml': texts.join('') });
        return steps;
      };
      expect(stepsFor(50) - stepsFor(10)).toBe(40 * each);
    },
  );
});

describe('ControlPlane.takePodChanges()', () => {
  const verified = (options: Partial<ZoneOptions> = {}) =>
    new FilePlane({ zone: { pods: 'verified', ...options } });
  const changes = (control: FilePlane, contents: Record<string, string | undefined>) => {
    control.put(contents);
    return Object.fromEntries(control.control.takePodChanges());
  };

  test('says whose each address is, of both families, and which are gone', () => {
    const control = verified();
    const two = 'podIPs: [{ip: 10.0.0.1}, {ip: "fd00::1"}]';
    const text = pod('shop', 'a', '', two) + pod('bank', 'b', '', 'podIP: 10.0.0.2');
    expect(changes(control, { 'x.yaml': text })).toEqual({
      '10.0.0.1': 'shop',
      'fd00::1': 'shop',
      '10.0.0.2': 'bank',
    });
    expect(changes(control, { 'x.yaml': text })).toEqual({});
    const moved = pod('shop', 'a', '', 'podIP: 10.0.0.2');
    expect(changes(control, { 'x.yaml': moved })).toEqual({
      '10.0.0.1': null,
      'fd00::1': null,
      '10.0.0.2': 'shop',
    });
    expect(changes(control, { 'x.yaml': undefined })).toEqual({ '10.0.0.2': null });
  });

  test('gives an address to nobody while Pods of two namespaces have it', () => {
    const control = verified();
    const [a, b] = ['shop', 'bank'].map((name) => pod(name, 'p', '', 'podIP: 10.0.0.1'));
    changes(control, { 'a.yaml': a });
    expect(changes(control, { 'b.yaml': b })).toEqual({ '10.0.0.1': null });
    expect(changes(control, { 'a.yaml': undefined })).toEqual({ '10.0.0.1': 'bank' });
  });

  test.for([
    [
      'on the network of the node',
      { 'x.yaml': pod('shop', 'a', 'hostNetwork: true', 'podIP: 10.0.0.1') },
      {},
    ],
    [
      'that has ended',
      {
        'x.yaml': pod('shop', 'a', '', 'phase: Succeeded, podIP: 10.0.0.1').replace(
          'phase: Running, ',
          '',
        ),
      },
      {},
    ],
    [
      'that the block does not read',
      { 'x.yaml': pod('shop', 'a', '', 'podIP: 10.0.0.1', 'app: b') },
      { labels: selector('app=a') },
    ],
    [
      'without `pods verified`',
      { 'x.yaml': pod('shop', 'a', '', 'podIP: 10.0.0.1') },
      { pods: 'insecure' as const },
    ],
  ] as const)('leaves out a Pod %s', ([, contents, options]) => {
    expect(changes(verified(options), contents)).toEqual({});
  });

  test('takes Pods of namespaces that are not exposed too', () => {
    const control = verified({ namespaces: ['shop'] });
    const text = pod('bank', 'a', '', 'podIP: 10.0.0.1');
    expect(changes(control, { 'x.yaml': text })).toEqual({ '10.0.0.1': 'bank' });
  });
});

describe('ControlPlane.take()', () => {
  test('names what changes, and nothing else', () => {
    const control = plane();
    const text = service('a', 'clusterIP: 10.96.0.1') + service('b', 'clusterIP: 10.96.0.2');
    expect(changed(control.put({ 'x.yaml': text }))).toContain('+a.shop.svc.cluster.local.');
    expect(changed(control.put({ 'x.yaml': text }))).toEqual([]);
    const edited = text.replace('10.96.0.2', '10.96.0.3');
    expect(changed(control.put({ 'x.yaml': edited }))).toEqual(['+b.shop.svc.cluster.local.']);
    expect(changed(control.put({ 'x.yaml': undefined }))).toEqual([
      '-a.shop.svc.cluster.local.',
      '-b.shop.svc.cluster.local.',
      '-shop.pod.cluster.local.',
      '-shop.svc.cluster.local.',
    ]);
  });

  test('gives a Service without a cluster IP one, and keeps it', () => {
    const control = plane();
    const first = control.put({ 'x.yaml': service('a', 'type: ClusterIP') });
    const key = keyFromText('a.shop.svc.cluster.local');
    const [address] = unpackName(key, first.get(key)!).answers;
    expect([address?.type, address?.bytes.charCodeAt(12)]).toEqual([1, 10]);
    const again = control.put({
      'x.yaml': service('a', 'type: ClusterIP'),
      'y.yaml': service('z', 'type: ClusterIP'),
    });
    expect(changed(again)).toEqual(['+z.shop.svc.cluster.local.']);
  });

  test('holds a mass deletion back until a rescan finds it again', () => {
    const control = plane();
    const many = Array.from({ length: 20 }, (_, i) =>
      service(`s${i}`, `clusterIP: 10.96.0.${i + 1}`),
    );
    control.put({ 'x.yaml': many.join('') });
    expect(changed(control.put({ 'x.yaml': undefined }))).toEqual([]);
    expect(control.held.services).toBe(20);
    expect(changed(control.take(new Map(), 'rescan'))).toContain('-s0.shop.svc.cluster.local.');
    expect(control.held.services).toBe(0);
  });

  test('takes everything else at once while a mass deletion is held', () => {
    const control = plane();
    const many = Array.from({ length: 20 }, (_, i) =>
      service(`s${i}`, `clusterIP: 10.96.0.${i + 1}`),
    );
    control.put({ 'x.yaml': many.join(''), 'y.yaml': service('why', 'clusterIP: 10.96.1.1') });
    const others = service('s0', 'clusterIP: 10.96.2.1') + service('new', 'clusterIP: 10.96.2.2');
    const first = control.put({ 'x.yaml': others });
    expect(changed(first)).toEqual(['+new.shop.svc.cluster.local.', '+s0.shop.svc.cluster.local.']);
    const second = control.put({ 'y.yaml': service('why', 'clusterIP: 10.96.1.9') });
    expect(changed(second)).toEqual(['+why.shop.svc.cluster.local.']);
    expect(control.summary().problems.map(({ code }) => code)).toContain('MASS_DELETION_HELD');
    expect(changed(control.take(new Map(), 'rescan'))).toHaveLength(19);
    expect(control.summary().problems).toEqual([]);
  });

  test('forgets a mass deletion that is undone in time', () => {
    const control = plane();
    const many = Array.from({ length: 20 }, (_, i) =>
      service(`s${i}`, `clusterIP: 10.96.0.${i + 1}`),
    );
    control.put({ 'x.yaml': many.join('') });
    control.put({ 'x.yaml': undefined });
    expect(changed(control.put({ 'x.yaml': many.join('') }))).toEqual([]);
    expect(control.held.services).toBe(0);
  });

  test('believes a mass deletion at once when it was told to', () => {
    const control = plane(false);
    const many = Array.from({ length: 20 }, (_, i) =>
      service(`s${i}`, `clusterIP: 10.96.0.${i + 1}`),
    );
    control.put({ 'x.yaml': many.join('') });
    expect(changed(control.put({ 'x.yaml': undefined }))).toHaveLength(22);
  });
});

test('ControlPlane.summary() counts by namespace and kind, and names an example', () => {
  const control = plane();
  const text =
    service('web', 'clusterIP: 10.96.0.1') +
    service('db', 'clusterIP: None') +
    '\napiVersion: v1\nkind: Service\nmetadata: { name: ext, namespace: shop }\nspec: { type: ExternalName, externalName: example.com }\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\n';
  control.put({ 'x.yaml': text });
  expect(control.summary()).toMatchObject({
    files: 1,
    namespaces: [
      { name: 'shop', clusterIP: 1, headless: 1, externalName: 1, endpoints: 0, pods: 0 },
    ],
    passedOver: [['ConfigMap', 1]],
    refusedDocuments: 0,
    example: 'web.shop',
  });
});

describe('ControlPlane.heldBack', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => service(`s${i}`, `clusterIP: 10.96.0.${i + 1}`)).join(
      '',
    );
  const broken = (text: string) => {
    const good = documents('x.yaml', text);
    return new Map([['x.yaml', [...good, failedDocument(good.length, [])]]]);
  };

  test('counts the Services whose removal waits, whatever is kept of broken files', () => {
    for (const keepLastGood of [true, false]) {
      const control = plane(true, keepLastGood);
      control.put({ 'x.yaml': many(20) });
      expect(control.held).toEqual({ services: 0, objects: 0 });
      control.put({ 'x.yaml': many(2) });
      expect(control.held).toEqual({ services: 18, objects: 18 });
      control.take(new Map(), 'rescan');
      expect(control.held).toEqual({ services: 0, objects: 0 });
    }
  });

  test('counts what a broken file no longer provides, until it is whole', () => {
    const control = plane();
    control.put({ 'x.yaml': many(5) });
    expect(changed(control.take(broken(many(2)), 'event'))).toEqual([]);
    expect(control.held).toEqual({ services: 0, objects: 3 });
    expect(changed(control.put({ 'x.yaml': many(2) }))).toHaveLength(3);
    expect(control.held).toEqual({ services: 0, objects: 0 });
  });

  test('is nothing for a broken file when the last good version is not kept', () => {
    const control = plane(true, false);
    control.put({ 'x.yaml': many(5) });
    expect(changed(control.take(broken(many(2)), 'event'))).toHaveLength(3);
    expect(control.held).toEqual({ services: 0, objects: 0 });
  });

  test('has a mass deletion by a broken file that is not kept wait too', () => {
    const control = plane(true, false);
    control.put({ 'x.yaml': many(20) });
    expect(changed(control.take(broken(''), 'event'))).toEqual([]);
    expect(control.held).toEqual({ services: 20, objects: 20 });
  });
});
