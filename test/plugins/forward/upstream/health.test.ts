import { describe, expect, test } from 'vitest';
import type { Forward } from '../../../../src/plugins/forward/index.ts';
import { answering, type FakeUpstream, fromNext, healthy, SILENT, World } from '../world.ts';

const REFUSING: FakeUpstream = {};

/** Asks at a steady rate for a while, and counts how it went. */
async function load(
  world: World,
  plugin: Forward,
  rate: { everyMs: number; forMs: number },
): Promise<{ asked: number; good: number; bad: number; slowestMs: number }> {
  const tally = { asked: 0, good: 0, bad: 0, slowestMs: 0 };
  for (let ms = 0; ms < rate.forMs; ms += rate.everyMs) {
    const start = world.clock.now();
    const client = { address: `10.3.${tally.asked >> 8}.${tally.asked & 255}`, port: 1 };
    void plugin
      .serve(world.request(`q${tally.asked}.example.org`, { client }), fromNext)
      .then((reply) => {
        if (reply.rcode === 0) tally.good++;
        else tally.bad++;
        tally.slowestMs = Math.max(tally.slowestMs, world.clock.now() - start);
      });
    tally.asked++;
    await world.advance(rate.everyMs, 5);
  }
  await world.advance(2500, 5);
  return tally;
}

