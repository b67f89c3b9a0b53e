import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeState, encodeState, type State } from '../../../src/control/state/state.ts';
import { type StateDisk, stateDisk } from '../../../src/control/state/state-disk.ts';
import { readState, StateFile } from '../../../src/control/state/state-file.ts';
import { problemText } from '../../../src/kube/problem.ts';
import { anyCharacters } from '../../helpers/any-characters.ts';
import { runs } from '../../helpers/runs.ts';

const STATE: State = {
  ranges: ['10.96.0.0/12', 'fd00:10:96::/108'],
  clusterIPs: [
    { owner: 'shop/web', address: '10.98.7.3' },
    { owner: 'shop/web', address: 'fd00:10:96::a:3' },
  ],
  loadBalancers: [{ owner: 'shop/web', address: '192.168.64.4' }],
  pods: [{ owner: 'shop/StatefulSet/db/0', address: '10.244.0.9' }],
  nodePorts: [{ owner: 'shop/web/80', address: '30123' }],
};

const state = (count: number): State => ({
  ...STATE,
  clusterIPs: Array.from({ length: count }, (_, at) => ({
    owner: `shop/web-${at}`,
    address: `10.96.${at >> 8}.${at & 255}`,
  })),
});

/** A disk in memory that stops the process after so many steps: a byte written, a name changed. */
class FailingDisk implements StateDisk {
  readonly files = new Map<string, Buffer>();
  steps = Number.POSITIVE_INFINITY;
  writes = 0;
  #names = 0;

  read(path: string): { text: string } {
    const found = this.files.get(path);
    if (found === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
    return { text: found.toString() };
  }

  async create(path: string, bytes: Uint8Array): Promise<void> {
    this.writes++;
    this.#step();
    const room = Math.min(bytes.length, this.steps);
    this.files.set(path, Buffer.from(bytes.subarray(0, room)));
    this.steps -= room;
    this.#step();
  }

  async rename(from: string, to: string): Promise<void> {
    this.#step();
    this.files.set(to, this.files.get(from) as Buffer);
    this.files.delete(from);
  }

  async remove(path: string): Promise<void> {
    this.#step();
    this.files.delete(path);
  }

  async syncFolder(): Promise<void> {
    this.#step();
  }

  async entries(): Promise<{ name: string; ageMs: number }[]> {
    return [];
  }

  uniqueName(): string {
    return `${this.#names++}`;
  }

  #step(): void {
    if (this.steps <= 0) throw new Error('the process was killed');
    this.steps--;
  }
}

