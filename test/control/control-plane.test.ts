import { describe, expect, test } from 'vitest';
import { ControlPlane, type FileChanges } from '../../src/control/control-plane.ts';
import { keyFromText, textOf } from '../../src/dns/name.ts';
import { loadDocument } from '../../src/registry/loaded-file.ts';
import { parseManifest } from '../../src/sources/folder/parse.ts';
import type { NameChanges } from '../../src/zone/compiler.ts';
import { unpackName } from '../../src/zone/packed-name.ts';
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

function plane(holdMassDeletions = true): ControlPlane {
  return new ControlPlane({
    zone: { ...ZONE_OPTIONS, zones: ['cluster.local'] },
    holdMassDeletions,
    serverAddresses: ['192.0.2.53'],
  });
}

const changed = (changes: NameChanges) =>
  [...changes].map(([key, name]) => `${name === null ? '-' : '+'}${textOf(key)}`).sort();

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
