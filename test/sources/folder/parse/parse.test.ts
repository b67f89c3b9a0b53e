import { describe, expect, test } from 'vitest';
import { problemText } from '../../../../src/kube/problem.ts';
import { parseManifest } from '../../../../src/sources/folder/parse/parse.ts';
import type { ParsedFile } from '../../../../src/sources/folder/parse/parsed-file.ts';

const parse = (text: string, file = 'zones/web.yaml'): ParsedFile =>
  parseManifest(file, Buffer.from(text));
const values = (text: string): unknown[] => parse(text).documents.map(({ value }) => value);
const problems = (text: string): string[] => parse(text).problems.map(problemText);

describe('parseManifest finds the documents of a file', () => {
  test.for([
    ['one document', 'a: 1', [{ a: 1 }]],
    ['two', 'a: 1\n---\nb: 2\n', [{ a: 1 }, { b: 2 }]],
    ['a marker first', '---\na: 1\n', [{ a: 1 }]],
    ['markers with comments', '--- # one\na: 1\n---   \nb: 2\n---', [{ a: 1 }, { b: 2 }]],
    ['empty ones', '---\n---\n# nothing\n---\n\na: 1\n---\n\n', [{ a: 1 }]],
    ['an explicit null', 'a: 1\n---\nnull\n---\nb: 2', [{ a: 1 }, { b: 2 }]],
    ['content on the marker line', '--- {a: 1}\n--- \nb: 2', [{ a: 1 }, { b: 2 }]],
    ['dashes inside a block', 'a: |\n  x\n  ---\n  y\nb: ---\n', [{ a: 'x\n---\ny\n', b: '---' }]],
    ['dashes glued to text', 'a\n---b\n', ['a ---b']],
    ['CRLF', 'a: 1\r\n---\r\nb: |\r\n  x\r\n  y\r\n', [{ a: 1 }, { b: 'x\ny\n' }]],
    [
      'a byte order mark',
      '\uFEFFa: 1\n---\n\uFEFFb: 2\r\n---\r\n\uFEFF{"c":3}',
      [{ a: 1 }, { b: 2 }, { c: 3 }],
    ],
    ['directives', '%YAML 1.1\n# x\n---\na: 1\n---\nb: 2', [{ a: 1 }, { b: 2 }]],
    ['an end marker', 'a: 1\n...\n---\nb: 2\n...\n', [{ a: 1 }, { b: 2 }]],
    ['a bare document after an end marker', 'a: 1\n...\nb: 2\n', [{ a: 1 }, { b: 2 }]],
    ['nothing', '', []],
    ['only comments', '# a\n\n# b', []],
    [
      'JSON',
      ' \n{"a": [1, {"b": "c"}], "d": {}, "e": []}\n',
      [{ a: [1, { b: 'c' }], d: {}, e: [] }],
    ],
    ['JSON values in a row', '{"a":1}{"b":2}\n\t{"c":"}{"}', [{ a: 1 }, { b: 2 }, { c: '}{' }]],
    ['JSON between markers', '{"a":1}\n---\n{"b":2}\n---\nc: 3', [{ a: 1 }, { b: 2 }, { c: 3 }]],
    ['JSON indented with tabs', '{\n\t"a": 1,\n\t"b": -1.5e3\n}', [{ a: 1, b: -1500 }]],
    ['JSON escapes', '{"a\\u0062": "\\"\\\\\\n\\u00e9"}', [{ ab: '"\\\né' }]],
    ['quotes broken at their key', "a:\n  b: 'x\n  y'\n  c: 2\n", [{ a: { b: 'x y', c: 2 } }]],
    ['brackets closed at their key', 'a:\n  b: [\n    x,\n  ]\n', [{ a: { b: ['x'] } }]],
    [
      'lines far left, one by one',
      'a: "x\ny\nz"\nb: {c: 1,\nd: 2}',
      [{ a: 'x y z', b: { c: 1, d: 2 } }],
    ],
    ['flow style that is no JSON', '{a: 1, b: [x]}', [{ a: 1, b: ['x'] }]],
    [
      'a merge',
      'x: &d {a: 1, b: 2}\nz:\n  <<: *d\n  b: 3',
      [{ x: { a: 1, b: 2 }, z: { a: 1, b: 3 } }],
    ],
  ] as [string, string, unknown[]][])('%s', ([, text, expected]) => {
    expect(parse(text).problems).toEqual([]);
    expect(values(text)).toEqual(expected);
  });

  test('UTF-16 with a byte order mark is read, as Windows PowerShell writes it', () => {
    const little = Buffer.from('\uFEFFa: é\n', 'utf16le');
    expect(parseManifest('f', little).documents[0]?.value).toEqual({ a: 'é' });
    expect(parseManifest('f', Buffer.from(little).swap16()).documents[0]?.value).toEqual({
      a: 'é',
    });
  });

  test('the key __proto__ is a key like any other', () => {
    for (const text of ['__proto__: {polluted: 1}', '{"__proto__": {"polluted": 1}}']) {
      const [value] = values(text) as [object];
      expect(Object.keys(value)).toEqual(['__proto__']);
      expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
      expect((value as { polluted?: unknown }).polluted).toBeUndefined();
    }
  });

  test('origins name the file, the index among the documents that are not empty, and the place', () => {
    const text = '# head\n---\n# more\na: 1\n---\n---\n  - b\n--- {"c":1} \n {"d":2}';
    expect(parse(text).documents.map(({ origin }) => origin)).toEqual([
      { file: 'zones/web.yaml', document: 0, line: 4, column: 1 },
      { file: 'zones/web.yaml', document: 1, line: 7, column: 3 },
      { file: 'zones/web.yaml', document: 2, line: 8, column: 5 },
      { file: 'zones/web.yaml', document: 3, line: 9, column: 2 },
    ]);
  });
});

