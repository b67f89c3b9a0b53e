import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyOf } from '../../../src/dns/name.ts';
import { plugin as declared } from '../../../src/plugins/log/setup.ts';
import type { Reply, Request } from '../../../src/plugins/plugin.ts';
import { errorReply, silence } from '../../../src/plugins/reply.ts';
import {
  DNSSEC_OK,
  followed,
  pluginOf,
  question,
  record,
  replyWith,
  setUp,
  testContext,
} from '../../helpers/plugin-harness.ts';

const WWW = question('WWW.Example.org. A', {
  id: 29_008,
  edns: { ...DNSSEC_OK, size: 4096, dnssecOk: false },
});
const ANSWER = replyWith(['www.example.org. 300 IN A 192.0.2.1'], { authoritative: true });
const SOA = 'example.org. 60 IN SOA ns.example.org. host.example.org. 1 7200 1800 86400 60';

/** What is logged of one exchange that took 37.990251 ms. */
async function logged(directive: string, request: Request = WWW, reply: Reply = ANSWER) {
  const context = testContext();
  const plugin = pluginOf(declared.setup, directive, context);
  const next = async (): Promise<Reply> => {
    context.clock.advance(37.990251);
    return reply;
  };
  expect(await plugin.serve(request, next)).toBe(reply);
  return context.logged;
}

const line = async (directive: string, request?: Request, reply?: Reply) =>
  (await logged(directive, request, reply))[0]?.['msg'];

describe('LogPlugin', () => {
  test('writes the common format of CoreDNS, and the same as fields', async () => {
    expect(await logged('log')).toEqual([
      {
        level: 'info',
        time: expect.any(String),
        plugin: 'log',
        client: '10.1.2.3',
        port: 50_759,
        id: 29_008,
        name: 'www.example.org.',
        type: 'A',
        class: 'IN',
        proto: 'udp',
        size: 41,
        do: false,
        bufsize: 4096,
        rcode: 'NOERROR',
        rflags: 'qr,aa,rd,ra',
        rsize: 64,
        seconds: 0.037990251,
        answeredBy: 'forward',
        msg: '10.1.2.3:50759 - 29008 "A IN www.example.org. udp 41 false 4096" NOERROR qr,aa,rd,ra 64 0.037990251s',
      },
    ]);
  });

  test.for([
    [
      '{combined}',
      '10.1.2.3:50759 - 29008 "A IN www.example.org. udp 41 false 4096" NOERROR qr,aa,rd,ra 64 0.037990251s "0"',
    ],
    [
      '"{common} x"',
      '10.1.2.3:50759 - 29008 "A IN www.example.org. udp 41 false 4096" NOERROR qr,aa,rd,ra 64 0.037990251s x',
    ],
    [
      '"{remote} {local} {port} {name} {type} {class} {proto}"',
      '10.1.2.3 10.96.0.10 50759 www.example.org. A IN udp',
    ],
    ['"{>id} {>opcode} {>do} {>bufsize} {size} {rsize}"', '29008 0 false 4096 41 64'],
    ['"{rcode} {>rflags} {duration}"', 'NOERROR qr,aa,rd,ra 0.037990251s'],
    ['"{/kubernetes/namespace} {nothing} { } {{name}}"', '- {nothing} { } {www.example.org.}'],
  ] as const)('writes %s', async ([format, expected]) => {
    expect(await line(`log . ${format}`)).toBe(expected);
    expect(await line(`log ${format}`)).toBe(expected);
  });

  test('writes nothing of what the server asks itself on the way to an alias’s target', async () => {
    expect(await logged('log', { ...WWW, aliases: followed(1) })).toEqual([]);
  });

  test('writes metadata, printable, and - where there is none', async () => {
    const labels = new Map([
      ['view/name', 'büro\n'],
      ['a/empty', ''],
    ]);
    const metadata = { value: (label: string) => labels.get(label), set: () => {} };
    const format = '"{/view/name} {/a/empty} {/a/b} {/}"';
    expect(await line(`log . ${format}`, { ...WWW, metadata })).toBe('b\\u00fcro\\u000a - - -');
    expect(await line(`log . ${format}`)).toBe('- - - -');
  });

  test('cuts a line that a format repeats a long name in', async () => {
    const name = `${`${'\\000'.repeat(60)}.`.repeat(4)}`;
    const format = '{name}'.repeat(100);
    const written = await line(`log . ${format}`, question(`${name} A`));
    expect(written).toHaveLength(8195);
    expect(written).toMatch(/\.\.\.$/);
  });

  test.for<[string, Request, Reply, string]>([
    [
      '{remote} {local}',
      { ...WWW, client: { address: 'fd00::1', port: 1 }, local: { address: '::1', port: 53 } },
      ANSWER,
      '[fd00::1] [::1]',
    ],
    ['{>bufsize} {>do}', { ...WWW, edns: undefined }, ANSWER, '512 false'],
    ['{>bufsize} {>do}', { ...WWW, edns: { ...DNSSEC_OK, size: 100 } }, ANSWER, '512 true'],
    ['{>bufsize} {proto}', { ...WWW, transport: 'tcp' }, ANSWER, '65535 tcp'],
    ['{class} {type}', { ...WWW, qclass: 3, type: 65_280 }, ANSWER, 'CH TYPE65280'],
    ['{class}', { ...WWW, qclass: 77 }, ANSWER, 'CLASS77'],
    ['{rcode} {>rflags} {rsize}', WWW, silence('acl'), '- - 0'],
    [
      '{rcode} {>rflags}',
      { ...WWW, recursionDesired: false, checkingDisabled: true },
      { ...errorReply('', 17), truncated: true, authenticData: true },
      'RCODE17 qr,tc,ad,cd',
    ],
  ])('writes %s of the unusual', async ([format, request, reply, expected]) => {
    expect(await line(`log . "${format}"`, request, reply)).toBe(expected);
  });

  test.for([
    [0, '0s'],
    [1000, '1s'],
    [10_000, '10s'],
    [0.001, '0.000001s'],
    [0.0001, '0.0000001s'],
    [1500.5, '1.5005s'],
  ] as const)('writes %d ms as %s', async ([ms, expected]) => {
    const context = testContext();
    const plugin = pluginOf(declared.setup, 'log . {duration}', context);
    await plugin.serve({ ...WWW, receivedAt: -ms }, async () => ANSWER);
    expect(context.logged[0]?.['msg']).toBe(expected);
  });

  test('counts the bytes of every kind of record', async () => {
    const answer = [
      'a. 1 IN A 192.0.2.1', // 3 + 10 + 4
      'a. 1 IN CNAME b.c.', // 3 + 10 + 5
      'a. 1 IN TXT xy z', // 3 + 10 + 3 + 2
      'a. 1 IN SOA b. c. 1 2 3 4 5', // 3 + 10 + 3 + 3 + 20
      'a. 1 IN TYPE65280 abcd', // 3 + 10 + 2
    ].map(record);
    const service = {
      kind: 'service',
      priority: 0,
      weight: 0,
      port: 1,
      target: '\u0001b',
    } as const;
    const exchange = { kind: 'exchange', preference: 1, exchange: '\u0001b' } as const;
    const more = [
      { owner: '\u0001a', type: 33, ttl: 1, data: service }, // 3 + 10 + 6 + 3
      { owner: '\u0001a', type: 15, ttl: 1, data: exchange }, // 3 + 10 + 2 + 3
    ];
    const reply = replyWith([], { answer, authority: more });
    const question4 = 12 + 3 + 4;
    const size = question4 + 7 * 13 + 4 + 5 + 5 + 26 + 2 + 9 + 5;
    expect(await line('log . {rsize}', question('a. ANY'), reply)).toBe(`${size}`);
  });

  test('writes one printable line whatever the bytes of the name', async () => {
    const label = fc.uint8Array({ minLength: 1, maxLength: 63 });
    await fc.assert(
      fc.asyncProperty(fc.array(label, { maxLength: 3 }), async (labels) => {
        const texts = labels.map((bytes) => Buffer.from(bytes).toString('latin1'));
        const name = texts.map((text) => String.fromCharCode(text.length) + text).join('');
        const msg = await line('log', { ...WWW, name, key: keyOf(texts) });
        expect(msg).toMatch(/^10\.1\.2\.3:50759 - 29008 "A IN [!-~]+ udp 41 false 4096" [ -~]+s$/);
      }),
    );
  });
});

