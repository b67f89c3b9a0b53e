import { expect, test } from 'vitest';
import { plugin as cache } from '../../src/plugins/cache/setup.ts';
import { directivesBelow } from '../../src/plugins/order.ts';
import { parse } from '../corefile/notation.ts';

const below = (...lines: string[]) =>
  directivesBelow(parse(`. {\n${lines.join('\n')}\n}\n`).blocks[0]!, cache);

const FORWARD = 'forward . 127.0.0.1:1';
const TEMPLATE = 'template IN A lab.example {\nanswer "{{ .Name }} 60 IN A 10.0.0.9"\n}';

test.for([
  ['the same lines in another order', [FORWARD, TEMPLATE], [TEMPLATE, FORWARD]],
  ['a comment and blanks', [FORWARD], ['# to the router', '', `  ${FORWARD}  `]],
  [
    'what stands above',
    [FORWARD],
    ['log', 'acl {\nallow\n}', 'rewrite name a.example. b.example.', FORWARD],
  ],
  ['options of the cache itself', ['cache 30', FORWARD], ['cache 60 {\nprefetch 1\n}', FORWARD]],
  ['a kubernetes zone', [FORWARD], ['kubernetes lab.example', FORWARD]],
  ['entries of hosts', [FORWARD], ['hosts {\n10.0.0.9 nas.lab.example\n}', FORWARD]],
] as const)('directivesBelow() does not see %s', ([, before, after]) => {
  expect(below(...after)).toBe(below(...before));
});

test.for([
  ['another upstream', [FORWARD], ['forward . 127.0.0.1:2']],
  ['another option', [FORWARD], [`${FORWARD} {\nexcept lab.example\n}`]],
  ['a template', [FORWARD], [FORWARD, TEMPLATE]],
  ['another answer of a template', [TEMPLATE], [TEMPLATE.replace('10.0.0.9', '10.0.0.8')]],
  [
    'two lines in another order',
    [FORWARD, 'forward org 127.0.0.1:2'],
    ['forward org 127.0.0.1:2', FORWARD],
  ],
  ['whoami in the place of forward', [FORWARD], ['whoami']],
  ['minimal', [FORWARD], ['minimal', FORWARD]],
] as const)('directivesBelow() sees %s', ([, before, after]) => {
  expect(below(...after)).not.toBe(below(...before));
});