describe('parseManifest says what is wrong and where', () => {
  test.for([
    [
      'a tab',
      'a:\n\tb: 1\n',
      '2:1: error: Cannot read this document: found a tab in the indentation, expected spaces (kubectl: found character that cannot start any token) [MANIFEST_SYNTAX]',
    ],
    [
      'a tab after spaces',
      'a:\n  - b: 1\n \t c: 2',
      '3:2: … found a tab in the indentation, expected spaces',
    ],
    ['a tab at the top', '\ta: 1', '1:1: … found a tab in the indentation, expected spaces'],
    [
      'an open bracket',
      'a: [1, 2\nb: 3\n',
      `2:1: … found 'b' too far left, expected the end of the quotes or brackets opened above`,
    ],
    [
      'an open bracket at the end',
      'a: [1, 2',
      '1:9: … found the end of the document, expected the closing bracket of [ or {',
    ],
    ['a missing comma', 'a: {b: 1 c: 2}', `1:11: … found ':', expected ',' or the closing bracket`],
    ['an open quote', 'a: "x\n', '2:1: … found the end of the document'],
    [
      'a colon in a value',
      'a: b: c',
      `1:5: … found ':', expected a key in line with the keys above (or quotes around a value with ': ')`,
    ],
    ['a key too far left', 'a:\n  b: 1\n c: 2', `3:2: … found 'c', expected a key in line`],
    ['an item among keys', 'a: 1\n- b', `2:1: … found '-', expected the end of the document`],
    [
      'no space after the colon',
      'a:1\nb: 2',
      `1:3: … found no space after 'a:', expected one (kubectl: mapping values are not allowed in this context)`,
    ],
    [
      'a template',
      'kind: Service\nname: {{ .Values.name }}',
      `2:7: … found '{{', expected plain YAML: render templates first`,
    ],
    [
      'a reserved character',
      'a: @x',
      `1:4: … found '@' at the start of a value, expected quotes around it`,
    ],
    ['an unknown alias', 'a: *x', `1:5: … found an alias at 'x', expected an anchor`],
    ['an unknown tag', 'a: !foo x', `1:4: … found a tag at '!', expected only the standard ones`],
    ['a control character', 'a: \x01b', String.raw`1:4: … found '\u{1}', expected printable text`],
    ['NUL', 'a: \0', String.raw`1:4: … found '\u{0}', expected printable text`],
    ['a list as a key', '[a]: b', '1:1: … found a list or mapping as a key, expected text'],
    ['JSON: no comma', '{"a": 1\n "b": 2}', `2:2: … found '"', expected ',' or '}'`],
    ['JSON: a comma too many', '{"a": [1,\n ]}', `2:2: … found ']', expected a JSON value`],
    [
      'JSON: a key without quotes',
      '{"a": 1, b: 2}',
      `1:10: … found 'b', expected a key in double quotes`,
    ],
    ['JSON: no colon', '{"a" 1}', `1:6: … found '1', expected ':' after a key`],
    [
      'JSON: cut off',
      '{"a": {"b": [1,',
      '1:16: … found the end of the document, expected a JSON value',
    ],
    [
      'JSON: an open string',
      '{"a": "b',
      `1:7: … found '"', expected the closing quote of the string that begins here`,
    ],
    [
      'JSON: a line break in a string',
      '{"a": "b\n"}',
      '1:9: … found the end of the line, expected the closing quote',
    ],
    [
      'JSON: a wrong escape',
      String.raw`{"a": "\x"}`,
      String.raw`1:8: … found '\', expected a JSON escape`,
    ],
    [
      'JSON: a number with a leading zero',
      '{"a": 012}',
      `1:7: … found '012', expected a JSON value`,
    ],
    ['JSON: text after', '{"a": 1}, {"b": 2}', `1:9: … found ',', expected a JSON value`],
    [
      'in the second document, CRLF',
      'a: 1\r\n---\r\nb: 1\r\n\tc: 2\r\n',
      '4:1: … found a tab in the indentation',
    ],
  ] as [string, string, string][])('%s', ([, text, expected]) => {
    const found = problems(text);
    expect(found).toHaveLength(1);
    const [place = '', message = ''] = expected.split('… ');
    expect(found[0]).toContain(`zones/web.yaml:${place.trim()}`);
    expect(found[0]).toContain(message);
  });

  test.for([
    ['block', 'a: 1\nb: 2\na: 3', '3:1', 'a', 1],
    ['inner', 'x:\n  name: 1\n  y: {name: 1}\n  name: 2', '4:3', 'name', 2],
    ['flow', 'x: {"n": 1,\n "n": 2}', '2:3', 'n', 1],
    ['list item', '- a: 1\n- a: 1\n  b: 1\n  b: 1', '4:3', 'b', 3],
    ['JSON', '{"a": 1,\n "b": {"a": 2},\n "\\u0061": 3}', '3:2', 'a', 1],
    ['later document', 'a: 1\n---\nb: 1\n\nb: 2', '5:1', 'b', 3],
  ] as [string, string, string, string, number][])(
    'a key written twice names both lines: %s',
    ([, text, place, key, first]) => {
      expect(problems(text)).toEqual([
        `zones/web.yaml:${place}: error: Cannot read this document: found key '${key}' again, ` +
          `first written on line ${first}, expected it once [MANIFEST_DUPLICATE_KEY]`,
      ]);
    },
  );

  test('a key written twice in two spellings is refused too', () => {
    expect(problems('yes: 1\non: 2')[0]).toContain(
      `:2:1: error: Cannot read this document: found key 'on' again`,
    );
  });

  test('one bad document costs only itself, and is marked', () => {
    const file = parse('a: 1\n---\n# why\nb: [\n---\nc: 3\n---\n{"d": }\n---\ne: 5');
    expect(file.parsed).toBe(true);
    expect(file.documents.map(({ value, origin }) => [origin.document, value])).toEqual([
      [0, { a: 1 }],
      [2, { c: 3 }],
      [4, { e: 5 }],
    ]);
    expect(file.failed).toEqual([
      { file: 'zones/web.yaml', document: 1, line: 4, column: 1 },
      { file: 'zones/web.yaml', document: 3, line: 8, column: 1 },
    ]);
    expect(file.problems.map(({ origin }) => [origin.document, origin.line])).toEqual([
      [1, 5],
      [3, 8],
    ]);
  });

  test('good JSON values before a bad one are kept', () => {
    const file = parse('{"a": 1}\n{"b": 2}\n{"c" 3}\n{"d": 4}');
    expect(file.documents.map(({ value }) => value)).toEqual([{ a: 1 }, { b: 2 }]);
    expect(file.failed.map(({ document, line }) => [document, line])).toEqual([[2, 3]]);
  });

  test('after a hundred problems the rest are counted', () => {
    const file = parse('a: [\n---\n'.repeat(150));
    expect(file.failed).toHaveLength(150);
    expect(file.problems).toHaveLength(101);
    expect(file.problems[100]?.message).toBe(
      'Cannot read 50 more documents of this file from here on',
    );
  });

  test('bytes that are no text refuse the file, at the first of them', () => {
    const file = parseManifest('f.yaml', Buffer.from([...Buffer.from('a: 1\nb: é'), 0xff, 0x0a]));
    expect(file).toMatchObject({ parsed: false, documents: [] });
    expect(file.problems.map(problemText)).toEqual([
      'f.yaml:2:5: error: Cannot read this file: found a byte that is not UTF-8, expected text [MANIFEST_ENCODING]',
    ]);
  });
});

