import { describe, expect, test } from 'vitest';
import { loadFiles } from '../../../../src/sources/folder/objects/load-files.ts';
import { parseManifest } from '../../../../src/sources/folder/parse/parse.ts';
import { type DocumentSink, unreadable } from '../../../../src/sources/folder/parse/parsed-file.ts';
import type { Piece } from '../../../../src/sources/source.ts';

const TEXT = `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { clusterIP: 10.96.0.7, ports: [{ port: 80 }] }
`;

const changed = (file: string, hash: string) => ({
  file,
  hash,
  changedAt: 0,
  parse: (sink?: DocumentSink) => parseManifest(file, Buffer.from(TEXT), sink),
});

function load(changes: readonly Piece[], quarantined: readonly Piece[]) {
  let told: readonly Piece[] = [];
  const read: (string | undefined)[] = [];
  const files = loadFiles(
    {
      changed: changes.map(({ name, version }) => changed(name, version)),
      removed: ['gone.yaml'],
      warnings: [],
      isSynced: true,
    },
    {
      reading: (pieces) => {
        told = pieces;
        if (told.length === 0) read.push(undefined);
      },
      readingAt: (at) => {
        if (told.length > 0) read.push(told[at]?.name);
      },
      quarantined,
    },
  );
  const problems = [...files].flatMap(([file, documents]) =>
    (documents ?? []).flatMap((one) => one.problems.map(({ code }) => `${file} ${code}`)),
  );
  return { read, problems, files };
}

describe('loadFiles()', () => {
  const bomb = { name: 'bomb.yaml', version: 'a' };
  const web = { name: 'web.yaml', version: 'b' };

  test('reads what changed, telling each file first, and forgets what is gone', () => {
    const { read, problems, files } = load([bomb, web], []);
    expect(read).toEqual(['bomb.yaml', 'web.yaml', undefined]);
    expect(problems).toEqual([]);
    expect(files.get('gone.yaml')).toBeUndefined();
    expect(files.has('gone.yaml')).toBe(true);
  });

  test('does not read a file in quarantine, and says so', () => {
    const { read, problems } = load([bomb, web], [bomb]);
    expect(read).toEqual(['web.yaml', undefined]);
    expect(problems).toEqual(['bomb.yaml MANIFEST_QUARANTINED']);
  });

  test('reads it when it has changed, or another file has that content', () => {
    expect(load([{ ...bomb, version: 'c' }], [bomb]).read).toEqual(['bomb.yaml', undefined]);
    expect(load([{ ...bomb, name: 'copy.yaml' }], [bomb]).read).toEqual(['copy.yaml', undefined]);
  });

  test('says of each problem that nothing of a file was read, and drops what had been', () => {
    const parse = (sink?: DocumentSink) => {
      parseManifest('dump.yaml', Buffer.from(TEXT), sink);
      return unreadable('dump.yaml', 'MANIFEST_LIMIT', 'no');
    };
    const change = {
      changed: [{ ...changed('dump.yaml', 'a'), parse }],
      removed: [],
      warnings: [],
    };
    const [[, documents = []] = []] = loadFiles({ ...change, isSynced: true });
    expect(documents).toMatchObject([
      { objects: [], failed: true, problems: [{ code: 'MANIFEST_LIMIT', isWholeFile: true }] },
    ]);
    expect(load([bomb], [bomb]).files.get('bomb.yaml')).toMatchObject([
      { problems: [{ isWholeFile: true }] },
    ]);
  });

  test('tells that it goes on reading a large file', () => {
    const text = `${TEXT}# ${'x'.repeat(4000)}\n---\n`.repeat(200);
    const parse = (sink?: DocumentSink) => parseManifest('dump.yaml', Buffer.from(text), sink);
    let steps = 0;
    const all = [{ ...changed('dump.yaml', 'a'), parse }];
    const step = () => void steps++;
    loadFiles({ changed: all, removed: [], warnings: [], isSynced: true }, { step });
    expect(steps).toBeGreaterThan(1);
  });
});
