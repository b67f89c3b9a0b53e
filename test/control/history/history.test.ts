import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { History } from '../../../src/control/history/history.ts';
import type { RecordChange } from '../../../src/control/history/record-change.ts';
import { addressBytes } from '../../../src/dns/address.ts';
import { keyFromText } from '../../../src/dns/name.ts';
import { packName } from '../../../src/zone/packed-name.ts';
import { addressAnswers } from '../../../src/zone/records.ts';
import { runs } from '../../helpers/runs.ts';

const NONE = { records: 0, names: 0 };

/** `+a` and `-b`: records of the name `x.`. */
function records(...signed: string[]): RecordChange[] {
  return signed.map((one) => ({
    sign: one[0] as '+' | '-',
    record: `x. 5 IN TXT "${one.slice(1)}"`,
    places: [`${one.slice(1)}.yaml:1:1`],
  }));
}

const line = (name: string, address: string) => `${name} 5 IN A ${address}`;

/** A name that had A records of some addresses, and has others now. */
function changedName(name: string, before: readonly string[], after: readonly string[]) {
  const place = keyFromText(name);
  const packed = (addresses: readonly string[]) => {
    const bytes = addresses.map((one) => addressBytes(one)!);
    if (bytes.length === 0) return undefined;
    return packName(0, addressAnswers(place, keyFromText('shop.'), bytes, 5));
  };
  return { place, before: packed(before), after: packed(after) };
}

const text = (name: string) => `x. 5 IN TXT "${name}"`;