describe('locate', () => {
  const block = [
    'apiVersion: v1', // 1
    'kind: Service', // 2
    'metadata: # x', // 3
    '  name: "web"', // 4
    '  labels: {app: web, "tier": \'front\'}', // 5
    'spec:', // 6
    '  ports:', // 7
    '  - port: 80', // 8
    '    targetPort:', // 9
    '  -', // 10
    '    port: &p 81', // 11
    '    targetPort: *p', // 12
    '    note: |- # | x', // 13
    '      text', // 14
    '    nodePort: !!int "5"', // 15
    '  externalIPs: [10.0.0.1,', // 16
    '      10.0.0.2]', // 17
    '  1: one', // 18
  ];
  const json = '{"kind": "Service",\n\t"spec": {"ports": [{"port": 80},\n{"po\\u0072t": 81}]}}';
  const cases: [string, (string | number)[], string][] = [
    ['a value', ['kind'], '2:7'],
    ['inside quotes', ['metadata', 'name'], '4:9'],
    ['a mapping in flow style', ['metadata', 'labels'], '5:11'],
    ['a value in flow style', ['metadata', 'labels', 'tier'], '5:30'],
    ['a mapping in block style', ['spec'], '7:3'],
    ['a list', ['spec', 'ports'], '8:3'],
    ['a list item', ['spec', 'ports', 0], '8:5'],
    ['a list item on its own line', ['spec', 'ports', 1], '11:5'],
    ['a value that is not written down', ['spec', 'ports', 0, 'targetPort'], '9:5'],
    ['an anchored value', ['spec', 'ports', 1, 'port'], '11:14'],
    ['an alias', ['spec', 'ports', 1, 'targetPort'], '12:17'],
    ['a block scalar', ['spec', 'ports', 1, 'note'], '13:11'],
    ['a tagged value', ['spec', 'ports', 1, 'nodePort'], '15:21'],
    ['a list item in flow style', ['spec', 'externalIPs', 1], '17:7'],
    ['a number as key', ['spec', '1'], '18:6'],
    ['a missing key: its mapping', ['spec', 'ports', 0, 'name'], '8:5'],
    ['a missing item: its list', ['spec', 'ports', 7, 'name'], '8:3'],
    ['a step into a scalar: the scalar', ['kind', 'x', 3], '2:7'],
    ['nothing asked: the document', [], '1:1'],
  ];
  const place = (text: string, path: (string | number)[], document = 0): string => {
    const origin = parse(text).documents[document]?.locate(path);
    return `${origin?.line}:${origin?.column}`;
  };

  test.for(cases)('%s', ([, path, expected]) => {
    expect(place(block.join('\n'), path)).toBe(expected);
    expect(place(block.join('\r\n'), path)).toBe(expected);
  });

  test('counts lines from the top of the file, also in later documents', () => {
    const text = `# first\na: 1\n---\n---\n${block.join('\n')}`;
    expect(parse(text).documents[1]?.locate(['spec', 'ports', 1, 'port'])).toEqual({
      file: 'zones/web.yaml',
      document: 1,
      line: 15,
      column: 14,
    });
  });

  test.for([
    [['spec'], '2:10'],
    [['spec', 'ports', 1], '3:1'],
    [['spec', 'ports', 1, 'port'], '3:15'],
    [['spec', 'ports', 0, 'name'], '2:21'],
    [['kind'], '1:10'],
  ] as [(string | number)[], string][])('JSON %j', ([path, expected]) => {
    expect(place(json, path)).toBe(expected);
    expect(place(`{"a":1}\n---\n${json}`, path, 1)).toBe(
      expected.replace(/^\d+/, (line) => `${Number(line) + 2}`),
    );
  });

  test('points into the items of a List', () => {
    const text =
      'apiVersion: v1\nitems:\n- kind: Service\n  spec: {a: 1}\n- kind: Pod\n  spec:\n    b: 2\nkind: List\n';
    expect(place(text, ['items', 1])).toBe('5:3');
    expect(place(text, ['items', 1, 'spec', 'b'])).toBe('7:8');
    expect(place(text, ['items', 0, 'spec', 'a'])).toBe('4:13');
    expect(place(text, ['kind'])).toBe('8:7');
  });

  test('works in the second document of a chunk, after an end marker', () => {
    expect(place('a: 1\n...\nb:\n  c: 2', ['b', 'c'], 1)).toBe('4:6');
  });
});
