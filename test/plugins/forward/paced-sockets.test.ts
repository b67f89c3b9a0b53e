import { describe, expect, test } from 'vitest';
import { pacedSockets } from '../../../src/plugins/forward/transport/paced-sockets.ts';
import {
  type DatagramEvents,
  type Sockets,
  systemSockets,
} from '../../../src/plugins/forward/transport/sockets.ts';

/** A socket whose events a test calls, and what comes of them. */
function world() {
  const works: (() => void)[] = [];
  const events: string[] = [];
  let inner: DatagramEvents | undefined;
  let isClosed = false;
  const sockets: Sockets = {
    ...systemSockets,
    datagram: (_to, _source, given) => {
      inner = given;
      const close = () => {
        isClosed = true;
      };
      return { send: () => {}, close };
    },
  };
  const paced = pacedSockets(sockets, (work) => works.push(work) > 0);
  const socket = paced.datagram({ address: '192.0.2.1', port: 53 }, undefined, {
    received: (bytes) => void events.push(String(bytes)),
    strayed: () => void events.push('strayed'),
    failed: (error) => void events.push(error.message),
  });
  const turn = () => {
    for (const work of works.splice(0)) work();
    return events.splice(0);
  };
  return { inner: inner!, socket, turn, isClosed: () => isClosed };
}

describe('pacedSockets', () => {
  test('hands a datagram over when its turn has come', () => {
    const { inner, turn } = world();
    inner.received(Buffer.from('one'));
    inner.received(Buffer.from('two'));
    expect(turn()).toEqual(['one', 'two']);
  });

  test('hands nothing over once it is closed, or has failed', () => {
    const one = world();
    one.inner.received(Buffer.from('late'));
    one.socket.close();
    expect([one.turn(), one.isClosed()]).toEqual([[], true]);
    const other = world();
    other.inner.received(Buffer.from('late'));
    other.inner.failed(new Error('no route'));
    expect(other.turn()).toEqual(['no route']);
  });
});
