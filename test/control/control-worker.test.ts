import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ControlWorker } from '../../src/control/control-worker.ts';
import type { HistoryQuestion } from '../../src/control/history/change-recorder.ts';
import { stateDisk } from '../../src/control/state/state-disk.ts';
import {
  type ControlSettings,
  type FromControl,
  zoneSettings,
} from '../../src/control/thread/protocol.ts';
import { textOf } from '../../src/dns/name.ts';
import type { FolderSettings } from '../../src/sources/folder/folder-source.ts';
import { realDisk } from '../../src/sources/folder/read/disk.ts';
import { eventually } from '../helpers/eventually.ts';
import { FakeClock } from '../helpers/fake-clock.ts';
import { folderSettings, ZONE_OPTIONS } from '../helpers/in-process.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { blocksOf } from '../readme-blocks.ts';

const RESCAN_SECONDS = 30;

let folder: TempFolder;
let clock: FakeClock;
let told: FromControl[];
let steps: number;
let releases = 0;
let collections = 0;
let trims = 0;
let worker: ControlWorker;

beforeEach(() => {
  folder = new TempFolder();
  clock = new FakeClock();
  told = [];
  steps = 0;
  releases = 0;
  collections = 0;
  trims = 0;
});
afterEach(() => folder.dispose());

const service = (name: string, ip = '10.96.0.7') => `---
apiVersion: v1
kind: Service
metadata:
  name: ${name}
  namespace: shop
spec:
  clusterIP: ${ip}
  ports:
  - port: 80
`;

const many = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) =>
    service(`s${from + i}`, `10.96.${Math.floor((from + i) / 250)}.${1 + ((from + i) % 250)}`),
  ).join('');

type OwnSettings = Partial<ControlSettings & FolderSettings>;

function start(own: OwnSettings = {}): void {
  const { zone = zoneSettings(ZONE_OPTIONS), quarantined = [], serverAddresses = [] } = own;
  const { state } = own;
  const source = folderSettings([folder.folder('k8s')]);
  worker = new ControlWorker({
    settings: {
      source: { ...source, watch: false, rescanSeconds: RESCAN_SECONDS, ...own },
      zone,
      quarantine: true,
      state,
      serverAddresses,
      quarantined,
    },
    post: (message) => void told.push(message),
    step: () => void steps++,
    collector: {
      collectNew: () => void collections++,
      compact: () => void releases++,
      trim: () => void trims++,
    },
    clock,
    disk: realDisk,
    stateDisk,
  });
  worker.start();
}

/** Every part that is sent is taken at once, until none comes. */
function acknowledgeAll(): void {
  for (let done = -1; done !== changes().length; ) {
    done = changes().length;
    worker.receive({ kind: 'ack' });
  }
}

function rescan(): void {
  clock.advance(RESCAN_SECONDS * 1000);
  acknowledgeAll();
}

const of = <Kind extends FromControl['kind']>(kind: Kind) =>
  told.filter((one): one is Extract<FromControl, { kind: Kind }> => one.kind === kind);
const changes = () => of('change');
const programmed = () => of('revised').flatMap((revision) => revision.programmed);
const remembered = () => of('revised').at(-1)?.remembered;
const complaints = () => of('log').filter(({ level }) => level !== 'info');
const logged = () => complaints().map(({ message }) => message);
/** What the log says of changes. */
const infos = () => of('log').flatMap(({ level, message }) => (level === 'info' ? [message] : []));
const isOfRecords = (line: string) => /^(?:[+-] |… and .* more (?:records|names))/.test(line);
/** What it says of objects and files. */
const news = () => infos().filter((line) => !isOfRecords(line));
/** What it says of records. */
const diff = () => infos().filter(isOfRecords);
/** Names published and taken off, in all parts. */
const published = () => changes().flatMap(({ change }) => change.keys.map(textOf));
const gone = () => changes().flatMap(({ change }) => change.gone.map(textOf));