describe('an upstream that is dead', () => {
  const deaths: [string, FakeUpstream, string][] = [
    ['silent', SILENT, 'SERVFAIL EDE22'],
    ['refusing', REFUSING, 'SERVFAIL EDE23'],
  ];
  test.for(deaths)('%s: SERVFAIL with the reason, within 1.5 s', async ([, upstream, expected]) => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', upstream);
    const plugin = await world.forward('forward . 10.0.0.1');
    const start = world.clock.now();
    expect(await world.ask(plugin, 'www.example.org')).toBe(expected);
    expect(world.clock.now() - start).toBeLessThanOrEqual(1500);
    expect(
      world.network.arrived.filter(({ name }) => /^www/i.test(name)).length,
    ).toBeLessThanOrEqual(3);
  });

  test.for(deaths)(
    '%s: SERVFAIL within 1.5 s of the arrival, whenever the question gets here',
    async ([, upstream, expected]) => {
      const world = new World();
      world.network.upstreams.set('10.0.0.1:53', upstream);
      world.network.upstreams.set('10.0.0.2:53', upstream);
      const plugin = await world.forward('forward . 10.0.0.1 10.0.0.2 {\n max_fails 0\n}');
      for (const lateMs of [0, 300, 1000, 1400, 1450, 5000]) {
        const receivedAt = world.clock.now();
        await world.advance(lateMs);
        expect(await world.ask(plugin, `n${lateMs}.org`, { receivedAt })).toBe(
          lateMs < 1450 ? expected : 'SERVFAIL EDE22',
        );
        expect(world.clock.now() - receivedAt).toBeLessThanOrEqual(Math.max(1500, lateMs));
      }
    },
  );

  test('who joins a question late is told no later', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', SILENT);
    const plugin = await world.forward('forward . 10.0.0.1');
    const receivedAt = world.clock.now();
    await world.advance(1000);
    void plugin.serve(world.request('www.org'), fromNext);
    expect(await world.ask(plugin, 'www.org', { receivedAt })).toBe('SERVFAIL EDE22');
    expect(world.clock.now() - receivedAt).toBeLessThanOrEqual(1500);
  });

  test('whatever the upstream does, nobody waits longer than 1.5 s', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', SILENT);
    world.network.upstreams.set('10.0.0.2:53', REFUSING);
    world.network.upstreams.set('10.0.0.3:53', { udp: SILENT.udp });
    const plugin = await world.forward('forward . 10.0.0.1 10.0.0.2 10.0.0.3');
    const { asked, bad, slowestMs } = await load(world, plugin, { everyMs: 50, forMs: 8000 });
    expect(bad).toBe(asked);
    expect(slowestMs).toBeLessThanOrEqual(1500);
  });

  test.for(deaths)('%s, beside one that is well: nobody notices after two', async ([, dead]) => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', dead);
    world.network.upstreams.set('10.0.0.2:53', healthy('192.0.2.2'));
    const plugin = await world.forward('forward . 10.0.0.1 10.0.0.2 {\n policy sequential\n}');
    for (let i = 0; i < 3; i++) {
      expect(await world.ask(plugin, `a${i}.org`)).toContain('192.0.2.2');
      await world.advance(6000, 100);
    }
    const start = world.clock.now();
    expect(await world.ask(plugin, 'www.example.org')).toContain('192.0.2.2');
    expect(world.clock.now() - start).toBeLessThan(10);
    expect(
      await world.metric('svcdns_forward_upstream_up{proxy_name="forward",to="10.0.0.1:53"}'),
    ).toEqual(['svcdns_forward_upstream_up{proxy_name="forward",to="10.0.0.1:53"} 0']);
  });

  test('is probed with NS queries until it answers, and asked again then', async () => {
    const world = new World();
    const upstream: FakeUpstream = { ...SILENT };
    world.network.upstreams.set('10.0.0.1:53', upstream);
    const plugin = await world.forward(
      'forward . 10.0.0.1 {\n health_check 1s no_rec domain probe.test\n}',
    );
    await load(world, plugin, { everyMs: 100, forMs: 300 });
    await world.advance(5000, 50);
    const probes = world.network.arrived.filter(({ name }) => /^probe/i.test(name));
    expect(probes.length).toBeGreaterThanOrEqual(5);
    expect(probes.length).toBeLessThanOrEqual(9);
    const { bytes } = probes[0]!;
    expect(bytes.subarray(-15, -11).toString('hex')).toBe('00020001');
    expect(bytes[2]! & 1).toBe(0);
    expect(await world.metric('coredns_proxy_healthcheck_failures_total')).not.toEqual([]);
    upstream.udp = answering('192.0.2.1');
    await world.advance(2000, 50);
    const before = world.network.arrived.length;
    expect(await world.ask(plugin, 'www.example.org')).toContain('192.0.2.1');
    await world.advance(5000, 50);
    expect(world.network.arrived.length).toBe(before + 1);
  });

  test('for longer: no question waits, but one now and then is a trial', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', SILENT);
    const plugin = await world.forward('forward . 10.0.0.1');
    await load(world, plugin, { everyMs: 100, forMs: 300 });
    await world.advance(5000, 50);
    const trial = world.ask(plugin, 'trial.example.org');
    const start = world.clock.now();
    expect(await world.ask(plugin, 'next.example.org')).toBe('SERVFAIL EDE22');
    expect(world.clock.now() - start).toBeLessThan(5);
    expect(await trial).toBe('SERVFAIL EDE22');
  });

  test('failfast_all_unhealthy_upstreams answers at once, and all down is counted', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', REFUSING);
    const plugin = await world.forward(
      'forward . 10.0.0.1 {\n failfast_all_unhealthy_upstreams\n}',
    );
    await world.ask(plugin, 'a.org');
    const start = world.clock.now();
    expect(await world.ask(plugin, 'b.org')).toBe('SERVFAIL EDE23');
    expect(world.clock.now()).toBe(start);
    expect(await world.metric('coredns_forward_healthcheck_broken_total')).toEqual([
      'coredns_forward_healthcheck_broken_total 1',
    ]);
  });

  test('max_fails 0: never down, never probed', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', SILENT);
    const plugin = await world.forward('forward . 10.0.0.1 {\n max_fails 0\n}');
    for (let i = 0; i < 5; i++) expect(await world.ask(plugin, `n${i}.org`)).toBe('SERVFAIL EDE22');
    expect(world.asked.every((line) => /n\d\.org\.$/.test(line))).toBe(true);
  });

  test('max_connect_attempts ends it sooner', async () => {
    const world = new World();
    for (const n of [1, 2, 3]) world.network.upstreams.set(`10.0.0.${n}:53`, REFUSING);
    const plugin = await world.forward(
      'forward . 10.0.0.1 10.0.0.2 10.0.0.3 {\n max_connect_attempts 2\n}',
    );
    const start = world.clock.now();
    expect(await world.ask(plugin, 'a.org')).toBe('SERVFAIL EDE23');
    expect(world.clock.now() - start).toBeLessThan(10);
  });
});

