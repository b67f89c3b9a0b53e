import { describe, expect, test } from 'vitest';
import { Sheds } from '../../../src/server/queue/sheds.ts';
import { samples, testContext } from '../../helpers/plugin-harness.ts';

describe('Sheds', () => {
  test('counts by reason, and tells once a minute while there are any', async () => {
    const context = testContext();
    const { clock, logged, metrics } = context;
    const sheds = new Sheds(context);
    clock.advance(1_000_000);
    expect([clock.timers, logged]).toEqual([0, []]);
    sheds.chainTook(500);
    for (let i = 0; i < 3; i++) sheds.add('queue_age');
    sheds.add('fair_share');
    sheds.chainTook(45_000);
    clock.advance(59_999);
    expect(logged).toEqual([]);
    clock.advance(1);
    const line = { level: 'warn', queue_age: 3, fair_share: 1, queue_full: 0, in_chain: 0 };
    expect(logged).toEqual([expect.objectContaining({ ...line, seconds: 60, chainShare: 0.75 })]);
    clock.advance(120_000);
    expect([clock.timers, logged.length]).toEqual([0, 1]);
    sheds.add('in_chain');
    clock.advance(60_000);
    expect(logged[1]).toMatchObject({ queue_age: 0, in_chain: 1, chainShare: 0 });
    const counted = await samples(metrics, 'svcdns_queries_shed_total{');
    expect(counted).toContain('reason="queue_age"} 3');
  });

  test('tells what is left when it is stopped, and leaves no timer', () => {
    const context = testContext();
    const sheds = new Sheds(context);
    sheds.stop();
    expect(context.logged).toEqual([]);
    sheds.add('queue_full');
    context.clock.advance(5000);
    sheds.stop();
    sheds.stop();
    expect(context.logged).toEqual([expect.objectContaining({ queue_full: 1, seconds: 5 })]);
    expect(context.clock.timers).toBe(0);
  });
});
