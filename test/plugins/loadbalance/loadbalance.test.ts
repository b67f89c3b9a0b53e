import { randomBytes } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { Rcode } from '../../../src/dns/codes.ts';
import type { ResourceRecord } from '../../../src/dns/record.ts';
import type { Loadbalance } from '../../../src/plugins/loadbalance/index.ts';
import { plugin as declared } from '../../../src/plugins/loadbalance/setup.ts';
import type { Plugin, Reply } from '../../../src/plugins/plugin.ts';
import { silence } from '../../../src/plugins/reply.ts';
import {
  pluginOf,
  question,
  record,
  replyWith,
  setUp,
  testContext,
  upstream,
} from '../../helpers/plugin-harness.ts';
import { TempFolder } from '../../helpers/temp-folder.ts';

const folder = new TempFolder();
afterAll(() => folder.dispose());

/**
 * Records by short names: `1` to `9` are addresses 192.0.2.x, `c` an alias, `m` and `n` MX, `t` a
 * TXT.
 */
const RECORDS: Readonly<Record<string, ResourceRecord>> = {
  ...Object.fromEntries(
    Array.from({ length: 9 }, (_, i) => [
      String(i + 1),
      record(`W.example.org. 5 IN A 192.0.2.${i + 1}`),
    ]),
  ),
  c: record('www.example.org. 5 IN CNAME b.example.org.'),
  d: record('b.example.org. 5 IN CNAME W.example.org.'),
  m: record('example.org. 5 IN MX 000a01610000'),
  n: record('example.org. 5 IN MX 000a01620000'),
  t: record('W.example.org. 5 IN TXT x'),
};

const section = (text: string) => [...text].map((letter) => RECORDS[letter]!);
const text = (records: readonly ResourceRecord[]) =>
  records.map((given) => Object.keys(RECORDS).find((name) => RECORDS[name] === given)).join('');

const context = () => testContext({ random: randomBytes, folder: folder.path });

async function balanced(
  plugin: Plugin,
  reply: Reply,
  asked = 'www.example.org. A',
): Promise<Reply> {
  return plugin.serve(question(asked), upstream(reply));
}

/** How often each order of the answer came out. */
async function orders(plugin: Plugin, answer: string, times: number): Promise<Map<string, number>> {
  const seen = new Map<string, number>();
  for (let i = 0; i < times; i++) {
    const order = text((await balanced(plugin, replyWith([], { answer: section(answer) }))).answer);
    seen.set(order, (seen.get(order) ?? 0) + 1);
  }
  return seen;
}

describe('loadbalance', () => {
  const plugin = pluginOf(declared.setup, 'loadbalance', context());

  test.for(['loadbalance', 'loadbalance round_robin'])(
    '%s gives every order of addresses',
    async (line) => {
      const seen = await orders(pluginOf(declared.setup, line, context()), '123', 600);
      expect([...seen.keys()].sort()).toEqual(['123', '132', '213', '231', '312', '321']);
      for (const times of seen.values()) expect(times).toBeGreaterThan(50);
    },
  );

  test('puts aliases first in their order, then others, then addresses, then MX', async () => {
    const seen = await orders(plugin, 'mt1c2nd', 200);
    for (const order of seen.keys()) expect(order).toMatch(/^cdt(12|21)(mn|nm)$/);
    expect(seen.size).toBe(4);
  });

  test('turns the authority and additional sections too', async () => {
    const below = replyWith([], { authority: section('12c'), additional: section('12c') });
    const seen = new Set<string>();
    for (let i = 0; i < 100; i++) {
      const { authority, additional } = await balanced(plugin, below);
      seen.add(`${text(authority)} ${text(additional)}`);
    }
    expect([...seen].sort()).toEqual(['c12 c12', 'c12 c21', 'c21 c12', 'c21 c21']);
  });

  test('changes nothing in the reply that it is given', async () => {
    const below = Object.freeze(
      replyWith([], {
        answer: Object.freeze(section('m1c23')),
        authority: Object.freeze(section('123')),
        additional: Object.freeze(section('123')),
      }),
    );
    for (let i = 0; i < 20; i++) await balanced(plugin, below);
    expect(text(below.answer)).toBe('m1c23');
  });

  test.for([
    ['one address', replyWith([], { answer: section('c1t') })],
    ['no records', replyWith([])],
    ['a failure', replyWith([], { answer: section('12'), rcode: Rcode.SERVFAIL })],
    ['NXDOMAIN', replyWith([], { answer: section('12'), rcode: Rcode.NXDOMAIN })],
    ['silence', silence('acl')],
  ] as const)('returns %s as it is', async ([, reply]) => {
    expect(await balanced(plugin, reply)).toBe(reply);
  });

  test.for(['AXFR', 'IXFR'])('keeps the order of %s', async (type) => {
    const reply = replyWith([], { answer: section('1c2') });
    expect(await balanced(plugin, reply, `example.org. ${type}`)).toBe(reply);
  });

  test('is plain when answers may be turned instead', () => {
    const isPlain = (line: string) =>
      (setUp(declared.setup, line, context()).plugin as Loadbalance | undefined)?.isPlain;
    expect(isPlain('loadbalance')).toBe(true);
    expect(isPlain('loadbalance {\nprefer 10.0.0.0/8\n}')).toBe(false);
    expect(isPlain('loadbalance weighted nowhere')).toBe(false);
  });
});

