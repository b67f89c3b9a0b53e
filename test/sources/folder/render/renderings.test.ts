import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { originText } from '../../../../src/kube/origin.ts';
import { problemText } from '../../../../src/kube/problem.ts';
import { FolderSource } from '../../../../src/sources/folder/folder-source.ts';
import { realDisk } from '../../../../src/sources/folder/read/disk.ts';
import type { Outcome } from '../../../../src/sources/folder/render/child.ts';
import type { RenderedSource } from '../../../../src/sources/folder/render/rendered-source.ts';
import type { Tools } from '../../../../src/sources/folder/render/tools.ts';
import type { SourceChange } from '../../../../src/sources/source.ts';
import { FakeClock } from '../../../helpers/fake-clock.ts';
import { TempFolder } from '../../../helpers/temp-folder.ts';

const RESCAN_MS = 30_000;

/** Waits for what has been settled to be taken: several promises in a row. */
const settled = async () => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

/** A tool that is told what it prints, once for each time that it is started. */
class FakeTools implements Tools {
  readonly started: RenderedSource[] = [];
  isInstalled = true;
  cannotStart = false;
  killed = 0;
  #end: (outcome: Outcome) => void = () => {};

  find(kind: RenderedSource['kind']) {
    return this.isInstalled ? ({ name: kind, file: `/bin/${kind}` } as const) : undefined;
  }

  render(source: RenderedSource) {
    if (this.cannotStart) throw new TypeError('no such argument');
    this.started.push(source);
    const outcome = new Promise<Outcome>((resolve) => {
      this.#end = resolve;
    });
    const kill = () => {
      this.killed++;
      this.#end({ is: 'failed', why: 'it was ended' });
    };
    return { outcome, kill };
  }

  async prints(text: string, notes = ''): Promise<void> {
    this.#end({ is: 'rendered', bytes: new TextEncoder().encode(text), notes });
    await settled();
  }

  async fails(why: string): Promise<void> {
    this.#end({ is: 'failed', why });
    await settled();
  }
}

let folder: TempFolder;
let tools: FakeTools;
let clock: FakeClock;
let source: FolderSource;
let changes: SourceChange[];
beforeEach(() => {
  folder = new TempFolder();
  folder.write('dev/kustomization.yaml', 'resources: [../base]');
  folder.write('base/kustomization.yaml', 'resources: [svc.yaml]');
  tools = new FakeTools();
  clock = new FakeClock();
  changes = [];
});
afterEach(async () => {
  await source.stop();
  folder.dispose();
});

async function start(...manifests: string[]): Promise<{ isDone: boolean }> {
  const settings = { kind: 'folder', manifests, watch: false, rescanSeconds: 30 } as const;
  source = new FolderSource(
    { ...settings, holdDeletions: true, keepLastGood: true },
    { clock, disk: realDisk, tools },
    { onChange: (change) => void changes.push(change) },
  );
  const done = { isDone: false };
  void source.start().then(() => {
    done.isDone = true;
  });
  await settled();
  return done;
}

const service = (name: string) =>
  `apiVersion: v1\nkind: Service\nmetadata: { name: ${name} }\nspec: { ports: [{ port: 80 }] }\n`;

async function rescan(): Promise<void> {
  clock.advance(RESCAN_MS);
  await settled();
}

const last = () => {
  const { put, gone, isSynced } = changes.at(-1) as SourceChange;
  const names = put.map(
    ({ namespace, name, origin }) => `${namespace}/${name} ${originText(origin)}`,
  );
  return { put: names, gone: gone.map(({ name }) => name), isSynced };
};
const problems = () => source.report().problems.map(problemText);
const dev = () => `kustomize:${folder.at('dev')}`;

