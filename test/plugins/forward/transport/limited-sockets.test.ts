import { describe, expect, test, vi } from 'vitest';
import type { DatagramEvents } from '../../../../src/plugins/datagram.ts';
import { limitedSockets } from '../../../../src/plugins/forward/transport/limited-sockets.ts';
import { type Sockets, systemSockets } from '../../../../src/plugins/forward/transport/sockets.ts';
import { Places } from '../../../../src/support/slots.ts';
import { fromNext as fail, healthy, request, SILENT, World } from '../world.ts';

const SHORTAGES = 'svcdns_forward_socket_shortages_total';
const UP = 'svcdns_forward_upstream_up';

/** A machine without a socket to give, over UDP and TCP. */
function without(world: World, code: string): void {
  const error = Object.assign(new Error(`bind ${code}`), { code });
  vi.spyOn(world.network, 'datagram').mockImplementation((_to, _source, events) => {
    queueMicrotask(() => events.failed(error));
    return { send: () => {}, close: () => {} };
  });
  vi.spyOn(world.network, 'stream').mockImplementation((_to, _source, _tls, events) => {
    queueMicrotask(() => events.closed(error));
    return { write: () => {}, close: () => {} };
  });
}

describe('a socket that is not to be had', () => {
  test.for([
    ['EMFILE', 'udp'],
    ['ENFILE', 'udp'],
    ['ENOBUFS', 'udp'],
    ['ENOMEM', 'tcp'],
    ['EMFILE', 'tcp'],
  ] as const)('%s over %s: the upstream stays up, and the reason is counted', async (row) => {
    const [code, transport] = row;
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1'));
    const plugin = await world.forward('forward . 10.0.0.1');
    without(world, code);
    for (const name of ['a.org', 'b.org', 'c.org', 'd.org']) {
      expect(await world.ask(plugin, name, { transport })).toMatch(/^SERVFAIL/);
    }
    expect(await world.metric(UP)).toEqual([expect.stringMatching(/ 1$/)]);
    const counted = await world.metric(`${SHORTAGES}{reason="${code}"}`);
    expect(counted).toEqual([expect.stringMatching(/ [1-9]\d*$/)]);
    expect(world.lines.filter((line) => line.includes('No socket'))).toHaveLength(1);
    expect(world.lines.join('')).not.toContain('upstream is down');
    vi.restoreAllMocks();
    expect(await world.ask(plugin, 'e.org', { transport })).toContain('192.0.2.1');
  });

  test('what the network says of an upstream still counts against it', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', SILENT);
    const plugin = await world.forward('forward . 10.0.0.1');
    without(world, 'EHOSTUNREACH');
    for (const name of ['a.org', 'b.org', 'c.org']) await world.ask(plugin, name);
    expect(await world.metric(UP)).toEqual([expect.stringMatching(/ 0$/)]);
    vi.restoreAllMocks();
  });
});

describe('a reply for which the plugins have no turn', () => {
  test.for(['udp', 'tcp'] as const)(
    'over %s fails at once, and the upstream stays up',
    async (transport) => {
      const world = new World();
      let hasRoom = false;
      world.later = (work) => {
        if (hasRoom) work();
        return hasRoom;
      };
      world.outgoing = new Places(9);
      world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1'));
      const plugin = await world.forward('forward . 10.0.0.1');
      for (const name of ['a.org', 'b.org', 'c.org', 'd.org']) {
        const askedAt = world.clock.now();
        expect(await world.ask(plugin, name, { transport })).toMatch(/^SERVFAIL/);
        expect(world.clock.now() - askedAt).toBeLessThan(100);
      }
      expect(await world.metric(UP)).toEqual([expect.stringMatching(/ 1$/)]);
      expect(await world.metric('svcdns_forward_in_flight')).toEqual([
        expect.stringMatching(/ 0$/),
      ]);
      expect(world.lines.join('')).not.toMatch(/upstream is down|No socket/);
      hasRoom = true;
      expect(await world.ask(plugin, 'e.org', { transport })).toContain('192.0.2.1');
    },
  );
});

