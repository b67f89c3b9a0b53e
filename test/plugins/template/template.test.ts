import { describe, expect, test } from 'vitest';
import { textOf } from '../../../src/dns/name.ts';
import type { Next, Reply, Request } from '../../../src/plugins/plugin.ts';
import { plugin as declared } from '../../../src/plugins/template/setup.ts';
import {
  followed,
  pluginOf,
  question,
  replyLines,
  replyWith,
  samples,
  type TestContext,
  testContext,
  upstream,
} from '../../helpers/plugin-harness.ts';

const block = (head: string, ...options: string[]) =>
  `template ${head} {\n${options.join('\n')}\n}`;

async function ask(
  corefile: string,
  asked: string,
  given: Partial<Request> = {},
  context: TestContext = testContext(),
): Promise<{ lines: string[]; reply: Reply; isPassed: boolean }> {
  const next = upstream(replyWith([]));
  const reply = await pluginOf(declared.setup, corefile, context).serve(
    question(asked, given),
    next,
  );
  return { lines: replyLines(reply), reply, isPassed: next.asked.length > 0 };
}

describe('template answers', () => {
  const IP = '^ip-(?P<a>\\d+)-(?P<b>\\d+)[.]example[.]$';
  const cases: [corefile: string, asked: string, expected: string[]][] = [
    [
      block('IN A', 'answer "{{ .Name }} 60 IN A 10.0.0.7"'),
      'WeB.example. A',
      ['NOERROR', 'web.example. 60 IN A 10.0.0.7'],
    ],
    [
      block('IN A', 'answer "{{.Name}} 60 {{ .Class }} {{ .Type }} 10.0.0.7"'),
      'a. A',
      ['NOERROR', 'a. 60 IN A 10.0.0.7'],
    ],
    [
      block(
        'IN A',
        `match "${IP}"`,
        'answer "{{ .Name }} 60 IN A 10.0.{{ .Group.a }}.{{ .Group.b }}"',
      ),
      'ip-1-2.example. A',
      ['NOERROR', 'ip-1-2.example. 60 IN A 10.0.1.2'],
    ],
    [
      block(
        'IN A',
        `match "${IP}"`,
        'answer "{{ .Name }} 60 IN A 10.0.{{ index .Match 1 }}.{{ index .Group \\"2\\" }}"',
      ),
      'ip-1-2.example. A',
      ['NOERROR', 'ip-1-2.example. 60 IN A 10.0.1.2'],
    ],
    [
      block(
        'IN A',
        'match ^x(?P<h>[0-9a-f]{2})[.]',
        'answer "{{ .Name }} 60 IN A 10.0.0.{{ parseInt .Group.h 16 16 }}"',
      ),
      'xff.example. A',
      ['NOERROR', 'xff.example. 60 IN A 10.0.0.255'],
    ],
    [
      block(
        'IN TXT',
        'answer "{{ .Name }} TXT {{ .Remote }} {{ .Zone }} {{ .Question.Name }} {{ .Question.Qtype }} {{ .Question.Qclass }} {{ .Message.Id }}"',
      ),
      'Web.example. TXT',
      ['NOERROR', 'web.example. 3600 IN TXT "10.1.2.3" "." "Web.example." "16" "1" "4711"'],
    ],
    [
      block(
        'IN TXT',
        'match (a)(b)?',
        'answer "{{ .Name }} TXT \\"{{ .Match }}\\" \\"{{ index .Match 2 }}\\""',
      ),
      'a. TXT',
      ['NOERROR', 'a. 3600 IN TXT "[a a ]" ""'],
    ],
    [
      block(
        'IN MX',
        'answer "{{ .Name }} 5 MX 10 mail.{{ .Name }}"',
        'additional "mail.{{ .Name }} 5 A 10.0.0.7" "mail.{{ .Name }} 5 AAAA fd00::7"',
      ),
      'a. MX',
      ['NOERROR', 'a. 5 IN MX 10 mail.a.', 'mail.a. 5 IN A 10.0.0.7', 'mail.a. 5 IN AAAA fd00::7'],
    ],
    [
      block(
        'ANY ANY',
        'rcode NXDOMAIN',
        'authority "example. 60 IN SOA ns.example. host.example. 1 60 60 60 60"',
      ),
      'a.example. AAAA',
      ['NXDOMAIN', 'example. 60 IN SOA ns.example. host.example. 1 60 60 60 60'],
    ],
    [block('ANY AAAA', 'rcode NOERROR'), 'a. AAAA', ['NOERROR']],
    [block('ANY ANY', 'rcode SERVFAIL'), 'a. AAAA', ['SERVFAIL']],
    [
      block('IN ANY', 'answer "{{ .Name }} 5 {{ .Type }} \\# 4 0a000007"'),
      'a. A',
      ['NOERROR', 'a. 5 IN A 10.0.0.7'],
    ],
    [
      block('IN A', 'answer "{{ .Name }} 5 {{ .Type }} 10.0.0.7"'),
      'a. ANY',
      ['NOERROR', 'a. 5 IN A 10.0.0.7'],
    ],
    [
      block('IN A', 'answer "a. {{- /* nothing */ -}} 5 A 10.0.0.7"'),
      'a. A',
      ['NOERROR', 'a.5. 3600 IN A 10.0.0.7'],
    ],
    [
      block(
        'IN TXT',
        'answer "a. 5 TXT {{ `}}` }}{{ 7 }}{{ (parseInt (index .Match 0) 36 8) }}"',
        'match ^.',
      ),
      '5. TXT',
      ['NOERROR', 'a. 5 IN TXT "}}75"'],
    ],
    // The first pattern that matches gives the groups.
    [
      block('IN TXT', 'match ^(?P<x>a+) ^(?P<x>b+)', 'answer "x. 5 TXT {{ .Group.x }}"'),
      'bb. TXT',
      ['NOERROR', 'x. 5 IN TXT "bb"'],
    ],
    // A rule for the longest of its zones, the first rule that is about the question.
    [
      block('IN TXT org example.org', 'answer "x. 5 TXT {{ .Zone }}"'),
      'a.example.org. TXT',
      ['NOERROR', 'x. 5 IN TXT "example.org."'],
    ],
    [
      `${block('IN A example.org', 'rcode REFUSED')}\n${block('IN TXT', 'answer "x. 5 TXT second"')}`,
      'a.example.org. TXT',
      ['NOERROR', 'x. 5 IN TXT "second"'],
    ],
    [
      `${block('IN TXT', 'match ^a', 'rcode REFUSED', 'fallthrough')}\n${block('IN TXT', 'answer "x. 5 TXT second"')}`,
      'b. TXT',
      ['NOERROR', 'x. 5 IN TXT "second"'],
    ],
  ];
  test.for(cases)('%s: %s', async ([corefile, asked, expected]) => {
    const { lines, isPassed } = await ask(corefile, asked);
    expect([lines, isPassed]).toEqual([expected, false]);
  });

  test('authoritatively, with the extended error', async () => {
    const corefile = block('IN A', 'rcode NXDOMAIN', 'ederror 15 "not here"');
    expect((await ask(corefile, 'a. A')).reply).toMatchObject({
      authoritative: true,
      plugin: 'template',
      error: { code: 15, text: 'not here' },
    });
  });

  test('class CH in class CH', async () => {
    const corefile = block('CH TXT version.bind', 'answer "version.bind. 0 CH TXT none"');
    const { reply } = await ask(corefile, 'version.bind. TXT', { qclass: 3 });
    expect(reply.answer).toMatchObject([{ class: 3, type: 16 }]);
  });
});

