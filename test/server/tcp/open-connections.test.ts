import { expect, test } from 'vitest';
import { OpenConnections, Placed } from '../../../src/server/tcp/open-connections.ts';

const connection = (client: string) => new Placed(client);

test('OpenConnections finds those of a client, and how many they are', () => {
  const open = new OpenConnections();
  const [first, other, second] = [connection('a'), connection('b'), connection('a')];
  for (const each of [first, other, second]) open.add(each);
  expect(open.of('a')).toEqual([first, second]);
  expect([open.countOf('a'), open.countOf('b'), open.countOf('c')]).toEqual([2, 1, 0]);
});

test('OpenConnections removes each once, in any order, and keeps the others', () => {
  const open = new OpenConnections();
  const all = ['a', 'b', 'a', 'c', 'b'].map(connection);
  for (const each of all) open.add(each);
  const left = new Set(all);
  for (const at of [1, 4, 0, 3, 2]) {
    const each = all[at]!;
    expect(open.remove(each)).toBe(true);
    expect(open.remove(each)).toBe(false);
    left.delete(each);
    expect(new Set(open.all)).toEqual(left);
    expect(open.size).toBe(left.size);
  }
  expect(['a', 'b', 'c'].map((client) => open.countOf(client))).toEqual([0, 0, 0]);
});
