import { describe, expect, test } from 'vitest';
import { textOf } from '../../../src/dns/name.ts';
import { setup } from '../../../src/plugins/loop/setup.ts';
import type { Plugin, PluginContext, Reply, Request } from '../../../src/plugins/plugin.ts';
import { errorReply } from '../../../src/plugins/reply.ts';
import {
  pluginOf,
  question,
  replyLines,
  replyWith,
  samples,
  settled,
  setUp,
  testContext,
} from '../../helpers/plugin-harness.ts';

const ANSWER = replyWith(['www.example.org. 300 IN A 192.0.2.1']);
const WWW = question('www.example.org. A');

/** A server of one plugin and an upstream, which sends what it is asked back to us while it `loops`. */
async function server(given: Partial<PluginContext> = {}) {
  const state = { loops: false, answers: true, sent: [] as Request[] };
  let plugin: Plugin;
  const forward = async (request: Request): Promise<Reply> => {
    state.sent.push(request);
    if (!state.answers) return new Promise(() => {});
    if (!state.loops) return ANSWER;
    // Over the network it is another object, from the upstream's address.
    return plugin.serve({ ...request, client: { address: '192.0.2.53', port: 40_000 } }, forward);
  };
  const context = testContext({
    ...given,
    resolve: (request) => plugin.serve({ ...request, authenticData: true }, forward),
  });
  plugin = pluginOf(setup, 'loop', context);
  await plugin.start?.();
  return {
    state,
    context,
    plugin,
    ask: (request = WWW) => plugin.serve(request, forward),
    async after(ms: number) {
      context.clock.advance(ms);
      await settled();
    },
    detected: async () => (await samples(context.metrics, 'svcdns_loop_detected{'))[0],
  };
}

