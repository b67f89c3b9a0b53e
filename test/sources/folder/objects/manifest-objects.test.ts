import { expect, test } from 'vitest';
import { problemText } from '../../../../src/kube/problem.ts';
import { ManifestObjects } from '../../../../src/sources/folder/objects/manifest-objects.ts';
import { loadText, Manifests, pod, service } from '../../../registry/load-text.ts';

const SYNTAX_ERROR = '---\n{kind: Service\n';
const REFUSED = service('shop/Web');

function manifestsOf(files: Record<string, string>): Manifests {
  const manifests = new Manifests();
  for (const [file, text] of Object.entries(files)) put(manifests, file, text);
  return manifests;
}

function put(manifests: Manifests, file: string, text: string | undefined): string[] {
  return [...manifests.take([[file, text]])].sort();
}

/** `shop/web@a.yaml:2`, sorted. */
function services({ registry }: Manifests): string[] {
  return registry
    .namespaces()
    .flatMap((name) =>
      [...(registry.namespace(name)?.services.values() ?? [])]
        .map(({ namespace, name, origin }) => `${namespace}/${name}@${origin.file}:${origin.line}`)
        .sort(),
    );
}

const nameOnly = (service: string) => service.replace(/@.*/, '');

const problems = (manifests: Manifests) => manifests.report().problems.map(problemText);

test('ManifestObjects holds the objects of a file, and only those of its last version', () => {
  const manifests = manifestsOf({ 'a.yaml': service('shop/web') + service('shop/db') });
  expect(services(manifests)).toEqual(['shop/db@a.yaml:4', 'shop/web@a.yaml:2']);
  expect(put(manifests, 'a.yaml', service('shop/web') + service('infra/mq'))).toEqual([
    'infra',
    'shop',
  ]);
  expect(services(manifests)).toEqual(['infra/mq@a.yaml:4', 'shop/web@a.yaml:2']);
  expect(put(manifests, 'a.yaml', undefined)).toEqual(['infra', 'shop']);
  expect(manifests.registry.namespaces()).toEqual([]);
  expect(put(manifests, 'a.yaml', undefined)).toEqual([]);
});

test('ManifestObjects calls a namespace dirty only when something in it changed', () => {
  const text = service('shop/web') + service('infra/mq');
  const manifests = manifestsOf({ 'a.yaml': text });
  const before = manifests.registry.namespace('shop')?.services.get('web');
  expect(put(manifests, 'a.yaml', text)).toEqual([]);
  expect(manifests.registry.namespace('shop')?.services.get('web')).toBe(before);
  expect(put(manifests, 'a.yaml', text.replace('mq', 'queue'))).toEqual(['infra']);
  expect(manifests.registry.namespace('shop')?.services.get('web')).toBe(before);
  // Positions are part of an answer's explanation, so a moved object is a changed one.
  expect(put(manifests, 'a.yaml', `\n${text}`)).toEqual(['infra', 'shop']);
});

test('ManifestObjects knows a namespace from any object that is in it or is it', () => {
  const namespace = '---\n{apiVersion: v1, kind: Namespace, metadata: {name: empty}}\n';
  const manifests = manifestsOf({
    'a.yaml': namespace + pod('pods/a', '{}', '{podIP: 10.0.0.1}') + service('shop/web'),
    'b.yaml': service('refused/Web'),
  });
  expect(manifests.registry.namespaces()).toEqual(['empty', 'pods', 'shop']);
  expect(manifests.registry.namespace('empty')?.object?.name).toBe('empty');
  expect(manifests.registry.namespace('default')).toBeUndefined();
});

