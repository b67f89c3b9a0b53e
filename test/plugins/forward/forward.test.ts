import { describe, expect, test } from 'vitest';
import type { EdnsOptionData } from '../../../src/dns/edns.ts';
import { SWEEP_MS } from '../../../src/plugins/forward/transport/datagram-pool.ts';
import { MAX_AGE_MS } from '../../../src/plugins/forward/transport/datagram-socket.ts';
import type { RequestEdns } from '../../../src/plugins/plugin.ts';
import {
  addressOf,
  DNSSEC_OK,
  fromNext as fail,
  healthy,
  replyTo,
  request as requestOf,
  SILENT,
  World,
} from './world.ts';

const A_BYTE = Uint8Array.of(1);

function ednsWith(...options: readonly EdnsOptionData[]): RequestEdns {
  return { size: 1232, dnssecOk: false, options };
}

describe('Forward.serve()', () => {
  test('answers with what the upstream says, in the letters of the client', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.7'));
    const plugin = await world.forward('forward . 10.0.0.1');
    expect(await world.ask(plugin, 'wWw.Example.ORG')).toBe(
      'NOERROR | wWw.Example.ORG. 60 IN A 192.0.2.7',
    );
    expect(world.asked).toEqual(['udp 10.0.0.1:53 www.example.org.']);
  });

  test('keeps the port for other questions for some seconds, and closes it', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.7'));
    const plugin = await world.forward('forward . 10.0.0.1');
    const before = world.clock.timers;
    await world.ask(plugin, 'www.example.org');
    expect(world.network.openDatagrams).toBe(1);
    await world.advance(MAX_AGE_MS + SWEEP_MS, 100);
    expect(world.network.openDatagrams).toBe(0);
    expect(world.clock.timers).toBe(before);
  });

  test('closes the port at once when it stops, and with each answer after that', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.7', 20));
    const plugin = await world.forward('forward . 10.0.0.1');
    await world.ask(plugin, 'www.example.org');
    const late = world.ask(plugin, 'late.example.org');
    await plugin.stop();
    expect(world.network.openDatagrams).toBe(1);
    expect(await late).toContain('192.0.2.7');
    expect(world.network.openDatagrams).toBe(0);
  });

  test('asks with a new ID each time, at a question a second from a port of its own', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.7'));
    const plugin = await world.forward('forward . 10.0.0.1');
    for (let i = 0; i < 50; i++) {
      await world.ask(plugin, `n${i}.example.org`);
      await world.advance(1000, 100);
    }
    const { arrived } = world.network;
    expect(new Set(arrived.map(({ socket }) => socket)).size).toBe(50);
    expect(new Set(arrived.map(({ bytes }) => bytes.readUInt16BE(0))).size).toBeGreaterThan(48);
  });

  const zones: [name: string, expected: string][] = [
    ['www.example.org', 'NOERROR | www.example.org. 60 IN A 192.0.2.1'],
    ['example.org', 'NOERROR | example.org. 60 IN A 192.0.2.1'],
    ['a.inner.example.org', 'NOERROR | a.inner.example.org. 60 IN A 192.0.2.2'],
    ['notexample.org', 'REFUSED (next)'],
    ['org', 'REFUSED (next)'],
  ];
  test.for(zones)('%s goes to the first line that takes it', async ([name, expected]) => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1'));
    world.network.upstreams.set('10.0.0.2:53', healthy('192.0.2.2'));
    const plugin = await world.forward(`
      forward example.org 10.0.0.1 {
        except inner.example.org
      }
      forward inner.example.org 10.0.0.2`);
    expect(await world.ask(plugin, name)).toBe(expected);
  });

  test('takes the name of the zone itself although it is in except', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1'));
    const plugin = await world.forward('forward example.org 10.0.0.1 {\n except example.org\n}');
    expect(await world.ask(plugin, 'example.org')).toContain('192.0.2.1');
    expect(await world.ask(plugin, 'www.example.org')).toBe('REFUSED (next)');
  });

  test.for(['AXFR', 'IXFR', 'TYPE250', 'TYPE41', 'TYPE0', 'TYPE128'])(
    '%s is refused and never sent on',
    async (type) => {
      const world = new World();
      world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1'));
      const plugin = await world.forward('forward . 10.0.0.1');
      expect(await world.ask(plugin, `example.org ${type}`)).toBe('REFUSED');
      expect(world.asked).toEqual([]);
    },
  );

  test('passes the AD bit only to who asked for it, from one query', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', {
      udp: ({ bytes, name, reply }) =>
        reply(replyTo(bytes, { flags: 0x01a0, answers: [addressOf(name, '192.0.2.1')] })),
    });
    const plugin = await world.forward('forward . 10.0.0.1');
    const plain = world.ask(plugin, 'example.org');
    const asking = world.ask(plugin, 'example.org', { authenticData: true });
    expect(await plain).toBe('NOERROR | example.org. 60 IN A 192.0.2.1');
    expect(await asking).toBe('NOERROR ad | example.org. 60 IN A 192.0.2.1');
    expect(world.asked).toHaveLength(1);
    expect(await world.ask(plugin, 'example.org', DNSSEC_OK)).toContain('NOERROR ad');
  });

  test('tells the upstream nothing of the client but RD, CD and DO', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1'));
    const plugin = await world.forward('forward . 10.0.0.1');
    const subnet = { code: 8, data: Uint8Array.of(0, 1, 24, 0, 192, 0, 2) };
    await world.ask(plugin, 'a.org', { edns: { size: 4096, dnssecOk: true, options: [subnet] } });
    await world.ask(plugin, 'a.org', { recursionDesired: false, checkingDisabled: true });
    const [first, second] = world.network.arrived.map(({ bytes }) => bytes);
    expect(first?.subarray(2, 4).toString('hex')).toBe('0120');
    expect(first?.subarray(-11).toString('hex')).toBe('00002904d0000080000000');
    expect(second?.subarray(2, 4).toString('hex')).toBe('0030');
    expect(second?.subarray(-11).toString('hex')).toBe('00002904d0000000000000');
  });

  test('sends on the options that `rewrite` has set, over UDP and TCP', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1'));
    const plugin = await world.forward('forward . 10.0.0.1');
    const options = [
      { code: 10, data: Uint8Array.of(1) },
      { code: 65518, data: Buffer.from('ab'), isOurs: true },
      { code: 8, data: Uint8Array.of(0, 1, 24, 0, 192, 0, 2), isOurs: true },
    ] as const;
    const edns = { size: 4096, dnssecOk: false, options };
    for (const transport of ['udp', 'tcp'] as const) {
      expect(await world.ask(plugin, 'a.org', { edns, transport })).toContain('192.0.2.1');
    }
    const tails = world.network.arrived.map(({ bytes }) => bytes.subarray(-28).toString('hex'));
    const opt = '00002904d0000000000011ffee000261620008000700011800c00002';
    expect(tails).toEqual([opt, opt]);
  });

  test('passes on what the upstream explains', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', {
      udp: ({ bytes, reply }) => {
        const data = Buffer.concat([Buffer.of(0, 17), Buffer.from('blocked\n')]);
        reply(
          replyTo(bytes, {
            rcode: 3,
            additionals: [
              {
                type: 'OPT',
                name: '.',
                udpPayloadSize: 1232,
                extendedRcode: 0,
                ednsVersion: 0,
                flags: 0,
                flag_do: false,
                options: [{ code: 15, data }] as never,
              },
            ],
          }),
        );
      },
    });
    const plugin = await world.forward('forward . 10.0.0.1');
    expect(await world.ask(plugin, 'bad.example.org')).toBe('NXDOMAIN EDE17');
  });
});

