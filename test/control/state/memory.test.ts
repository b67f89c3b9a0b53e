import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Kept } from '../../../src/control/state/kept-files.ts';
import { Memory } from '../../../src/control/state/memory.ts';
import { readSnapshotFile } from '../../../src/control/state/snapshot-file.ts';
import { stateDisk } from '../../../src/control/state/state-disk.ts';
import type { GivenAddresses } from '../../../src/controllers/controllers.ts';
import { keyFromText } from '../../../src/dns/name.ts';
import { packName } from '../../../src/zone/packed-name.ts';
import { eventually } from '../../helpers/eventually.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { TempFolder } from '../../helpers/temp-folder.ts';

const GIVEN: GivenAddresses = {
  clusterIPs: [{ owner: 'shop/web', address: '10.98.7.3' }],
  loadBalancers: [{ owner: 'shop/web', address: '192.168.64.4' }],
  pods: [],
  nodePorts: [{ owner: 'shop/web/80', address: '30123' }],
};
const NAMES = new Map([[keyFromText('web'), packName(0, [])]]);

let folder: TempFolder;
beforeEach(() => {
  folder = new TempFolder();
});
afterEach(() => folder.dispose());

function start(state = 'a/state', disk = stateDisk) {
  const clock = new FakeClock();
  const problems: string[] = [];
  const unsaved: Kept[] = [];
  const files = {
    source: 'abc',
    addresses: folder.at(`${state}/0000000000000001.addresses`),
    names: folder.at(`${state}/0000000000000002.names`),
  };
  const memory = new Memory({
    files,
    zone: { serviceRanges: undefined, simulatedPods: undefined },
    clock,
    disk,
    onProblem: (message) => problems.push(message),
    onUnsaved: (what) => unsaved.push(what),
  });
  return {
    memory,
    clock,
    problems,
    unsaved,
    files,
    list: () => readdirSync(folder.at(state)).sort(),
  };
}

describe('Memory', () => {
  test('gives the next run the addresses 200 ms after they were given out', async () => {
    const { memory, clock, problems, list } = start();
    expect(memory.given).toBeUndefined();
    memory.take(new Map(), 0, () => GIVEN);
    clock.advance(199);
    expect(list()).toEqual([]);
    clock.advance(1);
    await eventually(() => expect(list()).toEqual(['0000000000000001.addresses']));
    expect(start().memory.given).toMatchObject(GIVEN);
    expect(problems).toEqual([]);
  });

  test('writes them as they are then, in one go', async () => {
    const { memory, clock, files } = start();
    const given = { ...GIVEN, clusterIPs: [] as { owner: string; address: string }[] };
    memory.take(new Map(), 0, () => given);
    given.clusterIPs = [{ owner: 'shop/later', address: '10.98.7.4' }];
    memory.take(new Map(), 0, () => given);
    expect(clock.timers).toBe(1);
    clock.advance(200);
    await eventually(() => expect(readFileSync(files.addresses, 'utf8')).toContain('shop/later'));
  });

  test('keeps the names once everything has been read', async () => {
    const { memory, clock, files, list } = start();
    memory.take(NAMES, 7, () => GIVEN);
    clock.advance(10_000);
    await eventually(() => expect(list()).toEqual(['0000000000000001.addresses']));
    memory.settle();
    clock.advance(2000);
    await eventually(() => expect(list()[1]).toBe('0000000000000002.names'));
    const file = await readSnapshotFile(files.names, 'abc');
    expect(file).toMatchObject({ is: 'snapshot', snapshot: { serial: 7 } });
  });

  test('says once that a folder cannot be made, and goes on', () => {
    folder.write('a', 'a file');
    const { memory, clock, problems, unsaved } = start();
    memory.take(NAMES, 7, () => GIVEN);
    memory.settle();
    clock.advance(10_000);
    expect(unsaved).toEqual(['addresses', 'names']);
    expect(problems).toEqual([
      expect.stringMatching(
        /^Cannot write into .*\/a\/state: ENOTDIR: .*\. Nothing is kept for the next start: expected a folder behind --state that can be written, or --state off$/,
      ),
    ]);
    expect(clock.timers).toBe(0);
  });

  test('says what is wrong with what it finds, and writes it anew', async () => {
    const { files, memory, clock } = start();
    folder.write('a/state/0000000000000001.addresses', 'garbled');
    const second = start();
    expect(second.memory.given).toBeUndefined();
    expect(second.problems).toEqual([expect.stringContaining('STATE_UNREADABLE')]);
    second.memory.take(new Map(), 0, () => GIVEN);
    second.clock.advance(200);
    await eventually(() => expect(readFileSync(files.addresses, 'utf8')).toContain('shop/web'));
    expect(memory.given).toBeUndefined();
    expect(clock.timers).toBe(0);
  });

  test('counts each write that fails, tells of each file once a minute, and tries again then', async () => {
    let isFull = true;
    const create: typeof stateDisk.create = async (path, bytes) => {
      if (isFull) throw new Error('ENOSPC: no space left on device, write');
      await stateDisk.create(path, bytes);
    };
    const { memory, clock, problems, unsaved, list } = start('a/state', { ...stateDisk, create });
    memory.settle();
    for (const port of [1, 2, 3]) {
      memory.take(NAMES, port, () => ({ ...GIVEN, pods: [{ owner: `${port}`, address: '::1' }] }));
      clock.advance(2000);
      await eventually(() => expect(unsaved).toHaveLength(2 * port));
    }
    expect(problems.map((problem) => problem.replace(/ in [^:]*: /, ': ')).sort()).toEqual([
      expect.stringMatching(/^\/.*: Cannot write the state: ENOSPC: .* \[STATE_NOT_WRITTEN\]$/),
      expect.stringMatching(/^Cannot save the names: ENOSPC: /),
    ]);
    isFull = false;
    clock.advance(62_000);
    const both = ['0000000000000001.addresses', '0000000000000002.names'];
    await eventually(() => expect(list()).toEqual(both));
    expect([unsaved.length, problems.length]).toEqual([6, 2]);
  });
});
