import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { startApp } from '../../src/app.ts';
import { createLogger } from '../../src/observe/log.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import { Chains } from '../../src/server/blocks/chains.ts';
import { freePort } from '../helpers/free-port.ts';
import { answering, settingsOf } from './app-world.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

test('reload() whose old plugins cannot be stopped has taken place, and says so', async () => {
  const metrics = new Metrics();
  const [port, next] = [freePort(), freePort()];
  const app = await startApp(settingsOf(answering(port)), { log: createLogger('silent'), metrics });
  onTestFinished(() => app.close());
  vi.spyOn(Chains.prototype, 'stop').mockRejectedValueOnce(new Error('a bug'));
  await expect(app.reload(settingsOf(answering(next)))).resolves.toEqual([]);
  expect(app.addresses.map((address) => address.port)).toEqual([next]);
  expect(await metrics.text()).toContain('coredns_panics_total 1\n');
});
