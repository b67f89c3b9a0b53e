import { expect, test } from 'vitest';
import {
  MAX_ALIASES,
  MAX_DEPTH,
  MAX_DOCUMENTS,
  MAX_FILE_BYTES,
  MAX_FILES,
  MAX_TOTAL_BYTES,
} from '../src/sources/folder/limits.ts';
import { readText } from './readme-blocks.ts';

const mib = (bytes: number) => `${bytes / 1024 ** 2} MiB`;
const number = (value: number) => value.toLocaleString('en');

test('SECURITY.md has the limits of manifests as the code has them', () => {
  const row = `| manifests | ${mib(MAX_FILE_BYTES)} and ${number(MAX_DOCUMENTS)} documents a file, ${mib(MAX_TOTAL_BYTES)} in all, depth ${MAX_DEPTH}, ${MAX_ALIASES} aliases a document; `;
  expect(readText('SECURITY.md')).toContain(row);
});

test('README.md and ARCHITECTURE.md have them too', () => {
  const readme = readText('README.md');
  const row = `| a manifest file | ${mib(MAX_FILE_BYTES)}, ${number(MAX_DOCUMENTS)} documents; all files ${mib(MAX_TOTAL_BYTES)}, ${number(MAX_FILES)} files |`;
  expect(readme).toContain(row);
  expect(readme).toContain(`The file may have up to ${mib(MAX_FILE_BYTES)}`);
  expect(readText('ARCHITECTURE.md')).toContain(`manifests up to ${mib(MAX_FILE_BYTES)} a file`);
});
