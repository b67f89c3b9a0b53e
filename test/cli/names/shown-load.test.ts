import { expect, test } from 'vitest';
import type { LoadOnce } from '../../../src/cli/names/load-names.ts';
import { shownLoad } from '../../../src/cli/names/shown-load.ts';
import type { Loaded } from '../../../src/control/load-once.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { TestIo } from '../test-io.ts';

/** Reads three objects, with some time before each. */
async function load(ms: number, showsProgress: boolean): Promise<{ err: string; seen: number }> {
  const clock = new FakeClock();
  const io = new TestIo({ clock, showsProgress });
  const reading: LoadOnce = async (_wanted, _addresses, _given, observer) => {
    for (let at = 0; at < 3; at++) {
      clock.advance(ms);
      observer?.object?.({} as never);
    }
    return {} as Loaded;
  };
  let seen = 0;
  const observer = { object: () => void seen++ };
  await shownLoad(reading, io)({ manifests: [], zone: {} } as never, [], undefined, observer);
  return { err: io.err, seen };
}

test.for([
  [
    'a folder that takes its time shows how far it is',
    600,
    true,
    '\r\u001b[K2 objects read\r\u001b[K3 objects read\r\u001b[K',
  ],
  ['one that is read at once shows nothing', 300, true, ''],
  ['nor does one in a pipe', 600, false, ''],
] as const)('%s', async ([, ms, showsProgress, err]) => {
  expect(await load(ms, showsProgress)).toEqual({ err, seen: 3 });
});