describe('the text of a state', () => {
  test('is what decodeState reads', () => {
    expect(decodeState(encodeState(STATE))).toEqual({ state: STATE });
  });

  test('is refused wherever it is cut off, with a reason', () => {
    const text = encodeState(STATE);
    for (let length = 0; length < text.length; length++) {
      expect(decodeState(text.slice(0, length)), `${length}`).toMatchObject({
        fault: expect.stringMatching(/^found .*: (expected|it was cut off)/),
      });
    }
  });

  test('is refused whichever byte of it is another one', () => {
    const bytes = Buffer.from(encodeState(STATE));
    for (let at = 0; at < bytes.length; at++) {
      for (const change of [0x01, 0x20, 0x80]) {
        const garbled = Buffer.from(bytes);
        garbled[at] = (garbled[at] as number) ^ change;
        expect(decodeState(garbled.toString()), `byte ${at}`).toHaveProperty('fault');
      }
    }
  });

  test('is refused when bytes are added, lines are doubled or gone', () => {
    const text = encodeState(STATE);
    const lines = text.split('\n');
    fc.assert(
      fc.property(fc.nat(text.length), fc.string({ minLength: 1 }), (at, more) => {
        expect(decodeState(text.slice(0, at) + more + text.slice(at))).toHaveProperty('fault');
      }),
    );
    for (const [at, line] of lines.slice(0, -1).entries()) {
      expect(decodeState(lines.toSpliced(at, 1).join('\n'))).toHaveProperty('fault');
      expect(decodeState(lines.toSpliced(at, 0, line).join('\n'))).toHaveProperty('fault');
    }
  });

  const sealed = (body: string) => {
    const bare = encodeState({
      ranges: [],
      clusterIPs: [],
      loadBalancers: [],
      pods: [],
      nodePorts: [],
    });
    expect(bare.startsWith('{"format":"svcdns-state","version":1,"ranges":[]}\n')).toBe(true);
    const hash = execFileSync('sha256sum', { input: body }).toString().slice(0, 64);
    return `${body}{"sha256":"${hash}"}\n`;
  };
  const HEADER = '{"format":"svcdns-state","version":1,"ranges":[]}\n';

  test.each([
    ['', 1, 'found an empty file: expected svcdns-state version 1'],
    [
      '\0\0\0',
      1,
      'found a file that begins with "\\u0000\\u0000\\u0000": expected svcdns-state version 1',
    ],
    ['{"format":"svcdns-state","version":2,"x":1}\n', 1, 'found version 2: expected 1'],
    [HEADER, 0, 'found no checksum at its end: it was cut off or changed'],
    [
      `${HEADER}{"sha256":"00"}\n`,
      0,
      'found a checksum of something else: it was cut off or changed',
    ],
    [sealed(HEADER.replace('[]', '7')), 1, 'expected a list of ranges'],
    [
      sealed(`${HEADER}["clusterIPs","shop/web","10.0.0.300"]\n`),
      2,
      'found "[\\"clusterIPs\\",\\"shop/web\\",\\"10.0.0.300\\"]": expected ["clusterIPs", owner, address]',
    ],
    [
      sealed(`${HEADER}["others","shop/web","10.0.0.3"]\n`),
      2,
      'found "[\\"others\\",\\"shop/web\\",\\"10.0.0.3\\"]": expected ["clusterIPs", owner, address]',
    ],
    [
      sealed(`${HEADER}["nodePorts","shop/web/80","29999"]\n`),
      2,
      'found "[\\"nodePorts\\",\\"shop/web/80\\",\\"29999\\"]": expected ["clusterIPs", owner, address]',
    ],
  ])('%# is refused with the line and what was found', (text, line, fault) => {
    expect(decodeState(text)).toEqual({ fault, line });
  });

  test('is never read with an exception, whatever it is', () => {
    fc.assert(
      fc.property(anyCharacters(10), (text) => {
        expect(decodeState(text)).toHaveProperty('fault');
        decodeState(sealed(`${HEADER}${text}\n`));
      }),
      { numRuns: runs(100) },
    );
  });
});

describe('StateFile', () => {
  const PATH = '/data/state';

  test('leaves the old or the new state, whole, wherever the process is killed', async () => {
    const size = Buffer.byteLength(encodeState(state(2)));
    const seen = new Set<number>();
    for (let steps = 0; steps < size + 10; steps++) {
      const disk = new FailingDisk();
      await new StateFile(PATH, disk).write(state(1));
      disk.steps = steps;
      const problem = await new StateFile(PATH, disk).write(state(2));
      const found = readState(PATH, disk);
      expect(found.problem, `after ${steps} steps`).toBeUndefined();
      expect([state(1), state(2)]).toContainEqual(found.state);
      seen.add(found.state!.clusterIPs.length);
      if (problem === undefined) expect(found.state).toEqual(state(2));
      // What a killed process left behind does no harm to the next one.
      disk.steps = Number.POSITIVE_INFINITY;
      expect(await new StateFile(PATH, disk).write(state(3))).toBeUndefined();
      expect(readState(PATH, disk)).toEqual({ state: state(3) });
    }
    expect([...seen]).toEqual([1, 2]);
  });

  test('writes the same state only once, and that it was started with not at all', async () => {
    const disk = new FailingDisk();
    const file = new StateFile(PATH, disk, state(1));
    await file.write(state(1));
    expect(disk.writes).toBe(0);
    await file.write(state(2));
    await file.write(state(2));
    expect(disk.writes).toBe(1);
    await file.write(state(1));
    expect(disk.writes).toBe(2);
  });

  test('writes only the latest of the states that come while one is being written', async () => {
    const disk = new FailingDisk();
    const file = new StateFile(PATH, disk);
    const first = file.write(state(1));
    await Promise.resolve();
    await Promise.resolve();
    await Promise.all([2, 3, 4, 5].map((count) => file.write(state(count))));
    await first;
    expect(disk.writes).toBe(2);
    expect(readState(PATH, disk)).toEqual({ state: state(5) });
  });

  test('tells of trouble each time, and of none when it has gone', async () => {
    const disk = new FailingDisk();
    const file = new StateFile(PATH, disk);
    disk.steps = 0;
    const first = await file.write(state(1));
    expect(problemText(first!)).toBe(
      '/data/state: warning: Cannot write the state: the process was killed. Addresses may change at the next start [STATE_NOT_WRITTEN]',
    );
    expect(await file.write(state(2))).toEqual(first);
    disk.steps = Number.POSITIVE_INFINITY;
    expect(await file.write(state(3))).toBeUndefined();
    disk.steps = 0;
    expect(await file.write(state(4))).toEqual(first);
  });

  test('does not write more than fits', async () => {
    const disk = new FailingDisk();
    const owner = 'x'.repeat(1_000);
    const clusterIPs = Array.from({ length: 17_000 }, () => ({ owner, address: '10.0.0.1' }));
    const problem = await new StateFile(PATH, disk).write({ ...STATE, clusterIPs });
    expect(problem?.message).toMatch(/^Cannot write the state: it would have 17\d{6} bytes: /);
    expect(disk.files.size).toBe(0);
  });
});

