import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GoTemplate } from '../../../src/plugins/template/go-template.ts';
import { plugin as declared } from '../../../src/plugins/template/setup.ts';
import { TemplateError } from '../../../src/plugins/template/tokens.ts';
import { question, replyLines, replyWith, setUp, upstream } from '../../helpers/plugin-harness.ts';
import { runs } from '../../helpers/runs.ts';

const answer = (text: string) => `template IN A {\n match ^(?P<x>a)\n answer "${text}"\n}`;

describe('template refuses', () => {
  const cases: [directive: string, problem: string][] = [
    [
      'template IN',
      "Wrong argument count or unexpected line ending after 'template': expected at least 2",
    ],
    [
      'template XX A {\n rcode NXDOMAIN\n}',
      "Corefile:2:10: error: plugin/template: invalid query class 'XX': expected IN, CH",
    ],
    [
      'template IN XX {\n rcode NXDOMAIN\n}',
      "invalid RR type 'XX': expected a type, as A, ANY or TYPE65",
    ],
    [
      'template IN A {\n rcode NXDOMIAN\n}',
      "Corefile:3:8: error: plugin/template: unknown rcode 'NXDOMIAN': expected one of NOERROR,",
    ],
    ['template IN A {\n rcode BADVERS\n}', "unknown rcode 'BADVERS'"],
    ['template IN A {\n rcode\n}', "unexpected line ending after 'rcode'"],
    [
      'template IN A {\n match (\n rcode NXDOMAIN\n}',
      "could not parse regex: '(', missing closing ): `(`",
    ],
    [
      'template IN A {\n ederror x\n rcode NXDOMAIN\n}',
      "error parsing extended DNS error code 'x': expected 0 to 65535",
    ],
    [
      'template IN A {\n ederror 1 é\n rcode NXDOMAIN\n}',
      'expected a reason of at most 200 characters of ASCII',
    ],
    [
      'template IN A {\n awnser x\n rcode NXDOMAIN\n}',
      "unknown property 'awnser': did you mean 'answer'?",
    ],
    [
      'template IN A {\n expr x\n rcode NXDOMAIN\n}',
      'expr is known from CoreDNS but not offered: expected one of match, answer,',
    ],
    ['template IN A a..b {\n rcode NXDOMAIN\n}', 'Cannot use an empty label in a name'],
    [
      answer('x. A nope'),
      "Corefile:4:9: error: plugin/template: could not read the record 'x. A nope': expected an IPv4",
    ],
    [
      answer('{{ .Nmae }}'),
      "could not compile template: '{{ .Nmae }}', '.Nmae' is not offered: did you mean '.Name'?; accepted are .Name, .Type,",
    ],
    [answer('{{ if .Name }}'), "'if' is not offered"],
    [answer('{{ printf .Name }}'), "'printf' is not offered; accepted are"],
    [answer('{{ .Name | len }}'), "unexpected '|': pipelines are not offered; accepted are"],
    [answer('{{ .Group.y }}'), "no group 'y': the patterns have x, 0, 1"],
    [answer('{{ index .Match 2 }}'), 'no group 2: the patterns have 1'],
    [answer('{{ index .Match -1 }}'), 'no group -1: the patterns have 1'],
    [answer('{{ index .Match }}'), 'expected a number after index .Match'],
    [answer('{{ index .Name 1 }}'), 'expected .Match or .Group after index'],
    [answer('{{ index .Group 1 }}'), 'expected a group in quotes after index .Group'],
    [answer('{{ parseInt .Name 1 8 }}'), 'base 1: expected 2 to 36'],
    [answer('{{ parseInt .Name 10 65 }}'), '65 bits: expected 0 to 64'],
    [answer('{{ parseInt .Name 10 }}'), 'expected a number of bits after parseInt TEXT BASE'],
    [answer('{{ .Meta }}'), 'expected a label in quotes after .Meta'],
    [answer('{{ }}'), "nothing in '{{ }}'; accepted are"],
    [answer('a {{ .Name'), "'{{' at column 3 without '}}'"],
    [answer('{{ (.Name }}'), "missing ')'"],
    [answer('{{ .Name .Type }}'), "unexpected '.Type'"],
    [answer(`{{ ${'('.repeat(11)}.Name }}`), 'too many parentheses'],
  ];
  test.each(cases)('%s', (directive, problem) => {
    const { plugin, problems } = setUp(declared.setup, directive);
    expect(plugin).toBeUndefined();
    expect(problems).toEqual([expect.stringContaining(problem)]);
  });
});

test('template takes .Meta', () => {
  const { plugin, problems } = setUp(
    declared.setup,
    'template IN TXT {\n answer "a. TXT x{{ .Meta `a/b` }}"\n}',
  );
  expect(plugin).toBeDefined();
  expect(problems).toEqual([]);
});

test.for(['template IN A', 'template IN A {\n match a\n fallthrough\n}'])(
  'template takes a rule that says nothing, and warns: %j',
  async (directive) => {
    const { plugin, problems } = setUp(declared.setup, directive);
    const reply = await plugin?.serve(question('a. A'), upstream(replyWith([])));
    expect(reply && replyLines(reply)).toEqual(['NOERROR']);
    expect(problems).toEqual([
      'Corefile:2:1: warning: plugin/template: neither records nor rcode: it answers NOERROR without records, as with rcode NOERROR [PLUGIN_OPTION]',
    ]);
  },
);

test('template takes the upstream option of old files', () => {
  expect(setUp(declared.setup, 'template IN A {\n rcode NXDOMAIN\n upstream\n}').problems).toEqual(
    [],
  );
});

test('GoTemplate takes any text or refuses it with a TemplateError', () => {
  const words = fc.constantFrom(
    '{{',
    '}}',
    '{{-',
    '-}}',
    ' ',
    '.Name',
    '.Group.x',
    'index',
    '.Match',
    '1',
    '"',
    '`',
    '(',
    ')',
    '\\',
    '/*',
    '*/',
    'x',
    '.',
    'parseInt',
  );
  const known = { names: new Set(['x']), count: 1 };
  fc.assert(
    fc.property(fc.array(words, { maxLength: 12 }), (parts) => {
      try {
        expect(new GoTemplate(parts.join(''), known).source).toBe(parts.join(''));
      } catch (error) {
        expect(error).toBeInstanceOf(TemplateError);
      }
    }),
    { numRuns: runs(2000) },
  );
});
