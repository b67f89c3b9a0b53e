import { describe, expect, test } from 'vitest';
import { ControlPlane, type FileChanges } from '../../src/control/control-plane.ts';
import { keyFromText, textOf } from '../../src/dns/name.ts';
import { failedDocument, loadDocument } from '../../src/registry/loaded-file.ts';
import { parseManifest } from '../../src/sources/folder/parse.ts';
import type { NameChanges } from '../../src/zone/compiler.ts';
import type { ZoneOptions } from '../../src/zone/options.ts';
import { unpackName } from '../../src/zone/packed-name.ts';
import { selector } from '../helpers/block-options.ts';
import { ZONE_OPTIONS } from '../helpers/in-process.ts';

const service = (name: string, spec: string) => `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { ${spec}, ports: [{ port: 80 }] }
---`;

function files(contents: Record<string, string | undefined>): FileChanges {
  return new Map(
    Object.entries(contents).map(([file, text]) => [
      file,
      text === undefined
        ? undefined
        : parseManifest(file, Buffer.from(text)).documents.map(loadDocument),
    ]),
  );
}

function plane(holdMassDeletions = true, keepLastGood = true): ControlPlane {
  return new ControlPlane({
    keepLastGood,
    zone: { ...ZONE_OPTIONS, zones: ['cluster.local'] },
    holdMassDeletions,
    serverAddresses: ['192.0.2.53'],
  });
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
  const zone = { ...ZONE_OPTIONS, zones: ['cluster.local'] };
  const external = { zones: ['ex.org'], headless: false, ttl: 5, apex: 'dns' };

  test.for([
    ['names', zone, 2],
    ['names and those outside', { ...zone, external }, 4],
  ] satisfies [string, ZoneOptions, number][])(
    'for each Service whose %s it compiles: a namespace may have thousands',
    ([, options, each]) => {
      const stepsFor = (services: number) => {
        let steps = 0;
        const control = new ControlPlane({
          zone: options,
          holdMassDeletions: true,
          serverAddresses: [],
          step: () => {
            steps += 1;
          },
        });
        const texts = Array.from({ length: services }, (_, at) =>
          service(`web-${at}`, 'type: ClusterIP'),
        );
        control.take(files({ 'a.yaml': texts.join('') }), 'event');
        return steps;
      };
      expect(stepsFor(50) - stepsFor(10)).toBe(40 * each);
    },
  );
});

describe('ControlPlane.takePodChanges()', () => {
  const verified = (options: Partial<ZoneOptions> = {}) =>
    new ControlPlane({
      zone: { ...ZONE_OPTIONS, pods: 'verified', ...options },
      holdMassDeletions: true,
      serverAddresses: [],
    });
  const changes = (control: ControlPlane, contents: Record<string, string | undefined>) => {
    control.take(files(contents), 'event');
    return Object.fromEntries(control.takePodChanges());
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
    expect(changed(control.take(files({ 'x.yaml': text }), 'event'))).toContain(
      '+a.shop.svc.cluster.local.',
    );
    expect(changed(control.take(files({ 'x.yaml': text }), 'event'))).toEqual([]);
    const edited = text.replace('10.96.0.2', '10.96.0.3');
    expect(changed(control.take(files({ 'x.yaml': edited }), 'event'))).toEqual([
      '+b.shop.svc.cluster.local.',
    ]);
    expect(changed(control.take(files({ 'x.yaml': undefined }), 'event'))).toEqual([
      '-a.shop.svc.cluster.local.',
      '-b.shop.svc.cluster.local.',
      '-shop.pod.cluster.local.',
      '-shop.svc.cluster.local.',
    ]);
  });

  test('gives a Service without a cluster IP one, and keeps it', () => {
    const control = plane();
    const first = control.take(files({ 'x.yaml': service('a', 'type: ClusterIP') }), 'event');
    const key = keyFromText('a.shop.svc.cluster.local');
    const [address] = unpackName(key, first.get(key)!).answers;
    expect([address?.type, address?.bytes.charCodeAt(12)]).toEqual([1, 10]);
    const again = control.take(
      files({
        'x.yaml': service('a', 'type: ClusterIP'),
        'y.yaml': service('z', 'type: ClusterIP'),
      }),
      'event',
    );
    expect(changed(again)).toEqual(['+z.shop.svc.cluster.local.']);
  });

  test('holds a mass deletion back until a rescan finds it again', () => {
    const control = plane();
    const many = Array.from({ length: 20 }, (_, i) =>
      service(`s${i}`, `clusterIP: 10.96.0.${i + 1}`),
    );
    control.take(files({ 'x.yaml': many.join('') }), 'event');
    expect(changed(control.take(files({ 'x.yaml': undefined }), 'event'))).toEqual([]);
    expect(control.held.size).toBe(20);
    expect(changed(control.take(new Map(), 'rescan'))).toContain('-s0.shop.svc.cluster.local.');
    expect(control.held.size).toBe(0);
  });

  test('takes everything else at once while a mass deletion is held', () => {
    const control = plane();
    const many = Array.from({ length: 20 }, (_, i) =>
      service(`s${i}`, `clusterIP: 10.96.0.${i + 1}`),
    );
    control.take(
      files({ 'x.yaml': many.join(''), 'y.yaml': service('why', 'clusterIP: 10.96.1.1') }),
      'event',
    );
    const others = service('s0', 'clusterIP: 10.96.2.1') + service('new', 'clusterIP: 10.96.2.2');
    const first = control.take(files({ 'x.yaml': others }), 'event');
    expect(changed(first)).toEqual(['+new.shop.svc.cluster.local.', '+s0.shop.svc.cluster.local.']);
    const second = control.take(
      files({ 'y.yaml': service('why', 'clusterIP: 10.96.1.9') }),
      'event',
    );
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
    control.take(files({ 'x.yaml': many.join('') }), 'event');
    control.take(files({ 'x.yaml': undefined }), 'event');
    expect(changed(control.take(files({ 'x.yaml': many.join('') }), 'event'))).toEqual([]);
    expect(control.held.size).toBe(0);
  });

  test('believes a mass deletion at once when it was told to', () => {
    const control = plane(false);
    const many = Array.from({ length: 20 }, (_, i) =>
      service(`s${i}`, `clusterIP: 10.96.0.${i + 1}`),
    );
    control.take(files({ 'x.yaml': many.join('') }), 'event');
    expect(changed(control.take(files({ 'x.yaml': undefined }), 'event'))).toHaveLength(22);
  });
});