describe('single flight', () => {
  test('10,000 clients who ask one name cost one query, and all are answered', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1', 100));
    const plugin = await world.forward('forward . 10.0.0.1');
    const asked = Array.from({ length: 10_000 }, (_, i) => {
      const name = i % 2 === 0 ? 'cold.example.org' : 'COLD.example.org';
      return plugin.serve(
        { ...requestOf(name), client: { address: `10.1.${i >> 8}.${i & 255}`, port: 1 } },
        fail,
      );
    });
    await world.advance(200);
    const replies = await Promise.all(asked);
    expect(world.asked).toEqual(['udp 10.0.0.1:53 cold.example.org.']);
    expect(replies.every(({ answer }) => answer.length === 1)).toBe(true);
    expect(new Set(replies.map(({ answer }) => answer[0]?.owner))).toEqual(
      new Set(['\x04cold\x07example\x03org', '\x04COLD\x07example\x03org']),
    );
  });

  const differing: [string, object][] = [
    ['type', { type: 28 }],
    ['class', { qclass: 3 }],
    ['DO', DNSSEC_OK],
    ['CD', { checkingDisabled: true }],
    ['RD', { recursionDesired: false }],
    ['an option of `rewrite`', { edns: ednsWith({ code: 65518, data: A_BYTE, isOurs: true }) }],
  ];
  test.for(differing)('questions that differ in %s are asked apart', async ([, more]) => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', SILENT);
    const plugin = await world.forward('forward . 10.0.0.1');
    void plugin.serve(requestOf('example.org'), fail);
    void plugin.serve({ ...requestOf('example.org'), ...more }, fail);
    await world.advance(20);
    expect(world.asked).toHaveLength(2);
    await world.advance(3000);
  });

  test('questions that differ in what clients send are one', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', SILENT);
    const plugin = await world.forward('forward . 10.0.0.1');
    void plugin.serve(requestOf('example.org'), fail);
    void plugin.serve(
      { ...requestOf('example.org'), edns: ednsWith({ code: 8, data: A_BYTE }) },
      fail,
    );
    await world.advance(20);
    expect(world.asked).toHaveLength(1);
    await world.advance(3000);
  });
});