describe('on a real disk', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'state-'));
    path = join(folder, 'state');
  });
  afterEach(() => {
    chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true });
  });

  test('readState reads what StateFile wrote, and there is nothing else in the folder', async () => {
    expect(readState(path, stateDisk)).toEqual({});
    expect(await new StateFile(path, stateDisk).write(STATE)).toBeUndefined();
    expect(readState(path, stateDisk)).toEqual({ state: STATE });
    expect(readdirSync(folder)).toEqual(['state']);
    expect(statSync(path).mode & 0o777).toBe(0o644);
  });

  test('readState says what it found instead of a state, and StateFile writes it again', async () => {
    writeFileSync(path, encodeState(STATE).slice(0, -9));
    expect(problemText(readState(path, stateDisk).problem!)).toBe(
      `${path}: warning: Cannot use this state: found a checksum of something else: it was cut off or changed. Addresses are worked out anew, and it is written again [STATE_UNREADABLE]`,
    );
    await new StateFile(path, stateDisk).write(STATE);
    expect(readState(path, stateDisk)).toEqual({ state: STATE });
  });

  test.each([
    ['a folder', (at: string) => mkdirSync(at), 'found a folder: '],
    ['a pipe', (at: string) => execFileSync('mkfifo', [at]), 'found no regular file: '],
    [
      'a file that is too large',
      (at: string) => execFileSync('truncate', ['-s', '17M', at]),
      'found 17825792 bytes: ',
    ],
  ])('readState refuses %s without reading it', (_, make, found) => {
    make(path);
    expect(readState(path, stateDisk).problem?.message).toContain(found);
  });

  test.each([
    ['is not there', 'gone/state', 'ENOENT'],
    ['is a file', 'file/state', 'ENOTDIR'],
  ])('StateFile.write into a folder that %s is told, and no exception', async (_, at, code) => {
    writeFileSync(join(folder, 'file'), '');
    const missing = join(folder, at);
    const file = new StateFile(missing, stateDisk);
    const problem = await file.write(state(1));
    expect(problem?.message).toContain(`Cannot write the state: ${code}: `);
    expect(readState(missing, stateDisk)).toEqual({});
  });

  test('two that share a file never mix their states', async () => {
    const files = [new StateFile(path, stateDisk), new StateFile(path, stateDisk)];
    for (let turn = 1; turn <= 20; turn++) {
      const writes = files.map((file, at) => file.write(state(100 * turn + at)));
      expect(await Promise.all(writes)).toEqual([undefined, undefined]);
      const count = readState(path, stateDisk).state?.clusterIPs.length;
      expect([100 * turn, 100 * turn + 1]).toContain(count);
    }
    expect(readFileSync(path, 'utf8')).toMatch(/"\}\n$/);
  });
});
