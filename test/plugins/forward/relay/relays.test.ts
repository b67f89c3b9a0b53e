import { expect, test } from 'vitest';
import { clientPrefix } from '../../../../src/dns/client-prefix.ts';
import { readQuery } from '../../../../src/dns/intake.ts';
import type { PlainReply } from '../../../../src/dns/plain-reply.ts';
import type { Forward } from '../../../../src/plugins/forward/index.ts';
import type { Reply } from '../../../../src/plugins/plugin.ts';
import { requestOf } from '../../../../src/server/answer/chained-question.ts';
import { arrived } from '../../../helpers/arrived.ts';
import { encodeQuery } from '../../../helpers/query.ts';
import { fromNext, replyText, type Script, SILENT, World } from '../world.ts';

/** Relays a question, and has the plugins answer it when that is wanted. */
function relay(world: World, plugin: Forward, name: string, address = '192.0.2.1', waitedMs = 0) {
  const peer = { address, port: 5353 };
  const query = arrived(encodeQuery(name, 'A'), { peer, receivedAt: world.clock.now() });
  readQuery(query);
  const seen = { relayed: 0, plugins: [] as string[], isBegun: false };
  const cameAt = world.clock.now() - waitedMs;
  seen.isBegun = plugin.relaying!.relay({
    ...{ query, cameAt, client: clientPrefix(address) },
    answer: (reply: PlainReply) => {
      seen.relayed += reply.answers;
      return true;
    },
    pass: () => {
      const said = (reply: Reply) => void seen.plugins.push(replyText(reply));
      void plugin.serve(requestOf(query, cameAt), fromNext).then(said);
    },
  });
  return seen;
}

/** One address, of a pointer to the question. */
function answer(query: Buffer): Buffer {
  const record = Buffer.from('c00c00010001000000780004c0000207', 'hex');
  const reply = Buffer.concat([query.subarray(0, query.indexOf(0, 12) + 5), record]);
  reply.writeUInt16BE(0x8180, 2);
  reply.writeUInt16BE(1, 6);
  reply.writeUInt16BE(0, 10);
  return reply;
}

test('a plain reply is relayed at once, whatever waits for a turn', async () => {
  const world = new World();
  world.later = () => true;
  world.network.upstreams.set('10.0.0.1:53', { udp: ({ bytes, reply }) => reply(answer(bytes)) });
  const plugin = await world.forward('forward . 10.0.0.1');
  const seen = relay(world, plugin, 'www.example.org.');
  await world.advance(5, 1);
  expect(seen).toEqual({ relayed: 1, plugins: [], isBegun: true });
});

test('guesses that come in one turn count before what comes behind them', async () => {
  const world = new World();
  const turns: (() => void)[] = [];
  world.later = (work) => turns.push(work) > 0;
  const guessed: Script = ({ bytes, reply }) => {
    for (let guess = 1; guess <= 200; guess++) {
      const forged = answer(bytes);
      forged.writeUInt16BE(bytes.readUInt16BE(0) ^ guess, 0);
      reply(forged);
    }
    reply(answer(bytes));
  };
  world.network.upstreams.set('10.0.0.1:53', { udp: guessed, tcp: () => {} });
  const plugin = await world.forward('forward . 10.0.0.1');
  const seen = relay(world, plugin, 'www.example.org.');
  await world.advance(5, 1);
  expect(seen).toEqual({ relayed: 0, plugins: [], isBegun: true });
  for (const turn of turns) turn();
  // The socket is given up as under attack: what comes to it then is not looked at.
  expect(await world.metric('svcdns_forward_mismatches_total{')).toContain(
    'svcdns_forward_mismatches_total{proxy_name="forward",to="10.0.0.1:53",reason="id"} 100',
  );
  expect(world.network.openDatagrams).toBe(0);
});

test('a question that has been sent goes on when the share of its client has become less', async () => {
  const world = new World();
  const slow: Script = ({ bytes, reply }) => reply(answer(bytes), 700);
  world.network.upstreams.set('10.0.0.1:53', { udp: slow });
  const plugin = await world.forward('forward . 10.0.0.1 {\nmax_concurrent 101\n}');
  const ofOne = Array.from({ length: 40 }, (_, i) => relay(world, plugin, `one${i}.org.`));
  for (let i = 0; i < 40; i++) relay(world, plugin, `other${i}.org.`, `192.0.2.${i + 2}`);
  await world.advance(1000);
  expect(ofOne.filter(({ isBegun }) => isBegun)).toHaveLength(40);
  for (const { plugins } of ofOne) expect(plugins).toEqual([expect.stringMatching(/^NOERROR/)]);
});

test('a client is told in time, however long its question waited before it was relayed', async () => {
  const world = new World();
  world.network.upstreams.set('10.0.0.1:53', SILENT);
  const plugin = await world.forward('forward . 10.0.0.1');
  const seen = relay(world, plugin, 'www.example.org.', '192.0.2.1', 1000);
  await world.advance(449, 1);
  expect(seen).toEqual({ relayed: 0, plugins: [], isBegun: true });
  await world.advance(2, 1);
  expect(seen.plugins).toEqual([expect.stringMatching(/^SERVFAIL/)]);
});
