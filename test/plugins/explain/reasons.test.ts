import { describe, expect, test } from 'vitest';
import { Type } from '../../../src/dns/codes.ts';
import { keyFromText } from '../../../src/dns/name.ts';
import type { ObjectsQuestion } from '../../../src/explain/objects-question.ts';
import { reason } from '../../../src/explain/reason.ts';
import { Reasons } from '../../../src/plugins/explain/reasons.ts';
import { LiveZone } from '../../../src/zone/live-zone.ts';
import { packName } from '../../../src/zone/packed-name.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { ZONE_OPTIONS } from '../../helpers/in-process.ts';
import { settled } from '../../helpers/plugin-harness.ts';

const OUTSIDE = 'web.shop.example.org.';

/** Reasons beside a zone of `k8s_external` that has one name, and of a cluster with these. */
function reasonsBeside(cluster: readonly string[] = []) {
  const clock = new FakeClock();
  const live = new LiveZone(ZONE_OPTIONS);
  const keys = cluster.map(keyFromText);
  live.apply({ keys, names: keys.map(() => packName(0, [])), gone: [] }, 1);
  const external = new LiveZone({ ...ZONE_OPTIONS, zones: ['example.org'] });
  external.apply(
    { keys: [keyFromText('shop.example.org')], names: [packName(0, [])], gone: [] },
    1,
  );
  const asked: ObjectsQuestion[] = [];
  const number = { add: () => undefined };
  let kept = 0;
  const reasons = new Reasons({
    live,
    beside: new Map([['k8s_external', external]]),
    clock,
    ask: async (question) => {
      asked.push(question);
      const why = reason('SERVICE_LEFT_OUT', { service: 'shop/web', option: 'k8s_external' });
      return { reasons: [why], sources: [], client: undefined };
    },
    metrics: {
      kept: { add: (more: number) => (kept += more) },
      asked: number,
      dropped: number,
    } as never,
  });
  const text = (name: string, type: number, isMissing: boolean) =>
    reasons.of(keyFromText(name), type, isMissing)?.text;
  return { clock, live, reasons, asked, text, kept: () => kept };
}

describe('Reasons of names beside the cluster', () => {
  test('say at once who has no such name, and a moment later why', async () => {
    const { clock, asked, text } = reasonsBeside();
    expect(text(OUTSIDE, Type.A, true)).toBe('k8s_external has no name web.shop.example.org');
    clock.advance(1);
    await settled();
    expect(text(OUTSIDE, Type.A, true)).toBe('Service shop/web is left out by k8s_external');
    expect(asked.length).toBe(1);
  });

  test('say which types a name has, and ask nobody', async () => {
    const { clock, asked, text } = reasonsBeside();
    expect(text('shop.example.org.', Type.A, false)).toBe(
      'shop.example.org has no records: there are only names below it',
    );
    clock.advance(1);
    await settled();
    expect(asked).toEqual([]);
  });

  test.for([
    ['example.net.', Type.A, undefined],
    ['example.org.', Type.AXFR, 'zone transfers are not offered'],
  ] as const)('say of %s, type %s: %s', ([name, type, expected]) => {
    expect(reasonsBeside().text(name, type, false)).toBe(expected);
  });
});

test('names that are made up beside the cluster leave its reasons alone, and are few', async () => {
  const { reasons, asked, clock, text, kept } = reasonsBeside();
  const missing = 'web.shop.svc.cluster.local.';
  text(missing, Type.A, true);
  clock.advance(1);
  await settled();
  expect(asked.length).toBe(1);
  const why = text(missing, Type.A, true);
  for (let i = 0; i < 20_000; i++) text(`a${i}.example.org.`, Type.A, true);
  expect(text(missing, Type.AAAA, true)).toBe(why);
  expect(kept()).toBeGreaterThan(100);
  expect(kept()).toBeLessThanOrEqual(257);
  reasons.stop();
  expect(kept()).toBe(0);
});

describe('what was probably meant', () => {
  const NAMES = ['svc', 'shop.svc', 'web.shop.svc', 'pod', 'shop.pod'].map(
    (name) => `${name}.cluster.local`,
  );

  test('is looked for from the start on, and gathered no further after the stop', () => {
    const { reasons, live, text } = reasonsBeside(NAMES);
    expect(live.services).toBeUndefined();
    reasons.start();
    expect(text('wbe.shop.svc.cluster.local.', Type.A, true)).toContain('did you mean web?');
    const stopped = reasonsBeside(NAMES);
    stopped.reasons.stop();
    stopped.reasons.start();
    expect([stopped.clock.timers, stopped.live.services]).toEqual([0, undefined]);
  });

  test('is looked for fifty times a second, and reasons without a search do not count', () => {
    const { reasons, text } = reasonsBeside(NAMES);
    reasons.start();
    for (let i = 0; i < 100; i++) {
      text(`a${i}.web.shop.svc.cluster.local.`, Type.A, true);
      text(`10-0-0-${i}.shop.pod.cluster.local.`, Type.A, true);
    }
    const found = Array.from({ length: 60 }, (_, i) => {
      const service = i < 36 ? `web${i.toString(36)}` : `${(i - 36).toString(36)}web`;
      return text(`${service}.shop.svc.cluster.local.`, Type.A, true)?.includes(
        'did you mean web?',
      );
    });
    expect(found.filter(Boolean).length).toBe(50);
  });
});
