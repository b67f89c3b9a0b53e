import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Problem, problemText } from '../../../../src/kube/problem.ts';
import { readDocument } from '../../../../src/kube/schema.ts';
import { parseManifest } from '../../../../src/sources/folder/parse/parse.ts';
import { findTypos } from '../../../../src/sources/folder/report/typos.ts';
import { runs } from '../../../helpers/runs.ts';

const TOKEN = 'kubectl: found character that cannot start any token';
const VIOLATES = 'kubectl: found a tab character that violates indentation';
const MAPPING = 'kubectl: mapping values are not allowed in this context';
const COLON = "kubectl: could not find expected ':'";
const CANNOT = 'error: Cannot read this document: found';

/** Everything told about a text that is not YAML, `line:column: severity: message`. */
function told(text: string): string[] {
  const { problems } = parseManifest('f', Buffer.from(text));
  return problems.map((problem) => problemText(problem).replace(/^f:(.*) \[\w+\]$/, '$1'));
}

/** The warnings of documents that are YAML. */
function warnings(text: string): Problem[] {
  return parseManifest('f', Buffer.from(text)).documents.flatMap((document) => [
    ...(document.warnings ?? []),
  ]);
}

describe('a document is told each of its typos', () => {
  test.each<[title: string, lines: string[], told: string[]]>([
    [
      'a tab behind a text',
      ['a: 1', 'b:', '  c: d', '\te: f'],
      [`4:1: ${CANNOT} a tab in the indentation, expected spaces (${VIOLATES})`],
    ],
    [
      'a tab behind a key',
      ['a:', '\tb: 1'],
      [`2:1: ${CANNOT} a tab in the indentation, expected spaces (${TOKEN})`],
    ],
    [
      'a tab behind a comment',
      ['a: 1 # c', 'b: {}', '\tc: d'],
      [`3:1: ${CANNOT} a tab in the indentation, expected spaces (${TOKEN})`],
    ],
    [
      'tabs on lines in a row, a blank one between',
      ['a:', '\tb: 1', '', '\tc: 2'],
      [`2:1: ${CANNOT} tabs in the indentation of lines 2 to 4, expected spaces (${TOKEN})`],
    ],
    [
      'tabs in two places',
      ['a:', '\tb: 1', 'c:', '\td: 2'],
      [
        `2:1: ${CANNOT} a tab in the indentation, expected spaces (${TOKEN})`,
        `4:1: ${CANNOT} a tab in the indentation, expected spaces (${TOKEN})`,
      ],
    ],
    [
      'a tab behind spaces',
      ['a:', '  - b: 1', ' \t c: 2'],
      [`3:2: ${CANNOT} a tab in the indentation, expected spaces`],
    ],
    [
      'the first key',
      ['a:', '  b:1', '  c: 2'],
      [`2:5: ${CANNOT} no space after 'b:', expected one (${MAPPING})`],
    ],
    [
      'a later key',
      ['a:', '  b: 1', '  c:2'],
      [`3:5: ${CANNOT} no space after 'c:', expected one (${COLON})`],
    ],
    [
      'a key behind a list',
      ['a:', '  - b', 'c:2', 'd: e'],
      [`3:3: ${CANNOT} no space after 'c:', expected one (${COLON})`],
    ],
    [
      'the first key of an item',
      ['a:', '- b:1', '  c: 2'],
      [`2:5: ${CANNOT} no space after 'b:', expected one (${MAPPING})`],
    ],
    [
      'each key',
      ['a:1', 'b:2', 'c: 3'],
      [
        `1:3: ${CANNOT} no space after 'a:', expected one`,
        `2:3: ${CANNOT} no space after 'b:', expected one`,
      ],
    ],
    [
      'a key with a slash',
      ['a:', '  x.y/b-c:1', '  d: 2'],
      [`2:11: ${CANNOT} no space after 'x.y/b-c:', expected one (${MAPPING})`],
    ],
    [
      'a value with a colon',
      ['a: 1', 'image:nginx:1.14'],
      [`2:7: ${CANNOT} no space after 'image:', expected one (${COLON})`],
    ],
    [
      'a tab in the text of a block',
      ['a: |', '  x', '\t', '  y'],
      [
        `3:1: ${CANNOT} a tab on a line without content (kubectl: found a tab character where an indentation space is expected)`,
      ],
    ],
    [
      'a typo, and not what follows from it or comes after it',
      ['a:1', 'b: [', 'c: 2'],
      [`1:3: ${CANNOT} no space after 'a:', expected one (${MAPPING})`],
    ],
    [
      'a line with a tab only, and the mistake that it is no reason for',
      ['a: 1', '\t', 'b: [', 'c: 2'],
      [
        `2:1: ${CANNOT} a tab on a line without content (${VIOLATES})`,
        `4:1: ${CANNOT} 'c' too far left, expected the end of the quotes or brackets opened above`,
      ],
    ],
    [
      'a mistake, and the typo behind it',
      ['a: 1', 'c: "d" e', 'f:1', 'g: 2'],
      [
        `2:8: ${CANNOT} 'e', expected a key in line with the keys above (or quotes around a value with ': ')`,
        `3:3: ${CANNOT} no space after 'f:', expected one (${COLON})`,
      ],
    ],
  ])('%s', (_, lines, expected) => {
    expect(told(lines.join('\n'))).toEqual(expected);
    expect(told(lines.join('\r\n'))).toEqual(expected);
  });

  test('in a later document of the file', () => {
    expect(told('a: 1\n---\nb:1\nc: 2\n---\nd: 3')).toEqual([
      `3:3: ${CANNOT} no space after 'b:', expected one (${MAPPING})`,
    ]);
  });

  test('at most twenty, and at most a hundred in a file', () => {
    const keys = (count: number) =>
      `${Array.from({ length: count }, (_, at) => `a${at}:1\n`).join('')}b: 2\n`;
    expect(told(keys(50))).toHaveLength(20);
    const many = told(Array.from({ length: 50 }, () => keys(20)).join('---\n'));
    expect(many.slice(0, -1).every((line) => line.includes('no space after'))).toBe(true);
    expect(many).toHaveLength(101);
    expect(many.at(-1)).toContain('Cannot read 45 more documents of this file from here on');
  });
});

