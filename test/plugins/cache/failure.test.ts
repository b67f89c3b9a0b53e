import { describe, expect, test } from 'vitest';
import { failureMs } from '../../../src/plugins/cache/lifetime.ts';
import { plugin as declared } from '../../../src/plugins/cache/setup.ts';
import type { Reply, Request } from '../../../src/plugins/plugin.ts';
import { errorReply } from '../../../src/plugins/reply.ts';
import {
  pluginOf,
  question,
  replyLines,
  replyWith,
  testContext,
  upstream,
} from '../../helpers/plugin-harness.ts';

const WWW = question('www.example.org. A');
const A = replyWith(['www.example.org. 20 IN A 192.0.2.1']);
const SERVFAIL = errorReply('forward', 2, 22, 'no upstream answered');

function cacheOf(options: string, ...replies: readonly Reply[]) {
  const context = testContext();
  const plugin = pluginOf(declared.setup, `cache {\n${options}\n}`, context);
  const next = upstream(...replies);
  /** The question at this second, and how often the upstream has been asked then. */
  const at = async (seconds: number, asked: Request = WWW) => {
    context.clock.advance(seconds * 1000 - context.clock.now());
    const reply = await plugin.serve(asked, next);
    return { rcode: reply.rcode, queries: next.asked.length, reply };
  };
  return { at, next, plugin };
}

/**
 * `SECOND QUERIES`: the question at this second, and how often the upstream has been asked by then.
 */
const timeline = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number) as [second: number, queries: number]);

describe('CachePlugin and failures in a row (RFC 9520)', () => {
  test.for([
    [
      'kept for 5 s, then 10, 20, 30 and 30',
      '',
      `0     1
       4.9   1
       5     2
       14.9  2
       15    3
       34.9  3
       35    4
       64.9  4
       65    5
       94.9  5
       95    6`,
    ],
    [
      'begin at 5 s again after five minutes of silence',
      '',
      `0     1
       5     2
       314.9 3
       334.8 3
       335   4
       666   5
       670.9 5
       671   6`,
    ],
    [
      'kept for DURATION and then up to 30 s',
      'servfail 20s',
      `0     1
       19.9  1
       20    2
       49.9  2
       50    3
       79.9  3
       80    4`,
    ],
    [
      'kept no longer than DURATION when that is over 30 s',
      'servfail 5m',
      `0     1
       299   1
       300   2
       599   2
       600   3`,
    ],
    [
      'kept for a second at least',
      'servfail 1s',
      `0     1
       0.9   1
       1     2
       2.9   2
       3     3`,
    ],
  ] as const)('%s', async ([, options, times]) => {
    const { at } = cacheOf(options, SERVFAIL);
    for (const [second, queries] of timeline(times)) {
      expect([second, (await at(second)).queries]).toEqual([second, queries]);
    }
  });

  test('an answer between them ends the row', async () => {
    const { at } = cacheOf('', SERVFAIL, SERVFAIL, A, SERVFAIL);
    for (const [second, queries] of timeline(`
      0     1
      5     2
      15    3
      34.9  3
      35    4
      39.9  4
      40    5`)) {
      expect([second, (await at(second)).queries]).toEqual([second, queries]);
    }
  });

  test('many clients that waited for one failure count as one', async () => {
    const { at, plugin } = cacheOf('', SERVFAIL);
    const waiting: ((reply: Reply) => void)[] = [];
    const clients = Array.from({ length: 50 }, () =>
      plugin.serve(WWW, () => new Promise((resolve) => waiting.push(resolve))),
    );
    for (const answer of waiting) answer(SERVFAIL);
    await Promise.all(clients);
    expect((await at(4.9)).queries).toBe(0);
    expect((await at(5)).queries).toBe(1);
    expect((await at(14.9)).queries).toBe(1);
    expect((await at(15)).queries).toBe(2);
  });

  test('belong to the question alone', async () => {
    const { at } = cacheOf('', SERVFAIL);
    const others = [
      question('www.example.org. AAAA'),
      question('web.example.org. A'),
      { ...WWW, checkingDisabled: true },
    ];
    await at(0);
    for (const [i, other] of others.entries()) expect((await at(0, other)).queries).toBe(i + 2);
    expect((await at(0)).queries).toBe(4);
  });

  test.for([
    ['SERVFAIL', SERVFAIL],
    ['NOTIMP', errorReply('forward', 4)],
  ] as const)('%s does not take the place of an answer that is still good', async ([, failure]) => {
    // Prefetched with one second left; that fails.
    const { at } = cacheOf('prefetch 1 1m 10%', A, failure);
    await at(0);
    await at(18);
    expect(await at(19)).toMatchObject({ rcode: 0, queries: 2 });
    expect(await at(19.9)).toMatchObject({ rcode: 0 });
  });

  test('does not take the place of a stale answer, however often it comes', async () => {
    const { at } = cacheOf('serve_stale 1h', A, SERVFAIL);
    await at(0);
    for (const second of [20, 21, 51, 82, 200, 1000]) {
      const { reply } = await at(second);
      expect(replyLines(reply)).toEqual(['NOERROR', 'www.example.org. 30 IN A 192.0.2.1']);
    }
  });

  test.for([
    ['REFUSED', errorReply('forward', 5)],
    ['FORMERR', errorReply('forward', 1)],
    ['a limit of ours', { ...SERVFAIL, provisional: 'busy' }],
  ] as const)('%s is no failure of the name', async ([, reply]) => {
    const { at } = cacheOf('', reply);
    expect([(await at(0)).queries, (await at(0)).queries]).toEqual([1, 2]);
  });
});

test.for([
  [1, 5000, 5000],
  [2, 5000, 10_000],
  [4, 5000, 30_000],
  [1_000_000, 5000, 30_000],
  [1_000_000, 300_000, 300_000],
  [3, 0, 0],
] as const)('failureMs() of %d failures at %d ms is %d ms', ([failures, servfailMs, ms]) => {
  expect(failureMs(failures, servfailMs)).toBe(ms);
});
