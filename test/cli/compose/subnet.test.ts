import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { freeSubnet, givenSubnet, keptSubnet } from '../../../src/cli/compose/subnet.ts';
import { type Network, NetworkSet, parseCidr } from '../../../src/dns/network.ts';
import { runs } from '../../helpers/runs.ts';

const taken = (...cidrs: readonly string[]) => [
  new NetworkSet(cidrs.map((cidr) => parseCidr(cidr)!)),
];

describe('freeSubnet()', () => {
  test('has a fixed address outside of those that Docker gives to others', () => {
    expect(freeSubnet('shop', [])).toEqual({
      cidr: '10.253.141.0/24',
      address: '10.253.141.53',
      range: '10.253.141.128/25',
    });
  });

  test.for([
    ['the same', ['10.253.141.0/24'], '10.253.142.0/24'],
    ['a smaller one in it', ['10.253.141.64/28', '10.253.142.0/32'], '10.253.143.0/24'],
    ['a larger one around it', ['10.253.128.0/17'], '10.253.0.0/24'],
    ['all of 10.0.0.0/8', ['10.0.0.0/8'], '172.30.141.0/24'],
    ['all of 10 and 172', ['10.0.0.0/8', '172.16.0.0/12'], '192.168.141.0/24'],
  ] as const)('passes over %s', ([, cidrs, expected]) => {
    expect(freeSubnet('shop', taken(...cidrs)).cidr).toBe(expected);
  });

  test('says so when none is free', () => {
    expect(() => freeSubnet('shop', taken('0.0.0.0/0'))).toThrow('give one with --subnet');
  });

  test('overlaps nothing that is taken, whatever that is', () => {
    const network = fc
      .tuple(
        fc.constantFrom('10.253', '172.30', '192.168'),
        fc.nat(255),
        fc.nat(255),
        fc.integer({ min: 12, max: 32 }),
      )
      .map(
        ([start, third, fourth, prefix]): Network =>
          parseCidr(`${start}.${third}.${fourth}/${prefix}`)!,
      );
    fc.assert(
      fc.property(fc.array(network, { maxLength: 20 }), fc.string(), (networks, project) => {
        const set = new NetworkSet(networks);
        fc.pre(!set.overlaps(parseCidr('192.168.0.0/16')!));
        const { cidr } = freeSubnet(project, [set]);
        expect(set.overlaps(parseCidr(cidr)!)).toBe(false);
      }),
      { numRuns: runs(100) },
    );
  });
});

test.for([
  ['10.9.8.0/24', undefined],
  ['10.9.8.0/25', 'expected an IPv4 one with /24'],
  ['10.9.8.1/24', 'expected an IPv4 one with /24'],
  ['fd00::/24', 'expected an IPv4 one with /24'],
  ['x', 'expected an IPv4 one with /24'],
  ['10.1.0.0/24', 'overlaps it'],
] as const)('givenSubnet() of %s', ([text, fault]) => {
  const given = () => givenSubnet(text, taken('10.1.0.0/16'));
  if (fault === undefined) expect(given().cidr).toBe(text);
  else expect(given).toThrow(fault);
});

test.for([
  ['10.9.8.0/24', '10.9.8.0/24'],
  ['10.1.8.0/24', undefined],
  [7, undefined],
  [undefined, undefined],
] as const)('keptSubnet() of %j is %j', ([text, expected]) => {
  expect(keptSubnet(text, [parseCidr('10.1.0.0/16')!])?.cidr).toBe(expected);
});
