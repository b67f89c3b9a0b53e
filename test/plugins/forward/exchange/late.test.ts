import { describe, expect, test } from 'vitest';
import type { Forward } from '../../../../src/plugins/forward/index.ts';
import type { Reply, Request } from '../../../../src/plugins/plugin.ts';
import {
  addressOf,
  type FakeUpstream,
  fromNext,
  healthy,
  replyTo,
  type Script,
  SILENT,
  World,
} from '../world.ts';

const REFUSING: FakeUpstream = {};

async function started(upstream: FakeUpstream, options = '') {
  const world = new World();
  world.network.upstreams.set('10.0.0.1:53', upstream);
  const plugin = await world.forward(`forward . 10.0.0.1 {\n${options}\n}`);
  const ask = (question: string, more: Partial<Request> = {}) =>
    asking(world, plugin, question, more);
  return { world, plugin, ask };
}

/** A question asked now, and what has come of it so far. */
function asking(world: World, plugin: Forward, question: string, more: Partial<Request>) {
  const start = world.clock.now();
  const asked: { reply?: Reply; ms?: number } = {};
  void plugin.serve(world.request(question, more), fromNext).then((reply) => {
    asked.reply = reply;
    asked.ms = world.clock.now() - start;
  });
  return asked;
}

const FOREIGN: Script = ({ bytes, reply }) => {
  reply(replyTo(bytes, { answers: [addressOf('other.example', '192.0.2.66')] }));
};

const PATIENT = { isPatient: true } as const;

describe('an answer that comes after its client was told SERVFAIL', () => {
  test.for([1500, 2000, 2500, 4900])('after %i ms: is for who asks again', async (ms) => {
    const { world, ask } = await started(healthy('192.0.2.1', ms - 1));
    const first = ask('www.org');
    await world.advance(1450);
    expect(first).toMatchObject({ ms: 1450, reply: { rcode: 2, provisional: 'pending' } });
    await world.advance(Math.max(0, ms - 1450 - 100));
    const sent = world.network.arrived.length;
    const [again, cache] = [ask('www.org'), ask('www.org', PATIENT)];
    await world.advance(200);
    expect([again.reply?.answer.length, cache.reply?.answer.length]).toEqual([1, 1]);
    expect(world.network.arrived.length).toBe(sent);
    expect(await world.metric('svcdns_forward_in_flight')).toEqual(['svcdns_forward_in_flight 0']);
    expect(await world.metric('svcdns_forward_late')).toEqual([
      'svcdns_forward_late 0',
      'svcdns_forward_late_dropped_total 0',
    ]);
  });

  test('a reply that came while this process stood still is taken, however long that was', async () => {
    const { world, ask } = await started(healthy('192.0.2.1', 1600), 'max_fails 0');
    const asked = ask('www.org');
    await world.advance(10);
    world.clock.stall(3000);
    await world.advance(50);
    expect(asked.reply?.answer.length).toBe(1);
    expect(await world.metric('svcdns_forward_upstream_up')).toEqual([
      'svcdns_forward_upstream_up{proxy_name="forward",to="10.0.0.1:53"} 1',
    ]);
  });

  test('after 5 s: is not waited for; that is the upstream’s failure, and no longer ours', async () => {
    const { world, ask } = await started(healthy('192.0.2.1', 5100), 'max_fails 0');
    const cache = ask('www.org', PATIENT);
    await world.advance(4990);
    expect(cache.reply).toBeUndefined();
    await world.advance(10);
    expect(cache).toMatchObject({ ms: 5000, reply: { rcode: 2, error: { code: 22 } } });
    expect(cache.reply?.provisional).toBeUndefined();
    expect(world.network.openDatagrams).toBe(0);
  });

  test('each client that joins waits as long as the first', async () => {
    const { world, ask } = await started(healthy('192.0.2.1', 2998), 'max_fails 0');
    const clients = [];
    for (let i = 0; i < 5; i++) {
      clients.push(ask('www.org'));
      await world.advance(500);
    }
    await world.advance(2000);
    expect(clients.map(({ ms }) => ms)).toEqual([1450, 1450, 1450, 1450, 1000]);
    expect(clients.map(({ reply }) => reply?.rcode)).toEqual([2, 2, 2, 2, 0]);
  });

  test('does not go on for as long as somebody asks', async () => {
    const { world, ask } = await started(SILENT, 'max_fails 0');
    for (let ms = 0; ms < 4900; ms += 700) {
      ask('www.org');
      await world.advance(700);
    }
    const patient = ask('www.org', PATIENT);
    await world.advance(110);
    expect(patient.reply?.rcode).toBe(2);
  });

  test('a reply of last resort that is there is what the client gets', async () => {
    const { world } = await started(SILENT);
    world.network.upstreams.set('10.0.0.2:53', {
      udp: ({ bytes, reply }) => reply(replyTo(bytes, { rcode: 5 })),
    });
    const plugin = await world.forward('forward . 10.0.0.1 10.0.0.2 {\nfailover REFUSED\n}');
    const client = asking(world, plugin, 'www.org', {});
    await world.advance(1460);
    expect(client.reply?.rcode).toBe(5);
    expect(await world.metric('svcdns_forward_in_flight')).toEqual(['svcdns_forward_in_flight 0']);
  });
});

