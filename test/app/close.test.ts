import { expect, test } from 'vitest';
import { close } from '../../src/app/close.ts';
import type { Serving } from '../../src/app/serving.ts';
import { createLoggerTo } from '../../src/observe/log.ts';
import { Metrics } from '../../src/observe/metrics.ts';
import { Sheds } from '../../src/server/queue/sheds.ts';
import { FakeClock } from '../helpers/fake-clock.ts';

const PARTS = ['threads', 'sockets', 'current', 'admins'] as const;

test.for([[], ...PARTS.map((part) => [part]), PARTS] as const)(
  'close: everything is stopped, in order, though %j cannot be',
  async (broken) => {
    const stopped: string[] = [];
    const stopping = (name: (typeof PARTS)[number]) => ({
      stop: async () => {
        stopped.push(name);
        if ((broken as readonly string[]).includes(name)) throw new Error('a bug');
      },
    });
    const metrics = new Metrics();
    const log = createLoggerTo('silent', { write: () => {} });
    const clock = new FakeClock();
    const sheds = new Sheds({ log, metrics, clock });
    sheds.add('queue_age');
    const serving = {
      shared: { log, metrics, clock, sheds },
      threads: stopping('threads'),
      sockets: stopping('sockets'),
      current: { lameduckMs: 0, ...stopping('current') },
      admins: stopping('admins'),
      closing: new AbortController(),
    } as unknown as Serving;
    await close(serving, Promise.resolve());
    expect(stopped).toEqual(PARTS);
    expect(clock.timers).toBe(0);
    expect(await metrics.text()).toContain(`coredns_panics_total ${broken.length}\n`);
  },
);
