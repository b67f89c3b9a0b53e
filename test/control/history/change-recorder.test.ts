import { beforeEach, describe, expect, test } from 'vitest';
import { ChangeOrigins } from '../../../src/control/history/change-origins.ts';
import { ChangeRecorder } from '../../../src/control/history/change-recorder.ts';
import { Provenances } from '../../../src/control/provenance.ts';
import { keyFromText, type NameKey } from '../../../src/dns/name.ts';
import { type PackedName, packName } from '../../../src/zone/packed-name.ts';
import { addressAnswers } from '../../../src/zone/records.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { ZONE_OPTIONS } from '../../helpers/in-process.ts';

/** A name with so many addresses; with another `turn` one of them is another. */
function named(place: NameKey, addresses: number, turn: number): PackedName {
  const bytes = Array.from({ length: addresses }, (_, at) =>
    Uint8Array.of(10, at === 0 ? turn % 256 : 0, at >> 8, at & 255),
  );
  return packName(0, addressAnswers(place, keyFromText('shop.'), bytes, 5));
}

describe('ChangeRecorder.keep', () => {
  let recorder: ChangeRecorder;
  let published: Map<NameKey, PackedName>;

  beforeEach(() => {
    recorder = new ChangeRecorder({
      zone: ZONE_OPTIONS,
      clock: new FakeClock(),
      log: () => {},
      provenances: () => {
        throw new Error('Objects of a cluster have no places');
      },
    });
    recorder.begin();
    published = new Map();
  });

  /** One address of each name changes. */
  function change(names: readonly string[], addresses: number, turn: number) {
    const news = names.map((name): [NameKey, PackedName] => {
      const place = keyFromText(name);
      return [place, named(place, addresses, turn)];
    });
    const kept = recorder.keep(new Map(news), published);
    for (const [place, name] of news) published.set(place, name);
    return kept;
  }

  const changes = () =>
    JSON.parse(recorder.answer({ name: undefined, at: undefined }, published)).changes;

  test('leaves the records of a small change to be made out later', () => {
    change(['web.shop.'], 5, 0);
    expect(change(['web.shop.'], 5, 1)).toHaveProperty('names');
    expect(changes()[0].records).toMatchObject([
      { change: 'removed', record: 'web.shop. 5 IN A 10.0.0.0' },
      { change: 'added', record: 'web.shop. 5 IN A 10.1.0.0' },
    ]);
  });

  test('remembers as many changes of a Service with very many endpoints', () => {
    for (let turn = 0; turn < 200; turn++) change(['web.shop.'], 2000, turn);
    expect(recorder.size?.dropped).toBe(0);
    expect(changes()[0].records).toMatchObject([
      { change: 'removed', record: 'web.shop. 5 IN A 10.198.0.0' },
      { change: 'added', record: 'web.shop. 5 IN A 10.199.0.0' },
    ]);
  });

  test('forgets nothing for one large change', () => {
    const names = Array.from({ length: 40 }, (_, at) => `web-${at}.shop.`);
    change(['db.shop.'], 1, 0);
    change(names, 2000, 0);
    expect(change(names, 2000, 1)).toHaveProperty('records');
    expect(recorder.size).toMatchObject({ changes: 3, dropped: 0 });
  });

  test('does not count a large change in which no record is another', () => {
    change(['web.shop.'], 2000, 0);
    expect(change(['web.shop.'], 2000, 0)).toBeUndefined();
    expect(recorder.size?.changes).toBe(1);
  });
});

describe('ChangeRecorder.note', () => {
  const NAMES = Array.from({ length: 600 }, (_, at) => `web-${at}.shop.svc.cluster.local.`);

  test('makes out the records of changes as long as these are not too many', () => {
    const clock = new FakeClock();
    const lines: string[] = [];
    const recorder = new ChangeRecorder({
      zone: ZONE_OPTIONS,
      clock,
      log: (line) => void lines.push(line),
      provenances: () => new Provenances(new Map()),
    });
    recorder.begin();
    const published = new Map<NameKey, PackedName>();
    const change = (turn: number) => {
      const places = NAMES.map(keyFromText);
      const news = new Map(places.map((place) => [place, named(place, 1, turn)]));
      const noted = recorder.note(news, published, new ChangeOrigins());
      for (const [place, name] of news) published.set(place, name);
      return noted?.makeOut();
    };
    expect(change(0)).toMatchObject({ left: { records: 100, names: 0 } });
    expect(lines.splice(0)).toHaveLength(21);
    expect(change(1)).toEqual({ records: [], left: { records: 0, names: 600 } });
    expect(lines.splice(0)).toEqual(['… and the records of 600 more names']);
    clock.advance(2000);
    expect(change(2)).toMatchObject({ left: { records: 700, names: 0 } });
    // None is forgotten for that: it is made out when somebody asks.
    const name = 'web-7.shop.svc.cluster.local.';
    const { changes } = JSON.parse(recorder.answer({ name, at: undefined }, published));
    const records = changes.flatMap((one: { records: { record: string }[] }) => one.records);
    expect(records.map(({ record }: { record: string }) => record.split(' ').at(-1))).toEqual(
      expect.arrayContaining(['10.0.0.0', '10.1.0.0']),
    );
    expect(recorder.size).toMatchObject({ changes: 3, dropped: 0 });
  });
});
