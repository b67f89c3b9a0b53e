import { describe, expect, test } from 'vitest';
import { plugin as declared } from '../../../src/plugins/cache/setup.ts';
import type { Next, Reply, Request } from '../../../src/plugins/plugin.ts';
import { errorReply } from '../../../src/plugins/reply.ts';
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

const WWW = question('www.example.org. A');
const OLD = replyWith(['www.example.org. 60 IN A 192.0.2.1']);
const NEW = replyWith(['www.example.org. 60 IN A 192.0.2.2']);
const SOA = 'example.org. 60 IN SOA ns.example.org. host.example.org. 1 7200 1800 86400 60';
const NXDOMAIN = replyWith([], { rcode: 3, soa: SOA });
const SERVFAIL = errorReply('forward', 2, 22, 'no upstream is well');

const STALE_OLD = ['NOERROR', 'www.example.org. 30 IN A 192.0.2.1'];
const FRESH_OLD = ['NOERROR', 'www.example.org. 60 IN A 192.0.2.1'];
const FRESH_NEW = ['NOERROR', 'www.example.org. 60 IN A 192.0.2.2'];

function cacheOf(options: string, next: Next) {
  const context = testContext();
  const plugin = pluginOf(declared.setup, `cache {\n${options}\n}`, context);
  return {
    context,
    plugin,
    async after(seconds: number, asked: Request = WWW): Promise<Reply> {
      context.clock.advance(seconds * 1000);
      const reply = await plugin.serve(asked, next);
      await settled();
      return reply;
    },
  };
}

/** Replies that come when they are let go. */
function slowUpstream() {
  const waiting: ((reply: Reply) => void)[] = [];
  const next: Next = () => new Promise((resolve) => waiting.push(resolve));
  return { next, waiting };
}

describe('CachePlugin with serve_stale', () => {
  test('answers with what is out of date, a TTL of 30 s and EDE 3, and refreshes behind it', async () => {
    const next = upstream(OLD, NEW);
    const { after, context } = cacheOf('serve_stale', next);
    await after(0);
    const stale = await after(60);
    expect(replyLines(stale)).toEqual(STALE_OLD);
    expect(stale.error?.code).toBe(3);
    expect(next.asked.length).toBe(2);
    expect(replyLines(await after(0))).toEqual(FRESH_NEW);
    expect(await samples(context.metrics, 'coredns_cache_served_stale_total{')).toEqual([
      'server="dns://:53",zones=".",view=""} 1',
    ]);
  });

  test('says EDE 19 for a stale NXDOMAIN', async () => {
    const { after } = cacheOf('serve_stale', upstream(NXDOMAIN));
    await after(0);
    expect(await after(60)).toMatchObject({ rcode: 3, error: { code: 19 } });
  });

  test('gives up an entry when its window is over', async () => {
    const next = upstream(OLD, SERVFAIL, SERVFAIL, NEW);
    const { after } = cacheOf('serve_stale 2m', next);
    await after(0);
    expect(replyLines(await after(179))).toEqual(STALE_OLD);
    expect((await after(1)).rcode).toBe(2);
  });

  test('beats a failure that is fresh', async () => {
    const next = upstream(OLD, SERVFAIL);
    const { after } = cacheOf('serve_stale 1h verify', next);
    await after(0);
    expect(replyLines(await after(60))).toEqual(STALE_OLD);
    expect(replyLines(await after(1))).toEqual(STALE_OLD);
  });

  test('after a failed refresh waits 30 s before the next', async () => {
    const next = upstream(OLD, SERVFAIL);
    const { after } = cacheOf('serve_stale', next);
    for (const [seconds, queries] of [
      [0, 1],
      [60, 2],
      [1, 2],
      [28.9, 2],
      [0.1, 3],
      [1, 3],
    ] as const) {
      await after(seconds);
      expect(next.asked.length).toBe(queries);
    }
  });

  test('waits as long as RECHECK says', async () => {
    const next = upstream(OLD, SERVFAIL);
    const { after } = cacheOf('serve_stale 1h immediate 5s 2s', next);
    await after(0);
    expect((await after(60)).answer[0]?.ttl).toBe(5);
    await after(1.9);
    expect(next.asked.length).toBe(2);
    await after(0.1);
    expect(next.asked.length).toBe(3);
  });

  test('has one refresh of an entry under way, and takes ten seconds for a failure', async () => {
    const { next, waiting } = slowUpstream();
    const { after, plugin, context } = cacheOf('serve_stale 1h immediate 30s 0s', next);
    const first = plugin.serve(WWW, next);
    waiting[0]?.(OLD);
    await first;
    for (let i = 0; i < 5; i++) await after(i === 0 ? 60 : 1);
    expect(waiting.length).toBe(2);
    await after(6);
    expect(waiting.length).toBe(2);
    context.clock.advance(1);
    await settled();
    await after(0);
    expect(waiting.length).toBe(3);
  });

  test('does not serve what a good reply that may not be stored has made wrong', async () => {
    const next = upstream(OLD, replyWith(['www.example.org. 0 IN A 192.0.2.3']));
    const { after } = cacheOf('serve_stale', next);
    await after(0);
    await after(60);
    expect((await after(0)).answer[0]).toMatchObject({ ttl: 0 });
  });

  test('takes the records of another name for a failed refresh', async () => {
    const next = upstream(OLD, replyWith(['www.example.com. 60 IN A 192.0.2.66']));
    const { after } = cacheOf('serve_stale', next);
    await after(0);
    await after(60);
    expect(replyLines(await after(1))).toEqual(STALE_OLD);
    expect(next.asked.length).toBe(2);
  });

  test('never refreshes without recursion, even when the client forbids it', async () => {
    const next = upstream(OLD, NEW);
    const { after } = cacheOf('serve_stale', next);
    await after(0);
    await after(60, { ...WWW, recursionDesired: false });
    expect(next.asked[1]?.recursionDesired).toBe(true);
    expect(replyLines(await after(0))).toEqual(FRESH_NEW);
  });
});

