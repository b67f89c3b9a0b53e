import { expect, test } from 'vitest';
import { Query } from '../../src/dns/query.ts';

test('Query.copy() has each field of the query, but the time it was last seen at', () => {
  const query = new Query();
  const given = Object.entries(query).map(([field, value]) => {
    if (typeof value === 'number') return [field, 7];
    if (typeof value === 'boolean') return [field, true];
    return [field, field === 'key' ? '\x03web' : value];
  });
  const own = { input: Buffer.from('.......message'), cookies: Uint8Array.of(1, 2) };
  Object.assign(query, Object.fromEntries(given), own, { transport: 'tcp' });
  const copy = query.copy();
  expect({ ...copy }).toEqual({ ...query, input: Buffer.from('message'), offset: 0, seenAt: 0 });
  expect(copy.cookies).not.toBe(query.cookies);
});
