import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LOUD_CODES, PLAIN_CODES } from '../../src/lint/plain-codes.ts';
import { codeOf } from '../../src/lint/rule-id.ts';
import { RULES } from '../../src/lint/rules.ts';
import { ROOT, readText } from '../readme-blocks.ts';

/** Where a warning or a hint gets its code, as a text or as a constant. */
const USES = [
  /(?:warning|hint)\(\s*(?:\w+,\s*)?['"]?([A-Z][A-Z0-9_]{4,})\b/g,
  /'(?:warning|hint)',\s*(?:code: )?'?([A-Z][A-Z0-9_]{4,})\b/g,
  /severity: '(?:warning|hint)',\s*code: '?([A-Z][A-Z0-9_]{4,})\b/g,
];

function sources(): string[] {
  return readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(ROOT, 'src', file), 'utf8'));
}

/** Codes of all warnings and hints in the sources. */
function codesOfSources(): string[] {
  const texts = sources();
  const constants = new Map(
    texts.flatMap((text) =>
      [...text.matchAll(/const (\w+) = '([A-Z][A-Z0-9_]+)';/g)].map(([, name, code]) => [
        name,
        code,
      ]),
    ),
  );
  const used = texts.flatMap((text) =>
    USES.flatMap((use) => [...text.matchAll(use)].map(([, code]) => constants.get(code) ?? code)),
  );
  return [...new Set(used)].sort() as string[];
}

test('every warning and hint can be silenced, or there is a reason why not', () => {
  const known = [
    ...RULES.map(({ id }) => codeOf(id)),
    ...Object.keys(PLAIN_CODES),
    ...Object.keys(LOUD_CODES),
  ];
  const found = codesOfSources();
  expect(found.length).toBeGreaterThan(60);
  expect(found.filter((code) => !known.includes(code))).toEqual([]);
  expect(new Set(known).size).toBe(known.length);
});

test('each code without a page stands somewhere in the sources', () => {
  const texts = sources().filter((text) => !text.includes('const PLAIN_CODES'));
  const codes = [...Object.keys(PLAIN_CODES), ...Object.keys(LOUD_CODES)];
  expect(codes.filter((code) => !texts.some((text) => text.includes(code)))).toEqual([]);
});

test('docs/lint/README.md has a row for each code without a page', () => {
  const rows = readText('docs/lint/README.md').match(/^\| [A-Z].*$/gm);
  expect(rows).toEqual(
    [...Object.entries(PLAIN_CODES), ...Object.entries(LOUD_CODES)].map(
      ([code, text]) => `| ${code} | ${text} |`,
    ),
  );
});
