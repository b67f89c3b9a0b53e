import { expect, test } from 'vitest';
import { servedBlocks } from '../../src/app/corefile.ts';
import { ProblemList } from '../../src/corefile/problems.ts';
import { Chains } from '../../src/server/blocks/chains.ts';
import { PENDING } from '../../src/server/exchange.ts';
import type { ChainQuestion } from '../../src/server/queue/chain-queue.ts';
import { LiveZone } from '../../src/zone/live-zone.ts';
import { arrived } from '../helpers/arrived.ts';
import { settled, testContext } from '../helpers/plugin-harness.ts';
import { encodeQuery } from '../helpers/query.ts';
import { answering, settingsOf } from './app-world.ts';

test('Chains stop only when every question that waits for its turn has had it', async () => {
  const queued: ChainQuestion[] = [];
  const context = testContext();
  const { blocks } = settingsOf(answering(5353));
  const chains = new Chains(
    servedBlocks(blocks, ({ zone }) => new LiveZone(zone)),
    {
      ...context,
      ownAddresses: () => [],
      udpReplyBytes: 1232,
      queue: { push: (question) => void queued.push(question), later: () => false },
    },
    undefined,
    new ProblemList(),
  );
  const replies: Uint8Array[] = [];
  const sink = { reply: (message: Uint8Array) => void replies.push(message) };
  const query = arrived(encodeQuery('example.org.', 'A'), { sink });
  const { exchange } = chains.groups[0]!;
  expect(exchange.answer(query, Buffer.alloc(4096))).toBe(PENDING);
  let isStopped = false;
  const stopped = chains.stop().then(() => {
    isStopped = true;
  });
  await settled();
  context.clock.advance(500);
  await settled();
  expect(isStopped).toBe(false);
  queued[0]?.start(0, () => {});
  await settled();
  context.clock.advance(10);
  await stopped;
  expect(replies).toHaveLength(1);
});
