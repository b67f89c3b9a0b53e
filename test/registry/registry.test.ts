import { expect, test } from 'vitest';
import { problemText } from '../../src/kube/problem.ts';
import { Registry } from '../../src/registry/registry.ts';
import { loadText, pod, service } from './load-text.ts';

const SYNTAX_ERROR = '---\n{kind: Service\n';
const REFUSED = service('shop/Web');

function registryOf(files: Record<string, string>): Registry {
  const registry = new Registry();
  for (const [file, text] of Object.entries(files)) put(registry, file, text);
  registry.takeDirty();
  return registry;
}

function put(registry: Registry, file: string, text: string): string[] {
  return [...registry.replaceFile(file, loadText(file, text))].sort();
}

/** `shop/web@a.yaml:2`, sorted. */
function services(registry: Registry): string[] {
  return registry
    .namespaces()
    .flatMap((name) =>
      [...(registry.namespace(name)?.services.values() ?? [])]
        .map(({ namespace, name, origin }) => `${namespace}/${name}@${origin.file}:${origin.line}`)
        .sort(),
    );
}

const problems = (registry: Registry) => registry.problems().map(problemText);

test('Registry holds the objects of a file, and only those of its last version', () => {
  const registry = registryOf({ 'a.yaml': service('shop/web') + service('shop/db') });
  expect(services(registry)).toEqual(['shop/db@a.yaml:4', 'shop/web@a.yaml:2']);
  expect(put(registry, 'a.yaml', service('shop/web') + service('infra/mq'))).toEqual([
    'infra',
    'shop',
  ]);
  expect(services(registry)).toEqual(['infra/mq@a.yaml:4', 'shop/web@a.yaml:2']);
  expect([...registry.removeFile('a.yaml')].sort()).toEqual(['infra', 'shop']);
  expect(registry.namespaces()).toEqual([]);
  expect(registry.removeFile('a.yaml')).toEqual(new Set());
});

test('Registry calls a namespace dirty only when something in it changed', () => {
  const text = service('shop/web') + service('infra/mq');
  const registry = registryOf({ 'a.yaml': text });
  const before = registry.namespace('shop')?.services.get('web');
  expect(put(registry, 'a.yaml', text)).toEqual([]);
  expect(registry.namespace('shop')?.services.get('web')).toBe(before);
  expect(put(registry, 'a.yaml', text.replace('mq', 'queue'))).toEqual(['infra']);
  expect(registry.namespace('shop')?.services.get('web')).toBe(before);
  // Positions are part of an answer's explanation, so a moved object is a changed one.
  expect(put(registry, 'a.yaml', `\n${text}`)).toEqual(['infra', 'shop']);
});

test('Registry collects dirty namespaces until they are taken', () => {
  const registry = new Registry();
  put(registry, 'a.yaml', service('shop/web'));
  put(registry, 'b.yaml', service('infra/mq'));
  expect([...registry.takeDirty()].sort()).toEqual(['infra', 'shop']);
  expect(registry.takeDirty()).toEqual(new Set());
});

test('Registry knows a namespace from any object that is in it or is it', () => {
  const namespace = '---\n{apiVersion: v1, kind: Namespace, metadata: {name: empty}}\n';
  const registry = registryOf({
    'a.yaml': namespace + pod('pods/a', '{}', '{podIP: 10.0.0.1}') + service('shop/web'),
    'b.yaml': service('refused/Web'),
  });
  expect(registry.namespaces()).toEqual(['empty', 'pods', 'shop']);
  expect(registry.namespace('empty')?.object?.name).toBe('empty');
  expect(registry.namespace('default')).toBeUndefined();
});

test.each([
  ['a syntax error', SYNTAX_ERROR],
  ['a refused object', REFUSED],
])('Registry keeps what %s may have replaced, until the file is whole again', (_, bad) => {
  const registry = registryOf({ 'a.yaml': service('shop/web') + service('shop/db') });
  expect(put(registry, 'a.yaml', service('shop/mq') + bad)).toEqual(['shop']);
  expect(services(registry)).toEqual(['shop/db@a.yaml:4', 'shop/mq@a.yaml:2', 'shop/web@a.yaml:2']);
  expect(problems(registry)).toContainEqual(
    'a.yaml:1:1: warning: Service shop/web, Service shop/db stay as last read: 1 of 2 documents of this file cannot be used [OBJECTS_KEPT]',
  );
  expect(put(registry, 'a.yaml', bad)).toEqual([]);
  expect(services(registry)).toHaveLength(3);
  expect(put(registry, 'a.yaml', service('shop/mq'))).toEqual(['shop']);
  expect(services(registry)).toEqual(['shop/mq@a.yaml:2']);
  expect(registry.problems()).toEqual([]);
});

test('Registry takes the new version of an object from beside a bad document', () => {
  const registry = registryOf({ 'a.yaml': service('shop/web') });
  put(
    registry,
    'a.yaml',
    SYNTAX_ERROR + service('shop/web', '{clusterIP: 10.0.0.1, ports: [{port: 1}]}'),
  );
  expect(registry.namespace('shop')?.services.get('web')?.clusterIPs).toEqual(['10.0.0.1']);
  expect(problems(registry).join()).not.toContain('OBJECTS_KEPT');
});

