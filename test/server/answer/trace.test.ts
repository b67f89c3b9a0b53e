import { expect, test } from 'vitest';
import { pluginDeed } from '../../../src/explain/plugin-deeds.ts';
import { traceQuestion } from '../../../src/server/answer/trace.ts';
import { LiveZone } from '../../../src/zone/live-zone.ts';
import { ZONE_OPTIONS } from '../../helpers/in-process.ts';
import { question } from '../../helpers/plugin-harness.ts';
import { blocksOf } from './chain-world.ts';

test('a plugin that answers what those below it do not take has answered', async () => {
  const live = new LiveZone(ZONE_OPTIONS);
  live.isSynced = true;
  const cluster = { live, zone: ZONE_OPTIONS, fallthrough: [''] };
  const { table } = blocksOf('. {\nerrors\nkubernetes\n}\n', undefined, cluster);
  const { name, type } = question('web.svc.cluster.local. A');
  const asked = { name, type, client: '10.0.0.1', isOffline: false, now: 0 };
  const traced = await traceQuestion([table], asked);
  const deeds = traced.plugins.map(pluginDeed);
  expect(deeds.find(({ plugin }) => plugin === 'kubernetes')?.text).toBe('answered NXDOMAIN');
});
