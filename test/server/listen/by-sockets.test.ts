import { expect, test } from 'vitest';
import { bySockets } from '../../../src/server/listen/by-sockets.ts';

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
