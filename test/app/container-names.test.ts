import { expect, onTestFinished, test } from 'vitest';
import { Configuration } from '../../src/app/configuration.ts';
import { containerOwners } from '../../src/app/container-names.ts';
import { createLogger } from '../../src/observe/log.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import { PLUGIN_METRICS } from '../../src/plugins/order.ts';
import { FakeClock } from '../helpers/fake-clock.ts';
import { serverParts, settingsOf } from './app-world.ts';

/** The addresses that the engine gives containers come from `hosts` here. */
function corefile(ttl: number): string {
  const kubernetes = `kubernetes cluster.local {\nmanifests /m\nendpoints dns\nttl ${ttl}\n}\n`;
  return `.:5300 {\nhosts {\n10.0.0.9 web.shop.svc.cluster.local\n}\n${kubernetes}}\n`;
}

test.for([5, 6])(
  'containerOwners() knows Services after a reload, of ttl 5 and %i',
  async (ttl) => {
    const log = createLogger('silent');
    const clock = new FakeClock();
    const shared = serverParts({ clock, log, metrics: new Metrics(PLUGIN_METRICS) });
    const sockets = { addresses: [] };
    const before = new Configuration(settingsOf(corefile(5)), shared, sockets);
    const after = new Configuration(settingsOf(corefile(ttl)), shared, sockets, before);
    onTestFinished(async () => {
      await after.stop();
      await before.stop();
    });
    for (const set of [...before.names.sets.values(), ...after.names.sets.values()]) {
      const rows = [{ kind: 'ClusterIP', namespace: 'shop', name: 'web' }];
      set.browse = async () => JSON.stringify({ rows });
    }
    await after.chains.start();
    const owners = await containerOwners(['10.0.0.9', '10.0.0.10'], after, clock.now());
    expect([...owners]).toEqual([['10.0.0.9', 'Service shop/web']]);
  },
);
