import { describe, expect, test } from 'vitest';
import type { NameKey } from '../../../src/dns/name.ts';
import { plugin as declared } from '../../../src/plugins/cache/setup.ts';
import type { PluginContext, Request } from '../../../src/plugins/plugin.ts';
import {
  pluginOf,
  question,
  replyLines,
  replyWith,
  samples,
  settled,
  testContext,
  upstream,
} from '../../helpers/plugin-harness.ts';

const NAS = question('nas.lab.example. A');
const FOREIGN = replyWith(['nas.lab.example. 300 IN A 192.0.2.1']);
const OURS = replyWith(['nas.lab.example. 5 IN A 10.0.0.9'], { plugin: 'kubernetes' });
const ALIAS = replyWith([
  'nas.lab.example. 300 IN CNAME box.lab.example.',
  'box.lab.example. 300 IN A 192.0.2.1',
]);
const FOREIGN_LINES = ['NOERROR', 'nas.lab.example. 300 IN A 192.0.2.1'];
const OURS_LINES = ['NOERROR', 'nas.lab.example. 5 IN A 10.0.0.9'];

describe('CachePlugin and names that become ours', () => {
  test.for([
    ['a fresh answer', 'cache', 0],
    ['a stale answer', 'cache {\nserve_stale 1h\n}', 301],
    ['a stale answer that is verified', 'cache {\nserve_stale 1h verify\n}', 301],
  ] as const)(
    '%s is passed over from the moment a plugin below claims the name',
    async ([, directive, seconds]) => {
      let claimed = false;
      const context = testContext({ isClaimed: () => claimed });
      const plugin = pluginOf(declared.setup, directive, context);
      expect(replyLines(await plugin.serve(NAS, upstream(FOREIGN)))).toEqual(FOREIGN_LINES);
      context.clock.advance(seconds * 1000);
      claimed = true;
      expect(replyLines(await plugin.serve(NAS, upstream(OURS)))).toEqual(OURS_LINES);
      // And it is counted as little as the names of the cluster that never come here.
      expect(await samples(context.metrics, 'coredns_cache_requests_total{')).toEqual([
        'server="dns://:53",zones=".",view=""} 1',
      ]);
    },
  );

  test('what is claimed is not kept either', async () => {
    let claimed = true;
    const plugin = pluginOf(declared.setup, 'cache', testContext({ isClaimed: () => claimed }));
    await plugin.serve(
      NAS,
      upstream(replyWith(['nas.lab.example. 300 IN A 10.0.0.9'], { plugin: 'hosts' })),
    );
    claimed = false;
    expect(replyLines(await plugin.serve(NAS, upstream(FOREIGN)))).toEqual(FOREIGN_LINES);
  });

  test.for([
    ['fresh', 'cache', 0],
    ['stale', 'cache {\nserve_stale 1h\n}', 301],
  ] as const)(
    'a %s alias is passed over once its target is a name of the cluster',
    async ([, directive, seconds]) => {
      let isOurs = false;
      const isOwnName = (key: NameKey) => isOurs && key === question('box.lab.example. A').key;
      const context = testContext({ isOwnName });
      const plugin = pluginOf(declared.setup, directive, context);
      const next = upstream(ALIAS);
      await plugin.serve(NAS, next);
      await plugin.serve(NAS, next);
      expect(next.asked.length).toBe(1);
      context.clock.advance(seconds * 1000);
      isOurs = true;
      expect(replyLines(await plugin.serve(NAS, upstream(OURS)))).toEqual(OURS_LINES);
      await settled();
    },
  );
});

describe('CachePlugin over a reload', () => {
  const FORWARD = '[["forward",".","127.0.0.1:1",[]]]';

  /** A cache with an answer in it, and how the next one answers. */
  async function reloaded(before: Partial<PluginContext>, after: Partial<PluginContext>) {
    const context = testContext(before);
    const plugin = pluginOf(declared.setup, 'cache', context);
    await plugin.start?.();
    await plugin.serve(NAS, upstream(FOREIGN));
    const kept = plugin.keep?.();
    const heir = pluginOf(declared.setup, 'cache', { ...context, ...after, kept });
    await heir.start?.();
    await plugin.stop?.();
    const entries = () => samples(context.metrics, 'coredns_cache_entries{');
    return { plugin, heir, entries };
  }

  test('goes on with what was kept when the directives below are the same', async () => {
    const { heir } = await reloaded({ below: FORWARD }, { below: FORWARD });
    expect(replyLines(await heir.serve(NAS, upstream(OURS)))).toEqual(FOREIGN_LINES);
  });

  test('begins anew when the directives below are others', async () => {
    const { heir, entries } = await reloaded({ below: FORWARD }, { below: '[]' });
    expect(await entries()).toContain('server="dns://:53",type="success",zones=".",view=""} 0');
    expect(replyLines(await heir.serve(NAS, upstream(OURS)))).toEqual(OURS_LINES);
  });

  test('goes on as before when the reload fails after all', async () => {
    for (const below of [FORWARD, '[]']) {
      const context = testContext({ below: FORWARD });
      const plugin = pluginOf(declared.setup, 'cache', context);
      await plugin.start?.();
      await plugin.serve(NAS, upstream(FOREIGN));
      const heir = pluginOf(declared.setup, 'cache', { ...context, below, kept: plugin.keep?.() });
      await heir.start?.();
      await heir.stop?.();
      expect(replyLines(await plugin.serve(NAS, upstream(OURS)))).toEqual(FOREIGN_LINES);
      await plugin.stop?.();
      expect(replyLines(await plugin.serve(NAS, upstream(OURS)))).toEqual(OURS_LINES);
    }
  });

  test('keeps failures and how often they came', async () => {
    const context = testContext();
    const next = upstream(replyWith([], { rcode: 2 }));
    let plugin = pluginOf(declared.setup, 'cache', context);
    const asked: Request = question('gone.example.org. A');
    await plugin.start?.();
    for (const [seconds, queries] of [
      [0, 1],
      [5, 2],
      [9.9, 2],
      [0.1, 3],
    ] as const) {
      context.clock.advance(seconds * 1000);
      await plugin.serve(asked, next);
      expect(next.asked.length).toBe(queries);
      const heir = pluginOf(declared.setup, 'cache', { ...context, kept: plugin.keep?.() });
      await heir.start?.();
      await plugin.stop?.();
      plugin = heir;
    }
  });
});

describe('CachePlugin and the clock', () => {
  test.for([
    ['a year back', -31_536_000],
    ['a year on', 31_536_000],
  ] as const)('counts on when the time of day jumps %s', async ([, jump]) => {
    const context = testContext();
    let wall = context.clock.wallSeconds();
    const { clock } = context;
    const jumping = {
      now: () => clock.now(),
      wallSeconds: () => wall,
      setTimeout: (callback: () => void, ms: number) => clock.setTimeout(callback, ms),
    };
    const plugin = pluginOf(declared.setup, 'cache', { ...context, clock: jumping });
    const next = upstream(FOREIGN);
    await plugin.serve(NAS, next);
    wall += jump;
    clock.advance(100_000);
    expect(replyLines(await plugin.serve(NAS, next))[1]).toBe(
      'nas.lab.example. 200 IN A 192.0.2.1',
    );
    clock.advance(200_000);
    await plugin.serve(NAS, next);
    expect(next.asked.length).toBe(2);
  });
});