describe('an upstream that is slow', () => {
  test('another is asked after 300 ms, and the first reply is taken', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1', 1900));
    world.network.upstreams.set('10.0.0.2:53', healthy('192.0.2.2', 20));
    const plugin = await world.forward('forward . 10.0.0.1 10.0.0.2 {\n policy sequential\n}');
    const start = world.clock.now();
    expect(await world.ask(plugin, 'a.org')).toContain('192.0.2.2');
    expect(world.clock.now() - start).toBeLessThan(330);
  });

  test('another is asked sooner when the first is known to be faster', async () => {
    const world = new World();
    const first = healthy('192.0.2.1', 10);
    world.network.upstreams.set('10.0.0.1:53', first);
    world.network.upstreams.set('10.0.0.2:53', healthy('192.0.2.2', 10));
    const plugin = await world.forward('forward . 10.0.0.1 10.0.0.2 {\n policy sequential\n}');
    for (let i = 0; i < 20; i++) await world.ask(plugin, `n${i}.org`);
    first.udp = answering('192.0.2.1', 1000);
    const start = world.clock.now();
    expect(await world.ask(plugin, 'a.org')).toContain('192.0.2.2');
    expect(world.clock.now() - start).toBeLessThan(75);
  });

  test('alone and at 1.4 s it still answers', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1', 1400));
    const plugin = await world.forward('forward . 10.0.0.1');
    expect(await world.ask(plugin, 'a.org')).toContain('192.0.2.1');
  });

  test('a longer read_timeout waits longer', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1', 3500));
    const plugin = await world.forward('forward . 10.0.0.1 {\n read_timeout 4s\n}');
    expect(await world.ask(plugin, 'a.org')).toContain('192.0.2.1');
  });

  test('slow with one name only, it stays up', async () => {
    const world = new World();
    const slow = /^slow/i;
    world.network.upstreams.set('10.0.0.1:53', {
      udp: (query) => answering('192.0.2.1', slow.test(query.name) ? 900 : 5)(query),
    });
    const plugin = await world.forward('forward . 10.0.0.1');
    for (let i = 0; i < 20; i++) {
      void plugin.serve(world.request(`slow${i}.org`), fromNext);
      await world.advance(50, 5);
      expect(await world.ask(plugin, `fast${i}.org`)).toContain('192.0.2.1');
    }
    await world.advance(2000);
    expect(world.lines.join('')).not.toContain('upstream is down');
  });
});

describe('an upstream that comes and goes', () => {
  // One that refuses has nobody wait for it.
  test.for<[string, FakeUpstream, number]>([
    ['silent', SILENT, 5],
    ['refusing', REFUSING, 275],
  ])(
    '%s each other second: hardly a question fails that could be answered, no storm',
    async ([, off, most]) => {
      const world = new World();
      const upstream: FakeUpstream = { ...healthy('192.0.2.1', 5) };
      world.network.upstreams.set('10.0.0.1:53', upstream);
      const plugin = await world.forward('forward . 10.0.0.1');
      let isOn = true;
      const flap = () => {
        isOn = !isOn;
        const now = isOn ? healthy('192.0.2.1', 5) : off;
        upstream.udp = now.udp;
        upstream.tcp = now.tcp;
        world.clock.setTimeout(flap, 1000);
      };
      world.clock.setTimeout(flap, 1000);
      const { asked, good, bad } = await load(world, plugin, { everyMs: 20, forMs: 10_000 });
      expect(good + bad).toBe(asked);
      expect(bad).toBeLessThanOrEqual(most);
      const sent = world.network.arrived.filter(({ name }) => /^q/i.test(name)).length;
      expect(sent / asked).toBeLessThanOrEqual(1.5);
    },
  );
});

describe('all upstreams return after an outage', () => {
  test('each distinct name is asked once more, and answered at once', async () => {
    const world = new World();
    const upstream: FakeUpstream = { ...SILENT };
    world.network.upstreams.set('10.0.0.1:53', upstream);
    const plugin = await world.forward('forward . 10.0.0.1');
    await load(world, plugin, { everyMs: 100, forMs: 500 });
    world.network.arrived.length = 0;
    upstream.udp = answering('192.0.2.1', 5);
    await world.advance(2000);
    const replies = Array.from({ length: 10_000 }, (_, i) => {
      const client = { address: `10.4.${i >> 8}.${i & 255}`, port: 1 };
      return plugin.serve(world.request(`n${i % 100}.org`, { client }), fromNext);
    });
    await world.advance(50);
    const rcodes = (await Promise.all(replies)).map(({ rcode }) => rcode);
    expect(rcodes.filter((rcode) => rcode === 0)).toHaveLength(10_000);
    expect(world.network.arrived.filter(({ name }) => /^n/i.test(name))).toHaveLength(100);
  });
});
