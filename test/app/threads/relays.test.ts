import { expect, test } from 'vitest';
import { LineRelay } from '../../../src/app/threads/line-relay.ts';
import { ReplyRelay } from '../../../src/app/threads/reply-relay.ts';
import { keyFromText } from '../../../src/dns/name.ts';
import { Query } from '../../../src/dns/query.ts';

test('LineRelay drops and counts lines that the main thread does not write in time', () => {
  const sent: string[] = [];
  let dropped = 0;
  const relay = new LineRelay((lines) => void sent.push(lines), {
    add: (count) => {
      dropped += count;
    },
  });
  const lines = `${'x'.repeat(100 * 1024 - 2)}\n\n`;
  for (let at = 0; at < 4; at++) relay.write(lines);
  expect([sent.length, dropped]).toEqual([2, 4]);
  relay.written(lines.length);
  relay.write(lines);
  expect([sent.length, dropped]).toEqual([3, 4]);
});

test('ReplyRelay keeps a sample whose weights add up to about all replies', () => {
  const relay = new ReplyRelay((count) => Math.floor(count / 2)); // the middle of each gap
  const query = new Query();
  query.key = keyFromText('web.shop.svc.cluster.local.');
  query.type = 1;
  query.peer = { address: '192.0.2.7', port: 53 };
  let sum = 0;
  for (let ms = 0; ms < 10_000; ms++) {
    query.receivedAt = ms;
    relay.replied(query, 3, 'kubernetes', 0.001);
    if (ms % 500 === 499) for (const { times } of relay.fetch()) sum += times;
  }
  expect(Math.abs(sum - 10_000)).toBeLessThan(1000);
  relay.replied(query, 3, 'kubernetes', 0.001);
  expect(relay.fetch().length).toBeLessThanOrEqual(1);
  expect(relay.fetch()).toEqual([]);
});

test('ReplyRelay keeps a limited number while nobody fetches them', () => {
  const relay = new ReplyRelay(() => 0);
  const query = new Query();
  for (let at = 0; at < 5000; at++) {
    query.receivedAt = at * 1000; // few come: each is looked at
    relay.replied(query, 0, '', 0);
  }
  expect(relay.fetch()).toHaveLength(1024);
});