describe('ControlWorker', () => {
  test('says when it has let go of everything', async () => {
    folder.write('k8s/a.yaml', many(1));
    start();
    worker.receive({ kind: 'stop' });
    await eventually(() => expect(of('stopped')).toHaveLength(1));
  });

  test('sends the next part when the last has been taken, and then what it all came to', () => {
    folder.write('k8s/a.yaml', many(600));
    start();
    expect(changes()).toHaveLength(1);
    expect(of('loaded')).toEqual([]);
    worker.receive({ kind: 'ack' });
    expect(changes()).toHaveLength(2);
    acknowledgeAll();
    expect(changes().length).toBeGreaterThan(2);
    for (const { change } of changes()) expect(change.keys.length).toBeLessThanOrEqual(500);
    expect(published()).toContain('s599.shop.svc.cluster.local.');
    expect(of('loaded')).toMatchObject([
      { summary: { files: 1, namespaces: [{ name: 'shop', clusterIP: 600 }] } },
    ]);
  });

  test('releases memory when many objects have been read and 6 s were quiet, once', () => {
    folder.write('k8s/a.yaml', many(2000));
    start();
    clock.advance(10_000);
    expect([releases, collections]).toEqual([0, 0]); // not everything is sent yet
    acknowledgeAll();
    expect([releases, collections]).toEqual([0, 1]);
    clock.advance(5999);
    expect(releases).toBe(0);
    clock.advance(1);
    expect(releases).toBe(1);
    folder.write('k8s/b.yaml', service('b'));
    rescan();
    clock.advance(20_000);
    expect([published().includes('b.shop.svc.cluster.local.'), releases]).toEqual([true, 1]);
  });

  test('gives memory back after a start of few objects too, once, without compacting it', () => {
    folder.write('k8s/a.yaml', many(3));
    start();
    acknowledgeAll();
    clock.advance(5999);
    expect(trims).toBe(0);
    clock.advance(60_000);
    expect([trims, collections, releases]).toEqual([1, 0, 0]);
  });

  describe('while changes never pause', () => {
    /** Changes that come each 0.9 s. */
    function change(seconds: number): void {
      for (let at = 0; at < Math.floor(seconds / 0.9); at++) {
        folder.write('k8s/b.yaml', service('b', `10.97.0.${at + 1}`));
        clock.advance(900);
        acknowledgeAll();
      }
    }

    beforeEach(() => {
      folder.write('k8s/a.yaml', many(2000));
      start({ rescanSeconds: 0.9 });
      acknowledgeAll();
    });

    test('releases no memory, but as soon as they do', () => {
      change(3);
      expect(releases).toBe(0);
      clock.advance(6000);
      expect(releases).toBe(1);
    });

    test('releases memory half a minute later all the same, once', () => {
      change(29);
      expect(releases).toBe(0);
      change(5);
      expect(releases).toBe(1);
      change(40);
      expect(releases).toBe(1);
    });
  });

  test('says which files it reads, and afterwards that it reads none', () => {
    folder.write('k8s/a.yaml', service('a'));
    folder.write('k8s/b.yaml', service('b', '10.96.0.8'));
    start();
    expect(of('reading').map(({ pieces }) => pieces.map(({ name }) => name))).toEqual([
      [folder.at('k8s/a.yaml'), folder.at('k8s/b.yaml')],
      [],
    ]);
  });

  test('counts steps while it works, and once a second while there is nothing to do', () => {
    folder.write('k8s/a.yaml', many(10));
    start();
    expect(steps).toBeGreaterThan(3);
    acknowledgeAll();
    const before = steps;
    clock.advance(5000);
    expect(steps - before).toBe(5);
  });

  test('does not read a file in quarantine as long as it is the same', () => {
    const file = folder.write('k8s/bomb.yaml', service('bomb'));
    const hash = createHash('sha256').update(service('bomb')).digest('base64');
    start({ quarantined: [{ name: file, version: hash }] });
    acknowledgeAll();
    expect(of('reading')).toEqual([]);
    expect(of('loaded')[0]?.summary.problems).toMatchObject([{ code: 'MANIFEST_QUARANTINED' }]);
  });

  test('follows a change at the rescan: names, how long it took, and a summary at most once a second', () => {
    folder.write('k8s/a.yaml', service('a'));
    start();
    acknowledgeAll();
    expect(programmed()).toEqual([]); // what there was at the start has not changed
    told = [];
    folder.write('k8s/b.yaml', service('b', '10.96.0.8'));
    rescan();
    expect(published()).toContain('b.shop.svc.cluster.local.');
    expect(programmed()).toMatchObject([{ services: { cluster_ip: 1 } }]);
    expect(of('loaded')).toEqual([]);
    clock.advance(1000);
    expect(of('loaded')).toMatchObject([{ summary: { files: 2 } }]);
    clock.advance(20_000);
    worker.receive({ kind: 'ack' });
    clock.advance(2000);
    expect(of('loaded')).toHaveLength(1);
  });

  test('sends nothing more while a part has not been taken', () => {
    folder.write('k8s/a.yaml', service('a'));
    start();
    folder.write('k8s/b.yaml', service('b', '10.96.0.8'));
    clock.advance(RESCAN_SECONDS * 1000);
    worker.receive({ kind: 'addresses', addresses: ['192.0.2.1'] });
    expect(changes()).toHaveLength(1);
    worker.receive({ kind: 'ack' });
    expect(changes()).toHaveLength(2);
    expect(published()).toContain('b.shop.svc.cluster.local.');
  });

  test('gives each change a serial that never goes back', () => {
    folder.write('k8s/a.yaml', service('a'));
    start();
    acknowledgeAll();
    const [first] = changes();
    expect(first?.serial).toBe(1_700_000_000);
    folder.write('k8s/a.yaml', service('b'));
    vi.spyOn(clock, 'wallSeconds').mockReturnValue(1_600_000_000); // somebody set the clock back
    rescan();
    expect(new Set(changes().map(({ serial }) => serial))).toEqual(new Set([1_700_000_000]));
    vi.spyOn(clock, 'wallSeconds').mockReturnValue(1_800_000_000);
    folder.write('k8s/a.yaml', service('c'));
    rescan();
    expect(changes().at(-1)?.serial).toBe(1_800_000_000);
  });

  test('holds a mass deletion back until it has been seen again', () => {
    folder.write('k8s/a.yaml', many(20));
    folder.write('k8s/b.yaml', service('b', '10.96.9.8'));
    start();
    acknowledgeAll();
    folder.write('k8s/a.yaml', service('left', '10.96.9.9'));
    folder.write('k8s/b.yaml', ''); // taken later: files are emptied before they are written
    rescan();
    expect(published()).toContain('left.shop.svc.cluster.local.');
    expect(gone()).toEqual([]);
    expect(complaints()).toMatchObject([
      {
        level: 'warn',
        message:
          'Held back the removal of 20 of 22 Services for up to 30 s, until a second look at the folder confirms it: shop/s0, shop/s1, shop/s10 and 17 more. --hold-deletions off takes such changes at once',
        fields: { services: 20, rescanMs: 30_000 },
      },
    ]);
    clock.advance(1000);
    expect(of('loaded').at(-1)?.held.services).toBe(20);
    clock.advance(9000);
    acknowledgeAll();
    rescan();
    expect(gone()).toContain('s7.shop.svc.cluster.local.');
    clock.advance(1000);
    expect(of('loaded').at(-1)?.held.services).toBe(0);
    expect(logged().filter((text) => text.startsWith('Held back'))).toHaveLength(1);
  });

  test('takes it at once when nothing is to be held', () => {
    folder.write('k8s/a.yaml', many(20));
    start({ holdDeletions: false });
    acknowledgeAll();
    folder.write('k8s/a.yaml', service('left', '10.96.9.9'));
    rescan();
    expect(gone()).toContain('s7.shop.svc.cluster.local.');
    expect(logged()).toEqual([]);
  });

  test('publishes its own addresses when they change', () => {
    start({ serverAddresses: ['192.0.2.1'] });
    acknowledgeAll();
    told = [];
    worker.receive({ kind: 'addresses', addresses: ['192.0.2.1', '192.0.2.2'] });
    expect(published()).toContain('ns.dns.cluster.local.');
    acknowledgeAll();
    told = [];
    worker.receive({ kind: 'addresses', addresses: ['192.0.2.1', '192.0.2.2'] });
    expect(told).toEqual([]);
  });

  test('logs what has become wrong, twenty at most, and never what was wrong at the start', () => {
    const wrong = (count: number) =>
      Array.from({ length: count }, (_, i) => service(`BAD_${i}`)).join('');
    folder.write('k8s/a.yaml', wrong(3));
    start();
    acknowledgeAll();
    expect(of('loaded')[0]?.summary.problems.length).toBeGreaterThanOrEqual(3);
    expect(logged()).toEqual([]);
    folder.write('k8s/b.yaml', wrong(30));
    rescan();
    clock.advance(1000);
    expect(logged()).toHaveLength(21);
    expect(logged().at(-1)).toMatch(/^\d+ more problems: run svcdns check$/);
    rescan();
    clock.advance(1000);
    expect(logged()).toHaveLength(21);
  });

  test('logs at info what a change came to, twenty lines at most, and nothing of the start', () => {
    folder.write('k8s/a.yaml', service('a'));
    start();
    acknowledgeAll();
    clock.advance(1000);
    expect(news()).toEqual([]);
    folder.write('k8s/b.yaml', many(30));
    rescan();
    expect(news()).toHaveLength(21);
    expect(news()[0]).toBe('Service shop/s0 added');
    expect(news()[20]).toBe('… and 10 more changes');
    told = [];
    folder.write('k8s/b.yaml', `# moved\n${many(30)}`);
    rescan();
    expect(news()).toEqual([]);
  });

  test('logs at info that a file is fixed', () => {
    folder.write('k8s/a.yaml', service('a'));
    start();
    acknowledgeAll();
    const path = folder.write('k8s/b.yaml', service('BAD'));
    rescan();
    clock.advance(1000);
    expect(news()).toEqual([]);
    folder.write('k8s/b.yaml', service('good'));
    rescan();
    clock.advance(1000);
    expect(news()).toEqual(['Service shop/good added', `No errors any more in ${path}`]);
  });

  test('logs a folder that is away once, and that it is back', () => {
    folder.write('k8s/a.yaml', service('a'));
    start();
    acknowledgeAll();
    const texts = () => of('log').map(({ level, message }) => `${level} ${message}`);
    folder.rename('k8s', 'away');
    rescan();
    clock.advance(1000);
    expect(texts()).toEqual([expect.stringContaining('FOLDER_MISSING')]);
    expect(of('loaded').at(-1)?.summary.problems).not.toEqual([]);
    folder.rename('away', 'k8s');
    rescan();
    clock.advance(1000);
    expect(texts().slice(1)).toEqual([`info No errors any more in ${folder.at('k8s')}`]);
    expect(
      of('loaded')
        .at(-1)
        ?.summary.problems.map(({ code }) => code),
    ).not.toContain('FOLDER_MISSING');
  });

  test('logs a file of which nothing was read as an error, once, also at the start', () => {
    const unread = () => of('log').filter(({ level }) => level === 'error');
    folder.write('k8s/a.yaml', Buffer.from([0x61, 0xff]));
    start();
    acknowledgeAll();
    expect(unread()).toHaveLength(1);
    expect(unread()[0]?.message).toContain('a byte that is not UTF-8');
    folder.write('k8s/b.yaml', service('b'));
    rescan();
    clock.advance(1000);
    expect(of('loaded')).toHaveLength(2);
    expect(unread()).toHaveLength(1);
    folder.write('k8s/c.yaml', Buffer.from([0x61, 0xff]));
    rescan();
    clock.advance(1000);
    expect(unread()).toHaveLength(2);
  });

  test('is not synced while a folder is missing, and tells nothing as loaded', () => {
    start({ manifests: [folder.at('later')] });
    acknowledgeAll();
    expect(of('loaded')).toEqual([]);
    expect(logged()[0]).toContain(folder.at('later'));
    folder.write('later/a.yaml', service('a'));
    rescan();
    expect(of('loaded')).toHaveLength(1);
  });

  test('keeps the names for the next run, and says when that cannot be', async () => {
    folder.write('state', 'a file, no folder');
    folder.write('k8s/a.yaml', service('a'));
    const state = {
      source: 'x',
      addresses: folder.at('state/0000000000000001.addresses'),
      names: folder.at('state/0000000000000002.names'),
    };
    start({ state });
    expect(of('unsaved').map(({ what }) => what)).toEqual(['addresses', 'names']);
    expect(logged()[0]).toMatch(/^Cannot write into /);
    told = [];
    folder.remove('state');
    start({ state });
    acknowledgeAll();
    clock.advance(2000);
    await eventually(() => expect(realDisk.entries(folder.at('state'), 9)).toHaveLength(2));
    expect(of('unsaved')).toEqual([]);
  });

  describe('of the records of a change', () => {
    const PTR = 'in-addr.arpa. 5 IN PTR';
    const web = (file: string, line: number) => [
      `a.shop.svc.cluster.local. 5 IN A 10.96.0.7  (${file}:${line}:1)`,
      `a.shop.svc.cluster.local. 5 IN SRV 0 100 80 a.shop.svc.cluster.local.  (${file}:${line}:1)`,
    ];
    const ask = (question: HistoryQuestion) => {
      told = [];
      worker.receive({ kind: 'history', id: 1, question });
      return JSON.parse(of('history')[0]?.text ?? '');
    };

    test.for(['kept', 'not kept'])('logs each with its place, state %s', (what) => {
      const names = {
        addresses: folder.at('state/a.addresses'),
        names: folder.at('state/a.names'),
      };
      const file = folder.write('k8s/a.yaml', service('a'));
      start(what === 'kept' ? { state: { source: 'x', ...names } } : {});
      acknowledgeAll();
      expect(diff()).toEqual([]); // what there was at the start has not changed
      folder.write('k8s/a.yaml', `# moved\n${service('a', '10.96.0.8')}`);
      rescan();
      expect(diff()).toEqual([
        `- 7.0.96.10.${PTR} a.shop.svc.cluster.local.  (${file}:2:1)`,
        `+ 8.0.96.10.${PTR} a.shop.svc.cluster.local.  (${file}:3:1)`,
        `- ${web(file, 2)[0]}`,
        `+ a.shop.svc.cluster.local. 5 IN A 10.96.0.8  (${file}:3:1)`,
      ]);
      told = [];
      folder.remove('k8s/a.yaml');
      folder.write('k8s/b.yaml', service('b', '10.96.0.9'));
      rescan();
      rescan(); // what is gone is looked at twice
      expect(diff()).toContain(`- 8.0.96.10.${PTR} a.shop.svc.cluster.local.  (${file}:3:1)`);
      expect(diff()).toHaveLength(6);
      expect(remembered()).toMatchObject({ changes: 3, dropped: 0 });
    });

    test('logs them as docs/operations.md shows it', () => {
      const file = folder.write('k8s/web.yaml', service('web').slice(4));
      start();
      acknowledgeAll();
      folder.write('k8s/web.yaml', service('web').slice(4).replace('80', '8080'));
      rescan();
      const shown = blocksOf('docs/operations.md').find(({ text }) => text.includes('8080'));
      const lines = infos().map((line) => line.replace(file, 'k8s/web.yaml'));
      expect(`${lines.join('\n')}\n`).toBe(shown?.text);
    });

    test('logs twenty of many, and counts the others', () => {
      folder.write('k8s/a.yaml', service('a'));
      start();
      acknowledgeAll();
      folder.write('k8s/b.yaml', many(600, 100));
      rescan();
      expect(diff()).toEqual([]);
      clock.advance(100);
      expect(diff()).toHaveLength(21);
      expect(remembered()).toMatchObject({ changes: 1 });
      // Of 1,000 names that are looked into: 400 or so addresses, and Services with two records.
      expect(diff()[20]).toMatch(/^… and \d+ more records, and the records of \d+ more names$/);
      const { changes } = ask({ name: undefined, at: undefined });
      expect(changes[0].records).toHaveLength(500);
      expect(changes[0].left.names).toBeGreaterThan(100);
    });

    test('has them in an answer that comes before they are logged', () => {
      start();
      acknowledgeAll();
      folder.write('k8s/a.yaml', many(100));
      rescan();
      expect(diff()).toEqual([]);
      const { changes } = ask({ name: 's7.shop.svc.cluster.local.', at: undefined });
      expect(changes[0].records[0].places).toHaveLength(1);
      expect(diff()).toHaveLength(21);
    });

    test('logs them before it stops', () => {
      start();
      acknowledgeAll();
      folder.write('k8s/a.yaml', many(100));
      rescan();
      expect(diff()).toEqual([]);
      worker.receive({ kind: 'stop' });
      expect(diff()).toHaveLength(21);
    });

    test('says nothing of an object that only moves in its file', () => {
      folder.write('k8s/a.yaml', service('a'));
      start();
      acknowledgeAll();
      folder.write('k8s/a.yaml', `# moved\n${service('a')}`);
      rescan();
      expect(diff()).toEqual([]);
      expect(remembered()).toMatchObject({ changes: 0 });
    });

    test('remembers them, and answers what a name had at a time', () => {
      const file = folder.write('k8s/a.yaml', service('a'));
      start();
      acknowledgeAll();
      folder.write('k8s/a.yaml', service('a', '10.96.0.8'));
      rescan();
      const name = 'a.shop.svc.cluster.local.';
      const [a, srv] = web(file, 2).map((line) => line.split('  (')[0]);
      const changedAt = clock.wallSeconds();
      const answer = ask({ name, at: changedAt - 1 });
      expect(answer).toEqual({
        since: changedAt - RESCAN_SECONDS,
        changes: [
          {
            at: changedAt,
            records: [
              { change: 'removed', record: a, places: [`${file}:2:1`] },
              { change: 'added', record: `${name} 5 IN A 10.96.0.8`, places: [`${file}:2:1`] },
            ],
            left: { records: 0, names: 0 },
          },
        ],
        earlier: {
          at: changedAt - 1,
          records: [
            { record: a, places: [`${file}:2:1`] },
            { record: srv, places: [] },
          ],
          isComplete: true,
        },
      });
      expect(ask({ name: 'no.', at: undefined }).changes).toEqual([]);
    });

    test('goes on from what the thread of the names before remembers', () => {
      folder.write('k8s/a.yaml', service('a'));
      start();
      acknowledgeAll();
      folder.write('k8s/a.yaml', service('a', '10.96.0.8'));
      rescan();
      const before = ask({ name: undefined, at: undefined });
      worker.receive({ kind: 'remembered', id: 7 });
      const [memory] = of('memory');
      expect(memory?.id).toBe(7);
      start({ zone: zoneSettings({ ...ZONE_OPTIONS, ttl: 30 }) });
      acknowledgeAll();
      const a = (ttl: number) => `a.shop.svc.cluster.local. ${ttl} IN A 10.96.0.8`;
      const change = {
        at: clock.wallSeconds(),
        records: [
          { sign: '-', record: a(5), places: ['Corefile'] },
          { sign: '+', record: a(30), places: ['Corefile'] },
        ],
        left: { records: 0, names: 0 },
      } as const;
      worker.receive({ kind: 'inherit', remembered: memory?.text ?? '', change });
      expect(remembered()).toMatchObject({ changes: 2 });
      const { since, changes } = ask({ name: undefined, at: undefined });
      expect([since, ...changes.slice(1)]).toEqual([before.since, ...before.changes]);
      expect(changes[0].records[0]).toEqual({
        change: 'removed',
        record: a(5),
        places: ['Corefile'],
      });
    });
  });
});
