import { describe, expect, test } from 'vitest';
import { keyFromText } from '../../src/dns/name.ts';
import { isInAny, longestZone, longestZoneAmong } from '../../src/dns/zones.ts';

const NAME = keyFromText('www.sub.example.org');
const zones = (...texts: string[]) => texts.map(keyFromText);

describe('longestZone()', () => {
  test.for([
    [['org', 'sub.example.org', 'example.org'], 'sub.example.org'],
    [['', 'example.org'], 'example.org'],
    [['www.sub.example.org', 'org'], 'www.sub.example.org'],
    [['ww.sub.example.org', 'xample.org', 'a.www.sub.example.org'], undefined],
    [[''], ''],
    [[], undefined],
  ] as const)('of %j takes %s', ([texts, expected]) => {
    const longest = longestZone(NAME, zones(...texts));
    expect(longest).toBe(expected === undefined ? undefined : keyFromText(expected));
    const byName = new Map(zones(...texts).map((key) => [key, key]));
    expect(longestZoneAmong(NAME, byName)).toBe(longest);
  });

  test('of two with one name takes the first', () => {
    const [key] = zones('example.org') as [ReturnType<typeof keyFromText>];
    expect(
      longestZone(NAME, [
        { key, at: 1 },
        { key, at: 2 },
      ])?.at,
    ).toBe(1);
  });

  test('leaves out what is not taken, and asks of nothing shorter than it has', () => {
    const asked: string[] = [];
    const isTaken = (zone: string) => asked.push(zone) > 1;
    const all = zones('sub.example.org', 'example.org', 'org', 'other');
    expect(longestZone(NAME, all, isTaken)).toBe(keyFromText('example.org'));
    expect(asked).toEqual(all.slice(0, 2));
  });
});

test.for([
  [['example.org', 'net'], true],
  [['xample.org', 'net'], false],
  [[], false],
] as const)('isInAny() of %j is %s', ([texts, expected]) => {
  expect(isInAny(NAME, zones(...texts))).toBe(expected);
});