test('ControlPlane.summary() counts by namespace and kind, and names an example', () => {
  const control = plane();
  const text =
    service('web', 'clusterIP: 10.96.0.1') +
    service('db', 'clusterIP: None') +
    '\napiVersion: v1\nkind: Service\nmetadata: { name: ext, namespace: shop }\nspec: { type: ExternalName, externalName: example.com }\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: x }\n';
  control.take(files({ 'x.yaml': text }), 'event');
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
    const good = [...(files({ 'x.yaml': text }).get('x.yaml') ?? [])];
    return new Map([['x.yaml', [...good, failedDocument(good.length, [])]]]);
  };

  test('counts the Services whose removal waits, whatever is kept of broken files', () => {
    for (const keepLastGood of [true, false]) {
      const control = plane(true, keepLastGood);
      control.take(files({ 'x.yaml': many(20) }), 'event');
      expect(control.heldBack).toEqual({ services: 0, objects: 0 });
      control.take(files({ 'x.yaml': many(2) }), 'event');
      expect(control.heldBack).toEqual({ services: 18, objects: 18 });
      control.take(new Map(), 'rescan');
      expect(control.heldBack).toEqual({ services: 0, objects: 0 });
    }
  });

  test('counts what a broken file no longer provides, until it is whole', () => {
    const control = plane();
    control.take(files({ 'x.yaml': many(5) }), 'event');
    expect(changed(control.take(broken(many(2)), 'event'))).toEqual([]);
    expect(control.heldBack).toEqual({ services: 0, objects: 3 });
    expect(changed(control.take(files({ 'x.yaml': many(2) }), 'event'))).toHaveLength(3);
    expect(control.heldBack).toEqual({ services: 0, objects: 0 });
  });

  test('is nothing for a broken file when the last good version is not kept', () => {
    const control = plane(true, false);
    control.take(files({ 'x.yaml': many(5) }), 'event');
    expect(changed(control.take(broken(many(2)), 'event'))).toHaveLength(3);
    expect(control.heldBack).toEqual({ services: 0, objects: 0 });
  });

  test('has a mass deletion by a broken file that is not kept wait too', () => {
    const control = plane(true, false);
    control.take(files({ 'x.yaml': many(20) }), 'event');
    expect(changed(control.take(broken(''), 'event'))).toEqual([]);
    expect(control.heldBack).toEqual({ services: 20, objects: 20 });
  });
});
