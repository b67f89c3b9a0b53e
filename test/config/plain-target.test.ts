import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadSettings } from '../../src/config/load.ts';
import { nameSources } from '../../src/config/name-sources.ts';
import { plainTarget } from '../../src/config/plain-target.ts';
import { ROOT } from '../readme-blocks.ts';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'svcdns-target-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

test.for([
  [{}],
  [{ SVCDNS_LISTEN: '' }],
  [{ SVCDNS_LISTEN: ':53', SVCDNS_MANIFESTS: ROOT, SVCDNS_STATE: '/var/lib/svcdns' }],
  [{ SVCDNS_LISTEN: ' 10.0.0.1 , [::1]:5353,' }],
] as const)('plainTarget() of %o is what all settings say', ([env]) => {
  const { settings } = loadSettings({ options: { manifests: [ROOT] }, env, cwd: folder });
  const { listen, zone } = plainTarget(env, folder)!;
  expect(listen.map(plain)).toEqual(settings?.listen.map(plain));
  expect(zone).toBe(nameSources(settings!)[0]?.zone.zones[0]);
});

test.for([
  [{ SVCDNS_LISTEN: 'localhost:53' }],
  [{ SVCDNS_LISTEN: ',' }],
  [{ SVCDNS_CONFIG: 'Corefile' }],
  [{ SVCDNS_ZONE: 'example.org' }],
])('plainTarget() of %o leaves it to the settings', ([env]) => {
  expect(plainTarget(env!, folder)).toBeUndefined();
});

test('plainTarget() leaves a folder with a Corefile to the settings, but for that of the package', () => {
  expect(plainTarget({}, ROOT)).toBeDefined();
  writeFileSync(join(folder, 'Corefile'), '');
  expect(plainTarget({}, folder)).toBeUndefined();
  rmSync(join(folder, 'Corefile'));
});

function plain({ address, port }: { address: string; port: number }): string {
  return `${address} ${port}`;
}
