import { describe, expect, test } from 'vitest';
import { keyFromText, type NameKey, textOf } from '../../../src/dns/name.ts';
import { plugin as declared } from '../../../src/plugins/loop/index.ts';
import type { Plugin, PluginContext } from '../../../src/plugins/plugin.ts';
import { errorReply } from '../../../src/plugins/reply.ts';
import type { UpstreamHandle } from '../../../src/plugins/upstream-handle.ts';
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

/** An upstream: sends what it is asked back to us while it `loops`; answers or is silent. */
class FakeUpstream implements UpstreamHandle {
  readonly id: string;
  readonly label: string;
  readonly origin: string;
  readonly zone: NameKey;
  plugin: Plugin | undefined;
  loops = false;
  answers = true;
  isCut = false;
  readonly probes: { key: NameKey; type: number }[] = [];
  givenUp = 0;

  constructor(label: string, origin: string, zone = '.') {
    this.id = label;
    this.label = label;
    this.origin = origin;
    this.zone = keyFromText(zone);
  }

  ask(key: NameKey, type: number, ended: () => void): () => void {
    this.probes.push({ key, type });
    void this.#carry(key, type).then(() => {
      if (this.answers) ended();
    });
    return () => void this.givenUp++;
  }

  async #carry(key: NameKey, type: number): Promise<void> {
    if (!this.loops) return;
    const client = { address: '192.0.2.53', port: 40_000 };
    const back = question(`${textOf(key)} A`, { type, client });
    await this.plugin?.serve(back, async () => ANSWER);
  }

  cut(isCut: boolean): void {
    this.isCut = isCut;
  }
}

async function server(given: Partial<PluginContext> = {}, upstreams = [first()]) {
  const context = testContext({ upstreams: () => upstreams, ...given });
  const plugin = pluginOf(declared.setup, 'loop', context);
  for (const upstream of upstreams) upstream.plugin = plugin;
  await plugin.start?.();
  return {
    context,
    plugin,
    upstreams,
    ask: (request = WWW) => plugin.serve(request, async () => ANSWER),
    async after(ms: number) {
      context.clock.advance(ms);
      await settled();
    },
    detected: async () => (await samples(context.metrics, 'svcdns_loop_detected{'))[0],
  };
}

const first = (zone?: string) => new FakeUpstream('10.0.0.1:53', 'Corefile:7:15', zone);
const second = () => new FakeUpstream('10.0.0.2:53', '/etc/resolv.conf:3');

