import { describe, expect, test } from 'vitest';
import type { ListenAddress } from '../../../src/corefile/listen-address.ts';
import {
  bySockets,
  ownSockets,
  type SocketGroup,
  wantedSockets,
} from '../../../src/server/listen/socket-groups.ts';
import { ScriptedExchange } from '../scripted-exchange.ts';

const group = (...listen: ListenAddress[]): SocketGroup => ({
  listen,
  exchange: new ScriptedExchange(),
});

const machine = {
  lo: ['127.0.0.1', '127.0.0.2'].map((address) => ({
    address,
    netmask: '',
    mac: '',
    internal: false,
    cidr: null,
    family: 'IPv4' as const,
  })),
};

test('wantedSockets() gives every address of each group to that group', () => {
  const one = group({ address: '127.0.0.1', port: 53 }, { address: '127.0.0.2', port: 53 });
  const two = group({ address: '127.0.0.1', port: 54 });
  const sockets = [...wantedSockets([one, two], {})].map(([key, { group }]) => [key, group]);
  expect(sockets).toEqual([
    ['127.0.0.1 53', one],
    ['127.0.0.2 53', one],
    ['127.0.0.1 54', two],
  ]);
});

test.for([
  ['first', 0],
  ['last', 1],
])('wantedSockets() prefers who names an address to who listens everywhere, named %s', ([, at]) => {
  const everywhere = group({ address: '', port: 53 });
  const named = group({ address: '127.0.0.2', port: 53 });
  const groups = at === 0 ? [named, everywhere] : [everywhere, named];
  const sockets = wantedSockets(groups, machine);
  expect(sockets.size).toBe(2);
  expect(sockets.get('127.0.0.1 53')?.group).toBe(everywhere);
  expect(sockets.get('127.0.0.2 53')).toMatchObject({ group: named, wanted: { need: 'required' } });
});

test('wantedSockets() refuses an address that two groups name', () => {
  const groups = [
    group({ address: '127.0.0.1', port: 53 }, { address: '127.0.0.2', port: 53 }),
    group({ address: '::ffff:127.0.0.1', port: 53 }),
  ];
  expect(() => wantedSockets(groups, {})).toThrow('Cannot listen on 127.0.0.1:53: two groups of');
});

/** `127.0.0.1:53 *:53`: what is listened on or wanted; `*` is every address. */
const places = (text: string): ListenAddress[] =>
  text
    .split(' ')
    .filter((place) => place !== '')
    .map((place) => {
      const at = place.lastIndexOf(':');
      return { address: place.slice(0, at).replace('*', ''), port: Number(place.slice(at + 1)) };
    });

describe('ownSockets()', () => {
  test.for([
    ['127.0.0.1:53 127.0.0.1:54', '127.0.0.1:53', '127.0.0.1:54', '127.0.0.1:53'],
    ['127.0.0.1:53 127.0.0.2:53', '127.0.0.1:53', '127.0.0.2:53', '127.0.0.1:53'],
    ['127.0.0.1:53', '127.0.0.1:53', '127.0.0.1:53', '127.0.0.1:53'],
    ['127.0.0.1:53 127.0.0.1:54', '127.0.0.1:53 127.0.0.1:54', '', '127.0.0.1:53 127.0.0.1:54'],
    ['10.0.0.9:53 ::1:53', '*:53', '*:54', '10.0.0.9:53 ::1:53'],
    ['10.0.0.9:53 ::1:53', '0.0.0.0:53', ':::53', '10.0.0.9:53'],
    // Another block has named it, and answers there.
    ['10.0.0.9:53 169.254.20.10:53', '*:53', '169.254.20.10:53', '10.0.0.9:53'],
    ['10.0.0.9:53', '*:53 10.0.0.9:53', '10.0.0.9:53', '10.0.0.9:53'],
    ['fe80::1%eth0:53', 'fe80::1:53', '', 'fe80::1%eth0:53'],
    // Port 0 has come to a port that nobody has named.
    ['127.0.0.1:40001 127.0.0.1:54', '127.0.0.1:0', '127.0.0.1:54', '127.0.0.1:40001'],
    ['127.0.0.1:40001 127.0.0.1:54', '127.0.0.1:54', '127.0.0.1:0', '127.0.0.1:54'],
  ] as const)('of %s, for a block that wants %s beside %s: %s', ([bound, own, other, expected]) => {
    const all = [...places(own), ...places(other)];
    expect(ownSockets(places(bound), places(own), all)).toEqual(places(expected));
  });
});

/** A block's name and its addresses; `?` behind one that may be missing. */
const block = (name: string, ...addresses: string[]) => ({
  name,
  listen: addresses.map((text) => {
    const [, address, port, optional] = /^(.*):(\d+)(\?)?$/.exec(text)!;
    return { address: address!, port: Number(port), ...(optional ? { optional: true } : {}) };
  }),
});

type Blocks = ReturnType<typeof block>[];

test.for<[string, Blocks, string[]]>([
  [
    'blocks with the same addresses share them',
    [block('a', '127.0.0.1:53', '127.0.0.2:53'), block('b', '127.0.0.2:53', '127.0.0.1:53')],
    ['127.0.0.1:53 127.0.0.2:53 → a b'],
  ],
  [
    'a block that shares only one address is in two groups',
    [block('a', '127.0.0.1:53', '127.0.0.2:53'), block('b', '127.0.0.1:53')],
    ['127.0.0.1:53 → a b', '127.0.0.2:53 → a'],
  ],
  [
    'ports are apart',
    [block('a', '127.0.0.1:53', '127.0.0.1:54'), block('b', '127.0.0.1:54')],
    ['127.0.0.1:53 → a', '127.0.0.1:54 → a b'],
  ],
  [
    'one without `bind` is apart from one with it',
    [block('a', ':53'), block('b', '127.0.0.1:53')],
    [':53 → a', '127.0.0.1:53 → b'],
  ],
  [
    'an address is the same however it is written',
    [block('a', '127.0.0.1:53'), block('b', '::ffff:127.0.0.1:53')],
    ['::ffff:127.0.0.1:53 → a b'],
  ],
  [
    'an address that one block cannot do without must exist',
    [block('a', '::1:53?'), block('b', '::1:53'), block('c', '::1:53?')],
    ['::1:53 → a b c'],
  ],
  ['nobody needs nothing', [], []],
])('bySockets(): %s', ([, blocks, expected]) => {
  const groups = bySockets(blocks).map(([listen, served]) => {
    const places = listen.map(
      ({ address, port, optional }) => `${address}:${port}${optional === true ? '?' : ''}`,
    );
    return `${places.join(' ')} → ${served.map(({ name }) => name).join(' ')}`;
  });
  expect(groups).toEqual(expected);
});
