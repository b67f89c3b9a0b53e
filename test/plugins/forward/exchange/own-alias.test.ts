import type { Answer } from 'dns-packet';
import { describe, expect, test } from 'vitest';
import { addressBytes } from '../../../../src/dns/address.ts';
import { isAtOrBelow, keyFromText } from '../../../../src/dns/name.ts';
import { addressRecord, nameRecord } from '../../../../src/dns/record.ts';
import { aliasTarget } from '../../../../src/plugins/alias-target.ts';
import type { Forward } from '../../../../src/plugins/forward/index.ts';
import type { Reply, Request } from '../../../../src/plugins/plugin.ts';
import { answerReply, errorReply } from '../../../../src/plugins/reply.ts';
import { followed } from '../../../helpers/plugin-harness.ts';
import { addressOf, DNSSEC_OK, fromNext, replyTo, World } from '../world.ts';

const CLUSTER = keyFromText('cluster.local');

const alias = (name: string, data: string): Answer => ({ type: 'CNAME', name, data, ttl: 60 });

/** What the cluster says of a name: an address, an alias to elsewhere, or an rcode. */
type Cluster = Readonly<Record<string, string | number>>;

/**
 * A server of a cluster and a forwarder; the upstream knows `answers` of every name, and says
 * `rcode`.
 */
async function server(answers: readonly Answer[], cluster: Cluster, rcode = 0) {
  const world = new World();
  const says = ({ bytes, reply }: { bytes: Buffer; reply: (bytes: Buffer) => void }) =>
    reply(replyTo(bytes, { answers, rcode }));
  world.network.upstreams.set('10.0.0.1:53', { udp: says, tcp: says });
  const asked: Request[] = [];
  let plugin: Forward;
  world.isOwnName = (key) => isAtOrBelow(key, CLUSTER);
  world.resolve = async (request) => {
    asked.push(request);
    const found = Object.entries(cluster).find(([name]) => keyFromText(name) === request.key);
    return found === undefined ? plugin.serve(request, fromNext) : clusterReply(request, found[1]);
  };
  /** As the plugin `kubernetes` follows an ExternalName. */
  const clusterReply = async (request: Request, said: string | number): Promise<Reply> => {
    if (typeof said === 'number') return errorReply('kubernetes', said);
    if (/^[\d.]+$/.test(said)) {
      return answerReply('kubernetes', [addressRecord(request.name, addressBytes(said)!, 5)]);
    }
    const target = keyFromText(said);
    const own = nameRecord(request.name, 5, target, 5);
    const found = await aliasTarget('kubernetes', request, [own], target, world.resolve);
    const rest = found ?? errorReply('', 5);
    return { ...rest, plugin: 'kubernetes', authoritative: true, answer: [own, ...rest.answer] };
  };
  plugin = await world.forward('forward . 10.0.0.1');
  return { world, plugin, asked };
}

const WEB = 'web.shop.svc.cluster.local';
const TO_WEB = [alias('www.org', 'cdn.net'), alias('cdn.net', WEB)];

