import { describe, expect, test } from 'vitest';
import { MAX_BYTES } from '../../src/corefile/files.ts';
import { MAX_WORDS } from '../../src/corefile/reader.ts';
import { parse, shape, told } from './notation.ts';

type Row = [name: string, text: string, files: Record<string, string | null>, expected: string];

describe('import puts in', () => {
  const rows: Row[] = [
    [
      'a snippet among directives',
      '(common) {\n errors\n log\n}\n. {\n import common\n loop\n}',
      {},
      'dns://. { errors; log; loop }',
    ],
    [
      'a snippet written on one line',
      '(c) { errors }\n. {\n import c\n loop\n}',
      {},
      'dns://. { errors; loop }',
    ],
    [
      'a snippet inside a directive block',
      '(c) {\n ttl 5\n}\n. {\n kubernetes {\n  pods disabled\n  import c\n }\n}',
      {},
      'dns://. { kubernetes { pods(disabled); ttl(5) } }',
    ],
    [
      'a snippet in a snippet',
      '(a) {\n log\n}\n(b) {\n import a\n cache\n}\n. {\n import b\n}',
      {},
      'dns://. { log; cache }',
    ],
    [
      'a snippet right after the opening brace',
      '(a) {\n log\n}\n. { import a\n loop\n}',
      {},
      'dns://. { log; loop }',
    ],
    [
      'a file of server blocks at the top level',
      'import more\n. {\n}',
      { '/etc/more': 'a.org {\n log\n}\n' },
      'dns://a.org. { log } | dns://. {  }',
    ],
    [
      'a file relative to the importing file',
      '. {\n import sub/one\n}',
      { '/etc/sub/one': 'import two', '/etc/sub/two': 'loop' },
      'dns://. { loop }',
    ],
    ['an absolute path', '. {\n import /opt/x\n}', { '/opt/x': 'errors' }, 'dns://. { errors }'],
    [
      'the files of a pattern in the order of their names, without hidden ones',
      '. {\n import d/*.conf\n}',
      {
        '/etc/d/b.conf': 'log',
        '/etc/d/a.conf': 'errors',
        '/etc/d/..x.conf': 'loop',
        '/etc/d/c': '',
      },
      'dns://. { errors; log }',
    ],
    [
      'a pattern with a question mark, in a folder',
      '. {\n import d?/x\n}',
      { '/etc/d1/x': 'errors', '/etc/d2/x': 'log', '/etc/d22/x': 'loop', '/etc/d3/y': 'any' },
      'dns://. { errors; log }',
    ],
    [
      'a snippet from an imported file',
      'import s\n. {\n import c\n}',
      { '/etc/s': '(c) {\n any\n}' },
      'dns://. { any }',
    ],
    [
      'a quoted "import" as an ordinary word',
      '. {\n log import\n "import" x\n}',
      {},
      'dns://. { log(import); import(x) }',
    ],
  ];
  test.for(rows)('%s', ([, text, files, expected]) => {
    const corefile = parse(text, files);
    expect(told(corefile.problems)).toEqual([]);
    expect(shape(corefile)).toBe(expected);
  });
});

