import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ProblemList } from '../../../src/corefile/problems.ts';
import { problemText } from '../../../src/kube/problem.ts';
import type { Request } from '../../../src/plugins/plugin.ts';
import { compileCondition } from '../../../src/plugins/view/expression.ts';
import { parseView } from '../../../src/plugins/view/index.ts';
import { ViewError } from '../../../src/plugins/view/tokens.ts';
import { parse } from '../../corefile/notation.ts';
import { DNSSEC_OK, question } from '../../helpers/plugin-harness.ts';
import { runs } from '../../helpers/runs.ts';

const ASKED = question('WWW.Example.org. A');
const V6 = question('www.example.org. HTTPS', {
  client: { address: '2001:db8::1', port: 1024 },
  transport: 'tcp',
  edns: { ...DNSSEC_OK, size: 4096 },
});

const IN_SHOP = question('www.example.org. A', {
  metadata: {
    value: (label) => (label === 'kubernetes/namespace' ? 'shop' : undefined),
    set: () => {},
  },
});

function view(...lines: string[]) {
  const text = `. {\nview v {\n${lines.join('\n')}\n}\n}`;
  return viewIn(text);
}

function viewIn(corefile: string) {
  const problems = new ProblemList();
  const read = parseView(parse(corefile).blocks[0]?.directives ?? [], problems);
  return { view: read, problems: problems.all.map(problemText) };
}

describe('view takes a query when', () => {
  const cases: [expression: string, request: Request, expected: boolean][] = [
    ["type() == 'A'", ASKED, true],
    ["type() == 'HTTPS'", V6, true],
    ['"type() == \\"A\\""', V6, false], // the Corefile keeps bare double quotes for itself
    ["type() != 'A'", V6, true],
    ["name() == 'www.example.org.'", ASKED, true],
    ["name() matches '^www\\.'", ASKED, true],
    ["name() matches '^example'", ASKED, false],
    ["name() in ['a.', 'www.example.org.']", ASKED, true],
    ['name() in []', ASKED, false],
    ["name() not in ['a.']", ASKED, true],
    ["not (name() in ['a.'])", ASKED, true],
    ["name() endsWith '.org.' and name() startsWith 'www.'", ASKED, true],
    ["name() contains 'example'", ASKED, true],
    ["incidr(client_ip(), '10.0.0.0/8')", ASKED, true],
    ["incidr(client_ip(), '10.0.0.0/8')", V6, false],
    ["incidr(client_ip(), '2001:db8::/32')", V6, true],
    ["incidr(server_ip(), '10.96.0.10/32')", ASKED, true],
    ["incidr('nowhere', '0.0.0.0/0')", ASKED, false],
    ["client_ip() == '10.1.2.3'", ASKED, true],
    ["client_ip() == '2001:db8::1'", V6, true],
    ["port() == '50759'", ASKED, true],
    ["server_ip() == '10.96.0.10' && server_port() == '53'", ASKED, true],
    ["proto() == 'udp'", ASKED, true],
    ["proto() == 'tcp'", V6, true],
    ["class() == 'IN'", ASKED, true],
    ["class() == 'CH'", question('a. A', { qclass: 3 }), true],
    ['opcode() == 0', ASKED, true],
    ["metadata('kubernetes/namespace') == ''", ASKED, true],
    ["metadata('kubernetes/namespace') == 'shop'", IN_SHOP, true],
    ["metadata('kubernetes/kind') == ''", IN_SHOP, true],
    ['id() == 4711', ASKED, true],
    ['size() > 40 && size() >= 41 && size() < 42 && size() <= 41', ASKED, true],
    ['size() != 41', ASKED, false],
    ['bufsize() == 512', ASKED, true],
    ['bufsize() == 4096', question('a. A', { edns: { ...DNSSEC_OK, size: 4096 } }), true],
    ['bufsize() == 512', question('a. A', { edns: { ...DNSSEC_OK, size: 100 } }), true],
    ['bufsize() == 65535', V6, true],
    ['do()', ASKED, false],
    ['do()', V6, true],
    ['do() == false', ASKED, true],
    ['!do()', ASKED, true],
    ['!!do()', ASKED, false],
    ['true || false && false', ASKED, true],
    ['(true || false) && false', ASKED, false],
    ['true or false and false', ASKED, true],
    ["type() in ['A', 'AAAA'] && !incidr(client_ip(), '127.0.0.0/24')", ASKED, true],
    ["name() == 'it\\'s'", ASKED, false],
  ];
  test.for(cases)('%s', ([expression, request, expected]) => {
    const { view: read, problems } = view(`expr ${expression}`);
    expect(problems).toEqual([]);
    expect(read?.matches(request)).toBe(expected);
  });

  test('every expression is true', () => {
    const both = view("expr type() == 'A'", 'expr do()').view;
    expect([both?.name, both?.matches(ASKED)]).toEqual(['v', false]);
    expect(both?.matches(question('a. A', { edns: DNSSEC_OK }))).toBe(true);
  });
});