describe("an upstream's alias to a name of our own", () => {
  test('whose own search is late: nobody asks for the alias once more', async () => {
    const { world, plugin } = await server(TO_WEB, {});
    const pending = { ...errorReply('forward', 2, 22, 'not yet'), provisional: 'pending' } as const;
    world.resolve = async () => pending;
    const asked = plugin.serve(world.request('www.org'), fromNext);
    await world.advance(20);
    expect(await asked).toEqual({ ...pending, provisional: 'busy' });
  });

  test('is followed here, and never there; the answers are joined', async () => {
    const { world, plugin, asked } = await server(TO_WEB, { [WEB]: '10.96.0.7' });
    expect(await world.ask(plugin, 'www.org')).toBe(
      `NOERROR (kubernetes) | www.org. 60 IN CNAME cdn.net., cdn.net. 60 IN CNAME ${WEB}., ${WEB}. 5 IN A 10.96.0.7`,
    );
    expect(asked.map(({ key, aliases }) => [key, aliases])).toEqual([
      [keyFromText(WEB), [keyFromText('www.org'), keyFromText('cdn.net')]],
    ]);
    expect(world.asked).toEqual(['udp 10.0.0.1:53 www.org.']);
  });

  test.for([
    ['an address', 0, addressOf(WEB, '6.6.6.6')],
    ['another alias', 0, alias(WEB, 'evil.test')],
    ['NXDOMAIN', 3, undefined],
    ['SERVFAIL', 2, undefined],
  ] as const)(
    'counts, whatever the upstream says of the name itself: %s',
    async ([, rcode, more]) => {
      const answers = more === undefined ? TO_WEB : [...TO_WEB, more];
      const { world, plugin } = await server(answers, { [WEB]: '10.96.0.7' }, rcode);
      const text = await world.ask(plugin, 'www.org');
      expect(text).toMatch(/^NOERROR .*10\.96\.0\.7$/);
      expect(text).not.toMatch(/6\.6\.6\.6|evil/);
    },
  );

  test('to a name that the cluster does not have is NXDOMAIN', async () => {
    const { world, plugin } = await server(TO_WEB, { [WEB]: 3 });
    expect(await world.ask(plugin, 'www.org')).toMatch(/^NXDOMAIN .*CNAME web\.shop/);
  });

  test('is given alone when nobody here answers for it', async () => {
    const { world, plugin } = await server(TO_WEB, { [WEB]: 5 });
    expect(await world.ask(plugin, 'www.org')).toMatch(/^NOERROR \|.*CNAME web\.shop\S+$/);
  });

  test.for(['CNAME', 'ANY'])('is what a question for %s wants to know', async (type) => {
    const { world, plugin, asked } = await server(TO_WEB, { [WEB]: '10.96.0.7' });
    expect(await world.ask(plugin, `www.org ${type}`)).toBe(
      'NOERROR | www.org. 60 IN CNAME cdn.net.',
    );
    expect(asked).toEqual([]);
  });

  test('is not vouched for, though the upstream vouched for the alias', async () => {
    const { world, plugin } = await server(TO_WEB, { [WEB]: '10.96.0.7' });
    const says = ({ bytes, reply }: { bytes: Buffer; reply: (bytes: Buffer) => void }) =>
      reply(replyTo(bytes, { flags: 0x01a0, answers: TO_WEB }));
    world.network.upstreams.set('10.0.0.1:53', { udp: says });
    expect(await world.ask(plugin, 'www.org', DNSSEC_OK)).toMatch(/^NOERROR \(kubernetes\)/);
  });

  test('follows an ExternalName, a foreign alias, and back', async () => {
    const { world, plugin } = await server([alias('www.org', WEB)], { [WEB]: '10.96.0.7' });
    const start = world.request('ext.shop.svc.cluster.local', { aliases: followed(1) });
    const reply = await replyOf(world, plugin.serve({ ...start, ...named('www.org') }, fromNext));
    expect(reply.rcode).toBe(0);
    expect(reply.answer).toHaveLength(2);
  });

  test.for([
    [0, 'CNAME chain leads round in a circle to www.org.'],
    [8, 'CNAME chain leads round in a circle to www.org.'],
    [9, 'CNAME chain leads round in a circle to www.org.'],
    [10, 'CNAME chain of over 10 links'],
  ] as const)('a loop begun after %i links ends in SERVFAIL', async ([links, text]) => {
    const { world, plugin, asked } = await server([alias('www.org', WEB)], { [WEB]: 'www.org' });
    const reply = await replyOf(
      world,
      plugin.serve(world.request('www.org', { aliases: followed(links) }), fromNext),
    );
    expect(reply).toMatchObject({
      rcode: 2,
      answer: [],
      error: { code: 0, text },
    });
    expect(asked.length).toBeLessThanOrEqual(1);
    expect(world.asked.length).toBe(1);
  });

  test('counts the links of all: 10 are followed, 11 are not', async () => {
    const links = (length: number) =>
      Array.from({ length }, (_, i) =>
        alias(`n${i}.org`, i === length - 1 ? WEB : `n${i + 1}.org`),
      );
    for (const [length, begun, rcode] of [
      [10, 0, 0],
      [11, 0, 2],
      [9, 1, 0],
      [10, 1, 2],
    ] as const) {
      const { world, plugin } = await server(links(length), { [WEB]: '10.96.0.7' });
      const asked = world.request('n0.org', { aliases: followed(begun) });
      expect((await replyOf(world, plugin.serve(asked, fromNext))).rcode).toBe(rcode);
    }
  });
});

function named(text: string): Pick<Request, 'name' | 'key'> {
  return { name: keyFromText(text), key: keyFromText(text) };
}

async function replyOf(world: World, reply: Promise<Reply>): Promise<Reply> {
  await world.advance(100, 1);
  return reply;
}