describe('template hands on', () => {
  test.for([
    [block('IN A example.org', 'rcode REFUSED'), 'example.com. A'],
    [block('IN A', 'rcode REFUSED'), 'a. AAAA'],
    [block('CH ANY', 'rcode REFUSED'), 'a. AAAA'],
    [block('IN A', 'match ^b', 'rcode REFUSED', 'fallthrough'), 'a. A'],
    [block('IN A', 'match ^b', 'rcode REFUSED', 'fallthrough example.org'), 'a.example.org. A'],
  ] as const)('%s: %s', async ([corefile, asked]) => {
    expect((await ask(corefile, asked)).isPassed).toBe(true);
  });
});

test.for([
  ['IN A', 'web.example. A', true],
  ['ANY TXT example', 'web.EXAMPLE. A', true],
  ['IN A example', 'web.test. A', false],
  ['IN ANY', 'web.example. A', false],
] as const)('template %s divides the types of %s: %s', ([head, asked, divides]) => {
  const plugin = pluginOf(declared.setup, block(head, 'rcode NOERROR'), testContext());
  expect(plugin.divides?.(question(asked).key)).toBe(divides);
});

describe('template is SERVFAIL', () => {
  test.for([
    [block('IN A', 'match ^b', 'rcode REFUSED'), 'no pattern of the template matches the name'],
    [
      block('IN A', 'match ^b', 'rcode REFUSED', 'fallthrough example.org'),
      'no pattern of the template matches the name',
    ],
    [
      block('IN A', 'match ^(?P<x>.) ^y(?P<y>.)', 'answer "{{ .Group.y }}"'),
      "template: the pattern that matched has no group 'y'",
    ],
    [
      block('IN A', 'answer "{{ .Name }} A {{ .Remote }}.1"'),
      "template: expected an IPv4 address, found '10.1.2.3.1'",
    ],
    [
      block('IN A', 'answer "{{ .Name }} A 10.0.0.{{ parseInt .Name 10 8 }}"'),
      "template: parseInt: 'a.' is no number of 8 bits to base 10",
    ],
  ] as const)('%s', async ([corefile, text]) => {
    const { lines, reply, isPassed } = await ask(corefile, 'a. A');
    expect([lines, reply.error?.text, isPassed]).toEqual([['SERVFAIL'], text, false]);
  });

  test('for a name made to break a record, never more', async () => {
    const corefile = block(
      'IN TXT',
      'match "^(.)(.*)"',
      'answer "x. 5 TXT {{ index .Match 2 }}" "{{ .Name }} 5 TXT x"',
    );
    for (let byte = 0; byte < 256; byte++) {
      const name = `\x02${String.fromCharCode(byte)}\x22`;
      const { lines } = await ask(corefile, 'a. TXT', { name, key: name as never });
      expect(['NOERROR', 'SERVFAIL']).toContain(lines[0]);
      if (lines[0] === 'NOERROR') expect(lines[2]).toBe(`${textOf(name as never)} 5 IN TXT "x"`);
    }
  });
});

