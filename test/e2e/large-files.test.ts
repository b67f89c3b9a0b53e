import { truncateSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MAX_FILE_BYTES } from '../../src/sources/folder/limits.ts';
import { TestIo } from '../cli/test-io.ts';
import { soakTest } from '../helpers/runs.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { ServerHere } from './server-here.ts';
import { MANIFESTS, stockCorefile, WEB } from './server-process.ts';

let folder: TempFolder;
beforeEach(() => {
  folder = new TempFolder();
});
afterEach(() => folder.dispose());

test('a file that is too large is told in the table, in the log, in /metrics and by check', async () => {
  const dump = folder.write('k8s/dump.yaml', 'kind: List\n');
  truncateSync(dump, MAX_FILE_BYTES + 1);
  folder.write('k8s/web.yaml', MANIFESTS);
  const corefile = stockCorefile(9).replace(
    'pods insecure',
    `pods insecure\n        manifests ${folder.at('k8s')}`,
  );
  const server = await ServerHere.start(corefile);
  const message =
    'Cannot read this file: found 335544321 bytes, expected at most 335544320: split it into several files [MANIFEST_LIMIT]';
  const text = server.printed;
  expect(text).toContain('\nERROR: read nothing of 1 file, so all its names are missing:\n  ');
  expect(text).toContain(`dump.yaml:1:1: error: ${message}\n`);
  const log = text.split('\n').filter((line) => line.startsWith('{') && line.includes(message));
  expect(log.map((line) => JSON.parse(line).level)).toEqual(['error']);
  expect(await server.metric('svcdns_manifest_files_unread')).toBe(1);
  expect((await server.ask(WEB, 'A')).rcode).toBe('NOERROR');

  const checked = await new TestIo({ cwd: folder.path }).outcome('check k8s');
  expect(checked.code).toBe(1);
  expect(checked.stdout).toContain(message);
}, 60_000);

soakTest(
  'a file of over ten thousand documents is answered from',
  async () => {
    const one = (at: number) =>
      `--- {apiVersion: v1, kind: Service, metadata: {name: s${at}, namespace: shop}, spec: {clusterIP: 10.${at >> 16}.${(at >> 8) & 255}.${at & 255}, ports: [{port: 80}]}}\n`;
    const text = Array.from({ length: 10_500 }, (_, at) => one(at)).join('');
    const server = await ServerHere.start(stockCorefile(9), text);
    expect((await server.ask('s10499.shop.svc.cluster.local.', 'A')).answer).toEqual([
      expect.stringContaining(' IN A 10.0.41.3'),
    ]);
  },
  60_000,
);
