import { expect, test } from 'vitest';
import { keyFromText } from '../../src/dns/name.ts';
import { LiveZone, type ZoneChange, type ZoneFollower } from '../../src/zone/live-zone.ts';
import { packName } from '../../src/zone/packed-name.ts';
import { ZONE_OPTIONS } from '../helpers/in-process.ts';

const OPTIONS = { ...ZONE_OPTIONS, pods: 'verified' as const };
const NAMES = Array.from({ length: 7 }, (_, at) => keyFromText(`n${at}.cluster.local.`));
const PODS = Array.from({ length: 5 }, (_, at) => `10.0.0.${at + 1}`);

function publish(live: LiveZone, names = NAMES, addresses = PODS): void {
  const packed = names.map(() => packName(0, []));
  const pods = { owned: [{ namespace: 'shop', addresses }], gone: [] };
  live.apply({ keys: names, names: packed, gone: [], pods }, 7);
}

const keys = (live: LiveZone) => [...live.keys()].sort();
const pods = (live: LiveZone) => [...live.pods!.addresses()].sort();

test('LiveZone.content() is all there is, in parts that are no larger than asked for', () => {
  const [live, copy] = [new LiveZone(OPTIONS), new LiveZone(OPTIONS)];
  publish(live);
  const parts = [...live.content(3)];
  for (const part of parts) copy.apply(part, 7);
  expect(parts.map(({ keys, pods }) => [keys.length, pods?.owned[0]?.addresses.length])).toEqual([
    [3, undefined],
    [3, undefined],
    [1, undefined],
    [0, 3],
    [0, 2],
  ]);
  expect([keys(copy), pods(copy)]).toEqual([keys(live), pods(live)]);
  expect(copy.pods!.namespaceOf('10.0.0.1')).toBe('shop');
});

test('LiveZone.content() with what followers are told meanwhile is what there is at the end', () => {
  const [live, copy] = [new LiveZone(OPTIONS), new LiveZone(OPTIONS)];
  publish(live);
  live.followers.add(following(copy));
  const gone = NAMES.slice(0, 5);
  for (const [at, part] of numbered(live.content(2))) {
    copy.apply(part, 7);
    if (at === 1) live.apply({ keys: [], names: [], gone }, 8);
    if (at === 2) publish(live, [keyFromText('new.cluster.local.')], ['10.0.0.99']);
  }
  expect([keys(copy), pods(copy)]).toEqual([keys(live), pods(live)]);
});

test('LiveZone tells followers what it becomes, and waits for those that are not slow', async () => {
  const live = new LiveZone(OPTIONS);
  expect(live.caughtUp()).toBeUndefined();
  const copy = new LiveZone(OPTIONS);
  const taken = Promise.resolve();
  live.followers.add(following(copy));
  expect(live.caughtUp()).toBeUndefined();
  live.followers.add({ ...following(copy), caughtUp: () => taken });
  await live.caughtUp();
  live.become({ isSynced: true });
  live.staleSince(0);
  expect(copy.state).toEqual(live.state);
  expect(copy.stale?.text).toContain('1970-01-01');
});

function following(copy: LiveZone): ZoneFollower {
  return {
    apply: (change: ZoneChange, serial) => copy.apply(change, serial),
    become: (state) => copy.become(state),
    caughtUp: () => undefined,
  };
}

function* numbered<T>(all: Iterable<T>): Generator<[number, T]> {
  let at = 0;
  for (const one of all) yield [at++, one];
}