describe('read_timeout that is written out counts whole', () => {
  test.for([
    ['1s', 1449, 0],
    ['1s', 1460, 2],
    ['2s', 1990, 0],
    ['2s', 2010, 2],
    ['4s', 3990, 0],
    ['8s', 7990, 0],
    ['8s', 8010, 2],
  ] as const)('%s, and a reply after %i ms: rcode %i', async ([timeout, ms, rcode]) => {
    const { world, ask } = await started(healthy('192.0.2.1', ms - 2), `read_timeout ${timeout}`);
    const client = ask('www.org');
    await world.advance(ms + 5);
    expect(client.reply?.rcode).toBe(rcode);
  });
});

test('read_timeout that is over 5 s leaves nothing to wait for: the failure is the upstream’s', async () => {
  const { world, ask } = await started(SILENT, 'read_timeout 8s\nmax_fails 0');
  const client = ask('www.org');
  await world.advance(8010);
  expect(client.reply?.rcode).toBe(2);
  expect(client.reply?.provisional).toBeUndefined();
});

describe('an end without waiting', () => {
  test.for<[string, string, FakeUpstream]>([
    ['an upstream where nobody listens', '', REFUSING],
    ['the same, never down', 'max_fails 0', REFUSING],
    ['the same, failing fast', 'failfast_all_unhealthy_upstreams', REFUSING],
  ])('%s: SERVFAIL within 10 ms, also for the next', async ([, options, upstream]) => {
    const { world, ask } = await started(upstream, options);
    for (const name of ['a.org', 'b.org', 'c.org']) {
      const client = ask(name);
      await world.advance(10, 1);
      expect(client.reply).toMatchObject({ rcode: 2, error: { code: 23 } });
    }
  });

  test('three of them: within 30 ms', async () => {
    const world = new World();
    const plugin = await world.forward('forward . 10.0.0.1 10.0.0.2 10.0.0.3');
    const client = asking(world, plugin, 'a.org', {});
    await world.advance(30, 1);
    expect(client.reply).toMatchObject({ rcode: 2, error: { code: 23 } });
  });

  test('beside a silent one: that one is waited for', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.2:53', healthy('192.0.2.2', 1000));
    const plugin = await world.forward('forward . 10.0.0.1 10.0.0.2 {\npolicy sequential\n}');
    const client = asking(world, plugin, 'a.org', {});
    await world.advance(1100, 5);
    expect(client.reply?.answer).toHaveLength(1);
  });

  test.for([
    ['', 1400],
    ['failfast_all_unhealthy_upstreams', 10],
  ] as const)('beside one that is down for its silence, with %j: %i ms', async ([options, ms]) => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', SILENT);
    const first = await world.forward('forward . 10.0.0.1');
    asking(world, first, 'a.org', {});
    await world.advance(1300);
    const plugin = await world.forward(
      `forward . 10.0.0.1 10.0.0.2 {\n${options}\n}`,
      first.keep(),
    );
    const client = asking(world, plugin, 'b.org', {});
    await world.advance(ms - 5, 1);
    if (ms > 1000) expect(client.reply).toBeUndefined();
    await world.advance(100, 1);
    expect(client.reply?.rcode).toBe(2);
  });

  test('is over when somebody listens again', async () => {
    const { world, ask } = await started(REFUSING);
    ask('a.org');
    await world.advance(10, 1);
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1'));
    await world.advance(600);
    const client = ask('a.org');
    await world.advance(10, 1);
    expect(client.reply?.answer).toHaveLength(1);
  });
});