test.each([
  ['a syntax error', SYNTAX_ERROR],
  ['a refused object', REFUSED],
])('ManifestObjects keeps what %s may have replaced, until the file is whole again', (_, bad) => {
  const manifests = manifestsOf({ 'a.yaml': service('shop/web') + service('shop/db') });
  expect(put(manifests, 'a.yaml', service('shop/mq') + bad)).toEqual(['shop']);
  expect(services(manifests)).toEqual([
    'shop/db@a.yaml:4',
    'shop/mq@a.yaml:2',
    'shop/web@a.yaml:2',
  ]);
  expect(problems(manifests)).toContainEqual(
    'a.yaml:1:1: warning: Service shop/web, Service shop/db stay as last read: 1 of 2 documents of this file cannot be used [OBJECTS_KEPT]',
  );
  expect(put(manifests, 'a.yaml', bad)).toEqual([]);
  expect(services(manifests)).toHaveLength(3);
  expect(put(manifests, 'a.yaml', service('shop/mq'))).toEqual(['shop']);
  expect(services(manifests)).toEqual(['shop/mq@a.yaml:2']);
  expect(manifests.report().problems).toEqual([]);
});

test('ManifestObjects takes the new version of an object from beside a bad document', () => {
  const manifests = manifestsOf({ 'a.yaml': service('shop/web') });
  put(
    manifests,
    'a.yaml',
    SYNTAX_ERROR + service('shop/web', '{clusterIP: 10.0.0.1, ports: [{port: 1}]}'),
  );
  expect(manifests.registry.namespace('shop')?.services.get('web')?.clusterIPs).toEqual([
    '10.0.0.1',
  ]);
  expect(problems(manifests).join()).not.toContain('OBJECTS_KEPT');
});

test('ManifestObjects keeps nothing of a file that is removed', () => {
  const manifests = manifestsOf({ 'a.yaml': service('shop/web') });
  put(manifests, 'a.yaml', SYNTAX_ERROR);
  put(manifests, 'a.yaml', undefined);
  expect(services(manifests)).toEqual([]);
});

test('ManifestObjects uses the first of several copies, whatever the order of loading', () => {
  const expected = [
    'b.yaml:2:1: warning: Service shop/web is already written at a.yaml:4:1: that one is used, this one is not [OBJECT_DUPLICATE]',
    'b.yaml:4:1: warning: Service shop/web is already written at a.yaml:4:1: that one is used, this one is not [OBJECT_DUPLICATE]',
  ];
  const a = service('shop/db') + service('shop/web');
  const b = service('shop/web') + service('shop/web');
  for (const order of [
    { 'a.yaml': a, 'b.yaml': b },
    { 'b.yaml': b, 'a.yaml': a },
  ]) {
    const manifests = manifestsOf(order as Record<string, string>);
    expect(services(manifests)).toEqual(['shop/db@a.yaml:2', 'shop/web@a.yaml:4']);
    expect(problems(manifests)).toEqual(expected);
    expect(put(manifests, 'a.yaml', undefined)).toEqual(['shop']);
    expect(services(manifests)).toEqual(['shop/web@b.yaml:2']);
    expect(put(manifests, 'b.yaml', service('shop/web'))).toEqual([]);
    expect(manifests.report().problems).toEqual([]);
  }
});

test('ManifestObjects goes by the place of a document, not by when it is handed over', () => {
  const objects = new ManifestObjects({ holdDeletions: false });
  const documents = loadText('a.yaml', service('shop/web') + service('shop/web'));
  const { put } = objects.take(new Map([['a.yaml', documents.toReversed()]]), 'event');
  expect(put.map(({ origin }) => origin.line)).toEqual([2]);
});

test('ManifestObjects has one change for a Service that moves within a batch', () => {
  const manifests = manifestsOf({ 'a.yaml': service('shop/web') });
  const web = service('shop/web');
  expect([
    ...manifests.take([
      ['a.yaml', undefined],
      ['b.yaml', web],
    ]),
  ]).toEqual(['shop']);
  expect(services(manifests)).toEqual(['shop/web@b.yaml:2']);
});

test('ManifestObjects does not call a namespace dirty for a copy that loses', () => {
  const manifests = manifestsOf({ 'a.yaml': service('shop/web') });
  expect(put(manifests, 'b.yaml', service('shop/web'))).toEqual([]);
  expect(put(manifests, 'b.yaml', undefined)).toEqual([]);
});

