import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadSettings } from '../../src/config/load.ts';
import { parseCorefile } from '../../src/corefile/parse.ts';
import { ProblemList } from '../../src/corefile/problems.ts';
import { CorefileReader, MAX_WORDS } from '../../src/corefile/reader.ts';
import { anyCharacters } from '../helpers/any-characters.ts';
import { runs } from '../helpers/runs.ts';
import { memoryFiles } from './memory-files.ts';

const KUBEADM = readFileSync(new URL('../fixtures/corefiles/kubeadm', import.meta.url), 'utf8');

/** Texts made of what the grammar gives a meaning, in any order. */
const corefileText = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom('{', '}', '\n', '\n', ' ', '"', '#', ',', '\\') },
      {
        weight: 4,
        arbitrary: fc.constantFrom(
          'import s',
          'import a',
          'import *',
          '(s)',
          '(t)',
          'import t',
          '.',
          '.:53',
          'tls://',
          '10.0.0.0/9',
          '::/3',
          'a..b',
          'kubernetes',
          'bind',
          'ttl',
          'pods',
          'labels',
          'fallthrough',
          'manifests',
          'except',
          '{$X}',
          '{%X%}',
          '{$',
          '%}',
          ':',
          '__proto__',
          'health :x',
        ),
      },
      { weight: 1, arbitrary: anyCharacters(8) },
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(' '));

/** The stock Corefile with pieces cut out, doubled, or replaced. */
const damagedKubeadm = fc
  .array(fc.tuple(fc.nat(KUBEADM.length), fc.nat(12), corefileText), { minLength: 1, maxLength: 4 })
  .map((cuts) =>
    cuts.reduce(
      (text, [at, length, insert]) => text.slice(0, at) + insert + text.slice(at + length),
      KUBEADM,
    ),
  );

const anyText = fc.oneof(anyCharacters(300), corefileText, damagedKubeadm);

describe('any text', () => {
  const files = memoryFiles({
    '/etc/a': 'import Corefile\n}\n(t) {\n import t',
    '/etc/b': '. {\n import a',
  });

  test('never makes parseCorefile throw, and every problem has a place', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { blocks, problems } = parseCorefile(text, 'Corefile', {
          files,
          env: { X: '{' },
          cwd: '/etc',
        });
        expect(Array.isArray(blocks)).toBe(true);
        for (const { origin, message } of problems) {
          expect(origin.line).toBeGreaterThan(0);
          expect(origin.column).toBeGreaterThan(0);
          expect(message).not.toMatch(/[\n\r]/);
        }
      }),
      { numRuns: runs(1500) },
    );
  });

  test('never makes loadSettings throw: settings, or an error', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { settings, problems } = loadSettings({
          options: { config: 'Corefile', manifests: ['m'] },
          env: { X: '{' },
          cwd: '/etc',
          files: memoryFiles({ '/etc/Corefile': text, '/etc/a': 'import Corefile' }),
          interfaces: {},
        });
        expect(settings === undefined).toBe(problems.some(({ severity }) => severity === 'error'));
      }),
      { numRuns: runs(1500) },
    );
  });

  test('is read in a bounded number of steps', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const problems = new ProblemList();
        const reader = new CorefileReader(
          text,
          'Corefile',
          { files, env: {}, cwd: '/etc' },
          problems,
        );
        let words = 0;
        while (reader.next() !== undefined) words++;
        expect(words).toBeLessThanOrEqual(MAX_WORDS);
        expect(reader.next()).toBeUndefined();
      }),
      { numRuns: runs(500) },
    );
  });

  test('written again with other white space says the same', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(' ', '\t', '\u3000', '  '),
        fc.constantFrom('\n', '\r\n', '\n\n', ' # x\n'),
        (blank, end) => {
          const text = KUBEADM.replaceAll(' ', blank).replaceAll('\n', end);
          expect(names(text)).toEqual(names(KUBEADM));
        },
      ),
    );
  });
});

function names(text: string): unknown {
  const { blocks, problems } = parseCorefile(text, 'Corefile', {
    files: memoryFiles({}),
    env: {},
    cwd: '/',
  });
  expect(problems).toEqual([]);
  return blocks.map(({ directives }) =>
    directives.map(({ name, args, block }) => [
      name,
      args.map((word) => word.text),
      block?.map((line) => line.name),
    ]),
  );
}
