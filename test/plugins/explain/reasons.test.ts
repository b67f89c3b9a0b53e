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

/** Reasons beside a zone of `k8s_external` that has one name. */
function reasonsBeside() {
  const clock = new FakeClock();
  const external = new LiveZone({ ...ZONE_OPTIONS, zones: ['example.org'] });
  external.apply(
    { keys: [keyFromText('shop.example.org')], names: [packName(0, [])], gone: [] },
    1,
  );
  const asked: ObjectsQuestion[] = [];
  const number = { add: () => undefined };
  const reasons = new Reasons({
    live: new LiveZone(ZONE_OPTIONS),
    beside: new Map([['k8s_external', external]]),
    clock,
    ask: async (question) => {
      asked.push(question);
      const why = reason('SERVICE_LEFT_OUT', { service: 'shop/web', option: 'k8s_external' });
      return { reasons: [why], sources: [], client: undefined };
    },
    metrics: { kept: number, asked: number, dropped: number } as never,
  });
  const text = (name: string, type: number, isMissing: boolean) =>
    reasons.of(keyFromText(name), type, isMissing)?.text;
  return { clock, asked, text };
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
