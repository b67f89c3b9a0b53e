import { expect, test } from 'vitest';
import type { ListenAddress } from '../../../src/corefile/listen-address.ts';
import { type SocketGroup, wantedSockets } from '../../../src/server/listen/socket-groups.ts';
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