describe('a failure says whether it is the upstreams’ doing', () => {
  test.for<[string, FakeUpstream, Partial<Request>, string | undefined]>([
    ['a client that ran out of time', SILENT, {}, 'pending'],
    ['silence for all the time there is', SILENT, PATIENT, undefined],
    ['nobody listens: known of the upstream', REFUSING, {}, 'busy'],
    ['replies about other names', { udp: FOREIGN, tcp: FOREIGN }, {}, undefined],
    ['no time left when it comes here', SILENT, { receivedAt: -5000 }, 'busy'],
  ])('%s', async ([, upstream, more, expected]) => {
    const { world, ask } = await started(upstream);
    const client = ask('www.org', more);
    await world.advance(5100, 5);
    expect(client.reply?.rcode).toBe(2);
    expect(client.reply?.provisional).toBe(expected);
  });

  test('no upstream at all', async () => {
    const world = new World();
    world.own = [{ address: '10.0.0.1', port: 53 }];
    const plugin = await world.forward('forward . 10.0.0.1');
    const reply = await plugin.serve(world.request('www.org'), fromNext);
    expect([reply.rcode, reply.provisional]).toEqual([2, 'busy']);
  });

  test('no socket', async () => {
    const { world, plugin } = await started(SILENT, 'max_concurrent 2\nmax_fails 0');
    const clients = ['a.org', 'b.org', 'c.org'].map((name) => {
      return asking(world, plugin, name, { isPatient: true });
    });
    await world.advance(20);
    expect(clients[2]?.reply?.provisional).toBe('busy');
  });
});

describe('questions that nobody waits for any more', () => {
  /** As many questions as may be under way, each about a domain of its own. */
  const flood = (plugin: Forward, world: World, from: number, to: number) => {
    const replies: Promise<Reply>[] = [];
    for (let i = from; i < to; i++) {
      const client = { address: `10.${i % 200}.0.1`, port: 1 };
      replies.push(plugin.serve(world.request(`n${i}.org`, { client }), fromNext));
    }
    return replies;
  };

  test('make room for others', async () => {
    const { world, plugin } = await started(SILENT, 'max_concurrent 40\nmax_fails 0');
    for (let round = 0; round < 3; round++) {
      const replies = flood(plugin, world, round * 40, round * 40 + 40);
      await world.advance(1460);
      const all = await Promise.all(replies);
      expect(all.filter(({ rcode }) => rcode === 2)).toHaveLength(40);
    }
    expect(await world.metric('coredns_forward_max_concurrent_rejects_total')).toEqual([
      'coredns_forward_max_concurrent_rejects_total 0',
    ]);
  });

  test('are a quarter of `max_concurrent` at most, the oldest goes first', async () => {
    const { world, plugin, ask } = await started(SILENT, 'max_concurrent 40\nmax_fails 0');
    flood(plugin, world, 0, 20);
    await world.advance(1460);
    expect(await world.metric('svcdns_forward_late')).toEqual([
      'svcdns_forward_late 10',
      'svcdns_forward_late_dropped_total 10',
    ]);
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1', 10));
    const before = world.network.arrived.length;
    const [old, young] = [ask('n0.org'), ask('n19.org')];
    await world.advance(100);
    expect(old.reply?.rcode).toBe(0);
    expect(young.reply).toBeUndefined(); // it has joined
    expect(world.network.arrived.length).toBe(before + 1);
    await world.advance(5000);
    expect(await world.metric('svcdns_forward_in_flight')).toEqual(['svcdns_forward_in_flight 0']);
  });

  test('count again when a client waits for them again', async () => {
    const { world, plugin, ask } = await started(SILENT, 'max_concurrent 2\nmax_fails 0');
    ask('a.org');
    await world.advance(1460);
    ask('b.org');
    ask('a.org');
    const third = ask('c.org');
    await world.advance(1);
    expect(third.reply?.rcode).toBe(5);
    expect(plugin.name).toBe('forward');
    await world.advance(6000);
  });

  test('are not given up once a client waits for them again', async () => {
    const { world, ask } = await started(SILENT, 'max_concurrent 4\nmax_fails 0');
    ask('a.org');
    await world.advance(1460);
    const again = ask('a.org');
    ask('b.org');
    await world.advance(700);
    ask('c.org');
    await world.advance(700);
    expect(again.reply).toBeUndefined();
    await world.advance(60);
    expect(again.reply?.provisional).toBe('pending');
    await world.advance(6000);
  });

  test('end when the plugin stops, and so do those that become late then', async () => {
    const { world, plugin, ask } = await started(SILENT, 'max_fails 0');
    ask('a.org');
    await world.advance(1000);
    const second = ask('b.org');
    await world.advance(500);
    await plugin.stop();
    expect(await world.metric('svcdns_forward_in_flight')).toEqual(['svcdns_forward_in_flight 1']);
    await world.advance(1000);
    expect(second.reply?.rcode).toBe(2);
    expect(world.clock.timers).toBe(0);
    expect(world.network.openDatagrams).toBe(0);
  });
});