describe('import refuses', () => {
  const rows: Row[] = [
    [
      'a file that does not exist',
      '. {\n import nope\n}',
      {},
      "Corefile:2:2: error: File to import not found: 'nope': there is no file nope, and no snippet of this name above [COREFILE_IMPORT]",
    ],
    [
      'a snippet before its definition, naming one that was probably meant',
      '(common) {\n}\n. {\n import comon\n}',
      {},
      "Corefile:4:2: error: File to import not found: 'comon': there is no file comon, and no snippet of this name above: did you mean the snippet 'common'? [COREFILE_IMPORT]",
    ],
    [
      'a folder',
      '. {\n import d\n}',
      { '/etc/d': null },
      "Corefile:2:2: error: Cannot import the folder 'd': expected a file, or a pattern such as 'd/*' [COREFILE_IMPORT]",
    ],
    [
      'a pattern that matches nothing, with a warning',
      '. {\n import d/*\n}',
      {},
      "Corefile:2:2: warning: No files matching import glob pattern: 'd/*' [COREFILE_IMPORT]",
    ],
    [
      'two stars',
      '. {\n import */*\n}',
      {},
      "Corefile:2:2: error: Cannot use more than one '*' and one '?' in an import pattern: '*/*' [COREFILE_IMPORT]",
    ],
    [
      'two names',
      '. {\n import a b\n}',
      {},
      "Corefile:2:2: error: Cannot import 2 names: expected exactly one file, pattern or snippet after 'import' [COREFILE_IMPORT]",
    ],
    [
      'no name',
      '. {\n import\n}',
      {},
      "Corefile:2:2: error: Cannot import 0 names: expected exactly one file, pattern or snippet after 'import' [COREFILE_IMPORT]",
    ],
    [
      'a second snippet of the same name',
      '(a) {\n}\n(a) {\n}\n',
      {},
      "Corefile:3:1: error: Redeclaration of previously declared snippet 'a': the first is at Corefile:1 [COREFILE_SNIPPET]",
    ],
    [
      'a snippet that is not closed',
      '(a) {\n log\n',
      {},
      "Corefile:1:1: error: Unclosed snippet 'a': expected '}' before the end of the file [COREFILE_SYNTAX]",
    ],
    [
      'a file that imports itself',
      'import Corefile\n',
      { '/etc/Corefile': 'import Corefile\n' },
      'Corefile:1:1: error: Import cycle: Corefile → Corefile [COREFILE_IMPORT]',
    ],
    [
      'two files that import each other',
      'import a\n',
      { '/etc/a': '\n import b', '/etc/b': 'import a' },
      'b:1:1: error: Import cycle: a → b → a [COREFILE_IMPORT]',
    ],
    [
      'a snippet that imports itself',
      '(a) {\n import a\n}\n. {\n import a\n}\n',
      {},
      'Corefile:2:2: error: Import cycle: (a) → (a) [COREFILE_IMPORT]',
    ],
    [
      'a mistake in an imported file, told at its own place',
      '. {\n import sub/a\n}',
      { '/etc/sub/a': 'log\n{\n}' },
      "sub/a:2:1: error: Unexpected '{': expected a directive: a block opens on the line of its directive [COREFILE_SYNTAX]",
    ],
  ];
  test.for(rows)('%s', ([, text, files, expected]) => {
    expect(told(parse(text, files).problems)).toEqual([expected]);
  });

  test('files 100 deep at the eleventh', () => {
    const files: Record<string, string> = {};
    for (let i = 0; i < 100; i++) files[`/etc/f${i}`] = `import f${i + 1}`;
    expect(told(parse('import f0', files).problems)).toEqual([
      "f9:1:1: error: Cannot import 'f10': imports are more than 10 deep [COREFILE_IMPORT]",
    ]);
  });

  test('more than 100 files', () => {
    const files: Record<string, string> = {};
    for (let i = 0; i < 101; i++) files[`/etc/d/${i}`] = '';
    expect(told(parse('import d/*', files).problems)).toEqual([
      "Corefile:1:1: error: Cannot import 'd/*': more than 100 files with the earlier imports [COREFILE_LIMIT]",
    ]);
  });

  test('a file that makes the whole longer than 1 MiB, without more problems after it', () => {
    const files = { '/etc/big': '#'.repeat(MAX_BYTES) };
    expect(told(parse('. {\n import big\n', files).problems)).toEqual([
      "Corefile:2:2: error: Cannot import 'big': more than 1048576 bytes with the earlier imports [COREFILE_IMPORT]",
    ]);
  });

  test('snippets that double ten times over, by the limit of words', () => {
    let text = '(s0) {\n log a b c\n}\n';
    for (let i = 1; i <= 9; i++) text += `(s${i}) {\n${`import s${i - 1}\n`.repeat(10)}}\n`;
    const { problems } = parse(`${text}. {\n import s9\n}\n`);
    expect(told(problems)).toEqual([
      expect.stringContaining(`Corefile too long: more than ${MAX_WORDS} words with its imports`),
    ]);
  });
});

describe('environment references', () => {
  const env = { ZONE: 'example.org', PORT: '5353', TWO: 'a b', SELF: '{$SELF}', OPEN: '{' };
  const rows: [text: string, shape: string][] = [
    ['{$ZONE}:{$PORT} {\n}', 'dns://example.org.:5353 {  }'],
    ['{%ZONE%} {\n}', 'dns://example.org. {  }'],
    ['. {\n log {$TWO} x{$PORT}y\n}', 'dns://. { log(a b,x5353y) }'],
    ['. {\n log "{$ZONE} {%PORT%}"\n}', 'dns://. { log(example.org 5353) }'],
    ['. {\n log {$SELF}\n}', 'dns://. { log({$SELF}) }'],
    ['. {\n log {$} {%%} {$ZONE\n}', 'dns://. { log({$},{%%},{$ZONE) }'],
    ['. {\n log {$OPEN}\n}', 'dns://. { log({) }'],
    ['(s) {\n log {$ZONE}\n}\n. {\n import s\n}', 'dns://. { log(example.org) }'],
    ['(s) {\n log\n}\n. {\n import {$S}\n}', 'dns://. { log }'],
  ];
  test.for(rows)('%s', ([text, expected]) => {
    const corefile = parse(text, {}, { ...env, S: 's' });
    expect(told(corefile.problems)).toEqual([]);
    expect(shape(corefile)).toBe(expected);
  });

  test('an unset variable is nothing, with a warning', () => {
    const corefile = parse('. {\n log a{$NOPE}\n}', {}, {});
    expect(shape(corefile)).toBe('dns://. { log(a) }');
    expect(told(corefile.problems)).toEqual([
      "Corefile:2:6: warning: Environment variable 'NOPE' is not set: nothing is put in its place [COREFILE_ENV_UNSET]",
    ]);
  });

  test('a variable is not looked up in the prototype', () => {
    expect(shape(parse('. {\n log a{$constructor}\n}'))).toBe('dns://. { log(a) }');
  });

  test('values that add up to more than 1 MiB are refused', () => {
    const text = `. {\n log ${'{$BIG}'.repeat(1000)}\n}`;
    const { problems } = parse(text, {}, { BIG: 'x'.repeat(100_000) });
    expect(told(problems)).toEqual([
      'Corefile:2:6: error: Corefile too long: more than 1048576 bytes with its variables [COREFILE_LIMIT]',
    ]);
  });
});
