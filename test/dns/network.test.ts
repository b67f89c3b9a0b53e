import { BlockList } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressText } from '../../src/dns/address.ts';
import { NetworkSet, parseNetwork } from '../../src/dns/network.ts';
import { runs } from '../helpers/runs.ts';

const address = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

describe('NetworkSet', () => {
  // Node's own list judges; few distinct bytes, so that addresses are often in a network.
  test.for([
    [4, 'ipv4'],
    [16, 'ipv6'],
  ] as const)('has what node:net BlockList has, for addresses of %i bytes', ([length, family]) => {
    const near = address(length).map((bytes) => bytes.map((byte) => byte & 0x81));
    const network = fc.tuple(near, fc.integer({ min: 0, max: length * 8 }));
    fc.assert(
      fc.property(fc.array(network, { maxLength: 5 }), near, (networks, asked) => {
        const judge = new BlockList();
        for (const [bytes, prefix] of networks) judge.addSubnet(addressText(bytes), prefix, family);
        const set = new NetworkSet(
          networks.map(([bytes, prefix]) => parseNetwork(`${addressText(bytes)}/${prefix}`)!),
        );
        expect(set.has(asked)).toBe(judge.check(addressText(asked), family));
      }),
      { numRuns: runs(500) },
    );
  });

  test('overlaps what has an address of it, or whose address it has', () => {
    const near = address(4).map((bytes) => bytes.map((byte) => byte & 0x81));
    const network = fc.record({ address: near, prefix: fc.integer({ min: 0, max: 32 }) });
    fc.assert(
      fc.property(fc.array(network, { maxLength: 5 }), network, (networks, asked) => {
        const inAsked = new NetworkSet([asked]);
        const expected =
          new NetworkSet(networks).has(asked.address) ||
          networks.some((one) => inAsked.has(one.address));
        expect(new NetworkSet(networks).overlaps(asked)).toBe(expected);
      }),
      { numRuns: runs(500) },
    );
  });
});

describe('parseNetwork', () => {
  test.for([
    '',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0/8',
    '10.0.0.0/08',
    '::/129',
    'fe80::1%lo/64',
    'x',
  ])('refuses %j', (text) => {
    expect(parseNetwork(text)).toBeUndefined();
  });
});
