import { describe, expect, test } from 'vitest';
import { rcodeName, typeName } from '../../../src/dns/codes.ts';
import { textOf } from '../../../src/dns/name.ts';
import type { ResourceRecord } from '../../../src/dns/record.ts';
import { parseRecordText } from '../../../src/dns/rr-text.ts';
import type { Next, Reply, Request } from '../../../src/plugins/plugin.ts';
import { silence } from '../../../src/plugins/reply.ts';
import { plugin as declared } from '../../../src/plugins/rewrite/setup.ts';
import { sentOptions } from '../../../src/plugins/sent-options.ts';
import {
  followed,
  pluginOf,
  question,
  replyLines,
  replyWith,
  testContext,
  upstream,
} from '../../helpers/plugin-harness.ts';

const record = (line: string) => parseRecordText(line).record as ResourceRecord;

/** What is asked below for a question, `-` for nothing, and what comes back of a reply. */
async function ask(
  corefile: string,
  asked: string,
  {
    reply = replyWith([]),
    given = {},
    resolve,
  }: { reply?: Reply; given?: Partial<Request>; resolve?: Next } = {},
): Promise<{ below: string; reply: Reply }> {
  const context = testContext(resolve === undefined ? {} : { resolve });
  const next = upstream(reply);
  const got = await pluginOf(declared.setup, corefile, context).serve(question(asked, given), next);
  const [request] = next.asked;
  const below = request === undefined ? '-' : `${textOf(request.key)} ${typeName(request.type)}`;
  return { below, reply: got };
}

describe('rewrite asks below', () => {
  const cases: [rules: string, asked: string, below: string][] = [
    ['rewrite name a.example b.example', 'a.example. A', 'b.example. A'],
    ['rewrite name exact A.Example b.example.', 'a.EXAMPLE. A', 'b.example. A'],
    ['rewrite name a.example b.example', 'x.a.example. A', 'x.a.example. A'],
    ['rewrite name a.example .', 'a.example. A', '. A'],
    ['rewrite name prefix web api', 'web.shop.example. A', 'api.shop.example. A'],
    ['rewrite name prefix web api', 'website.example. A', 'website.example. A'],
    ['rewrite name suffix .example.org .example.net', 'a.b.example.org. A', 'a.b.example.net. A'],
    ['rewrite name suffix .example.org .example.net', 'example.org. A', 'example.org. A'],
    ['rewrite name suffix .example.org .example.net', 'myexample.org. A', 'myexample.org. A'],
    ['rewrite name suffix example.org example.net', 'myexample.org. A', 'myexample.net. A'],
    ['rewrite name suffix . .example.net.', 'a.b. A', 'a.b.example.net. A'],
    ['rewrite name substring a.a b', 'x.a.a.y. A', 'x.b.y. A'],
    ['rewrite name substring a. $&.', 'a.y.a.z. A', '\\$&.y.\\$&.z. A'],
    [
      'rewrite name regex (.*)\\.(us|eu)\\.example\\.org {1}.{2}.svc.example',
      'a.us.example.org. A',
      'a.us.svc.example. A',
    ],
    ['rewrite name regex (.*)\\.example\\.org {1}.{1}.x', 'a.example.org. A', 'a.a.x. A'],
    ['rewrite name regex ^nope$ x', 'a.example.org. A', 'a.example.org. A'],
    ['rewrite type A AAAA', 'a. A', 'a. AAAA'],
    ['rewrite type A AAAA', 'a. MX', 'a. MX'],
    ['rewrite type HTTPS TYPE65280', 'a. HTTPS', 'a. TYPE65280'],
    // The first that changes something is the last, unless it says continue.
    ['rewrite name a. b.\nrewrite name b. c.', 'a. A', 'b. A'],
    ['rewrite stop name a. b.\nrewrite name b. c.', 'a. A', 'b. A'],
    ['rewrite continue name a. b.\nrewrite type A MX', 'a. A', 'b. MX'],
    ['rewrite continue name a. b.\nrewrite name b. c.', 'a. A', 'c. A'],
    ['rewrite name x. b.\nrewrite name a. c.', 'a. A', 'c. A'],
    ['rewrite {\n name regex (.*)\\.old {1}.new\n answer auto\n}', 'a.old. A', 'a.new. A'],
    ['rewrite continue {\n name a. b.\n}\nrewrite name b. c.', 'a. A', 'c. A'],
  ];
  test.for(cases)('%s: %s', async ([rules, asked, below]) => {
    expect((await ask(rules, asked)).below).toBe(below);
  });

  test('class: the other class', async () => {
    const next = upstream(replyWith([]));
    const plugin = pluginOf(declared.setup, 'rewrite class CH IN', testContext());
    await plugin.serve(question('a. TXT', { qclass: 3 }), next);
    expect(next.asked[0]?.qclass).toBe(1);
  });

  test('a dot inside a label is no end of a label', async () => {
    const name = '\x06a.evil\x03org';
    const next = upstream(replyWith([]));
    const plugin = pluginOf(
      declared.setup,
      'rewrite name suffix .evil.org .good.org',
      testContext(),
    );
    await plugin.serve(question('x. A', { name, key: name as never }), next);
    expect(textOf(next.asked[0]?.key as never)).toBe('a\\.evil.org.');
  });

  test('nothing when the name would be too long, and answers SERVFAIL', async () => {
    const long = `${`${'a'.repeat(60)}.`.repeat(4)} A`; // 244 bytes
    for (const rule of [
      `name suffix . .${'b'.repeat(20)}.`,
      `name prefix ${'a'.repeat(60)} ${'b'.repeat(64)}`,
      `name regex ^(.*)$ {1}.${'b'.repeat(20)}`,
      'name regex ^(.*)$ {1}{1}{1}',
      'name regex ^a ..',
    ]) {
      const { below, reply } = await ask(`rewrite ${rule}`, long);
      expect([rule, below, ...replyLines(reply), reply.error?.text]).toEqual([
        rule,
        '-',
        'SERVFAIL',
        'the rewritten name is too long or has an empty label',
      ]);
    }
  });

  test('a name of 255 bytes with every byte escaped in bounded time', async () => {
    const name = `${`\x3f${'\x00'.repeat(63)}`.repeat(3)}\x3d${'\x00'.repeat(61)}`;
    const next = upstream(replyWith([]));
    const plugin = pluginOf(declared.setup, 'rewrite name regex (\\\\0+)+$ x.', testContext());
    await plugin.serve(question('x. A', { name, key: name as never }), next);
    expect(next.asked[0]?.key).toBe(name);
  });
});