describe('a source that is rendered', () => {
  test('delivers what was printed, each object with its place in that, and is synced then', async () => {
    folder.write('plain/a.yaml', service('plain'));
    const done = await start(folder.at('plain'), dev());
    expect(last()).toMatchObject({ put: [expect.stringMatching(/^default\/plain /)] });
    expect([last().isSynced, done.isDone]).toEqual([false, false]);
    await tools.prints(`# one\n${service('web')}---\n${service('db')}`);
    expect(last()).toEqual({
      put: [`default/web ${dev()}:2:1`, `default/db ${dev()}:7:1`],
      gone: [],
      isSynced: true,
    });
    expect(done.isDone).toBe(true);
    expect(source.report()).toMatchObject({ files: 2, refusedDocuments: 0, problems: [] });
    expect(tools.started).toEqual([{ kind: 'kustomize', folder: folder.at('dev') }]);
  });

  test('is rendered again when a file changes that it reads, in a folder that it names too', async () => {
    await start(dev());
    await tools.prints(service('web') + `---\n${service('db')}`);
    await rescan();
    expect(tools.started).toHaveLength(1);
    for (const file of ['base/svc.yaml', 'dev/config.properties', 'base/.env', 'new/x.yaml']) {
      folder.write(file, file);
      await rescan();
    }
    expect(tools.started).toHaveLength(2); // the first goes on, and one more is due
    await tools.prints(service('web'));
    expect(last()).toMatchObject({ put: [], gone: ['db'] });
    expect(tools.started).toHaveLength(3);
    const before = changes.length;
    await tools.prints(service('web'));
    expect(changes).toHaveLength(before); // nothing has changed
    folder.write('dev/kustomization.yaml', 'resources: [../new]');
    await rescan();
    await tools.prints('');
    clock.advance(100); // the new folder is looked into
    await settled();
    await tools.prints('');
    folder.write('new/y.yaml', '');
    await rescan();
    expect(tools.started).toHaveLength(6);
  });

  test('keeps what it has when it fails, and says in its words why', async () => {
    await start(dev());
    await tools.prints(service('web'), 'Warning: old');
    expect(problems()).toEqual([`${dev()}:1:1: hint: kustomize: Warning: old [RENDER_NOTE]`]);
    folder.write('base/svc.yaml', 'x');
    await rescan();
    await tools.fails("Error: no 'x'");
    expect(last()).toMatchObject({ put: [], gone: [], isSynced: true });
    expect(problems()).toEqual([
      `${dev()}:1:1: error: Cannot render this: kustomize: Error: no 'x' [RENDER_FAILED]`,
      `${dev()}:1:1: warning: Service default/web stays as last read: 1 of 1 documents of this file cannot be used [OBJECTS_KEPT]`,
    ]);
    folder.write('base/svc.yaml', 'y');
    await rescan();
    await tools.prints(service('db'));
    expect(last()).toMatchObject({ put: [`default/db ${dev()}:1:1`], gone: ['web'] });
    expect(problems()).toEqual([]);
  });

  test('does not fail for half of an edit', async () => {
    await start(dev());
    await tools.prints(service('web'));
    folder.write('base/svc.yaml', 'half');
    await rescan();
    folder.write('base/svc.yaml', 'whole');
    await rescan();
    const before = changes.length;
    await tools.fails('half');
    expect(changes).toHaveLength(before);
    await tools.prints(service('db'));
    expect(last()).toMatchObject({ gone: ['web'] });
  });

  test('is synced with its problems when it fails at once, or lacks its tool', async () => {
    tools.isInstalled = false;
    const done = await start(dev(), `helm:${folder.folder('web')}`);
    expect([done.isDone, last().isSynced, tools.started]).toEqual([true, true, []]);
    expect(problems()).toEqual([
      expect.stringMatching(
        /^helm:.*web:1:1: error: Cannot render this: found no helm on the PATH: install Helm .* \[RENDER_TOOL\]$/,
      ),
      expect.stringMatching(
        /: found neither kustomize nor kubectl on the PATH: install one .* \[RENDER_TOOL\]$/,
      ),
    ]);
  });

  test('has failed when its tool cannot be started at all', async () => {
    tools.cannotStart = true;
    const done = await start(dev());
    expect([done.isDone, last().isSynced]).toEqual([true, true]);
    expect(problems()).toEqual([
      `${dev()}:1:1: error: Cannot render this: kustomize: TypeError: no such argument [RENDER_FAILED]`,
    ]);
  });

  test('is not started when it would have to fetch something', async () => {
    folder.write('base/kustomization.yaml', 'resources: [https://example.org/a.yaml]');
    await start(dev());
    expect(tools.started).toEqual([]);
    expect(problems()).toEqual([expect.stringContaining('[RENDER_REMOTE]')]);
    folder.write('base/kustomization.yaml', 'resources: []');
    await rescan();
    expect(tools.started).toHaveLength(1);
  });

  test('waits for a folder that is missing, and keeps what one had that has gone', async () => {
    const wanted = folder.at('later');
    const done = await start(`kustomize:${wanted}`);
    expect([done.isDone, changes.at(-1)?.isSynced, tools.started]).toEqual([true, false, []]);
    expect(problems()).toEqual([expect.stringMatching(/later:1:1: error: .*\[FOLDER_MISSING\]$/)]);
    folder.write('later/kustomization.yaml', '');
    await rescan();
    await tools.prints(service('web'));
    expect(last()).toMatchObject({ isSynced: true, put: [expect.stringContaining('web')] });
    folder.remove('later');
    await rescan();
    await rescan();
    expect(tools.started).toHaveLength(1);
    expect(last()).toMatchObject({ gone: [] });
    expect(problems()).toEqual([expect.stringContaining('[FOLDER_MISSING]')]);
  });

  test('of Helm puts objects without a namespace into that of the release', async () => {
    await start(`helm:${folder.folder('web')}?namespace=shop`);
    const named = service('other').replace('name: other', 'name: other, namespace: own');
    await tools.prints(`${service('web')}---\n${named}`);
    expect(last().put.map((one) => one.split(' ')[0])).toEqual(['shop/web', 'own/other']);
  });

  test('is one of several that take turns', async () => {
    folder.folder('base/more');
    const done = await start(dev(), `kustomize:${folder.at('base')}`);
    expect(tools.started).toHaveLength(1);
    await tools.prints(service('web'));
    expect([tools.started.length, done.isDone, last().isSynced]).toEqual([2, false, false]);
    await tools.prints(service('web2'));
    expect([done.isDone, last().isSynced]).toEqual([true, true]);
  });

  test('ends its program when it is stopped, and starts no other', async () => {
    await start(dev(), `kustomize:${folder.at('base')}`);
    const before = changes.length;
    await source.stop();
    expect([tools.killed, tools.started.length, changes.length]).toEqual([1, 1, before]);
  });
});
