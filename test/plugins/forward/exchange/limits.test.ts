import { describe, expect, test } from 'vitest';
import { keyFromText, ROOT } from '../../../../src/dns/name.ts';
import { domainOf } from '../../../../src/plugins/forward/exchange/limits.ts';
import type { Forward } from '../../../../src/plugins/forward/index.ts';
import { TRIES_ALL } from '../../../helpers/runs.ts';
import { fromNext as fail, healthy, request as requestOf, SILENT, World } from '../world.ts';

const LIMITED = (limit: string, times: number) =>
  `svcdns_forward_limited_total{limit="${limit}"} ${times}`;

async function slow(options = ''): Promise<{ world: World; plugin: Forward }> {
  const world = new World();
  world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1', 1000));
  return { world, plugin: await world.forward(`forward . 10.0.0.1 {\n${options}\n}`) };
}

/** As many questions, each about a domain of its own, from one client or each from another. */
function flood(plugin: Forward, times: number, from: 'one' | 'each', below = 'd%.org'): void {
  for (let i = 0; i < times; i++) {
    const address = from === 'one' ? '192.0.2.1' : `10.2.${i >> 8}.${i & 255}`;
    const name = below.replace('%', String(i));
    void plugin.serve(requestOf(name, { client: { address, port: 1 } }), fail);
  }
}