test('ManifestObjects puts problems in order of file and line', () => {
  const manifests = manifestsOf({ 'b.yaml': REFUSED, 'a.yaml': service('shop/web') + REFUSED });
  expect(manifests.report().problems.map(({ origin }) => `${origin.file}:${origin.line}`)).toEqual([
    'a.yaml:4',
    'b.yaml:2',
  ]);
});

test('ManifestObjects counts files, kinds passed over and documents refused', () => {
  const job = '---\n{apiVersion: batch/v1, kind: Job}\n';
  const manifests = manifestsOf({
    'a.yaml': service('shop/web') + service('shop/db') + job + job,
    'b.yaml': service('shop/web') + REFUSED + SYNTAX_ERROR,
  });
  expect(manifests.report()).toMatchObject({
    files: 2,
    passedOver: [['Job', 2]],
    refusedDocuments: 2,
  });
});

test.each([
  ['a file that goes', { 'a.yaml': undefined }, ['web']],
  ['a file that shrinks', { 'a.yaml': 'db' }, ['web']],
  ['a file that fails', { 'a.yaml': SYNTAX_ERROR }, []],
  ['a Service that moves', { 'a.yaml': 'db', 'c.yaml': 'web' }, []],
  ['a copy elsewhere', { 'b.yaml': undefined }, ['mq']],
  ['all files', { 'a.yaml': undefined, 'b.yaml': undefined }, ['db', 'mq', 'web']],
])('ManifestObjects holds back what is lost with %s, until a rescan', (_, files, lost) => {
  const each = Array.from({ length: 12 }, (_, at) => at);
  const text = (name: string) => each.map((at) => service(`shop/${name}-${at}`)).join('');
  const manifests = new Manifests({ holdDeletions: true, keepLastGood: true });
  // The copies of db outlive a.yaml.
  manifests.take([
    ['a.yaml', text('web') + text('db')],
    ['b.yaml', text('mq') + text('db')],
  ]);
  const before = services(manifests).map(nameOnly);
  manifests.take(
    Object.entries(files).map(([file, name]) => {
      return [file, name === undefined || name === SYNTAX_ERROR ? name : text(name)] as const;
    }),
  );
  expect(manifests.report().held.services).toBe(lost.length * 12);
  expect(services(manifests).map(nameOnly)).toEqual(before);
  manifests.rescan();
  expect(manifests.report().held.services).toBe(0);
  const isLost = (ref: string) => lost.some((name) => ref.startsWith(`shop/${name}-`));
  expect(services(manifests).map(nameOnly)).toEqual(before.filter((ref) => !isLost(ref)));
});

test('ManifestObjects without last good versions lets go of what a broken file no longer provides', () => {
  const manifests = new Manifests({ holdDeletions: false, keepLastGood: false });
  put(manifests, 'a.yaml', service('shop/web') + service('shop/db'));
  put(manifests, 'a.yaml', service('shop/web') + SYNTAX_ERROR);
  expect(services(manifests)).toEqual(['shop/web@a.yaml:2']);
  expect(manifests.report().held.objects).toBe(0);
  put(manifests, 'a.yaml', SYNTAX_ERROR);
  expect(services(manifests)).toEqual([]);
});

test('ManifestObjects counts what it keeps of broken files', () => {
  const manifests = manifestsOf({ 'a.yaml': service('shop/web') + service('shop/db') });
  put(manifests, 'b.yaml', service('infra/mq'));
  expect(manifests.report().held.objects).toBe(0);
  put(manifests, 'a.yaml', service('shop/web') + SYNTAX_ERROR);
  put(manifests, 'b.yaml', REFUSED);
  expect(manifests.report().held.objects).toBe(2);
  put(manifests, 'b.yaml', service('infra/mq'));
  put(manifests, 'a.yaml', undefined);
  expect(manifests.report().held.objects).toBe(0);
});
