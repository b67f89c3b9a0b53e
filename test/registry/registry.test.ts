import { expect, test } from 'vitest';
import { problemText } from '../../src/kube/problem.ts';
import { loadText, Manifests, pod, service } from './load-text.ts';

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

const problems = (manifests: Manifests) => manifests.report().problems.map(problemText);

test('Registry holds the objects of a file, and only those of its last version', () => {
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

test('Registry calls a namespace dirty only when something in it changed', () => {
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

test('Registry knows a namespace from any object that is in it or is it', () => {
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
])('Registry keeps what %s may have replaced, until the file is whole again', (_, bad) => {
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

test('Registry takes the new version of an object from beside a bad document', () => {
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

test('Registry keeps nothing of a file that is removed', () => {
  const manifests = manifestsOf({ 'a.yaml': service('shop/web') });
  put(manifests, 'a.yaml', SYNTAX_ERROR);
  put(manifests, 'a.yaml', undefined);
  expect(services(manifests)).toEqual([]);
});

test('Registry uses the first of several copies, whatever the order of loading', () => {
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

test('Registry goes by the place of a document, not by when it is handed over', () => {
  const manifests = new Manifests();
  const documents = loadText('a.yaml', service('shop/web') + service('shop/web'));
  manifests.registry.replaceFile('a.yaml', documents.toReversed());
  expect(services(manifests)).toEqual(['shop/web@a.yaml:2']);
});

test('Registry has one change for a Service that moves within a batch', () => {
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

test('Registry does not call a namespace dirty for a copy that loses', () => {
  const manifests = manifestsOf({ 'a.yaml': service('shop/web') });
  expect(put(manifests, 'b.yaml', service('shop/web'))).toEqual([]);
  expect(put(manifests, 'b.yaml', undefined)).toEqual([]);
});

test('Registry puts problems in order of file and line', () => {
  const manifests = manifestsOf({ 'b.yaml': REFUSED, 'a.yaml': service('shop/web') + REFUSED });
  expect(manifests.report().problems.map(({ origin }) => `${origin.file}:${origin.line}`)).toEqual([
    'a.yaml:4',
    'b.yaml:2',
  ]);
});

test('Registry counts files, kinds passed over and documents refused', () => {
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

test('Registry without last good versions lets go of what a broken file no longer provides', () => {
  const manifests = new Manifests({ keepLastGood: false });
  put(manifests, 'a.yaml', service('shop/web') + service('shop/db'));
  put(manifests, 'a.yaml', service('shop/web') + SYNTAX_ERROR);
  expect(services(manifests)).toEqual(['shop/web@a.yaml:2']);
  expect(manifests.report().held.objects).toBe(0);
  put(manifests, 'a.yaml', SYNTAX_ERROR);
  expect(services(manifests)).toEqual([]);
});

test('Registry counts what it keeps of broken files', () => {
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