describe('the places for sockets', () => {
  test('are the most that are open at a time, of all forward lines, and are given back', async () => {
    const world = new World();
    world.outgoing = new Places(3);
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1', 100));
    world.network.upstreams.set('10.0.0.2:53', healthy('192.0.2.2', 100));
    const first = await world.forward('forward . 10.0.0.1');
    const second = await world.forward('forward . 10.0.0.2');
    const asked = ['a.org', 'b.org', 'c.org', 'd.org'].flatMap((name) => [
      first.serve(request(name), fail),
      second.serve(request(name), fail),
    ]);
    await world.advance(1500);
    const replies = await Promise.all(asked);
    expect(world.network.mostDatagrams).toBe(3);
    expect(replies.filter(({ rcode }) => rcode === 0).length).toBeGreaterThanOrEqual(3);
    const [counted] = await world.metric(`${SHORTAGES}{reason="EPLACES"}`);
    expect(counted).toMatch(/ [1-9]\d*$/);
    await world.advance(10_000);
    expect(world.outgoing.taken).toBe(0);
    expect(await world.ask(second, 'e.org')).toContain('192.0.2.2');
  });

  test.for([
    ['a place for each', 9, [healthy('192.0.2.1')], 0],
    ['no place at all', 0, [healthy('192.0.2.1')], 0],
    ['no place, and several upstreams', 0, [SILENT, healthy('192.0.2.2')], 0],
    ['one that is silent', 9, [SILENT, healthy('192.0.2.2')], 1],
    ['one that is silent, and a place for one query', 1, [SILENT, healthy('192.0.2.2')], 0],
    ['three that are silent', 9, [SILENT, SILENT, SILENT], 8],
  ] as const)(
    'let only queries that were sent count as extra tries: %s',
    async ([, places, all, extra]) => {
      const world = new World();
      world.outgoing = new Places(places);
      const addresses = all.map((_, at) => `10.0.0.${at + 1}`);
      for (const [at, one] of all.entries())
        world.network.upstreams.set(`${addresses[at]}:53`, one);
      const line = `forward . ${addresses.join(' ')} {\npolicy sequential\nmax_fails 0\n}`;
      const plugin = await world.forward(line);
      await world.ask(plugin, 'a.org');
      await world.advance(10_000);
      expect(world.network.arrived.length).toBe(places === 0 ? 0 : 1 + extra);
      const counted = await world.metric('svcdns_forward_extra_tries_total');
      expect(counted.map((line) => Number(line.split(' ').at(-1)))).toEqual([extra]);
    },
  );

  test('are taken by connections too', async () => {
    const world = new World();
    world.outgoing = new Places(1);
    world.network.upstreams.set('10.0.0.1:53', { tcp: healthy('192.0.2.1').tcp });
    const plugin = await world.forward('forward . 10.0.0.1 {\n force_tcp\n expire 5s\n}');
    expect(await world.ask(plugin, 'a.org')).toContain('192.0.2.1');
    expect(world.outgoing.taken).toBe(1);
    await world.advance(6000);
    expect(world.outgoing.taken).toBe(0);
  });
});

/** A socket whose events a test calls, and what comes of them in so many turns of the plugins. */
function inTurns(most = Number.POSITIVE_INFINITY) {
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
  const limited = limitedSockets(sockets, {
    places: new Places(1),
    report: () => {},
    later: (work) => works.length < most && works.push(work) > 0,
  });
  const socket = limited.datagram({ address: '192.0.2.1', port: 53 }, undefined, {
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

describe('a datagram', () => {
  test('is handed over when its turn has come', () => {
    const { inner, turn } = inTurns();
    inner.received(Buffer.from('one'));
    inner.received(Buffer.from('two'));
    expect(turn()).toEqual(['one', 'two']);
  });

  test('is not handed over once its socket is closed, or has failed', () => {
    const one = inTurns();
    one.inner.received(Buffer.from('late'));
    one.socket.close();
    expect([one.turn(), one.isClosed()]).toEqual([[], true]);
    const other = inTurns();
    other.inner.received(Buffer.from('late'));
    other.inner.failed(new Error('no route'));
    expect(other.turn()).toEqual(['no route']);
  });

  test('that finds no room fails its socket, once', () => {
    const { inner, turn, isClosed } = inTurns(1);
    for (const text of ['one', 'two', 'three']) inner.received(Buffer.from(text));
    expect(isClosed()).toBe(true);
    expect(turn()).toEqual(['too many replies wait for their turn']);
  });
});