describe('rewrite turns a reply', () => {
  const cases: [rules: string, asked: string, answer: string[], expected: string[]][] = [
    ['rewrite name a. b.', 'a. A', ['b. 5 IN A 10.0.0.1'], ['a. 5 IN A 10.0.0.1']],
    ['rewrite name a.x. b.', 'A.x. A', ['B. 5 IN A 10.0.0.1'], ['A.x. 5 IN A 10.0.0.1']],
    ['rewrite name a. b.', 'x. A', ['b. 5 IN A 10.0.0.1'], ['b. 5 IN A 10.0.0.1']],
    [
      'rewrite name a. b.',
      'a. SRV',
      ['b. 5 IN SRV 0 1 80 p.b.', 'p.b. 5 IN A 10.0.0.1', 'b. 5 IN MX 1 b.', 'b. 5 IN CNAME bb.'],
      ['a. 5 IN SRV 0 1 80 p.a.', 'p.a. 5 IN A 10.0.0.1', 'a. 5 IN MX 1 a.', 'a. 5 IN CNAME bb.'],
    ],
    ['rewrite name suffix .x .y', 'a.x. A', ['a.y. 5 IN A 10.0.0.1'], ['a.y. 5 IN A 10.0.0.1']],
    [
      'rewrite name suffix .x .y answer auto',
      'a.x. A',
      ['a.y. 5 IN CNAME b.y.', 'b.y. 5 IN A 10.0.0.1', 'c.z. 5 IN A 10.0.0.2'],
      ['a.x. 5 IN CNAME b.x.', 'b.x. 5 IN A 10.0.0.1', 'c.z. 5 IN A 10.0.0.2'],
    ],
    ['rewrite name prefix a b', 'a.x. A', ['b.x. 5 IN A 10.0.0.1'], ['b.x. 5 IN A 10.0.0.1']],
    [
      'rewrite name prefix a b answer auto',
      'a.x. A',
      ['b.x. 5 IN A 10.0.0.1'],
      ['a.x. 5 IN A 10.0.0.1'],
    ],
    [
      'rewrite name substring a b answer auto',
      'x.a.y. A',
      ['x.b.y. 5 IN A 10.0.0.1'],
      ['x.a.y. 5 IN A 10.0.0.1'],
    ],
    [
      'rewrite name regex (.*)\\.x {1}.y answer auto',
      'a.x. A',
      ['a.y. 5 IN A 10.0.0.1', 'sub.a.y. 5 IN A 10.0.0.2'],
      ['a.x. 5 IN A 10.0.0.1', 'sub.a.x. 5 IN A 10.0.0.2'],
    ],
    [
      'rewrite name regex (.*)\\.x {1}.y answer name (.*)\\.y {1}.z answer value (.*)\\.v {1}.w',
      'a.x. CNAME',
      ['A.Y. 5 IN CNAME t.v.', 'q. 5 IN CNAME t.u.'],
      ['a.z. 5 IN CNAME t.w.', 'q. 5 IN CNAME t.u.'],
    ],
    [
      'rewrite name exact a. b. answer value ^b\\.$ other.',
      'a. SRV',
      ['b. 5 IN SRV 0 1 80 b.'],
      ['a. 5 IN SRV 0 1 80 other.'],
    ],
    // The last rule's work is undone first.
    [
      'rewrite continue name a. b.\nrewrite name b. c.',
      'a. A',
      ['c. 5 IN A 10.0.0.1'],
      ['a. 5 IN A 10.0.0.1'],
    ],
    [
      'rewrite ttl a. 30',
      'a. A',
      ['a. 5 IN A 10.0.0.1', 'a. 99 IN A 10.0.0.2'],
      ['a. 30 IN A 10.0.0.1', 'a. 30 IN A 10.0.0.2'],
    ],
    [
      'rewrite ttl suffix a 10-20',
      'x.a. A',
      ['a. 5 IN A 10.0.0.1', 'a. 99 IN A 10.0.0.2'],
      ['a. 10 IN A 10.0.0.1', 'a. 20 IN A 10.0.0.2'],
    ],
    [
      'rewrite ttl regex . 10-',
      'a. A',
      ['a. 5 IN A 10.0.0.1', 'a. 99 IN A 10.0.0.2'],
      ['a. 10 IN A 10.0.0.1', 'a. 99 IN A 10.0.0.2'],
    ],
    [
      'rewrite ttl a. -20',
      'a. A',
      ['a. 5 IN A 10.0.0.1', 'a. 99 IN A 10.0.0.2'],
      ['a. 5 IN A 10.0.0.1', 'a. 20 IN A 10.0.0.2'],
    ],
    ['rewrite ttl b. 30', 'a. A', ['a. 5 IN A 10.0.0.1'], ['a. 5 IN A 10.0.0.1']],
  ];
  test.for(cases)('%s: %s', async ([rules, asked, answer, expected]) => {
    const given = { ...replyWith([]), answer: answer.map(record) };
    const { reply } = await ask(rules, asked, { reply: given });
    expect(replyLines(reply)).toEqual(['NOERROR', ...expected]);
    expect(replyLines(given)).toEqual(['NOERROR', ...answer]); // shared, so never changed
  });

  test('name: in authority and additional too, the SOA server among the values', async () => {
    const reply = {
      ...replyWith([]),
      authority: [record('b. 5 IN SOA ns.b. host.b. 1 2 3 4 5')],
      additional: [record('b. 5 IN A 10.0.0.1')],
    };
    expect(replyLines((await ask('rewrite name a. b.', 'a. A', { reply })).reply)).toEqual([
      'NOERROR',
      'a. 5 IN SOA ns.a. host.b. 1 2 3 4 5',
      'a. 5 IN A 10.0.0.1',
    ]);
  });

  test('name: an owner that would be too long stays', async () => {
    const below = `${`${'a'.repeat(60)}.`.repeat(4)}b.`;
    const reply = { ...replyWith([]), answer: [record(`${below} 5 IN A 10.0.0.1`)] };
    const { reply: got } = await ask('rewrite name original-name. b.', 'original-name. A', {
      reply,
    });
    expect(replyLines(got)[1]).toBe(`${below} 5 IN A 10.0.0.1`);
  });

  test.for([
    ['rewrite rcode a. NXDOMAIN NOERROR', 3, 'NOERROR'],
    ['rewrite rcode suffix a. 3 0', 3, 'NOERROR'],
    ['rewrite rcode regex .* servfail NXDOMAIN', 2, 'NXDOMAIN'],
    ['rewrite rcode a. NXDOMAIN NOERROR', 2, 'SERVFAIL'],
    ['rewrite rcode b. NXDOMAIN NOERROR', 3, 'NXDOMAIN'],
  ] as const)('%s: rcode %i', async ([rules, rcode, expected]) => {
    const { reply } = await ask(rules, 'a. A', { reply: replyWith([], { rcode }) });
    expect(rcodeName(reply.rcode)).toBe(expected);
  });

  test('into nothing: silence stays', async () => {
    const { reply } = await ask('rewrite name a. b.', 'a. A', { reply: silence('acl') });
    expect(reply.isSilent).toBe(true);
  });
});

