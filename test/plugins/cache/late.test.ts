import { describe, expect, onTestFinished, test } from 'vitest';
import { plugin as cache } from '../../../src/plugins/cache/setup.ts';
import { plugin as header } from '../../../src/plugins/header/setup.ts';
import type { Reply, Request } from '../../../src/plugins/plugin.ts';
import { errorReply, linkChain } from '../../../src/plugins/reply.ts';
import { pluginOf, question, testContext } from '../../helpers/plugin-harness.ts';
import { type FakeUpstream, healthy, SILENT, World } from '../forward/world.ts';

const REFUSING: FakeUpstream = {};

/** A cache above a header and `forward`, as a server block has them, in one world. */
async function chainOf(upstream: FakeUpstream, options = '', forwardOptions = '') {
  const world = new World();
  world.network.upstreams.set('10.0.0.1:53', upstream);
  const context = { ...testContext(), ...world.context(), clock: world.clock, logged: [] };
  const plugins = [
    pluginOf(cache.setup, `cache {\n${options}\n}`, context),
    pluginOf(header.setup, 'header {\nresponse set aa\n}', context),
    await world.forward(`forward . 10.0.0.1 {\n${forwardOptions}\n}`),
  ];
  await plugins[0]?.start?.();
  onTestFinished(() => plugins[0]?.stop?.());
  const chain = linkChain(plugins);
  /** Asks now; `RCODE[/EDE] PLUGIN MS` once there is a reply, '' before. */
  const ask = (name: string, more = {}) => {
    const start = world.clock.now();
    const asked = { said: '', reply: undefined as Reply | undefined };
    void chain(world.request(name, more)).then((reply) => {
      const error = reply.error === undefined ? '' : `/${reply.error.code}`;
      asked.said = `${reply.rcode}${error} ${reply.plugin} ${world.clock.now() - start}`;
      asked.reply = reply;
    });
    return asked;
  };
  return { world, ask };
}

describe('CachePlugin above an upstream that is late', () => {
  test.for([1500, 1900, 2500, 4900])(
    'by %i ms: keeps the answer, not the failure, as the plugins between make it',
    async (ms) => {
      const { world, ask } = await chainOf(healthy('192.0.2.1', ms - 1));
      const first = ask('www.org');
      await world.advance(1450);
      expect(first.said).toBe('2/22 forward 1450');
      await world.advance(ms - 1450);
      const second = ask('www.org');
      await world.advance(1, 1);
      expect(second.said).toBe('0 cache 1');
      expect(second.reply?.answer).toHaveLength(1);
      const questions = world.network.arrived.length;
      await world.advance(5000);
      expect(world.network.arrived.length).toBe(questions);
    },
  );

  test('gives it to the client that asks again before it is there', async () => {
    const { world, ask } = await chainOf(healthy('192.0.2.1', 2498));
    ask('www.org');
    await world.advance(1460);
    const second = ask('www.org');
    await world.advance(1100);
    expect(second.said).toBe('0 forward 1040');
  });

  test('keeps its silence once it has had its time, and says so', async () => {
    const { world, ask } = await chainOf(SILENT, '', 'max_fails 0');
    ask('www.org');
    await world.advance(3000);
    const second = ask('www.org');
    await world.advance(1460);
    expect(second.said).toBe('2/22 forward 1450');
    await world.advance(600);
    const third = ask('www.org');
    await world.advance(1, 1);
    expect(third.said).toMatch(/^2\/13 cache/);
  });

  test('asks behind the client once for each question', async () => {
    const { world, ask } = await chainOf(SILENT, '', 'max_fails 0');
    for (let i = 0; i < 20; i++) ask('www.org');
    await world.advance(1460);
    expect(await world.metric('svcdns_forward_late')).toContain('svcdns_forward_late 1');
    await world.advance(3600);
    const later = ask('www.org');
    await world.advance(1, 1);
    expect(later.said).toMatch(/^2\/13 cache/);
  });

  test('keeps no failure that is not the upstreams’ doing', async () => {
    const { world, ask } = await chainOf(healthy('192.0.2.1'), '', 'max_concurrent_per_client 1');
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1', 100));
    ask('first.org');
    const turned = ask('www.org');
    await world.advance(200);
    expect(turned.said).toMatch(/^2\/0 forward/);
    const again = ask('www.org');
    await world.advance(200);
    expect(again.said).toMatch(/^0 forward/);
  });

  test('keeps no failure because nobody listens: it is over when somebody does', async () => {
    const { world, ask } = await chainOf(REFUSING);
    const first = ask('www.org');
    await world.advance(10, 1);
    expect(first.said).toMatch(/^2\/23 forward \d$/);
    world.network.upstreams.set('10.0.0.1:53', healthy('192.0.2.1'));
    await world.advance(600);
    const second = ask('www.org');
    await world.advance(10, 1);
    expect(second.said).toMatch(/^0 forward/);
  });

  test('asks nobody again for a client without recursion', async () => {
    const { world, ask } = await chainOf(healthy('192.0.2.1', 2498));
    ask('www.org', { recursionDesired: false });
    await world.advance(5100);
    const second = ask('www.org', { recursionDesired: false });
    await world.advance(1, 1);
    expect(second.said).toBe('');
    await world.advance(6000);
  });
});