test('Registry keeps nothing of a file that is removed', () => {
  const registry = registryOf({ 'a.yaml': service('shop/web') });
  put(registry, 'a.yaml', SYNTAX_ERROR);
  registry.removeFile('a.yaml');
  expect(services(registry)).toEqual([]);
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
    const registry = registryOf(order as Record<string, string>);
    expect(services(registry)).toEqual(['shop/db@a.yaml:2', 'shop/web@a.yaml:4']);
    expect(problems(registry)).toEqual(expected);
    expect([...registry.removeFile('a.yaml')]).toEqual(['shop']);
    expect(services(registry)).toEqual(['shop/web@b.yaml:2']);
    expect(put(registry, 'b.yaml', service('shop/web'))).toEqual([]);
    expect(registry.problems()).toEqual([]);
  }
});

test('Registry goes by the place of a document, not by when it is handed over', () => {
  const registry = new Registry();
  const documents = loadText('a.yaml', service('shop/web') + service('shop/web'));
  registry.replaceFile('a.yaml', documents.toReversed());
  expect(services(registry)).toEqual(['shop/web@a.yaml:2']);
});

test('Registry does not call a namespace dirty for a copy that loses', () => {
  const registry = registryOf({ 'a.yaml': service('shop/web') });
  expect(put(registry, 'b.yaml', service('shop/web'))).toEqual([]);
  expect([...registry.removeFile('b.yaml')]).toEqual([]);
});

test('Registry puts problems in order of file and line', () => {
  const registry = registryOf({ 'b.yaml': REFUSED, 'a.yaml': service('shop/web') + REFUSED });
  expect(registry.problems().map(({ origin }) => `${origin.file}:${origin.line}`)).toEqual([
    'a.yaml:4',
    'b.yaml:2',
  ]);
});

test('Registry counts files, objects in use, kinds passed over and documents refused', () => {
  const job = '---\n{apiVersion: batch/v1, kind: Job}\n';
  const registry = registryOf({
    'a.yaml': service('shop/web') + service('shop/db') + job + job,
    'b.yaml': service('shop/web') + REFUSED + SYNTAX_ERROR,
  });
  expect(registry.counts()).toEqual({
    files: 2,
    objects: new Map([['Service', 2]]),
    passedOver: new Map([['Job', 2]]),
    refusedDocuments: 2,
  });
  expect(registry.files()).toEqual(['a.yaml', 'b.yaml']);
});

test.each([
  ['a file that goes', { 'a.yaml': undefined }, ['shop/db', 'shop/web']],
  ['a file that shrinks', { 'a.yaml': service('shop/db') }, ['shop/web']],
  ['a file that fails', { 'a.yaml': SYNTAX_ERROR }, []],
  ['a Service that moves', { 'a.yaml': service('shop/db'), 'c.yaml': service('shop/web') }, []],
  ['a copy elsewhere', { 'b.yaml': undefined }, ['shop/mq']],
  ['all files', { 'a.yaml': undefined, 'b.yaml': undefined }, ['shop/db', 'shop/mq', 'shop/web']],
])('Registry.removalOf tells what is lost with %s, and changes nothing', (_, files, removed) => {
  const registry = registryOf({
    'a.yaml': service('shop/web') + service('shop/db'),
    'b.yaml': service('shop/mq') + service('shop/db'),
  });
  // The copy of shop/db outlives a.yaml.
  const expected = 'b.yaml' in files ? removed : removed.filter((name) => name !== 'shop/db');
  const changes = new Map(
    Object.entries(files).map(([file, text]) => [
      file,
      text === undefined ? undefined : loadText(file, text),
    ]),
  );
  expect(registry.removalOf(changes)).toEqual({ removed: expected, total: 3 });
  expect(services(registry)).toHaveLength(3);
  expect(registry.takeDirty()).toEqual(new Set());
});

test('Registry without last good versions lets go of what a broken file no longer provides', () => {
  const registry = new Registry(false);
  put(registry, 'a.yaml', service('shop/web') + service('shop/db'));
  put(registry, 'a.yaml', service('shop/web') + SYNTAX_ERROR);
  expect(services(registry)).toEqual(['shop/web@a.yaml:2']);
  expect(registry.keptObjects).toBe(0);
  const changes = new Map([['a.yaml', loadText('a.yaml', SYNTAX_ERROR)]]);
  expect(registry.removalOf(changes).removed).toEqual(['shop/web']);
});

test('Registry counts what it keeps of broken files', () => {
  const registry = registryOf({ 'a.yaml': service('shop/web') + service('shop/db') });
  put(registry, 'b.yaml', service('infra/mq'));
  expect(registry.keptObjects).toBe(0);
  put(registry, 'a.yaml', service('shop/web') + SYNTAX_ERROR);
  put(registry, 'b.yaml', REFUSED);
  expect(registry.keptObjects).toBe(2);
  put(registry, 'b.yaml', service('infra/mq'));
  registry.removeFile('a.yaml');
  expect(registry.keptObjects).toBe(0);
});
