import { describe, expect, test } from 'vitest';
import {
  MAX_ALIASES,
  MAX_DEPTH,
  MAX_DOCUMENTS,
  MAX_FILE_BYTES,
  MAX_SLOW_CHARS,
} from '../../../src/sources/folder/limits.ts';
import { parseManifest } from '../../../src/sources/folder/parse/parse.ts';
import { rounds, soakTest } from '../../helpers/runs.ts';

const refusal = (text: string): string | undefined => {
  const { documents, problems } = parseManifest('f.yaml', Buffer.from(text));
  expect(documents).toEqual([]);
  return (
    problems[0] &&
    `${problems[0].code} ${problems[0].origin.line}:${problems[0].origin.column} ${problems[0].message}`
  );
};

const laughs = (levels: number, width: number): string =>
  Array.from({ length: levels }, (_, level) => {
    const item = level === 0 ? 'lol' : `*a${level - 1}`;
    return `k${level}: &a${level} [${Array(width).fill(item).join(',')}]`;
  }).join('\n');

describe('parseManifest refuses hostile documents', () => {
  test('billion laughs, though it has fewer than a hundred aliases', () => {
    expect(refusal(laughs(9, 9))).toBe(
      'MANIFEST_LIMIT 7:10 Cannot read this document: found aliases that stand for over 100000 values, expected fewer',
    );
  });

  test('laughs spread so that no single alias is large', () => {
    const text = `${laughs(5, 9)}\nx: [${Array(20).fill('*a4').join(',')}]`;
    expect(refusal(text)).toContain('MANIFEST_LIMIT 1:1');
  });

  test('an alias inside what it names', () => {
    expect(refusal('a: &x\n  b: [*x]')).toBe(
      "MANIFEST_LIMIT 2:7 Cannot read this document: found alias '*x' inside what it names",
    );
  });

  test('more than a hundred aliases', () => {
    const list = (count: number) => `a: &a 1\nb: [${Array(count).fill('*a').join(',')}]`;
    expect(refusal(list(MAX_ALIASES + 1))).toContain('found over 100 aliases');
    expect(parseManifest('f', Buffer.from(list(MAX_ALIASES))).problems).toEqual([]);
  });

  test('a merge of five thousand aliases', () => {
    expect(refusal(`a: &a {b: 1}\nc:\n  <<: [${Array(5000).fill('*a').join(', ')}]`)).toContain(
      'found over 100 aliases',
    );
  });

  test('merges of a large mapping, many times', () => {
    const large = Array.from({ length: 500 }, (_, key) => `k${key}: 1`).join(', ');
    const merges = Array.from({ length: 50 }, (_, key) => `m${key}: {<<: *l}`).join('\n');
    expect(refusal(`l: &l {${large}}\n${merges}`)).toContain('too many keys to merge');
  });

  test('nested keys that once made the parser hang (GHSA-pm4m-ph32-ghv5)', () => {
    expect(refusal(`${'[ '.repeat(30)}1${' ]: 0'.repeat(30)}`)).toContain('MANIFEST_SYNTAX');
  });

  test.for([
    ['lists', '['],
    ['mappings', '{a: '],
    ['compact lists', '- '],
    ['compact keys', '? '],
    ['JSON objects', '{"a":'],
    ['JSON lists', '{"a":['],
  ])('five thousand nested %s', ([, open]) => {
    expect(refusal(open!.repeat(5000))).toContain('nested over 64 deep');
  });

  test('nesting up to the limit is read, in YAML and in JSON', () => {
    const depth = MAX_DEPTH - 1;
    const yaml = `${'['.repeat(depth)}${']'.repeat(depth)}`;
    const json = `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(parseManifest('f', Buffer.from(yaml)).problems).toEqual([]);
    expect(parseManifest('f', Buffer.from(json)).problems).toEqual([]);
  });

  test('a file over the size limit', () => {
    const file = parseManifest('f.yaml', Buffer.alloc(MAX_FILE_BYTES + 1));
    expect(file.parsed).toBe(false);
    expect(file.problems[0]?.message).toBe(
      'Cannot read this file: found 335544321 bytes, expected at most 335544320: split it into several files',
    );
  });

  soakTest('more than half a million documents, which are not even parsed', () => {
    const file = (text: string) => parseManifest('f.yaml', Buffer.from(text));
    const message = `Cannot read this file: found over 500000 documents, expected fewer: split it into several files`;
    for (const one of ['{"a":1}', 'a: [\n---\n', '{"a":1}\n---\n']) {
      const { parsed, documents, problems } = file(one.repeat(MAX_DOCUMENTS + 1));
      expect({ parsed, documents, problems }).toMatchObject({
        parsed: false,
        documents: [],
        problems: [{ code: 'MANIFEST_LIMIT', message }],
      });
    }
  });

  soakTest('as many documents as there may be are read, and empty ones do not count', () => {
    const file = (text: string) => parseManifest('f.yaml', Buffer.from(text));
    expect(file('{"a":1}'.repeat(MAX_DOCUMENTS)).documents).toHaveLength(MAX_DOCUMENTS);
    expect(file('a: 1\n---\n'.repeat(10_001)).documents).toHaveLength(10_001);
    expect(file('---\n# x\n'.repeat(MAX_DOCUMENTS * 2))).toMatchObject({ parsed: true });
  });

  soakTest('a document that must be parsed whole and is too long for that', () => {
    const long = 'x'.repeat(MAX_SLOW_CHARS);
    const message = (length: number) =>
      `Cannot read this document: found ${length} characters that cannot be read in parts, expected at most 67108864: split it, or write it as kubectl get -o yaml does`;
    for (const text of [`a: {b: ${long}}\n`, `{"a":"${long}"}\n`]) {
      const { problems } = parseManifest('f', Buffer.from(`a: 1\n---\n${text}`));
      expect(problems.map((problem) => problem.message)).toEqual([message(text.length)]);
    }
    expect(parseManifest('f', Buffer.from(`a: ${long}\n`)).problems).toEqual([]);
  });

  test('long strings and comments do not run out of stack', () => {
    const long = 'x'.repeat(rounds(1_000_000, 5_000_000));
    for (const text of [`{"a": "${long}"}`, `a: "${long}"`, `#${long}\na: 1`, `a: |\n  ${long}`]) {
      expect(parseManifest('f', Buffer.from(text)).documents).toHaveLength(1);
    }
  });
});

describe('shared values', () => {
  test('aliases share what they name instead of copying it', () => {
    const [document] = parseManifest('f', Buffer.from('a: &x {b: 1}\nc: *x')).documents;
    const value = document?.value as { a: unknown; c: unknown };
    expect(value.c).toBe(value.a);
  });
});
