import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_USES } from '../../../src/plugins/forward/transport/datagram-socket.ts';
import { runs } from '../../helpers/runs.ts';
import { addressOf, fromNext, replyText, replyTo, type Script, World } from './world.ts';

const addressFor = (name: string) => `10.0.0.${Number(/\d+/.exec(name)?.[0])}`;

/**
 * What an upstream does with a query: replies after so many ms, repeats it so long after, or errs
 * first.
 */
interface Habit {
  readonly ms: number;
  readonly repeatMs: number | undefined;
  readonly errs: 'never' | 'id' | 'question' | 'stray' | 'refuse' | 'silent';
}

const habit: fc.Arbitrary<Habit> = fc.record({
  ms: fc.constantFrom(1, 1, 2, 5, 30, 700),
  repeatMs: fc.option(fc.constantFrom(1, 3, 40, 400), { nil: undefined, freq: 2 }),
  errs: fc.constantFrom(
    ...(['never', 'never', 'never', 'never', 'id', 'question', 'stray', 'refuse'] as const),
    'silent' as const,
  ),
});

/** Behaves after `habits` in turn. */
function upstream(habits: readonly Habit[]): Script {
  let at = 0;
  return ({ bytes, name, reply, stray, refuse }) => {
    const { ms, repeatMs, errs } = habits[at++ % habits.length]!;
    const good = replyTo(bytes, { answers: [addressOf(name, addressFor(name))] });
    if (errs === 'refuse') return refuse();
    if (errs === 'stray') stray();
    if (errs === 'id') {
      const wrong = Buffer.from(good);
      wrong[0] = wrong[0]! ^ 0x55;
      reply(wrong);
    }
    if (errs === 'question') {
      reply(replyTo(bytes, { name: 'q99.org', answers: [addressOf('q99.org', '10.0.0.99')] }));
    }
    if (errs === 'silent') return;
    reply(good, ms);
    if (repeatMs !== undefined) reply(good, ms + repeatMs);
  };
}

test('whatever order replies, repeats, late ones and errors come in, each question has its own answer or none', async () => {
  const habits = fc.array(habit, { minLength: 1, maxLength: 30 });
  const pauses = fc.array(fc.constantFrom(0, 0, 1, 3, 20), { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(habits, pauses, async (script, gaps) => {
      const world = new World();
      world.network.upstreams.set('10.0.0.1:53', { udp: upstream(script), tcp: upstream(script) });
      const plugin = await world.forward('forward . 10.0.0.1 {\n max_fails 0\n}');
      const replies: Promise<[name: string, reply: string]>[] = [];
      for (let i = 0; i < 60; i++) {
        const name = `q${i}.org`;
        const asked = plugin.serve(world.request(name), fromNext);
        replies.push(asked.then((reply) => [name, replyText(reply)]));
        await world.advance(gaps[i % gaps.length]!, 1);
      }
      await world.advance(1500, 10);
      for (const [name, reply] of await Promise.all(replies)) {
        const good = `NOERROR | ${name}. 60 IN A ${addressFor(name)}`;
        expect([good, 'SERVFAIL EDE22', 'SERVFAIL EDE23']).toContain(reply);
      }
      const uses = new Map<number, number>();
      for (const { socket, transport } of world.network.arrived) {
        if (transport === 'udp') uses.set(socket, (uses.get(socket) ?? 0) + 1);
      }
      expect(Math.max(...uses.values())).toBeLessThanOrEqual(MAX_USES);
      await plugin.stop();
      await world.advance(1500, 100);
      expect(world.network.openDatagrams).toBe(0);
    }),
    { numRuns: runs(40) },
  );
});