describe('view refuses', () => {
  const cases: [line: string, problem: string][] = [
    [
      "expr type() = 'A'",
      "Corefile:3:1: error: plugin/view: invalid expression 'type() = 'A'': unexpected '=' at column 8 of the expression",
    ],
    ["expr type() == 'A", "unexpected ''' at column 11 of the expression"],
    ["expr tpye() == 'A'", "unknown function 'tpye': did you mean 'type'? at column 1"],
    ["expr what() == 'A'", "unknown function 'what': expected one of type, name, class, proto,"],
    ["expr metadata(name()) == 'A'", 'expected a label in quotes at column 10'],
    ["expr metadata() == 'A'", "unexpected ')' at column 10"],
    [
      "expr metdata('a/b') == 'A'",
      "unknown function 'metdata': did you mean 'metadata'? at column 1",
    ],
    ["expr type == 'A'", "expected '(', found '==' at column 6"],
    ["expr type('x') == 'A'", "expected ')', found 'x' at column 6"],
    ['expr port() == 53', "cannot compare a text and a number with '==' at column 8"],
    ["expr name() < 'a'", "cannot compare a text and a text with '<' at column 8"],
    ['expr do() < do()', "cannot compare a condition and a condition with '<'"],
    ["expr name() in ['a', 1]", 'cannot look for a text among numbers at column 8'],
    ["expr name() in 'a'", "expected '[', found 'a' at column 11"],
    ["expr name() not ['a']", "expected 'in', found '['"],
    ["expr name() matches '('", 'missing closing ): `(`, at column 16 of the expression'],
    [
      'expr name() matches name()',
      "expected a text before 'matches' and a pattern in quotes after it at column 8",
    ],
    [
      "expr incidr(client_ip(), '10.0.0.0/33')",
      "expected a network in quotes, as '10.0.0.0/8', at column 21",
    ],
    ["expr incidr(client_ip(), '10.0.0.1')", 'expected a network in quotes'],
    ["expr incidr(size(), '10.0.0.0/8')", 'expected an address in incidr() at column 1'],
    ['expr type()', 'expected a condition, found a text at column 1'],
    ['expr do() && size()', 'expected a condition, found a number at column 9'],
    ['expr !size()', 'expected a condition, found a number at column 2'],
    ['expr do() do()', "unexpected 'do' at column 6"],
    ['expr (do()', "expected ')', found the end at column 6"],
    ['expr do() &&', 'expected a value, found the end at column 8'],
    [`expr ${'('.repeat(51)}do()`, 'more than 50 parentheses inside one another at column 52'],
    [`expr ${'!'.repeat(51)}do()`, 'more than 50 parentheses inside one another'],
    [`expr do()${'||do()'.repeat(400)}`, 'more than 1000 words at column'],
    [`expr name() == '${'x'.repeat(5000)}'`, 'more than 4096 characters'],
    ['expr', "unexpected line ending after 'expr': expected at least 1"],
    ['exrp do()', "unknown property 'exrp': did you mean 'expr'?"],
  ];
  test.each(cases)('%s', (line, problem) => {
    const { view: read, problems } = view(line);
    expect(read).toBeUndefined();
    expect(problems).toEqual([expect.stringContaining(problem)]);
  });

  test('a line without a name', () => {
    const { view: read, problems } = viewIn('. {\nview {\nexpr do()\n}\n}');
    expect(read).toBeUndefined();
    expect(problems).toEqual([expect.stringContaining("unexpected line ending after 'view'")]);
  });

  test('a second one in the block, whose queries would be taken for those of the first', () => {
    const { view: read, problems } = viewIn(
      '. {\nview a {\nexpr do()\n}\nview b {\nexpr !do()\n}\n}',
    );
    expect(read).toBeUndefined();
    expect(problems).toEqual([
      'Corefile:5:1: error: plugin/view: this plugin can only be used once per Server Block [PLUGIN_OPTION]',
    ]);
  });
});

test('view without an expression takes every query, and warns', () => {
  const { view: read, problems } = view();
  expect(read?.matches(ASKED)).toBe(true);
  expect(problems).toEqual([expect.stringContaining("view 'v' has no expr: it takes every query")]);
});

test('compileCondition() takes any text or refuses it with a ViewError; the condition does not throw', () => {
  const words = fc.constantFrom(
    'type()',
    'size()',
    'do()',
    "'A'",
    '1',
    '==',
    '<',
    'matches',
    'in',
    '[',
    ']',
    ',',
    '(',
    ')',
    '!',
    'not',
    '&&',
    '||',
    "'",
    'incidr(',
    'x',
    '.',
  );
  fc.assert(
    fc.property(fc.array(words, { maxLength: 10 }), (parts) => {
      try {
        expect(typeof compileCondition(parts.join(' '))(ASKED)).toBe('boolean');
      } catch (error) {
        expect(error).toBeInstanceOf(ViewError);
      }
    }),
    { numRuns: runs(3000) },
  );
});
