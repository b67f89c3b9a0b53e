import { describe, expect, test } from 'vitest';
import type { ListenAddress } from '../../../src/corefile/listen-address.ts';
import { ownSockets } from '../../../src/server/listen/own-sockets.ts';

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