describe('loadbalance with prefer', () => {
  const line = (networks: string) => `loadbalance {\nprefer ${networks}\n}`;

  test('puts the addresses of the first network first, then those of the next', async () => {
    const plugin = pluginOf(declared.setup, line('192.0.2.6/31 192.0.2.1'), context());
    const seen = await orders(plugin, '123467', 600);
    for (const order of seen.keys()) expect(order).toMatch(/^(67|76)1[234]{3}$/);
    expect(seen.size).toBe(12);
  });

  test('puts what is no address after the addresses, as CoreDNS does', async () => {
    const plugin = pluginOf(declared.setup, line('192.0.2.2'), context());
    const seen = await orders(plugin, 'mt1c2d', 20);
    expect([...seen.keys()]).toEqual(['cd21mt']);
  });

  test('takes IPv4 and IPv6 networks', async () => {
    const plugin = pluginOf(declared.setup, line('2001:db8::/32'), context());
    const far = record('W.example.org. 5 IN AAAA 2001:db9::1');
    const near = record('W.example.org. 5 IN AAAA 2001:db8::1');
    for (let i = 0; i < 20; i++) {
      const { answer } = await balanced(
        plugin,
        replyWith([], { answer: [far, near, RECORDS['1']!] }),
      );
      expect(answer[0]).toBe(near);
    }
  });
});

describe('loadbalance weighted', () => {
  const line = 'loadbalance weighted weights';
  const first = (seen: Map<string, number>) => {
    const times = new Map<string, number>();
    for (const [order, count] of seen) {
      times.set(order[0] ?? '', (times.get(order[0] ?? '') ?? 0) + count);
    }
    return times;
  };

  async function weighted(file: string): Promise<Plugin> {
    folder.write('weights', file);
    const plugin = pluginOf(declared.setup, line, context());
    await plugin.start?.();
    await plugin.stop?.();
    return plugin;
  }

  test('moves an address to the front, the more often the more weight it has', async () => {
    const plugin = await weighted('# three machines\nw.EXAMPLE.org\n192.0.2.1 3\n192.0.2.2 6\n');
    const seen = await orders(plugin, '123', 5000);
    expect([...seen.keys()].sort()).toEqual(['123', '213', '312']);
    // 1500, 3000 and 500 expected, with deviations of 32, 35 and 21: ten of them either way.
    const times = first(seen);
    expect(Math.abs(times.get('1')! - 1500)).toBeLessThan(330);
    expect(Math.abs(times.get('2')! - 3000)).toBeLessThan(350);
    expect(Math.abs(times.get('3')! - 500)).toBeLessThan(220);
  });

  test('draws evenly for a name that is not in the file', async () => {
    const plugin = await weighted('other.example.org\n192.0.2.1 255\n');
    const times = first(await orders(plugin, '12', 2000));
    expect(Math.abs(times.get('1')! - 1000)).toBeLessThan(250);
  });

  test('leaves queries of other types as they are', async () => {
    const plugin = await weighted('w.example.org\n192.0.2.1 3\n');
    const reply = replyWith([], { answer: section('12') });
    expect(await balanced(plugin, reply, 'www.example.org. MX')).toBe(reply);
    expect(await balanced(plugin, reply, '_x._tcp.example.org. SRV')).not.toBe(reply);
  });

  test('reads the file again, and keeps what it has when the file breaks', async () => {
    folder.write('weights', 'w.example.org\n192.0.2.1 255\n');
    const under = context();
    const plugin = pluginOf(declared.setup, `${line} {\nreload 10s\n}`, under);
    await plugin.start?.();
    const reloaded = async (content: string) => {
      folder.write('weights', content);
      const logged = under.logged.length;
      under.clock.advance(10_000);
      while (under.logged.length === logged) await new Promise((resolve) => setImmediate(resolve));
      return under.logged.at(-1);
    };
    const times = async (name: string) => first(await orders(plugin, '12', 200)).get(name) ?? 0;
    expect(await times('1')).toBeGreaterThan(180);
    await reloaded('w.example.org\n192.0.2.22 1\n192.0.2.2 255\n');
    expect(await times('2')).toBeGreaterThan(180);
    expect(await reloaded('w.example.org\n192.0.2.2 much\n')).toMatchObject({
      level: 'warn',
      reason: "Wrong weight value: 'much': expected 1 to 255",
    });
    expect(await times('2')).toBeGreaterThan(180);
    await plugin.stop?.();
    expect(under.clock.timers).toBe(0);
  });

  test.for([
    ['192.0.2.1 5', 1, 'Missing domain name above the address 192.0.2.1'],
    ['a\n\n# c\n192.0.2.1 0', 4, "Wrong weight value: '0': expected 1 to 255"],
    ['a\n192.0.2.1 256', 2, "Wrong weight value: '256': expected 1 to 255"],
    ['a\n192.0.2.1', 2, 'Missing weight value after the address 192.0.2.1'],
    ['a..b', 1, "Wrong domain name: 'a..b'"],
    [
      'a\n192.0.2.1 1 2',
      2,
      "Cannot read a line that begins with '192.0.2.1': expected a name, or ADDRESS WEIGHT",
    ],
    ['a b', 1, "Cannot read a line that begins with 'a': expected a name, or ADDRESS WEIGHT"],
  ] as const)('setup says what is wrong with a file %j', ([content, at, message]) => {
    const path = folder.write('weights', content);
    expect(setUp(declared.setup, line, context())).toEqual({
      plugin: undefined,
      problems: [`${path}:${at}:1: error: plugin/loadbalance: ${message} [PLUGIN_OPTION]`],
    });
  });
});