describe('CachePlugin with serve_stale verify', () => {
  test('asks first, and answers with what is fresh', async () => {
    const { after } = cacheOf('serve_stale 1h verify', upstream(OLD, NEW));
    await after(0);
    expect(replyLines(await after(60))).toEqual(FRESH_NEW);
  });

  test.for([
    ['SERVFAIL', SERVFAIL],
    ['a truncated reply', { ...NEW, truncated: true }],
    ['an error', new Error('a bug')],
  ] as const)('serves what is out of date after %s', async ([, reply]) => {
    const { after } = cacheOf('serve_stale 1h verify', upstream(OLD, reply));
    await after(0);
    expect(replyLines(await after(60))).toEqual(STALE_OLD);
  });

  test('waits 1.8 s for the upstream, or as long as it is told, and keeps what comes later', async () => {
    for (const [options, ms] of [
      ['serve_stale 1h verify', 1800],
      ['serve_stale verify 200ms', 200],
    ] as const) {
      const { next, waiting } = slowUpstream();
      const { after, plugin, context } = cacheOf(options, next);
      const first = plugin.serve(WWW, next);
      waiting[0]?.(OLD);
      await first;
      context.clock.advance(60_000);
      let reply: Reply | undefined;
      void plugin.serve(WWW, next).then((served) => (reply = served));
      context.clock.advance(ms - 1);
      await settled();
      expect(reply).toBeUndefined();
      context.clock.advance(1);
      await settled();
      expect(replyLines(reply as unknown as Reply)).toEqual(STALE_OLD);
      waiting[1]?.(NEW);
      await settled();
      expect(replyLines(await after(0))).toEqual(FRESH_NEW);
    }
  });

  test('lets go of its timers', async () => {
    const { after, context } = cacheOf('serve_stale 1h verify', upstream(OLD, NEW));
    await after(0);
    await after(60);
    expect(context.clock.timers).toBe(0);
  });
});

describe('CachePlugin with serve_stale_policy', () => {
  test('prefer_positive keeps an answer over a fresh denial, until its window is over', async () => {
    const options = 'serve_stale 10m verify\nserve_stale_policy prefer_positive';
    const { after } = cacheOf(options, upstream(OLD, NXDOMAIN));
    await after(0);
    expect(replyLines(await after(60))).toEqual(STALE_OLD);
    expect(replyLines(await after(599))).toEqual(STALE_OLD);
    expect((await after(1)).rcode).toBe(3);
  });

  test('without it the denial counts', async () => {
    const { after } = cacheOf('serve_stale 10m verify', upstream(OLD, NXDOMAIN));
    await after(0);
    expect((await after(60)).rcode).toBe(3);
    expect((await after(60)).rcode).toBe(3);
  });
});

describe('CachePlugin with prefetch', () => {
  test('refreshes an asked-for name in the last part of its TTL, once', async () => {
    const next = upstream(OLD, NEW);
    const { after, context } = cacheOf('prefetch 3 1m 10%', next);
    for (const seconds of [0, 1, 1, 1]) await after(seconds);
    await after(50); // 7 s left
    expect(next.asked.length).toBe(1);
    expect(replyLines(await after(1))).toEqual(['NOERROR', 'www.example.org. 6 IN A 192.0.2.1']);
    expect(next.asked.length).toBe(2);
    expect(replyLines(await after(0))).toEqual(FRESH_NEW);
    expect(await samples(context.metrics, 'coredns_cache_prefetch_total{')).toEqual([
      'server="dns://:53",zones=".",view=""} 1',
    ]);
  });

  test('does not count hits before a pause', async () => {
    const next = upstream(OLD);
    const { after } = cacheOf('prefetch 3 30s 90%', next);
    for (const seconds of [0, 1, 1]) await after(seconds);
    await after(31);
    await after(1);
    expect(next.asked.length).toBe(1);
    await after(1);
    expect(next.asked.length).toBe(2);
  });

  test('goes on counting hits over a refresh', async () => {
    const next = upstream(OLD);
    const { after } = cacheOf('prefetch 2 1m 10%', next);
    for (const seconds of [0, 20, 34]) await after(seconds);
    expect(next.asked.length).toBe(2);
    await after(54);
    expect(next.asked.length).toBe(3);
  });

  test('leaves an entry that could not be refreshed in place', async () => {
    const next = upstream(OLD, SERVFAIL, NEW);
    const { after } = cacheOf('prefetch 1', next);
    await after(0);
    await after(54);
    await after(0.5);
    expect(next.asked.length).toBe(2);
    expect(replyLines(await after(1))).toEqual(['NOERROR', 'www.example.org. 5 IN A 192.0.2.1']);
    expect(next.asked.length).toBe(3);
    expect(FRESH_OLD).not.toEqual(replyLines(await after(0)));
  });
});