describe('LoopPlugin', () => {
  test('lets everything through while nothing comes back', async () => {
    const { ask, after, context, detected, upstreams } = await server();
    await after(60_000);
    expect(replyLines(await ask())).toEqual(replyLines(ANSWER));
    expect(await detected()).toBe('server="dns://:53",zone="."} 0');
    expect(context.logged).toEqual([]);
    expect(upstreams[0]?.isCut).toBe(false);
  });

  test('cuts the upstream that loops, and it alone, names its place once, and takes it back', async () => {
    const upstreams = [first(), second()];
    const { ask, after, context, detected } = await server({}, upstreams);
    upstreams[1]!.loops = true;
    await after(2000);
    expect(upstreams.map(({ isCut }) => isCut)).toEqual([false, true]);
    expect(await detected()).toBe('server="dns://:53",zone="."} 1');
    // What the other upstream can answer goes on.
    expect(replyLines(await ask())).toEqual(replyLines(ANSWER));
    for (let round = 0; round < 10; round++) await after(30_000);
    expect(context.logged).toMatchObject([
      { level: 'error', upstream: '10.0.0.2:53', origin: '/etc/resolv.conf:3', from: '192.0.2.53' },
    ]);
    expect(context.logged[0]?.['msg']).toBe(
      'plugin/loop: Loop (192.0.2.53 -> dns://:53) detected: /etc/resolv.conf:3: the upstream 10.0.0.2:53 sends back what it is asked, and is not asked any more until it does not. Check whether it, or a server that it asks, forwards to this one',
    );
    upstreams[1]!.loops = false;
    await after(30_000);
    expect(upstreams.map(({ isCut }) => isCut)).toEqual([false, false]);
    expect(await detected()).toBe('server="dns://:53",zone="."} 0');
    expect(context.logged.at(-1)).toMatchObject({ level: 'info', upstream: '10.0.0.2:53' });
  });

  test('answers a probe that came back with SERVFAIL, and sends it on no more', async () => {
    const { upstreams, ask, after } = await server();
    upstreams[0]!.answers = false;
    await after(500);
    const { key } = upstreams[0]!.probes[0]!;
    expect(await ask({ ...WWW, key })).toMatchObject({
      rcode: 2,
      plugin: 'loop',
      error: { code: 0, text: 'forwarding loop: 10.0.0.1:53 sends back what it is asked' },
    });
    expect(upstreams[0]!.isCut).toBe(true);
  });

  test('probes each upstream with HINFO for a new name of 128 random bits every 30 s', async () => {
    const upstreams = [first(), second()];
    const { after } = await server({ zones: ['example.org', 'example.com'] }, upstreams);
    await after(500);
    await after(2000);
    await after(30_000);
    await after(29_999);
    const names = upstreams.flatMap(({ probes }) =>
      probes.map(({ key, type }) => `${textOf(key)} ${type}`),
    );
    expect(names.length).toBe(6);
    expect(new Set(names).size).toBe(6);
    for (const name of names) expect(name).toMatch(/^[0-9a-f]{32}\.example\.org\. 13$/);
    await after(1);
    expect(upstreams.map(({ probes }) => probes.length)).toEqual([4, 4]);
  });

  const zones: [forwarded: string, block: string[], probed: string | undefined][] = [
    ['.', [''], ''],
    ['corp.example', [''], '.corp.example'],
    ['.', ['example.org'], '.example.org'],
    ['corp.example.org', ['example.org'], '.corp.example.org'],
    ['other.test', ['example.org'], undefined],
  ];
  test.for(zones)(
    'forwarding %s in a block for %s: a name below that',
    async ([zone, block, probed]) => {
      const { upstreams, after } = await server({ zones: block }, [first(zone)]);
      await after(500);
      const names = upstreams[0]!.probes.map(({ key }) => textOf(key).slice(32));
      expect(names).toEqual(probed === undefined ? [] : [`${probed}.`]);
    },
  );

  test('is not moved by anybody who does not know the whole name of the probe under way', async () => {
    const { upstreams, ask, after } = await server();
    const [upstream] = upstreams as [FakeUpstream];
    upstream.answers = false; // the probe stays under way
    await after(500);
    const { key } = upstream.probes[0]!;
    const near = [
      key.slice(0, -1) + String.fromCharCode(key.charCodeAt(key.length - 1) ^ 1),
      `\u0001a${key}`,
      key.slice(1 + key.charCodeAt(0)),
    ] as NameKey[];
    for (const guess of near) expect((await ask({ ...WWW, key: guess })).rcode).toBe(0);
    expect(upstream.isCut).toBe(false);
    await after(5000); // the probe is over: its name is a name like any other
    expect(upstream.givenUp).toBe(1);
    expect((await ask({ ...WWW, key })).rcode).toBe(0);
    expect(upstream.isCut).toBe(false);
  });

  test('goes on probing an upstream that never answers, and does not take its silence for a loop', async () => {
    const { upstreams, after } = await server();
    upstreams[0]!.answers = false;
    for (const ms of [500, 2000, 30_000, 30_000]) await after(ms);
    expect(upstreams[0]!.probes).toHaveLength(4);
    expect(upstreams[0]!.isCut).toBe(false);
  });

  test('takes a cut upstream back when it falls silent: it loops no more', async () => {
    const { upstreams, after } = await server();
    upstreams[0]!.loops = true;
    await after(500);
    Object.assign(upstreams[0]!, { loops: false, answers: false });
    await after(2000);
    expect(upstreams[0]!.isCut).toBe(true);
    await after(5000);
    expect(upstreams[0]!.isCut).toBe(false);
  });

  test('forgets an upstream that is gone', async () => {
    const upstreams = [first(), second()];
    const { after, detected } = await server({}, upstreams);
    upstreams[0]!.loops = true;
    await after(500);
    upstreams.shift();
    await after(2000);
    expect(await detected()).toBe('server="dns://:53",zone="."} 0');
  });

  test('finds upstreams that come later', async () => {
    const upstreams = [first()];
    const { plugin, after } = await server({}, upstreams);
    await after(2500);
    upstreams.push(Object.assign(second(), { loops: true, plugin }));
    await after(30_000);
    expect(upstreams.map(({ isCut }) => isCut)).toEqual([false, true]);
  });

  test('knows of the loop at once after a reload, and both count it once', async () => {
    const before = await server();
    before.upstreams[0]!.loops = true;
    await before.after(500);
    const { metrics } = before.context;
    const after = await server({ kept: before.plugin.keep?.(), metrics });
    await before.plugin.stop?.();
    await after.ask();
    expect(after.upstreams[0]!.isCut).toBe(true);
    expect(await after.detected()).toBe('server="dns://:53",zone="."} 1');
    await after.after(500);
    expect(after.upstreams[0]!.isCut).toBe(false);
    expect(await after.detected()).toBe('server="dns://:53",zone="."} 0');
  });

  test('leaves no timer and no probe when it stops', async () => {
    const { plugin, after, context, upstreams } = await server();
    upstreams[0]!.answers = false;
    await after(500);
    await plugin.stop?.();
    expect(context.clock.timers).toBe(0);
    expect(upstreams[0]!.givenUp).toBe(1);
    await after(60_000);
    expect(context.clock.timers).toBe(0);
  });

  test('is of no effect on SERVFAIL of an upstream', async () => {
    const failing = errorReply('forward', 2);
    const { plugin, after, context } = await server();
    await after(500);
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
  const { plugin, problems } = setUp(declared.setup, directive);
  expect(problems).toEqual([`Corefile:${place}: error: plugin/loop: ${message} [PLUGIN_OPTION]`]);
  expect(plugin).toBeUndefined();
});

test('loop setup rejects a zone whose name leaves no room for a probe', () => {
  const zone = Array(4).fill('a'.repeat(60)).join('.');
  const { problems } = setUp(declared.setup, 'loop', testContext({ zones: [zone] }));
  expect(problems).toEqual([
    'Corefile:2:1: error: plugin/loop: Cannot probe below the zone of the server block: its name has 245 bytes, expected at most 222 [PLUGIN_OPTION]',
  ]);
});
