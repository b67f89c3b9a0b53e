import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readJson } from '../../../../src/sources/folder/parse/json.ts';
import { parseManifest } from '../../../../src/sources/folder/parse/parse.ts';
import { runs } from '../../../helpers/runs.ts';

const fragment = fc.constantFrom(
  ...[
    'a: 1',
    'b:',
    '- ',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    ': ',
    ', ',
    '\n',
    '\n  ',
    '\n---\n',
    '&x ',
    '*x',
  ],
  ...[
    '<<: ',
    '!!int ',
    '| ',
    '> ',
    '# c',
    '\t',
    '\r\n',
    '...\n',
    '%YAML 1.1\n',
    '\uFEFF',
    '{{',
    '\\u0',
    '0x',
    '@',
  ],
);

describe('parseManifest', () => {
  test('accounts for every document of any text, inside the text', () => {
    fc.assert(
      fc.property(fc.array(fragment, { maxLength: 30 }), (fragments) => {
        const text = fragments.join('');
        const lines = text.split(/\r\n?|\n/);
        const { documents, failed, problems } = parseManifest('f', Buffer.from(text));
        expect(new Set(problems.map(({ origin }) => origin.document))).toEqual(
          new Set(failed.map(({ document }) => document)),
        );
        expect(problems.every(({ message }) => !/[\r\n]/.test(message))).toBe(true);
        const origins = [
          ...documents.flatMap(({ origin, locate }) => [origin, locate(['a', 0]), locate(['b'])]),
          ...failed,
          ...problems.map(({ origin }) => origin),
        ];
        for (const { line, column } of origins) {
          expect(lines.length).toBeGreaterThanOrEqual(line);
          expect(column).toBeGreaterThanOrEqual(1);
          expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1);
        }
        const indices = [...documents.map(({ origin }) => origin), ...failed].map(
          (o) => o.document,
        );
        expect(indices.sort((a, b) => a - b)).toEqual(indices.map((_, index) => index));
      }),
      { numRuns: runs(2000) },
    );
  });

  test('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(parseManifest('f', bytes).file).toBe('f');
      }),
    );
  });
});

describe('readJson', () => {
  test('reads what JSON.stringify writes, and stops at its end', () => {
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 6 }),
        fc.constantFrom('', ' ', ',', '}', '"'),
        (json, rest) => {
          const outcome = readJson(`${json}${rest}`, 0);
          expect(outcome).toEqual({ kind: 'value', value: JSON.parse(json), end: json.length });
        },
      ),
    );
  });

  test('accepts a text with something changed only where JSON.parse does', () => {
    const change = fc.tuple(
      fc.json({ maxDepth: 3 }),
      fc.nat(),
      fc.constantFrom(...'{}[]",:0-.e\\ \nt'),
    );
    fc.assert(
      fc.property(change, ([json, at, char]) => {
        const index = at % (json.length + 1);
        const text = `${json.slice(0, index)}${char}${json.slice(index + 1)}`;
        const outcome = readJson(text, 0);
        let isJson = true;
        try {
          JSON.parse(text);
        } catch {
          isJson = false;
        }
        const isWhole = outcome.kind === 'value' && text.slice(outcome.end).trim() === '';
        const isTwice = outcome.kind === 'fault' && outcome.fault.code === 'MANIFEST_DUPLICATE_KEY';
        expect(isWhole || (isTwice && isJson)).toBe(isJson);
      }),
      { numRuns: runs(2000) },
    );
  });
});
