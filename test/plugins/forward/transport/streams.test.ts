import { describe, expect, test } from 'vitest';
import { addressOf, answering, fromNext, healthy, replyTo, type Script, World } from '../world.ts';

const truncating: Script = ({ bytes, reply }) => reply(replyTo(bytes, { flags: 0x0380 }));

describe('an upstream that truncates', () => {
  test('is asked again over TCP, on one connection for 100 questions', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', { udp: truncating, tcp: answering('192.0.2.1') });
    const plugin = await world.forward('forward . 10.0.0.1');
    for (let i = 0; i < 100; i++) {
      expect(await world.ask(plugin, `n${i}.org`)).toContain('192.0.2.1');
    }
    expect(world.network.streams).toHaveLength(1);
    expect(await world.metric('coredns_proxy_conn_cache_')).toEqual([
      'coredns_proxy_conn_cache_hits_total{proxy_name="forward",to="10.0.0.1:53",proto="tcp"} 99',
      'coredns_proxy_conn_cache_hits_total{proxy_name="forward",to="10.0.0.1:53",proto="udp"} 92',
      'coredns_proxy_conn_cache_misses_total{proxy_name="forward",to="10.0.0.1:53",proto="tcp"} 1',
      'coredns_proxy_conn_cache_misses_total{proxy_name="forward",to="10.0.0.1:53",proto="udp"} 8',
    ]);
  });

  test('opens few connections for many questions at once', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', {
      udp: truncating,
      tcp: answering('192.0.2.1', 50),
    });
    const plugin = await world.forward('forward . 10.0.0.1');
    const asked = Array.from({ length: 800 }, (_, i) => {
      const client = { address: `10.0.${i >> 8}.${i & 255}`, port: 1 };
      return plugin.serve(world.request(`n${i}.org`, { client }), fromNext);
    });
    await world.advance(300);
    const replies = await Promise.all(asked);
    expect(replies.every(({ answer }) => answer.length === 1)).toBe(true);
    expect(world.network.streams).toHaveLength(8);
  });

  test('and has no TCP: the cut reply goes to a client on UDP, never to one on TCP', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', { udp: truncating });
    const plugin = await world.forward('forward . 10.0.0.1');
    expect(await world.ask(plugin, 'a.org')).toBe('NOERROR tc');
    expect(await world.ask(plugin, 'b.org', { transport: 'tcp' })).toMatch(/^SERVFAIL EDE23/);
  });

  test('over TCP too: the reply is of no use', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', { udp: truncating, tcp: truncating });
    world.network.upstreams.set('10.0.0.2:53', healthy('192.0.2.2'));
    const both = await world.forward('forward . 10.0.0.1 10.0.0.2 {\n policy sequential\n}');
    expect(await world.ask(both, 'a.org')).toContain('192.0.2.2');
    const one = await world.forward('forward . 10.0.0.1');
    expect(await world.ask(one, 'a.org')).toMatch(/^SERVFAIL EDE2[23]$/);
  });
});

describe('replies over TCP', () => {
  /** Over TCP alone, in turns that the test gives. */
  async function asked() {
    const world = new World();
    const turns: (() => void)[] = [];
    world.later = (work) => turns.push(work) > 0;
    world.network.upstreams.set('10.0.0.1:53', { tcp: answering('192.0.2.1') });
    const plugin = await world.forward('forward . 10.0.0.1 {\nforce_tcp\n}');
    const replies = ['a.org', 'b.org'].map((name) => world.ask(plugin, name));
    await world.advance(10);
    return { world, turns, replies };
  }

  test('are read one in a turn of the plugins', async () => {
    const { turns, replies } = await asked();
    const over: number[] = [];
    for (const [index, reply] of replies.entries()) void reply.then(() => over.push(index));
    expect(turns.length).toBe(2);
    expect(over).toEqual([]);
    turns[0]?.();
    expect(await replies[0]).toContain('192.0.2.1');
    expect(over).toEqual([0]);
    turns[1]?.();
    expect(await replies[1]).toContain('192.0.2.1');
  });

  test('are not read when nobody waits any more', async () => {
    const { world, turns, replies } = await asked();
    await world.advance(10_000);
    for (const reply of replies) expect(await reply).toMatch(/^SERVFAIL/);
    for (const turn of turns) turn();
    expect(await world.metric('coredns_proxy_request_duration_seconds_count')).toEqual([]);
  });
});