describe('rewrite cname', () => {
  const aliased = {
    ...replyWith([]),
    answer: ['a. 5 IN CNAME b.', 'b. 5 IN CNAME c.cdn.', 'c.cdn. 5 IN A 10.0.0.1'].map(record),
  };

  test.for([
    'cname c.cdn. d.own.',
    'cname exact c.cdn. d.own.',
    'cname suffix c.cdn. d.own.',
    'cname regex (.*)\\.cdn d.own.',
  ])('%s: looks the new target up and answers with it', async (rule) => {
    const resolve = upstream({ ...replyWith([]), answer: [record('d.own. 7 IN A 10.0.0.2')] });
    const { reply } = await ask(`rewrite ${rule}`, 'a. A', { reply: aliased, resolve });
    expect(replyLines(reply)).toEqual([
      'NOERROR',
      'a. 5 IN CNAME b.',
      'b. 5 IN CNAME d.own.',
      'd.own. 7 IN A 10.0.0.2',
    ]);
    expect(
      resolve.asked.map(({ key, aliases, type }) => [textOf(key), aliases.map(textOf), type]),
    ).toEqual([['d.own.', ['a.', 'b.'], 1]]);
  });

  test('leaves other aliases alone', async () => {
    const resolve = upstream(replyWith([]));
    const { reply } = await ask('rewrite cname x. y.', 'a. A', { reply: aliased, resolve });
    expect([reply, resolve.asked]).toEqual([aliased, []]);
  });

  test('does not look up what a CNAME question did not ask', async () => {
    const resolve = upstream(replyWith([]));
    const reply = { ...replyWith([]), answer: [record('a. 5 IN CNAME b.')] };
    const got = await ask('rewrite cname b. c.', 'a. CNAME', { reply, resolve });
    expect([replyLines(got.reply), resolve.asked]).toEqual([['NOERROR', 'a. 5 IN CNAME c.'], []]);
  });

  test('is NXDOMAIN when the target is', async () => {
    const resolve = upstream(replyWith([], { rcode: 3 }));
    const { reply } = await ask('rewrite cname c.cdn. d.', 'a. A', { reply: aliased, resolve });
    expect(replyLines(reply)).toEqual(['NXDOMAIN', 'a. 5 IN CNAME b.', 'b. 5 IN CNAME d.']);
  });

  test('is the alias alone when nobody has the target', async () => {
    const resolve = upstream(replyWith([], { rcode: 5 }));
    const { reply } = await ask('rewrite cname c.cdn. d.', 'a. A', { reply: aliased, resolve });
    expect(replyLines(reply)).toEqual(['NOERROR', 'a. 5 IN CNAME b.', 'b. 5 IN CNAME d.']);
  });

  test('ends a chain of over 10 links', async () => {
    const resolve = upstream(replyWith([]));
    const given = { aliases: followed(9) };
    const { reply } = await ask('rewrite cname c.cdn. d.', 'a. A', {
      reply: aliased,
      resolve,
      given,
    });
    expect([replyLines(reply), reply.error?.text]).toEqual([
      ['SERVFAIL'],
      'CNAME chain of over 10 links',
    ]);
    expect(resolve.asked).toEqual([]);
  });
});

