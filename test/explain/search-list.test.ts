import { expect, test } from 'vitest';
import { searchDomains, searchedNames } from '../../src/explain/search-list.ts';

const SHOP = searchDomains('shop', 'cluster.local');

test.for<readonly [name: string, tried: readonly string[]]>([
  ['db', ['db.shop.svc.cluster.local', 'db.svc.cluster.local', 'db.cluster.local', 'db']],
  ['db.', ['db.']],
  ['a.b.c.d.e.f', ['a.b.c.d.e.f', ...SHOP.map((domain) => `a.b.c.d.e.f.${domain}`)]],
])('searchedNames() of %s in a Pod of shop', ([name, tried]) => {
  expect(searchedNames(name, SHOP)).toEqual(tried);
});

test('searchedNames() without a search list is the name', () => {
  expect(searchedNames('db', [])).toEqual(['db']);
});