describe('LoopPlugin', () => {
  test('lets everything through while nothing comes back', async () => {
    const { ask, after, context, detected } = await server();
    await after(60_000);
    expect(replyLines(await ask())).toEqual(replyLines(ANSWER));
    expect(await detected()).toBe('server="dns://:53",zone="."} 0');
    expect(context.logged).toEqual([]);
  });

  test('answers with SERVFAIL within two seconds of a loop, says so once, and ends when the loop does', async () => {
    const { state, ask, after, context, detected } = await server();
    state.loops = true;
    await after(2000);
    expect(await ask()).toMatchObject({
      rcode: 2,
      plugin: 'loop',
      error: { code: 0, text: 'forwarding loop: what is sent upstream comes back from 192.0.2.53' },
    });
    expect(await detected()).toBe('server="dns://:53",zone="."} 1');
    await after(300_000);
    expect(context.logged.map(({ level, msg }) => `${level} ${msg}`)).toEqual([
      expect.stringContaining('error plugin/loop: Loop (192.0.2.53 -> dns://:53) detected'),
    ]);
    state.loops = false;
    await after(30_000);
    expect(replyLines(await ask())).toEqual(replyLines(ANSWER));
    expect(await detected()).toBe('server="dns://:53",zone="."} 0');
    expect(context.logged.at(-1)).toMatchObject({ level: 'info' });
  });

  test('does not send a probe that came back a second time', async () => {
    const { state, after } = await server();
    state.loops = true;
    await after(500);
    expect(state.sent.length).toBe(1);
  });

  test('probes with HINFO for a new name of 128 random bits every 30 s', async () => {
    const { state, after } = await server({ zones: ['example.org', 'example.com'] });
    await after(500);
    await after(2000);
    await after(30_000);
    await after(29_999);
    const names = state.sent.map(({ key, type }) => `${textOf(key)} ${type}`);
    expect(names.length).toBe(3);
    expect(new Set(names).size).toBe(3);
    for (const name of names) expect(name).toMatch(/^[0-9a-f]{32}\.example\.org\. 13$/);
    await after(1);
    expect(state.sent.length).toBe(4);
  });

  test('is not moved by anybody who does not know the whole name of the probe under way', async () => {
    const { state, ask, after, detected } = await server();
    state.answers = false; // the probe stays under way
    await after(500);
    const { key } = state.sent[0] as Request;
    const near = [
      key.slice(0, -1) + String.fromCharCode(key.charCodeAt(key.length - 1) ^ 1),
      `\u0001a${key}`,
      key.slice(1 + key.charCodeAt(0)),
      key.replace(/[a-f]/g, (letter) => letter.toUpperCase()),
    ] as Request['key'][];
    for (const guess of near) void ask({ ...WWW, key: guess });
    await settled();
    expect(await detected()).toMatch(/ 0$/);
    await after(5000); // the probe is over: its name is a name like any other
    void ask({ ...WWW, key });
    await settled();
    expect(await detected()).toMatch(/ 0$/);
  });

  test('goes on probing when a probe is never answered, or the chain breaks', async () => {
    const { state, after } = await server();
    state.answers = false;
    await after(500);
    await after(5000);
    await after(2000);
    expect(state.sent.length).toBe(2);
    const broken = testContext({ resolve: async () => Promise.reject(new Error('a bug')) });
    const plugin = pluginOf(setup, 'loop', broken);
    await plugin.start?.();
    for (const ms of [500, 2000, 30_000]) {
      broken.clock.advance(ms);
      await settled();
    }
    expect(broken.clock.timers).toBe(1);
  });

  test('does not take the late reply to a probe for the end of the next one', async () => {
    const answer: ((reply: Reply) => void)[] = [];
    const probes: Request[] = [];
    const late = testContext({
      resolve: (request) => {
        probes.push(request);
        return new Promise((resolve) => answer.push(resolve));
      },
    });
    const plugin = pluginOf(setup, 'loop', late);
    await plugin.start?.();
    late.clock.advance(7500); // the first is over, the second under way
    answer[0]?.(ANSWER);
    await settled();
    const key = probes[1]?.key ?? WWW.key;
    expect(probes.length).toBe(2);
    expect((await plugin.serve({ ...WWW, key }, async () => ANSWER)).rcode).toBe(2);
    expect(late.clock.timers).toBe(1);
  });

  test('knows of the loop at once after a reload', async () => {
    const first = await server();
    first.state.loops = true;
    await first.after(500);
    const kept = first.plugin.keep?.();
    const second = await server({ kept });
    expect((await second.ask()).rcode).toBe(2);
    await second.after(500);
    expect((await second.ask()).rcode).toBe(0);
  });

  test('leaves no timer when it stops', async () => {
    const { plugin, after, context } = await server();
    await plugin.stop?.();
    expect(context.clock.timers).toBe(0);
    await after(60_000);
    expect(context.clock.timers).toBe(0);
  });

  test('is of no effect on SERVFAIL of an upstream', async () => {
    const failing = errorReply('forward', 2);
    const context = testContext({ resolve: async () => failing });
    const plugin = pluginOf(setup, 'loop', context);
    await plugin.start?.();
    context.clock.advance(500);
    await settled();
    expect(await plugin.serve(WWW, async () => failing)).toBe(failing);
    expect(context.logged).toEqual([]);
  });
});

test.for([
  [
    'loop now',
    '2:6',
    "Wrong argument count or unexpected line ending after 'loop': expected no argument",
  ],
  ['loop {\nfast\n}', '3:1', "unknown property 'fast': 'loop' has no options"],
  ['loop\nloop', '3:1', 'this plugin can only be used once per Server Block'],
] as const)('loop setup rejects %j', ([directive, place, message]) => {
  const { plugin, problems } = setUp(setup, directive);
  expect(problems).toEqual([`Corefile:${place}: error: plugin/loop: ${message} [PLUGIN_OPTION]`]);
  expect(plugin).toBeUndefined();
});

test('loop setup rejects a zone whose name leaves no room for a probe', () => {
  const zone = Array(4).fill('a'.repeat(60)).join('.');
  const { problems } = setUp(setup, 'loop', testContext({ zones: [zone] }));
  expect(problems).toEqual([
    'Corefile:2:1: error: plugin/loop: Cannot probe below the zone of the server block: its name has 245 bytes, expected at most 222 [PLUGIN_OPTION]',
  ]);
});