describe('LogPlugin rules', () => {
  const NODATA = replyWith([], { soa: SOA });
  test.for<[string, Reply, number]>([
    ['success', ANSWER, 1],
    ['success', NODATA, 0],
    ['success', replyWith([]), 1],
    ['denial', NODATA, 1],
    ['denial', replyWith([], { rcode: 3 }), 1],
    ['denial', ANSWER, 0],
    ['error', errorReply('', 2), 1],
    ['error', errorReply('', 5), 1],
    ['error', ANSWER, 0],
    ['error', silence('acl'), 1],
    ['success', silence('acl'), 0],
    ['denial error', NODATA, 1],
    ['all', ANSWER, 1],
    ['error all', ANSWER, 1],
  ])('class %s', async ([classes, reply, lines]) => {
    expect((await logged(`log {\n class ${classes}\n}`, WWW, reply)).length).toBe(lines);
  });

  test('the first that has the name decides', async () => {
    const directives =
      'log example.org 1{name} {\nclass error\n}\nlog org 2{name}\nlog com 3{name}';
    const of = (name: string) => line(directives, question(`${name} A`));
    expect(await of('www.example.org.')).toBeUndefined();
    expect(await of('www.org.')).toBe('2www.org.');
    expect(await of('a.com.')).toBe('3a.com.');
    expect(await of('a.net.')).toBeUndefined();
  });

  test('several classes may stand on lines of their own', async () => {
    expect(await logged('log {\nclass error\nclass denial\n}', WWW, NODATA)).toHaveLength(1);
  });
});

test.for([
  [
    'log {\nclas all\n}',
    '3:1',
    "plugin/log: unknown property 'clas': did you mean 'class'? [PLUGIN_OPTION]",
  ],
  [
    'log {\nclass\n}',
    '3:1',
    "plugin/log: Wrong argument count or unexpected line ending after 'class': expected at least 1 [PLUGIN_OPTION]",
  ],
  [
    'log {\nclass sucess\n}',
    '3:7',
    "plugin/log: invalid response class: 'sucess': did you mean 'success'? [PLUGIN_OPTION]",
  ],
  [
    'log {\nclass some\n}',
    '3:7',
    "plugin/log: invalid response class: 'some': expected success, denial, error, all [PLUGIN_OPTION]",
  ],
  [
    'log a..b',
    '2:5',
    "Cannot use 'a..b' as a zone: Cannot use an empty label in a name [COREFILE_ZONE]",
  ],
  [
    `log {${'x'.repeat(5000)}`,
    '2:5',
    'plugin/log: Cannot use a format of 5001 characters: expected at most 4096 [PLUGIN_OPTION]',
  ],
] as const)('log setup rejects %j', ([directive, place, message]) => {
  const { plugin, problems } = setUp(declared.setup, directive);
  expect(problems).toEqual([`Corefile:${place}: error: ${message}`]);
  expect(plugin).toBeUndefined();
});