describe('History', () => {
  test('says what a name had at a time, and where its objects were', () => {
    const history = new History(100);
    history.add({ at: 110, records: records('+a'), left: NONE });
    history.add({ at: 120, records: records('-a', '+b'), left: NONE });
    const at = (time: number) => history.recordsAt('x.', [text('b'), text('old')], time);
    const old = { record: text('old'), places: [] };
    expect(at(120)).toEqual({
      records: [{ record: text('b'), places: ['b.yaml:1:1'] }, old],
      isComplete: true,
    });
    expect(at(119).records).toEqual([{ record: text('a'), places: ['a.yaml:1:1'] }, old]);
    expect(at(100)).toEqual({ records: [old], isComplete: true });
    expect(at(99)).toEqual({ records: [old], isComplete: false });
  });

  test('makes out the records of a change of a cluster when it is asked', () => {
    const history = new History(100);
    const web = changedName('web.shop.', [], ['10.0.0.1', '10.0.0.2']);
    history.add({ at: 110, names: [web, changedName('db.shop.', ['10.0.0.9'], [])], left: 0 });
    history.add({
      at: 120,
      names: [changedName('web.shop.', ['10.0.0.2'], ['10.0.0.2'])],
      left: 0,
    });
    const before = history.recordsAt('web.shop.', [line('web.shop.', '10.0.0.1')], 105);
    expect(before).toEqual({ records: [], isComplete: true });
    expect([...history.newestFirst()].map(({ at }) => at)).toEqual([110]);
    const [change] = history.newestFirst('db.shop.');
    expect(change?.records).toEqual([
      { sign: '-', record: line('db.shop.', '10.0.0.9'), places: [] },
    ]);
    expect(history.all.changes[0]?.records).toHaveLength(3);
    expect(history.size.bytes).toBeGreaterThan(100);
  });

  test('says when something that happened since is not known', () => {
    const history = new History(100);
    history.add({ at: 110, records: [], left: { records: 0, names: 3 } });
    expect(history.recordsAt('x.', [], 105).isComplete).toBe(false);
    expect(history.recordsAt('x.', [], 110).isComplete).toBe(true);
  });

  test('gives the changes of one name, the newest first', () => {
    const history = new History(100);
    const other = { sign: '+', record: 'y. 5 IN TXT "z"', places: [] } as const;
    history.add({ at: 110, records: [...records('+a'), other], left: NONE });
    history.add({ at: 120, records: [other], left: NONE });
    history.add({ at: 130, records: records('-a'), left: NONE });
    expect([...history.newestFirst('x.')].map(({ at, records }) => [at, records.length])).toEqual([
      [130, 1],
      [110, 1],
    ]);
    expect([...history.newestFirst()]).toHaveLength(3);
  });

  test('forgets the oldest changes when there are too many, or they are too large', () => {
    const history = new History(100);
    for (let at = 1; at <= 1001; at++) {
      history.add({ at: 100 + at, records: records('+a'), left: NONE });
    }
    expect(history.size).toMatchObject({ changes: 1000, dropped: 1 });
    expect(history.since).toBe(101);
    const large = records(...Array.from({ length: 500 }, (_, at) => `+${'x'.repeat(400)}${at}`));
    for (let at = 0; at < 20; at++) history.add({ at: 2000, records: large, left: NONE });
    const { bytes, changes, dropped } = history.size;
    expect(bytes).toBeLessThanOrEqual(2 * 1024 * 1024);
    expect(changes).toBeLessThan(20);
    expect(changes + dropped).toBe(1021);
  });

  test('follows another, from the change with which that ended', () => {
    const before = new History(100);
    before.add({ at: 110, records: records('+a'), left: NONE });
    const history = new History(118);
    history.add({ at: 119, records: records('+x'), left: NONE }); // nobody was answered from it
    history.add({ at: 125, records: records('+c'), left: NONE });
    history.follow(before.all, { at: 120, records: records('-a', '+b'), left: NONE });
    const at = (time: number) =>
      history.recordsAt('x.', [text('b'), text('c')], time).records.map(({ record }) => record);
    expect([at(109), at(119), at(120), at(125)]).toEqual([
      [],
      [text('a')],
      [text('b')],
      [text('b'), text('c')],
    ]);
    expect([history.since, history.size]).toMatchObject([100, { changes: 3, dropped: 0 }]);
    const same = new History(118);
    same.follow(before.all, { at: 120, records: [], left: NONE });
    expect(same.size).toEqual(before.size);
  });

  test('knows the places of objects from before the Corefile changed', () => {
    const history = new History(100);
    history.add({ at: 110, records: records('+a'), left: NONE });
    const places = ['Corefile'];
    const changed = records('-a', '-old', '+b').map((one) => ({ ...one, places }));
    history.add({ at: 120, records: changed, left: NONE, isOfCorefile: true });
    expect(history.recordsAt('x.', [text('b')], 115).records).toEqual([
      { record: text('a'), places: ['a.yaml:1:1'] },
      { record: text('old'), places: [] },
    ]);
    expect(history.recordsAt('x.', [text('b')], 120).records[0]?.places).toEqual(places);
  });

  test('keeps to its room when it follows another', () => {
    const before = new History(100);
    for (let at = 1; at <= 1000; at++) {
      before.add({ at: 100 + at, records: records('+a'), left: NONE });
    }
    const history = new History(2000);
    history.follow(before.all, { at: 2000, records: records('-a'), left: NONE });
    expect([history.since, history.size]).toMatchObject([101, { changes: 1000, dropped: 1 }]);
  });

  test('leads back to what there was, whatever has changed since', () => {
    const sets = fc.array(fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd')), {
      minLength: 2,
      maxLength: 8,
    });
    fc.assert(
      fc.property(sets, (states) => {
        const history = new History(0);
        for (const [time, state] of states.entries()) {
          const before = states[time - 1];
          if (before === undefined) continue;
          const gone = before.filter((one) => !state.includes(one)).map((one) => `-${one}`);
          const come = state.filter((one) => !before.includes(one)).map((one) => `+${one}`);
          history.add({ at: time, records: records(...gone, ...come), left: NONE });
        }
        const now = (states.at(-1) ?? []).map(text);
        for (const [time, state] of states.entries()) {
          const found = history.recordsAt('x.', now, time).records.map(({ record }) => record);
          expect(found).toEqual(state.map(text).sort());
        }
      }),
      { numRuns: runs(500) },
    );
  });
});