describe('which transport', () => {
  const rows: [options: string, transport: 'udp' | 'tcp', expected: string][] = [
    ['', 'udp', 'udp'],
    ['', 'tcp', 'tcp'],
    ['force_tcp', 'udp', 'tcp'],
    ['force_tcp\nprefer_udp', 'udp', 'tcp'],
    ['prefer_udp', 'tcp', 'udp'],
  ];
  test.for(rows)('"%s", asked over %s: %s', async ([options, transport, expected]) => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1'));
    const plugin = await world.forward(`forward . 10.0.0.1 {\n${options}\n}`);
    expect(await world.ask(plugin, 'a.org', { transport })).toContain('192.0.2.1');
    expect(world.network.arrived.map((query) => query.transport)).toEqual([expected]);
  });

  test('a client on TCP is answered although the upstream has no TCP', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', { udp: answering('192.0.2.1') });
    const plugin = await world.forward('forward . 10.0.0.1');
    expect(await world.ask(plugin, 'a.org', { transport: 'tcp' })).toContain('192.0.2.1');
  });

  test('tls:// is verified by name, asked over TLS only, on port 853', async () => {
    const world = new World();
    world.files.set('/etc/ca.pem', 'CA');
    world.network.upstreams.set('10.0.0.1:853', healthy('192.0.2.1'));
    const plugin = await world.forward(
      'forward . tls://10.0.0.1 {\n tls ca.pem\n tls_servername dns.example\n source_address 192.0.2.5\n}',
    );
    expect(await world.ask(plugin, 'a.org')).toContain('192.0.2.1');
    expect(world.asked).toEqual(['tls 10.0.0.1:853 a.org.']);
    expect(world.network.streams).toEqual([
      {
        to: '10.0.0.1:853',
        source: '192.0.2.5',
        tls: { servername: 'dns.example', ca: 'CA', cert: undefined, key: undefined },
      },
    ]);
  });

  test.for([
    ['tls://10.0.0.1%one.example', '10.0.0.1:853'],
    ['tls://10.0.0.1%one.example:8853', '10.0.0.1:8853'],
    ['tls://10.0.0.1:8853%one.example', '10.0.0.1:8853'],
    ['tls://[fd00::1%one.example]:8853', 'fd00::1:8853'],
    ['tls://[fd00::1]:8853%one.example', 'fd00::1:8853'],
    ['tls://fd00::1%one.example', 'fd00::1:853'],
  ] as const)('%s has a name of its own', async ([to, address]) => {
    const world = new World();
    world.network.upstreams.set(address, healthy('192.0.2.1'));
    const plugin = await world.forward(`forward . ${to}`);
    expect(await world.ask(plugin, 'a.org')).toContain('192.0.2.1');
    expect(world.network.streams[0]?.tls?.servername).toBe('one.example');
  });
});

