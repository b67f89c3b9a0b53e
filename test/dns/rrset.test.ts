import { expect, test } from 'vitest';
import { areOfOneRrset } from '../../src/dns/rrset.ts';
import { record } from '../helpers/plugin-harness.ts';

test.for([
  ['www.example. 5 IN A 192.0.2.1', 'www.example. 9 IN A 192.0.2.2', true],
  ['www.example. 5 IN A 192.0.2.1', 'WWW.eXample. 5 IN A 192.0.2.2', true],
  ['www.example. 5 IN A 192.0.2.1', 'www.example. 5 IN AAAA 2001:db8::1', false],
  ['www.example. 5 IN A 192.0.2.1', 'ww.example. 5 IN A 192.0.2.2', false],
  // RFC 4343 section 3: only ASCII letters have a case.
  ['\u00e0.example. 5 IN A 192.0.2.1', '\u00c0.example. 5 IN A 192.0.2.2', false],
  ['\u00e0.example. 5 IN A 192.0.2.1', '\u00e0.EXAMPLE. 5 IN A 192.0.2.2', true],
] as const)('areOfOneRrset: %s and %s: %s', ([one, other, areOne]) => {
  expect(areOfOneRrset(record(one), record(other))).toBe(areOne);
});

test('areOfOneRrset tells classes apart', () => {
  const one = record('www.example. 5 IN A 192.0.2.1');
  expect(areOfOneRrset(one, { ...one, class: 3 })).toBe(false);
});
