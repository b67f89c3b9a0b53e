import { expect, test } from 'vitest';
import { NamesMirror } from '../../../src/app/threads/names-mirror.ts';
import { keyFromText } from '../../../src/dns/name.ts';
import { LiveZone } from '../../../src/zone/live-zone.ts';
import { packName } from '../../../src/zone/packed-name.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { ZONE_OPTIONS } from '../../helpers/in-process.ts';

/** A published zone with so many names, and a thread that takes them when told to. */
function mirrored(names: number) {
  const clock = new FakeClock();
  const live = new LiveZone(ZONE_OPTIONS);
  const publish = (...added: string[]) => {
    const keys = added.map((name) => keyFromText(`${name}.cluster.local.`));
    live.apply({ keys, names: keys.map(() => packName(0, [])), gone: [] }, 1);
  };
  publish(...Array.from({ length: names }, (_, at) => `n${at}`));
  const copy = new LiveZone(ZONE_OPTIONS);
  const inbox: (() => void)[] = [];
  let tooSlow = 0;
  const mirror = new NamesMirror({
    live,
    clock,
    send: {
      names: (change, serial) => void inbox.push(() => copy.apply(change, serial)),
      zone: (state) => void inbox.push(() => copy.become(state)),
    },
    onTooSlow: () => tooSlow++,
  });
  const take = () => {
    inbox.shift()?.();
    mirror.taken();
  };
  const takeAll = () => {
    while (inbox.length > 0) take();
  };
  const missing = () => [...live.keys()].filter((key) => !copy.has(key)).length;
  return { clock, live, copy, publish, mirror, inbox, take, takeAll, missing, slow: () => tooSlow };
}

/** Whether a promise has resolved by now. */
async function isDone(promise: Promise<unknown> | undefined): Promise<boolean> {
  const pending = Symbol('pending');
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending;
}

test('NamesMirror sends all names in parts, one after the other, and then says so', async () => {
  const { live, copy, mirror, inbox, take, takeAll, missing } = mirrored(1200);
  live.become({ isSynced: true });
  expect(inbox).toHaveLength(1);
  for (let part = 0; part < 3; part++) take();
  expect([missing(), copy.isSynced, await isDone(mirror.whole)]).toEqual([0, false, false]);
  takeAll();
  await mirror.whole;
  expect(copy.isSynced).toBe(true);
  expect(mirror.behind).toBe(0);
});

test('NamesMirror passes on what changes while it begins, and later', async () => {
  const { live, copy, publish, mirror, take, takeAll, missing } = mirrored(700);
  take();
  publish('early');
  live.become({ isSynced: true });
  takeAll();
  await mirror.whole;
  publish('late');
  takeAll();
  expect(missing()).toBe(0);
  expect(copy.isSynced).toBe(true);
});

test('NamesMirror has the others wait for its thread, but not for one that is slow', async () => {
  const { clock, live, publish, takeAll } = mirrored(1);
  takeAll();
  publish('a');
  const waiting = live.caughtUp();
  expect(await isDone(waiting)).toBe(false);
  takeAll();
  await waiting;
  publish('b');
  const inVain = live.caughtUp();
  clock.advance(1000);
  await inVain;
  publish('c');
  expect(live.caughtUp()).toBeUndefined();
  takeAll();
  publish('d');
  expect(live.caughtUp()).toBeDefined();
});

test('NamesMirror gives a thread up that is too far behind, and stops when told to', () => {
  const { live, publish, mirror, inbox, takeAll, slow } = mirrored(1);
  takeAll();
  for (let at = 0; at < 255; at++) publish(`m${at}`);
  expect(slow()).toBe(0);
  publish('one-more');
  expect(slow()).toBe(1);
  const waiting = live.caughtUp();
  mirror.stop();
  const sent = inbox.length;
  publish('after');
  expect(inbox).toHaveLength(sent);
  return waiting;
});
