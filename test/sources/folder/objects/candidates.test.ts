import { expect, test } from 'vitest';
import { keyText } from '../../../../src/registry/registry.ts';
import { Candidates, type Entry } from '../../../../src/sources/folder/objects/candidates.ts';
import { loadText, service } from '../../../registry/load-text.ts';

function entryOf(file: string): Entry {
  const object = loadText(file, service('shop/web'))[0]?.objects[0];
  if (object === undefined) throw new Error('The test needs an object');
  return { object, file, document: 0, item: 0 };
}

test('Candidates knows a conflict for as long as there is one', () => {
  const candidates = new Candidates();
  const [a, b, c] = [entryOf('a.yaml'), entryOf('b.yaml'), entryOf('c.yaml')];
  candidates.offer(b);
  expect([...candidates.conflicts()]).toEqual([]);
  candidates.offer(c);
  candidates.offer(a);
  expect([...candidates.conflicts()]).toEqual([[a, b, c]]);
  expect(candidates.winner(keyText(a.object))).toBe(a.object);
  candidates.withdraw(a);
  candidates.withdraw(c);
  expect([...candidates.conflicts()]).toEqual([]);
  expect(candidates.winner(keyText(b.object))).toBe(b.object);
  candidates.withdraw(b);
  expect(candidates.winner(keyText(b.object))).toBeUndefined();
});