describe('rewrite edns0', () => {
  const option = (code: number, hex: string) => ({
    code,
    data: Uint8Array.from(Buffer.from(hex, 'hex')),
  });
  const shown = (options: readonly { code: number; data: Uint8Array }[] = []) =>
    options.map(({ code, data }) => `${code}:${Buffer.from(data).toString('hex')}`);

  const cases: [rule: string, sent: string, below: string][] = [
    ['local set 0xffee 0x6162', '', '65518:6162'],
    ['local set 65518 abc', '65518:00 1:', '65518:616263 1:'],
    ['local append 0xffee 0x61', '65518:00', '65518:00 65518:61'],
    ['local replace 0xffee 0x61', '1:', '1:'],
    ['local replace 0xffee 0x61', '65518:00', '65518:61'],
    ['local unset 0xffee', '65518:00 1:', '1:'],
    ['local unset 0xffee', '1:', '1:'],
    ['local set 0xffee {qname}', '', `65518:${Buffer.from('a.').toString('hex')}`],
    ['local set 0xffee {qtype}', '', '65518:0001'],
    ['local set 0xffee {client_ip}', '', '65518:0a010203'],
    ['local set 0xffee {client_port}', '', '65518:c647'],
    ['local set 0xffee {protocol}', '', '65518:756470'],
    ['local set 0xffee {server_ip}', '', '65518:0a60000a'],
    ['local set 0xffee {server_port}', '', '65518:0035'],
    ['nsid set', '', '3:'],
    ['nsid unset', '3:', ''],
    ['subnet set 24 56', '', '8:000118000a0102'],
    ['subnet set 20 56', '', '8:000114000a0100'],
    ['subnet set 0 0', '', '8:00010000'],
    ['subnet replace 24 56', '', ''],
  ];
  test.for(cases)('%s: %s', async ([rule, sent, below]) => {
    const next = upstream(replyWith([]));
    const options = sent
      .split(' ')
      .filter(Boolean)
      .map((text) => option(Number(text.split(':')[0]), text.split(':')[1] ?? ''));
    const edns = { size: 4096, dnssecOk: true, options };
    const plugin = pluginOf(declared.setup, `rewrite edns0 ${rule}`, testContext());
    await plugin.serve(question('a. A', { edns }), next);
    expect(shown(next.asked[0]?.edns?.options).join(' ')).toBe(below);
    expect(next.asked[0]?.edns).toMatchObject({ size: 4096, dnssecOk: true });
  });

  test.for([
    ['unset 0xffee', '65518:00', 'a.'],
    ['unset 0xffee', '', 'a.'],
    ['replace 0xffee x', '65518:00', 'a.'],
    ['replace 0xffee x', '', 'b.'],
  ] as const)('local %s of a query with %j: rules after it see %s', async ([rule, sent, below]) => {
    const options = sent === '' ? [] : [option(65518, '00')];
    const edns = { size: 4096, dnssecOk: false, options };
    const rules = `rewrite edns0 local ${rule}\nrewrite name a b`;
    expect((await ask(rules, 'a. A', { given: { edns } })).below).toBe(`${below} A`);
  });

  test('unset gives a query without EDNS none', async () => {
    const next = upstream(replyWith([]));
    const plugin = pluginOf(declared.setup, 'rewrite edns0 nsid unset', testContext());
    await plugin.serve(question('a. A'), next);
    expect(next.asked[0]?.edns).toBeUndefined();
  });

  test.for([
    ['{view/name}', '65518:6f6666696365'],
    ['{kubernetes/namespace}', '65518:'],
  ] as const)('local set 0xffee %s is the metadata', async ([variable, below]) => {
    const next = upstream(replyWith([]));
    const plugin = pluginOf(
      declared.setup,
      `rewrite edns0 local set 0xffee ${variable}`,
      testContext(),
    );
    const value = (label: string) => (label === 'view/name' ? 'office' : undefined);
    await plugin.serve(question('a. A', { metadata: { value, set: () => {} } }), next);
    expect(shown(next.asked[0]?.edns?.options)).toEqual([below]);
    await plugin.serve(question('a. A'), next);
    expect(shown(next.asked[1]?.edns?.options)).toEqual(['65518:']);
  });

  test('subnet: an IPv6 client', async () => {
    const next = upstream(replyWith([]));
    const plugin = pluginOf(declared.setup, 'rewrite edns0 subnet set 24 33', testContext());
    const client = { address: '2001:db8:ffff::1', port: 1 };
    await plugin.serve(question('a. A', { client }), next);
    expect(shown(next.asked[0]?.edns?.options)).toEqual(['8:0002210020010db880']);
  });

  test('gives a query without EDNS one, of 1232 bytes', async () => {
    const next = upstream(replyWith([]));
    await pluginOf(declared.setup, 'rewrite edns0 nsid set', testContext()).serve(
      question('a. A'),
      next,
    );
    const options = [{ ...option(3, ''), isOurs: true }];
    expect(next.asked[0]?.edns).toEqual({ size: 1232, dnssecOk: false, options });
  });

  const goesOn: [rules: string, sent: string, on: string][] = [
    ['local set 0xffee 0x61', '65518:99 8:00', '65518:61'],
    ['local append 0xffee 0x61', '65518:99', '65518:61'],
    ['local replace 0xffee 0x61', '65518:99', '65518:61'],
    ['local replace 0xffee 0x61', '8:00', ''],
    ['local unset 0xffee', '65518:99', ''],
    ['nsid set', '8:00', '3:'],
    ['subnet set 24 56', '8:00', '8:000118000a0102'],
    [`local set 0xffee ${'a'.repeat(400)}`, '', `65518:${'61'.repeat(400)}`],
  ];
  test.for(goesOn)('%s, to a query with %j: %j goes upstream', async ([rule, sent, on]) => {
    const next = upstream(replyWith([]));
    const options = sent
      .split(' ')
      .filter(Boolean)
      .map((text) => option(Number(text.split(':')[0]), text.split(':')[1] ?? ''));
    const edns = { size: 1232, dnssecOk: false, options };
    const plugin = pluginOf(declared.setup, `rewrite edns0 ${rule}`, testContext());
    await plugin.serve(question('a. A', { edns }), next);
    expect(shown(sentOptions(next.asked[0]!)).join(' ')).toBe(on);
  });

  test('leaves out what would make the query too long for one datagram', async () => {
    const next = upstream(replyWith([]));
    const rules = [1, 2, 3, 4].map((code) => {
      return `rewrite continue edns0 local set ${code} ${'a'.repeat(code === 4 ? 4 : 400)}`;
    });
    await pluginOf(declared.setup, rules.join('\n'), testContext()).serve(question('a. A'), next);
    expect(next.asked[0]?.edns?.options.map(({ code }) => code)).toEqual([1, 2, 4]);
  });

  test.for([
    ['local set 0xffee 0x61 revert', '', '3:00'],
    ['local set 0xffee 0x61 revert', '65518:99', '65518:99 3:00'],
    ['local set 0xffee 0x61', '', '65518:61 3:00'],
  ] as const)('%s: the reply to a query with %j', async ([rule, sent, expected]) => {
    const options = sent === '' ? [] : [option(65518, sent.split(':')[1] ?? '')];
    const next = upstream(replyWith([], { options: [option(65518, '61'), option(3, '00')] }));
    const plugin = pluginOf(declared.setup, `rewrite edns0 ${rule}`, testContext());
    const edns = { size: 1232, dnssecOk: false, options };
    const reply = await plugin.serve(question('a. A', { edns }), next);
    expect(shown(reply.options).join(' ')).toBe(expected);
  });
});