describe('next, next_on_nodata and failover', () => {
  const says = (rcode: number) => ({
    udp: ({ bytes, reply }: { bytes: Buffer; reply: (bytes: Buffer) => void }) =>
      reply(replyTo(bytes, { rcode })),
  });

  test('next passes a code on to the next line, and the last line keeps it', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', says(3));
    world.network.upstreams.set('10.0.0.2:53', healthy('192.0.2.2'));
    const two = await world.forward(
      'forward . 10.0.0.1 {\n next NXDOMAIN\n}\nforward . 10.0.0.2 {\n next NXDOMAIN\n}',
    );
    expect(await world.ask(two, 'a.org')).toContain('192.0.2.2');
    const one = await world.forward('forward . 10.0.0.1 {\n next NXDOMAIN\n}');
    expect(await world.ask(one, 'a.org')).toBe('NXDOMAIN');
  });

  test('next_on_nodata passes an empty answer on', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', says(0));
    world.network.upstreams.set('10.0.0.2:53', healthy('192.0.2.2'));
    const plugin = await world.forward(
      'forward . 10.0.0.1 {\n next_on_nodata\n}\nforward . 10.0.0.2',
    );
    expect(await world.ask(plugin, 'a.org')).toContain('192.0.2.2');
  });

  test('failover asks the other upstreams, and gives the last reply when all say so', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', says(5));
    world.network.upstreams.set('10.0.0.2:53', healthy('192.0.2.2'));
    const plugin = await world.forward(
      'forward . 10.0.0.1 10.0.0.2 {\n policy sequential\n failover REFUSED SERVFAIL\n}',
    );
    for (let i = 0; i < 300; i++) {
      expect(await world.ask(plugin, `n${i}.org`)).toContain('192.0.2.2');
    }
    world.network.upstreams.set('10.0.0.2:53', says(2));
    expect(await world.ask(plugin, 'b.org')).toBe('SERVFAIL');
  });

  test('without failover a reply is a reply', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', says(2));
    world.network.upstreams.set('10.0.0.2:53', healthy('192.0.2.2'));
    const plugin = await world.forward('forward . 10.0.0.1 10.0.0.2 {\n policy sequential\n}');
    expect(await world.ask(plugin, 'a.org')).toBe('SERVFAIL');
  });
});

describe('policy', () => {
  const orders: [string, string][] = [
    ['sequential', '111111'],
    ['round_robin', '123123'],
  ];
  test.for(orders)('%s asks in its order', async ([policy, expected]) => {
    const world = new World();
    for (const n of [1, 2, 3]) world.network.upstreams.set(`10.0.0.${n}:53`, healthy('192.0.2.1'));
    const plugin = await world.forward(
      `forward . 10.0.0.1 10.0.0.2 10.0.0.3 {\n policy ${policy}\n}`,
    );
    for (let i = 0; i < 6; i++) await world.ask(plugin, `n${i}.org`);
    expect(world.network.arrived.map(({ to }) => to[7]).join('')).toBe(expected);
  });

  test('random asks each about as often', async () => {
    const world = new World();
    for (const n of [1, 2, 3]) world.network.upstreams.set(`10.0.0.${n}:53`, healthy('192.0.2.1'));
    const plugin = await world.forward('forward . 10.0.0.1 10.0.0.2 10.0.0.3');
    for (let i = 0; i < 300; i++) await world.ask(plugin, `n${i}.org`);
    for (const n of [1, 2, 3]) {
      const count = world.network.arrived.filter(({ to }) => to === `10.0.0.${n}:53`).length;
      expect(count).toBeGreaterThan(60);
    }
  });
});

describe('metrics', () => {
  test('have the names and labels of CoreDNS', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.7'));
    const plugin = await world.forward('forward . 10.0.0.1');
    await world.ask(plugin, 'www.example.org');
    expect(await world.metric('coredns_proxy_request_duration_seconds_count')).toEqual([
      'coredns_proxy_request_duration_seconds_count{proxy_name="forward",to="10.0.0.1:53",rcode="NOERROR"} 1',
    ]);
    expect(await world.metric('svcdns_forward_upstream_up')).toEqual([
      'svcdns_forward_upstream_up{proxy_name="forward",to="10.0.0.1:53"} 1',
    ]);
  });
});
