import { describe, expect, test } from 'vitest';
import { plugin as declared } from '../../../src/plugins/rewrite/setup.ts';
import { setUp } from '../../helpers/plugin-harness.ts';

describe('rewrite refuses', () => {
  const cases: [directive: string, problem: string][] = [
    ['rewrite', 'Corefile:2:1: error: plugin/rewrite: no rule type specified for rewrite'],
    ['rewrite continue', 'Corefile:2:9: error: plugin/rewrite: continue specified with no rule'],
    [
      'rewrite nmae a b',
      "Corefile:2:9: error: plugin/rewrite: invalid rule type 'nmae': did you mean 'name'?",
    ],
    [
      'rewrite bogus a b',
      "invalid rule type 'bogus': expected one of name, type, class, edns0, ttl, rcode, cname",
    ],
    ['rewrite answer name a b', 'response rewrites must begin with a name rule'],
    ['rewrite name a', 'Corefile:2:9: error: plugin/rewrite: too few arguments for a name rule'],
    [
      'rewrite name sufix a b',
      "name rule supports only exact, prefix, suffix, substring, and regex name matching, received: 'sufix': did you mean 'suffix'?",
    ],
    ['rewrite name regex (a b', "invalid regex matching pattern: '(a': missing closing ): `(a`"],
    [
      'rewrite name regex a\\1 b',
      'invalid escape sequence: `\\1`, which cannot be matched in linear time',
    ],
    [
      'rewrite name regex (.*)a {2}',
      'Corefile:2:26: error: plugin/rewrite: the rewrite regex pattern ({2}) uses more subexpressions than its corresponding matching regex pattern ((.*)a): {2} of 1',
    ],
    ['rewrite name regex (.*)a {0}{1}{9}', '{9} of 1'],
    [
      'rewrite name exact a b c',
      "exceeded the number of arguments for a non-answer rule argument for name rule: expected 'answer', found 'c'",
    ],
    ['rewrite name exact a b answer', 'type missing for answer rule for name rule'],
    [
      'rewrite name exact a b answer atuo',
      "invalid type 'atuo' for answer rule for name rule: did you mean 'auto'?",
    ],
    [
      'rewrite name exact a b answer name x',
      'name answer rule for name rule: 2 arguments required',
    ],
    [
      'rewrite name suffix a b answer auto answer name x y',
      'auto name answer rule cannot be combined with explicit name answer rules',
    ],
    [`rewrite name a ${'b'.repeat(64)}`, 'is not a domain name'],
    ['rewrite name a b..c', "'b..c' is not a domain name"],
    ['rewrite name a\\300 b', "Cannot read '300' in the name 'a\\300'"],
    ['rewrite name é b', "Cannot read 'é' in the name 'é'"],
    ['rewrite type A', 'type rules must have exactly two arguments'],
    [
      'rewrite type A BOGUS',
      "Corefile:2:16: error: plugin/rewrite: invalid type 'BOGUS': expected a type, as A or TYPE65",
    ],
    ['rewrite class IN XX', "invalid class 'XX': expected IN, CH, HS, NONE, ANY"],
    ['rewrite ttl a', 'too few arguments for a ttl rule'],
    [
      'rewrite ttl a x',
      "Corefile:2:15: error: plugin/rewrite: invalid TTL 'x': expected N, MIN-MAX, MIN- or -MAX",
    ],
    ['rewrite ttl a 20-10', "invalid TTL '20-10'"],
    ['rewrite ttl a -', "invalid TTL '-'"],
    ['rewrite ttl a 4294967296', "invalid TTL '4294967296'"],
    ['rewrite ttl exact a 1 2', "too many arguments for a ttl rule: unexpected '2'"],
    ['rewrite rcode a NXDOMAIN', 'too few arguments for a rcode rule'],
    ['rewrite rcode a NXDOMAIN WHAT', "invalid rcode 'WHAT': expected a number up to 15, NOERROR,"],
    ['rewrite rcode a NXDOMAIN BADVERS', "invalid rcode 'BADVERS'"],
    ['rewrite edns0 local', 'too few arguments for an EDNS0 rule'],
    ['rewrite edns0 local put 1 2', "invalid action: 'put': expected set, append, replace, unset"],
    ['rewrite edns0 cookie set 1 2', "invalid rule type 'cookie': expected local, nsid, subnet"],
    ['rewrite edns0 local set 0xffee', 'EDNS0 local rules require exactly three args'],
    ['rewrite edns0 local unset', 'local unset action requires exactly two arguments'],
    [
      'rewrite edns0 local set 70000 a',
      "invalid option code '70000': expected a number up to 65535, as 0xffee",
    ],
    ['rewrite edns0 local set 1 0x6', "invalid data '0x6': expected pairs of hexadecimal digits"],
    [
      'rewrite edns0 local set 1 {what}',
      "unsupported variable name '{what}': expected one of {qname}, {qtype},",
    ],
    [
      'rewrite edns0 local set 1 {a/}',
      "unsupported variable name '{a/}': expected one of {qname}, {qtype}, {client_ip}, {client_port}, {protocol}, {server_ip}, {server_port}, or a label of metadata as {view/name}",
    ],
    [`rewrite edns0 local set 1 ${'x'.repeat(500)}`, 'data of 500 bytes: expected at most 400'],
    ['rewrite edns0 nsid set x', 'EDNS0 NSID rules can not have arguments'],
    ['rewrite edns0 subnet set 24', 'EDNS0 subnet rules require exactly three args'],
    ['rewrite edns0 subnet set 33 56', "invalid IPv4 prefix length '33': expected 0 to 32"],
    [
      'rewrite name a b {\n ttl c 5\n}',
      "Unexpected '{': expected a rule on the line or in the block",
    ],
  ];
  test.each(cases)('%s', (directive, problem) => {
    const { plugin, problems } = setUp(declared.setup, directive);
    expect(plugin).toBeUndefined();
    expect(problems).toEqual([expect.stringContaining(problem)]);
  });

  test('every mistake at once', () => {
    const { problems } = setUp(
      declared.setup,
      'rewrite name a\nrewrite type A X\nrewrite rcode a Y Z',
    );
    expect(problems).toHaveLength(4);
  });
});
