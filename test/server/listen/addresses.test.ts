import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, test } from 'vitest';
import type { ListenAddress } from '../../../src/corefile/listen-address.ts';
import {
  hasWildcard,
  type Interfaces,
  wantedAddresses,
} from '../../../src/server/listen/addresses.ts';

const MACHINE: Interfaces = {
  lo: [info('127.0.0.1'), info('::1')],
  eth0: [info('192.0.2.7'), info('2001:db8::7'), info('fe80::7', 2)],
};

describe('wantedAddresses()', () => {
  test.for([
    ['an address', [{ address: '192.0.2.1', port: 53 }], '192.0.2.1 53 required'],
    [
      'an optional one',
      [{ address: '::1', port: 53, optional: true }],
      '::1 53 optional', //
    ],
    ['IPv4 in IPv6', [{ address: '::ffff:192.0.2.1', port: 53 }], '192.0.2.1 53 required'],
    ['long IPv6', [{ address: '2001:DB8:0:0::1', port: 53 }], '2001:db8::1 53 required'],
    ['link-local', [{ address: 'fe80::7%eth0', port: 53 }], 'fe80::7%eth0 53 required'],
    [
      'all',
      [{ address: '', port: 53 }],
      '127.0.0.1 53 found, ::1 53 found, 192.0.2.7 53 found, 2001:db8::7 53 found, fe80::7%eth0 53 found',
    ],
    [
      '::',
      [{ address: '::', port: 53 }],
      '127.0.0.1 53 found, ::1 53 found, 192.0.2.7 53 found, 2001:db8::7 53 found, fe80::7%eth0 53 found',
    ],
    ['all IPv4', [{ address: '0.0.0.0', port: 53 }], '127.0.0.1 53 found, 192.0.2.7 53 found'],
    [
      'one twice',
      [
        { address: '0.0.0.0', port: 53 },
        { address: '127.0.0.1', port: 53 },
      ],
      '127.0.0.1 53 required, 192.0.2.7 53 found',
    ],
    [
      'one on two ports',
      [
        { address: '127.0.0.1', port: 53 },
        { address: '127.0.0.1', port: 54 },
      ],
      '127.0.0.1 53 required, 127.0.0.1 54 required',
    ],
  ] as const satisfies [string, ListenAddress[], string][])('takes %s', ([, specs, expected]) => {
    const wanted = wantedAddresses(specs, MACHINE);
    expect(wanted.map((one) => `${one.address} ${one.port} ${one.need}`).join(', ')).toBe(expected);
  });

  test('takes at most 512 addresses', () => {
    const many = Array.from({ length: 1000 }, (_, i) => info(`10.0.${i >> 8}.${i & 255}`));
    expect(wantedAddresses([{ address: '', port: 53 }], { eth0: many }).length).toBe(512);
  });
});

test.for([
  ['', true],
  ['0.0.0.0', true],
  ['::', true],
  ['0:0:0:0:0:0:0:0', true],
  ['127.0.0.1', false],
  ['::1', false],
] as const)('hasWildcard() of "%s" is %s', ([address, expected]) => {
  expect(
    hasWildcard([
      { address: '192.0.2.1', port: 1 },
      { address, port: 1 },
    ]),
  ).toBe(expected);
});

function info(address: string, scopeid = 0): NetworkInterfaceInfo {
  const common = { address, netmask: '', mac: '', internal: false, cidr: null };
  return address.includes(':')
    ? { ...common, family: 'IPv6', scopeid }
    : { ...common, family: 'IPv4' };
}