describe('setup of loadbalance', () => {
  test.for([
    [
      'loadbalance round_robn',
      "Corefile:2:13: error: plugin/loadbalance: unknown policy: 'round_robn': did you mean 'round_robin'?",
    ],
    [
      'loadbalance round_robin x',
      "Corefile:2:25: error: plugin/loadbalance: unexpected argument(s): 'x'",
    ],
    [
      'loadbalance weighted',
      'Corefile:2:13: error: plugin/loadbalance: missing weight file argument',
    ],
    [
      'loadbalance {\nprefer\n}',
      "Corefile:3:1: error: plugin/loadbalance: Wrong argument count or unexpected line ending after 'prefer': expected at least 1",
    ],
    [
      'loadbalance {\nprefer 10.0.0.0/40\n}',
      "Corefile:3:8: error: plugin/loadbalance: invalid CIDR '10.0.0.0/40': expected one as in 10.0.0.0/8",
    ],
    [
      'loadbalance {\nreload 5s\n}',
      'Corefile:3:1: error: plugin/loadbalance: reload is an option of the policy weighted: it has a file',
    ],
    [
      'loadbalance {\nprefers 10.0.0.0/8\n}',
      "Corefile:3:1: error: plugin/loadbalance: unknown property 'prefers': did you mean 'prefer'?",
    ],
    [
      'loadbalance weighted /nowhere {\nreload 0\n}',
      "Corefile:2:22: error: plugin/loadbalance: Failed to open weight file '/nowhere' (ENOENT)",
    ],
    [
      'loadbalance weighted /nowhere {\nreload x\n}',
      "Corefile:3:8: error: plugin/loadbalance: invalid reload duration 'x': expected a duration, as in 30s, or 0 to read the file only once",
    ],
  ] as const)('of %j says what is wrong', ([line, problem]) => {
    const { plugin, problems } = setUp(declared.setup, line);
    expect(plugin).toBeUndefined();
    expect(problems[0]).toBe(`${problem} [PLUGIN_OPTION]`);
  });

  test('warns of a file that may come', () => {
    const { plugin, problems } = setUp(declared.setup, 'loadbalance weighted /nowhere');
    expect(plugin).toBeDefined();
    expect(problems).toEqual([
      "Corefile:2:22: warning: plugin/loadbalance: Failed to open weight file '/nowhere' (ENOENT): will try again every 30 s [PLUGIN_OPTION]",
    ]);
  });
});
