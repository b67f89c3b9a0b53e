import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ROOT, readText } from '../readme-blocks.ts';

const folders = readdirSync(`${ROOT}/src/plugins`, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

test('docs/compatibility.md has a row for each plugin whose README tells of differences', () => {
  const table = readText('docs/compatibility.md');
  const differing = folders.filter((name) =>
    readText(`src/plugins/${name}/README.md`).includes('## Differences from CoreDNS'),
  );
  expect(differing.length).toBeGreaterThan(10);
  expect(differing.filter((name) => !table.includes(`(../src/plugins/${name}/README.md)`))).toEqual(
    [],
  );
});