describe('template follows an alias', () => {
  const corefile = block('IN ANY', 'answer "{{ .Name }} 60 CNAME t.example."');

  const follow = async (asked: string, resolve: Next & { asked: Request[] }, given = {}) => {
    const { lines, reply } = await ask(corefile, asked, given, testContext({ resolve }));
    return {
      lines,
      reply,
      asked: resolve.asked.map(({ key, aliases }) => `${textOf(key)} ${aliases.length}`),
    };
  };

  test.for([
    ['A', 'NOERROR', ['t.example. 9 IN A 10.0.0.9'], ['t.example. 1']],
    ['AAAA', 'NXDOMAIN', [], ['t.example. 1']],
    ['MX', 'NOERROR', [], []],
    ['CNAME', 'NOERROR', [], []],
  ] as const)('for %s', async ([type, rcode, answer, asked]) => {
    const resolve = upstream(replyWith(answer, { rcode: rcode === 'NXDOMAIN' ? 3 : 0 }));
    const got = await follow(`a. ${type}`, resolve);
    expect([got.lines, got.asked]).toEqual([
      [rcode, 'a. 60 IN CNAME t.example.', ...answer],
      asked,
    ]);
  });

  test('and is the alias alone when nobody has the target', async () => {
    const { lines } = await follow('a. A', upstream(replyWith([], { rcode: 5 })));
    expect(lines).toEqual(['NOERROR', 'a. 60 IN CNAME t.example.']);
  });

  test('for at most 10 links', async () => {
    const got = await follow('a. A', upstream(replyWith([])), { aliases: followed(10) });
    expect([got.lines, got.reply.error?.text, got.asked]).toEqual([
      ['SERVFAIL'],
      'CNAME chain of over 10 links',
      [],
    ]);
  });

  test('unless the template has the target too', async () => {
    const resolve = upstream(replyWith([]));
    const both = block('IN A', 'answer "{{ .Name }} 60 CNAME T." "t. 60 A 10.0.0.7"');
    const { lines } = await ask(both, 'a. A', {}, testContext({ resolve }));
    expect([lines, resolve.asked]).toEqual([
      ['NOERROR', 'a. 60 IN CNAME T.', 't. 60 IN A 10.0.0.7'],
      [],
    ]);
  });
});

test('template counts matches, and failures by section and template', async () => {
  const context = testContext();
  const corefile = block(
    'IN ANY example.org',
    'match ^(?P<x>x)? ',
    'answer "{{ .Name }} A {{ .Type }}"',
    'fallthrough',
  );
  const plugin = pluginOf(declared.setup, corefile, context);
  for (const type of ['A', 'TYPE999', 'TYPE1000']) {
    await plugin.serve(question(`a.example.org. ${type}`), upstream(replyWith([])));
  }
  const labels = 'server="dns://:53",zone="example.org.",view="",class="IN"';
  expect(await samples(context.metrics, 'coredns_template_matches_total{')).toEqual([
    `${labels},type="A"} 1`,
    `${labels},type="other"} 2`,
  ]);
  const template = 'section="answer",template="{{ .Name }} A {{ .Type }}"';
  expect(await samples(context.metrics, 'coredns_template_rr_failures_total{')).toEqual([
    `${labels},type="A",${template}} 1`,
    `${labels},type="other",${template}} 2`,
  ]);
});

test('template says the metadata of the question, and nothing where there is none', async () => {
  const corefile = block('IN TXT', 'answer "a. 60 IN TXT x{{ .Meta `view/name` }}"');
  const value = (label: string) => (label === 'view/name' ? 'office' : undefined);
  const metadata = { value, set: () => {} };
  expect((await ask(corefile, 'a. TXT', { metadata })).lines).toEqual([
    'NOERROR',
    'a. 60 IN TXT "xoffice"',
  ]);
  expect((await ask(corefile, 'a. TXT')).lines).toEqual(['NOERROR', 'a. 60 IN TXT "x"']);
});

test('template counts under the name of its view', async () => {
  const context = testContext({ view: 'office' });
  await ask(block('IN A', 'answer "{{ .Name }} 60 IN A 10.0.0.7"'), 'a. A', {}, context);
  expect(await samples(context.metrics, 'coredns_template_matches_total')).toEqual([
    '{server="dns://:53",zone=".",view="office",class="IN",type="A"} 1',
  ]);
});
