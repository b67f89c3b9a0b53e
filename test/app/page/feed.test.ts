import { describe, expect, test } from 'vitest';
import type { AdminStream } from '../../../src/admin/http-server.ts';
import { Feed } from '../../../src/app/page/feed.ts';
import type { ManifestChange } from '../../../src/control/thread/protocol.ts';
import { Rcode, Type } from '../../../src/dns/codes.ts';
import { keyFromText } from '../../../src/dns/name.ts';
import { Metrics } from '../../../src/observe/metrics.ts';
import { packName } from '../../../src/zone/packed-name.ts';
import { addressAnswers } from '../../../src/zone/records.ts';
import { arrived } from '../../helpers/arrived.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';

function feeding() {
  const clock = new FakeClock();
  const metrics = new Metrics();
  const feed = new Feed({ clock, metrics });
  /** A page that follows, and reads what comes or nothing. */
  const follow = (query = '', reads = true) => {
    const answer = feed.answer(new URLSearchParams(query));
    const events: string[] = [];
    const send = (event: string) => {
      if (reads) events.push(event);
      return reads;
    };
    const close = (answer as AdminStream).open({ send });
    return { events, close };
  };
  const query = (name: string) => {
    const circumstances = {
      peer: { address: '10.244.0.5', port: 40_000 },
      receivedAt: clock.now(),
    };
    const asked = { key: keyFromText(name), type: Type.A };
    const one = Object.assign(arrived(Buffer.alloc(0), circumstances), asked);
    feed.queries.replied(one, Rcode.NXDOMAIN, 'kubernetes', 0.0012);
  };
  return { clock, metrics, feed, follow, query };
}

/** What the control thread says of a change. */
const change = (line: string): ManifestChange => ({
  lines: [line],
  records: [{ sign: '+', record: 'web.shop.svc.cluster.local. 5 IN A 10.96.0.20', places: [] }],
  left: { records: 0, names: 0 },
});

const data = (event = '') => JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? 'null');

describe('Feed', () => {
  test('makes out the records of a change of a cluster for pages that are open', () => {
    const { feed, follow } = feeding();
    const place = keyFromText('web.shop.');
    const answers = addressAnswers(place, keyFromText('shop.'), [Uint8Array.of(10, 0, 0, 1)], 5);
    const after = packName(0, answers);
    feed.changed({ at: 110, names: [{ place, before: undefined, after }], left: 2 });
    feed.changed({ at: 110, names: [{ place, before: after, after }], left: 0 });
    const { events } = follow();
    expect(events).toHaveLength(2);
    expect(data(events[0])).toMatchObject({
      lines: [],
      records: [{ sign: '+', record: 'web.shop. 5 IN A 10.0.0.1', places: [] }],
      left: { records: 0, names: 2 },
    });
  });

  test('tells pages of changes, and those opened later too', () => {
    const { feed, follow } = feeding();
    const first = follow();
    feed.changed(change('Service shop/web added'));
    const later = follow();
    expect(data(first.events[1])).toMatchObject(change('Service shop/web added'));
    expect(later.events.map((event) => event.split('\n', 1)[0])).toEqual([
      'event: changed',
      'event: open',
    ]);
    expect(data(later.events[0])).toEqual(data(first.events[1]));
  });

  test('keeps the last 50 changes', () => {
    const { feed, follow } = feeding();
    for (let at = 1; at <= 70; at++) feed.changed(change(`change ${at}`));
    const { events } = follow();
    expect(events.length).toBe(51);
    expect(data(events[0]).lines).toEqual(['change 21']);
  });

  test('shows at most ten queries a second, to those who want them', () => {
    const { follow, query, clock, feed } = feeding();
    const without = follow();
    query('a.example');
    const withQueries = follow('queries');
    for (let at = 0; at < 25; at++) query(`n${at}.example`);
    clock.advance(1000);
    query('later.example');
    expect(without.events.length).toBe(1);
    expect(withQueries.events.length).toBe(1 + 10 + 1);
    expect(data(withQueries.events[11])).toEqual({
      client: '10.244.0.5',
      name: 'later.example.',
      type: 'A',
      rcode: 'NXDOMAIN',
      plugin: 'kubernetes',
      ms: 1.2,
    });
    withQueries.close();
    withQueries.close();
    expect(feed.queries.watchers).toBe(0);
  });

  test('has room for eight pages, and for others when one has gone', async () => {
    const { feed, follow, metrics } = feeding();
    const pages = Array.from({ length: 8 }, () => follow());
    expect(feed.answer(new URLSearchParams())).toMatchObject({ status: 503 });
    expect(await metrics.text()).toContain('svcdns_admin_streams 8\n');
    pages[0]?.close();
    expect(feed.answer(new URLSearchParams())).toHaveProperty('open');
  });

  test('drops what a page does not read, and counts it', async () => {
    const { feed, follow, metrics } = feeding();
    follow('', false);
    feed.changed(change('a'));
    expect(await metrics.text()).toContain('svcdns_admin_events_dropped_total 2\n');
  });

  test('says now and then that it is there, and sets no timer for nobody', () => {
    const { follow, clock } = feeding();
    expect(clock.timers).toBe(0);
    const { events, close } = follow();
    clock.advance(31_000);
    expect(events.filter((event) => event.startsWith(':'))).toHaveLength(2);
    close();
    expect(clock.timers).toBe(0);
  });
});