describe('kept connections', () => {
  const tcp = (options = '') => `forward . 10.0.0.1 {\n force_tcp\n${options}\n}`;

  test('are closed after expire', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1'));
    const plugin = await world.forward(tcp('expire 3s'));
    await world.ask(plugin, 'a.org');
    await world.advance(2900, 100);
    expect(world.network.openStreams).toBe(1);
    await world.advance(200, 100);
    expect(world.network.openStreams).toBe(0);
  });

  test('take no more questions after max_age', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1'));
    const plugin = await world.forward(tcp('expire 3s\nmax_age 4s'));
    for (let i = 0; i < 5; i++) {
      await world.ask(plugin, `n${i}.org`);
      await world.advance(1500, 100);
    }
    expect(world.network.streams).toHaveLength(2);
  });

  test('are no more than max_idle_conns', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1', 50));
    const plugin = await world.forward(tcp('max_idle_conns 2'));
    for (let i = 0; i < 6; i++) void plugin.serve(world.request(`n${i}.org`), fromNext);
    await world.advance(20);
    expect(world.network.openStreams).toBe(6);
    await world.advance(100);
    expect(world.network.openStreams).toBe(2);
  });

  test('that the upstream closed are replaced, and nobody notices', async () => {
    const world = new World();
    let served = 0;
    world.network.upstreams.set('10.0.0.1:53', {
      tcp: (query) => (++served % 3 === 0 ? query.refuse() : answering('192.0.2.1')(query)),
    });
    const plugin = await world.forward(tcp());
    for (let i = 0; i < 12; i++) {
      expect(await world.ask(plugin, `n${i}.org`)).toContain('192.0.2.1');
    }
  });

  test('bring replies in any order, each to its question', async () => {
    const world = new World();
    let delay = 200;
    world.network.upstreams.set('10.0.0.1:53', {
      tcp: ({ bytes, name, reply }) => {
        delay -= 10;
        const [number] = /\d+/.exec(name) ?? ['0'];
        reply(replyTo(bytes, { answers: [addressOf(name, `192.0.2.${number}`)] }), delay);
      },
    });
    const plugin = await world.forward(tcp());
    const asked = Array.from({ length: 16 }, (_, i) =>
      plugin.serve(world.request(`n${i}.org`), fromNext),
    );
    await world.advance(500);
    for (const [i, reply] of (await Promise.all(asked)).entries()) {
      expect(reply.answer[0]?.data).toEqual({
        kind: 'address',
        address: Uint8Array.of(192, 0, 2, i),
      });
    }
  });

  test('that went silent are not used again', async () => {
    const world = new World();
    const upstream = healthy('192.0.2.1');
    world.network.upstreams.set('10.0.0.1:53', upstream);
    const plugin = await world.forward(tcp('max_fails 0'));
    await world.ask(plugin, 'a.org');
    upstream.tcp = () => {};
    expect(await world.ask(plugin, 'b.org')).toBe('SERVFAIL EDE22');
    await world.advance(4000);
    expect(world.network.openStreams).toBe(0);
    upstream.tcp = answering('192.0.2.1');
    expect(await world.ask(plugin, 'c.org')).toContain('192.0.2.1');
  });

  test('that are silent take no more questions, however many there are', async () => {
    const world = new World();
    const silent = new Set<number>();
    world.network.upstreams.set('10.0.0.1:53', { tcp: ({ socket }) => void silent.add(socket) });
    const plugin = await world.forward(tcp('max_fails 0'));
    for (let i = 0; i < 8; i++) void plugin.serve(world.request(`n${i}.org`), fromNext);
    await world.advance(1460);
    expect(silent.size).toBe(8);
    world.network.upstreams.set('10.0.0.1:53', {
      tcp: (query) => {
        if (!silent.has(query.socket)) answering('192.0.2.1')(query);
      },
    });
    expect(await world.ask(plugin, 'www.org')).toContain('192.0.2.1');
    expect(world.network.arrived.filter(({ name }) => /^www/i.test(name))).toHaveLength(1);
  });
});

describe('a reload', () => {
  test('keeps connections and what was learned of an upstream that stays', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1'));
    world.network.upstreams.set('10.0.0.2:53', {});
    const old = await world.forward(
      'forward . 10.0.0.2 10.0.0.1 {\n force_tcp\n policy sequential\n}',
    );
    for (const name of ['a.org', 'b.org']) await world.ask(old, name);
    await world.advance(6000, 100);
    await world.ask(old, 'c.org');
    const handedOver = old.keep();
    const young = await world.forward(
      'forward example.net 10.0.0.2 10.0.0.1 {\n force_tcp\n policy sequential\n}',
      handedOver,
    );
    await old.stop();
    const before = world.network.streams.filter(({ to }) => to === '10.0.0.1:53').length;
    world.network.arrived.length = 0;
    const start = world.clock.now();
    expect(await world.ask(young, 'x.example.net')).toContain('192.0.2.1');
    expect(world.clock.now() - start).toBeLessThan(5);
    expect(world.network.streams.filter(({ to }) => to === '10.0.0.1:53')).toHaveLength(before);
    await young.stop();
    await world.advance(100);
    expect(world.network.openStreams).toBe(0);
    expect(world.clock.timers).toBe(0);
  });

  test('that fails leaves the old plugin as it was', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1'));
    const old = await world.forward('forward . 10.0.0.1 {\n force_tcp\n}');
    await world.ask(old, 'a.org');
    const { plugin } = world.setUp('forward . 10.0.0.1 {\n force_tcp\n}', old.keep());
    expect(plugin).toBeDefined();
    expect(await world.ask(old, 'b.org')).toContain('192.0.2.1');
    expect(world.network.streams).toHaveLength(1);
  });
});