describe('limits', () => {
  test('max_concurrent questions under way are the most, the next is refused', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', SILENT);
    const plugin = await world.forward('forward . 10.0.0.1 {\n max_concurrent 3\n}');
    for (const name of ['a.org', 'b.org', 'c.org']) void plugin.serve(requestOf(name), fail);
    expect(await world.ask(plugin, 'd.org')).toBe('REFUSED EDE0');
    expect(await plugin.serve(requestOf('d.org'), fail)).toMatchObject({
      error: { text: 'concurrent queries exceeded maximum 3' },
      provisional: 'busy',
    });
    expect(await world.metric('coredns_forward_max_concurrent_rejects_total')).toEqual([
      'coredns_forward_max_concurrent_rejects_total 2',
    ]);
    await world.advance(3000);
  });

  test('one client has half of them at most, then SERVFAIL; others are not hurt', async () => {
    const { world, plugin } = await slow();
    flood(plugin, 500, 'one');
    const reply = await plugin.serve(requestOf('one-more.org'), fail);
    expect(reply.rcode).toBe(2);
    expect(reply.error?.text).toBe(
      'concurrent queries of this client exceeded maximum 500, its share',
    );
    expect(await world.metric('svcdns_forward_limited_total{limit="client"}')).toEqual([
      LIMITED('client', 1),
    ]);
    const other = { client: { address: '192.0.2.9', port: 1 } };
    expect(await world.ask(plugin, 'other.org', other)).toContain('192.0.2.1');
  });

  test.for(TRIES_ALL ? [1, 2, 5, 9] : [1, 5])(
    '%i clients and a silent upstream leave room for one more',
    async (count) => {
      const world = new World();
      world.network.upstreams.set('10.0.0.1:53', SILENT);
      const plugin = await world.forward('forward . 10.0.0.1');
      const ask = (client: number, name: string) =>
        plugin.serve(requestOf(name, { client: { address: `192.0.2.${client}`, port: 1 } }), fail);
      for (let i = 0; i < 1000; i++) {
        for (let client = 0; client < count; client++) void ask(client, `d${client}-${i}.org`);
      }
      const inFlight = async () => {
        const [sample = ''] = await world.metric('svcdns_forward_in_flight');
        return Number(sample.split(' ')[1]);
      };
      const before = await inFlight();
      expect(1000 - before).toBeGreaterThanOrEqual(Math.floor(1000 / (count + 1)));
      void ask(200, 'other.org');
      expect(await inFlight()).toBe(before + 1);
      await world.advance(10_000);
    },
  );

  test.for([
    ['max_concurrent_per_client 7', 7],
    ['max_concurrent_per_client 0\nmax_concurrent 800', 800],
    ['max_concurrent 100', 100],
    ['max_concurrent 1200', 600],
  ] as const)('"%s" lets one client have %i', async ([options, most]) => {
    const { world, plugin } = await slow(options);
    flood(plugin, most + 100, 'one');
    await world.advance(10);
    expect(world.asked).toHaveLength(most);
  });

  test('one domain has a fifth of them at most, then SERVFAIL; other domains are not hurt', async () => {
    const { world, plugin } = await slow();
    flood(plugin, 300, 'each', 'n%.victim.org');
    await world.advance(10);
    expect(world.asked).toHaveLength(200);
    const reply = await plugin.serve(requestOf('www.Victim.org'), fail);
    expect(reply.rcode).toBe(2);
    expect(reply.error?.text).toBe('concurrent queries about this domain exceeded maximum 200');
    expect(await world.metric('svcdns_forward_limited_total{limit="domain"}')).toEqual([
      LIMITED('domain', 101),
    ]);
    const other = { client: { address: '192.0.2.9', port: 1 } };
    expect(await world.ask(plugin, 'other.org', other)).toContain('192.0.2.1');
  });

  test('max_concurrent_per_domain changes that', async () => {
    const { world, plugin } = await slow('max_concurrent_per_domain 5');
    flood(plugin, 50, 'each', 'n%.victim.org');
    await world.advance(10);
    expect(world.asked).toHaveLength(5);
  });

  test('make room again with each answer', async () => {
    const { world, plugin } = await slow(
      'max_concurrent_per_client 2\nmax_concurrent_per_domain 2',
    );
    for (let i = 0; i < 5; i++) {
      expect(await world.ask(plugin, `n${i}.example.org`)).toContain('192.0.2.1');
    }
  });

  test('with every upstream down say that, and never REFUSED', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', {});
    const plugin = await world.forward('forward . 10.0.0.1 {\n max_concurrent 2\n}');
    for (const name of ['a.org', 'b.org']) void plugin.serve(world.request(name), fail);
    await world.advance(20, 1);
    expect(await world.ask(plugin, 'c.org')).toBe('SERVFAIL EDE23');
  });

  test('a slow upstream and a flood of names: memory has a bound', async () => {
    const world = new World();
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1', 5000));
    const plugin = await world.forward('forward . 10.0.0.1');
    for (let i = 0; i < 5000; i++) {
      const client = { address: `10.2.${i >> 8}.${i & 255}`, port: 1 };
      void plugin.serve({ ...requestOf(`n${i}.org`), client }, fail);
    }
    await world.advance(900);
    expect(world.network.mostDatagrams).toBeLessThanOrEqual(1500);
    expect(await world.metric('svcdns_forward_in_flight')).toEqual([
      'svcdns_forward_in_flight 1000',
    ]);
    await world.advance(5000);
    expect(await world.metric('svcdns_forward_in_flight')).toEqual(['svcdns_forward_in_flight 0']);
    // One for the probe, as the upstream is down.
    expect(world.network.openDatagrams).toBeLessThanOrEqual(1);
  });
});

describe('domainOf()', () => {
  const rows: [name: string, from: string, domain: string][] = [
    ['www.example.org', '.', 'example.org'],
    ['a.b.c.d.example.org', '.', 'example.org'],
    ['example.org', '.', 'example.org'],
    ['org', '.', 'org'],
    ['.', '.', '.'],
    ['a.b.c.corp.example', 'corp.example', 'b.c.corp.example'],
    ['c.corp.example', 'corp.example', 'c.corp.example'],
    ['4.3.2.192.in-addr.arpa', '.', '2.192.in-addr.arpa'],
    [`${'1.'.repeat(20)}8.b.d.0.1.0.0.2.ip6.arpa`, '.', '8.b.d.0.1.0.0.2.ip6.arpa'],
  ];
  test.for(rows)('%s, forwarded as part of %s: %s', ([name, from, domain]) => {
    const zone = from === '.' ? ROOT : keyFromText(from);
    expect(domainOf(keyFromText(name), zone)).toBe(keyFromText(domain));
  });
});
