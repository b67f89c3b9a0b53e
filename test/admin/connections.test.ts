import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, test } from 'vitest';
import { AdminConnections, type AdminLimits, adminLimits } from '../../src/admin/connections.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import { FakeClock } from '../helpers/fake-clock.ts';

class FakeSocket extends EventEmitter {
  readonly remoteAddress: string | undefined;
  destroyed = false;
  isEnding = false;

  constructor(remoteAddress: string | undefined) {
    super();
    this.remoteAddress = remoteAddress;
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit('close');
  }

  destroySoon(): void {
    this.isEnding = true;
  }
}

const LIMITS: AdminLimits = { ...adminLimits(), connections: 4, perClient: 2 };

let clock: FakeClock;
let metrics: Metrics;
let connections: AdminConnections;

beforeEach(() => {
  clock = new FakeClock();
  metrics = new Metrics();
  connections = new AdminConnections(clock, metrics, LIMITS);
});

/** A connection that is made a millisecond after the one before it. */
function connect(address: string): FakeSocket {
  clock.advance(1);
  const socket = new FakeSocket(address);
  connections.admit(socket);
  return socket;
}

const closed = async (reason: string) => {
  const line = `svcdns_admin_connections_closed_total{reason="${reason}"} `;
  const [, rest = ''] = (await metrics.text()).split(line);
  return Number.parseInt(rest, 10);
};

test('AdminConnections lets a stream stay, and gives its place to others when all are taken', () => {
  const stream = connect('10.0.0.1');
  connections.requested(stream);
  connections.streams(stream);
  clock.advance(3_600_000);
  expect(stream.destroyed).toBe(false);
  // Another request while the first one's reply has no end is not answered.
  expect(connections.requested(stream)).toBe(false);
  for (const address of ['10.0.0.1', '10.0.0.1']) connect(address);
  expect(stream.destroyed).toBe(true);
});

test('AdminConnections reads what came while the process stood still, before it closes anything', async () => {
  const [sent, silent] = ['10.0.0.1', '10.0.0.2'].map(connect);
  clock.stall(2000);
  expect(connections.requested(sent!)).toBe(true);
  clock.advance(1000);
  expect([sent!.destroyed, silent!.destroyed]).toEqual([false, true]);
  expect(await closed('request')).toBe(1);
});

describe('AdminConnections gives a new connection a place', () => {
  test('of its own client, when that one has its share', async () => {
    const [first, second, third] = ['10.0.0.1', '10.0.0.1', '10.0.0.1'].map(connect);
    expect([first, second, third].map((one) => one?.destroyed)).toEqual([true, false, false]);
    expect(await closed('client_cap')).toBe(1);
  });

  test.for([
    ['::ffff:10.0.0.1', '10.0.0.1', true],
    ['2001:db8::1', '2001:db8::ffff:0:0:1', true],
    ['2001:db8::1', '2001:db8:0:1::1', false],
    ['10.0.0.1', '10.0.0.2', false],
  ] as const)('and takes %s and %s for one client: %s', ([one, other, isSame]) => {
    const first = connect(one);
    connect(one);
    connect(other);
    expect(first.destroyed).toBe(isSame);
  });

  test('of the client that has the most, when all are taken', async () => {
    const single = connect('10.0.0.1');
    const double = ['10.0.0.2', '10.0.0.2'].map(connect);
    connect('10.0.0.3');
    connect('10.0.0.4');
    expect([single, ...double].map((one) => one.destroyed)).toEqual([false, true, false]);
    expect(await closed('evicted')).toBe(1);
  });

  test('however many clients have one each', () => {
    const all = Array.from({ length: 40 }, (_, i) => connect(`10.0.0.${i}`));
    expect(all.map((one) => one.destroyed)).toEqual(all.map((_, i) => i < 36));
    expect(connections.size).toBe(4);
  });

  test('of one that waits before one that is being answered, however new it is', () => {
    const busy = connect('10.0.0.1');
    connections.requested(busy);
    const waiting = connect('10.0.0.1');
    connect('10.0.0.1');
    expect([busy.destroyed, waiting.destroyed]).toEqual([false, true]);
  });

  test('of one being answered when nothing else is left, the oldest', () => {
    const [first, second] = ['10.0.0.1', '10.0.0.1'].map((address) => {
      const socket = connect(address);
      connections.requested(socket);
      return socket;
    });
    connect('10.0.0.1');
    expect([first?.destroyed, second?.destroyed]).toEqual([true, false]);
  });

  test('not of one that is gone already', () => {
    const first = connect('10.0.0.1');
    connect('10.0.0.1').destroy();
    connect('10.0.0.1');
    expect(first.destroyed).toBe(false);
  });
});

describe('AdminConnections closes', () => {
  test('who sends no whole request in two seconds', async () => {
    const socket = connect('10.0.0.1');
    clock.advance(1749);
    expect(socket.destroyed).toBe(false);
    clock.advance(501);
    expect([socket.destroyed, connections.size, clock.timers]).toEqual([true, 0, 0]);
    expect(await closed('request')).toBe(1);
  });

  test('who sends nothing more within five seconds of a reply', async () => {
    const kept = connect('10.0.0.1');
    for (let i = 0; i < 3; i++) {
      expect(connections.requested(kept)).toBe(true);
      connections.answered(kept);
      clock.advance(4500);
    }
    expect(kept.destroyed).toBe(false);
    clock.advance(750);
    expect(kept.destroyed).toBe(true);
    expect(await closed('idle')).toBe(1);
  });

  test('who has not read its reply after ten seconds', async () => {
    const socket = connect('10.0.0.1');
    connections.requested(socket);
    clock.advance(9749);
    expect(socket.destroyed).toBe(false);
    clock.advance(501);
    expect(socket.destroyed).toBe(true);
    expect(await closed('unread')).toBe(1);
  });

  test('after the reply, who asks again without waiting for it, and answers only that', async () => {
    const socket = connect('10.0.0.1');
    expect([connections.requested(socket), connections.isLast(socket)]).toEqual([true, false]);
    expect([connections.requested(socket), connections.isLast(socket)]).toEqual([false, true]);
    connections.answered(socket);
    expect([socket.isEnding, socket.destroyed]).toEqual([true, false]);
    expect(await closed('pipelined')).toBe(1);
  });

  test('what was reset before it could be looked at', () => {
    const socket = new FakeSocket(undefined);
    expect(connections.admit(socket)).toBe(false);
    expect([socket.destroyed, connections.size]).toEqual([true, 0]);
  });
});

test('AdminConnections tells how many there are, and forgets who leaves', async () => {
  const sockets = ['10.0.0.1', '10.0.0.2'].map(connect);
  expect(await metrics.text()).toContain('svcdns_admin_connections 2\n');
  for (const socket of sockets) socket.destroy();
  expect(await metrics.text()).toContain('svcdns_admin_connections 0\n');
  expect([await closed('other'), clock.timers]).toEqual([2, 0]);
});

test('adminLimits() leaves half of the places to others', () => {
  expect([adminLimits(), adminLimits(8), adminLimits(1)].map((one) => one.perClient)).toEqual([
    32, 4, 1,
  ]);
});