describe('CachePlugin and a reply that is provisional', () => {
  const pending: Reply = {
    ...errorReply('forward', 2, 22, 'no answer yet'),
    provisional: 'pending',
  };

  /** Whether each question that got below was a patient one; those are never answered. */
  async function asked(questions: readonly Request[], reply: Reply) {
    const plugin = pluginOf(cache.setup, 'cache', testContext());
    const below: boolean[] = [];
    for (const question of questions) {
      await plugin.serve(question, ({ isPatient = false }) => {
        below.push(isPatient);
        return isPatient ? new Promise(() => {}) : Promise.resolve(reply);
      });
    }
    return below;
  }

  const www = question('www.org. A');
  test.for<[string, readonly Request[], Reply, boolean[]]>([
    ['pending: asks once more, patiently', [www], pending, [false, true]],
    ['pending, again: once at a time', [www, www], pending, [false, true, false]],
    [
      'pending, of another type: each',
      [www, question('www.org. AAAA')],
      pending,
      [false, true, false, true],
    ],
    ['pending, without RD', [{ ...www, recursionDesired: false }], pending, [false]],
    ['busy', [www], { ...pending, provisional: 'busy' }, [false]],
  ])('%s', async ([, questions, reply, expected]) => {
    expect(await asked(questions, reply)).toEqual(expected);
  });
});

describe('CachePlugin with serve_stale verify above an upstream that is dead', () => {
  /** Answers the first question, with a TTL of 60 s; then it is another. */
  async function stale(dead: FakeUpstream) {
    const { world, ask } = await chainOf(healthy('192.0.2.1'), 'serve_stale 1h verify');
    ask('www.org');
    await world.advance(60_100, 100);
    world.network.upstreams.set('10.0.0.1:53', dead);
    return { world, ask };
  }

  test('where nobody listens: the stale answer at once, each time', async () => {
    const { world, ask } = await stale(REFUSING);
    for (let i = 0; i < 3; i++) {
      const client = ask('www.org');
      await world.advance(10, 1);
      expect(client.said).toMatch(/^0\/3 cache \d$/);
    }
  });

  test('that is silent: after TIMEOUT, and the answer that comes later is kept', async () => {
    const { world, ask } = await stale(healthy('192.0.2.2', 2998));
    const client = ask('www.org');
    await world.advance(1810);
    expect(client.said).toBe('0/3 cache 1800');
    await world.advance(1200);
    const second = ask('www.org');
    await world.advance(1, 1);
    expect(second.said).toMatch(/^0 cache/);
  });
});