test('a text too long to be typed is told what the parser says, and no more', () => {
  const long = `a:1\n${Array.from({ length: 20_000 }, (_, at) => `b${at}: 1`).join('\n')}`;
  expect(told(long)).toEqual([expect.stringMatching(/^2:3: .* found ':'/)]);
});

describe('nothing is called a typo that may have been meant', () => {
  /** The mistake is in the last line: an open bracket. */
  test.each([
    ['an item of a list', '- redis:6379\n- nginx:1.14'],
    ['a URL', 'a:\n  b: 1\n  https://x'],
    ['a time', 'a: 1\n10:30'],
    ['a text over several lines', 'a: some text\n  host:80\n  more'],
    ['text in double quotes', 'a: "x\n\n  b:1\n  c"\nd: 1'],
    ['text in single quotes', "a: 'it''s\n\n  b:1\n  c'\nd: 1"],
    ['the text of a block', 'a: |\n  b:1\n  c: d\n  \te\nf: 1'],
    ['the text of a folded block', 'a:\n- >-\n  b:1\n  c: d\n- f'],
    ['brackets', 'a: [b:1,\n  c:2]\nd: {e: f,\n  "g":1}'],
    ['a comment', 'a: 1 # b:1\n# c:1\nd: 1'],
    ['a template', 'a:1\nb: {{ .Values.x }}'],
    ['a tab behind the colon', 'a:\t1\nb:\t2'],
  ])('%s', (_, text) => {
    const lines = told(`${text}\nz: [`);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(/no space after|a tab/);
  });
});

test('a document with a typo is refused', () => {
  const { documents, failed } = parseManifest('f', Buffer.from('a: 1\n\tb: 2\n'));
  expect(documents).toEqual([]);
  expect(failed).toHaveLength(1);
});

describe('a line with nothing but a tab', () => {
  test.each<[title: string, text: string, place: string, words: string]>([
    ['last', 'a: 1\n\t\n', '2:1', VIOLATES],
    ['behind a text in quotes', 'a: "1"\n\t\n', '2:1', TOKEN],
    ['behind a key', 'a:\n\t\n  b: 1\n', '2:1', TOKEN],
    ['with a comment', 'a: 1\n\t# c\n', '2:1', VIOLATES],
    ['in a later document', 'a: 1\n---\nb: 1\n \t\n\t\n', '5:1', VIOLATES],
  ])('is a warning: %s', (_, text, place, words) => {
    const found = warnings(text).map(problemText);
    expect(found).toEqual([
      `f:${place}: warning: found a tab on a line without content: passed over, but kubectl refuses the document (${words.slice('kubectl: '.length)}) [MANIFEST_TAB]`,
    ]);
  });

  test('and the next ones are one warning together', () => {
    expect(warnings('a: 1\n\t\n\n\t\t\nb: 2\n\t\n').map(problemText)).toEqual([
      expect.stringContaining('f:2:1: warning: found a tab on lines 2 to 4, without content'),
      expect.stringContaining('f:6:1: warning: found a tab on a line without content'),
    ]);
  });

  test.each(['a: [1,\n\t\n  2]', 'a: "x\n\t\n  y"', 'a: 1\n  \t\n', '{"a":\n\t\n1}', 'a: 1\t\n'])(
    'is none where kubectl does not mind: %j',
    (text) => {
      expect(warnings(text)).toEqual([]);
    },
  );

  test('the object is kept, and the warning told with it', () => {
    const text = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n\t\n';
    const [document] = parseManifest('f', Buffer.from(text)).documents;
    const { objects, problems, refused } = readDocument(document!);
    expect(objects).toHaveLength(1);
    expect(problems.map(({ code }) => code)).toEqual(['MANIFEST_TAB']);
    expect(refused).toBe(0);
  });
});

describe('laws', () => {
  const piece = fc.constantFrom(
    ...[
      'a:1',
      'b: 2',
      '- c:3',
      '- d',
      'e:',
      '\t',
      ' ',
      '  ',
      '\n',
      '\r\n',
      '"',
      "'",
      '[',
      '}',
      '|',
      '# x',
      ': ',
      'k',
    ],
  );
  const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''));

  test('findTypos points into the text, in order, at what it names', () => {
    fc.assert(
      fc.property(text, (any) => {
        const found = findTypos(any);
        expect(found.map(({ offset }) => offset)).toEqual(
          found.map(({ offset }) => offset).sort((a, b) => a - b),
        );
        for (const { kind, offset, last } of found) {
          expect(last).toBeGreaterThanOrEqual(offset);
          expect(kind === 'no space' ? any[offset - 1] : any[offset]).toBe(
            kind === 'no space' ? ':' : '\t',
          );
        }
      }),
      { numRuns: runs(2_000) },
    );
  });

  test('parseManifest tells each problem once, in one line, in the order of the text', () => {
    fc.assert(
      fc.property(text, (any) => {
        const lines = told(any);
        expect(new Set(lines).size).toBe(lines.length);
        for (const line of lines) expect(line).toMatch(/^\d+:\d+: (error|warning|hint): \P{C}+$/u);
      }),
      { numRuns: runs(2_000) },
    );
  });
});
