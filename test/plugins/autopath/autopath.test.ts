import { describe, expect, test } from 'vitest';
import { keyFromText, textOf } from '../../../src/dns/name.ts';
import { setupWith } from '../../../src/plugins/autopath/setup.ts';
import type { Plugin, PluginContext, Reply, Request } from '../../../src/plugins/plugin.ts';
import { silence } from '../../../src/plugins/reply.ts';
import { memoryFiles } from '../../corefile/memory-files.ts';
import {
  pluginOf,
  question,
  replyLines,
  replyWith,
  samples,
  setUp,
  testContext,
} from '../../helpers/plugin-harness.ts';

const RESOLV_CONF =
  '# mine\nnameserver 10.96.0.10\nsearch old.example\nsearch shop.svc.Cluster.local svc.cluster.local. cluster.local corp.example ; end\noptions ndots:5\n';
const setup = setupWith(
  memoryFiles({
    '/etc/resolv.conf': RESOLV_CONF,
    '/etc/empty': 'nameserver 1.1.1.1\n',
    '/etc/odd': 'search a..b ok.example\n',
    '/etc/domain': 'search x y\ndomain one.example two\n',
  }),
);

const PATH = [
  'shop.svc.cluster.local.',
  'svc.cluster.local.',
  'cluster.local.',
  'corp.example.',
  '.',
];

const pods = {
  zones: ['cluster.local', 'in-addr.arpa'].map(keyFromText),
  namespaceOf: (address: string) => ({ '10.1.2.3': 'shop', '10.1.2.4': 'x'.repeat(64) })[address],
};

const NXDOMAIN = replyWith([], { rcode: 3, soa: 'cluster.local. 5 IN SOA ns. h. 1 2 3 4 5' });

/** Replies by name; NXDOMAIN for every other. */
function world(replies: Readonly<Record<string, Reply>>) {
  const asked: string[] = [];
  const next = async ({ key }: Request) => {
    const name = textOf(key);
    asked.push(name);
    return replies[name] ?? NXDOMAIN;
  };
  return Object.assign(next, { asked });
}

const walk = async (
  plugin: Plugin,
  asked: string,
  replies: Readonly<Record<string, Reply>>,
  given = {},
) => {
  const next = world(replies);
  const reply = await plugin.serve(question(asked, given), next);
  return { lines: replyLines(reply), asked: next.asked, reply };
};

const fromFile = () => pluginOf(setup, 'autopath /etc/resolv.conf', testContext());
const fromPods = (context: Partial<PluginContext> = {}) =>
  pluginOf(setup, 'autopath @kubernetes', testContext({ pods, ...context }));

describe('autopath', () => {
  test('walks the path to the name as it was typed', async () => {
    const { lines, asked } = await walk(fromFile(), 'WWW.Example.org.shop.svc.cluster.local. A', {
      'www.example.org.': replyWith(['WWW.Example.org. 60 IN CNAME e.', 'e. 30 IN A 192.0.2.1']),
    });
    expect(lines).toEqual([
      'NOERROR',
      'WWW.Example.org.shop.svc.cluster.local. 60 IN CNAME WWW.Example.org.',
      'WWW.Example.org. 60 IN CNAME e.',
      'e. 30 IN A 192.0.2.1',
    ]);
    expect(asked).toEqual(PATH.map((domain) => `www.example.org.${domain === '.' ? '' : domain}`));
  });

  test('stops at the first name that exists', async () => {
    const { lines, asked } = await walk(fromFile(), 'web.prod.shop.svc.cluster.local. A', {
      'web.prod.svc.cluster.local.': replyWith(['web.prod.svc.cluster.local. 5 IN A 10.0.0.1']),
      'web.prod.': replyWith(['web.prod. 5 IN A 192.0.2.1']),
    });
    expect(lines).toEqual([
      'NOERROR',
      'web.prod.shop.svc.cluster.local. 5 IN CNAME web.prod.svc.cluster.local.',
      'web.prod.svc.cluster.local. 5 IN A 10.0.0.1',
    ]);
    expect(asked).toHaveLength(2);
  });

  test('stops at one that exists without records of the type', async () => {
    const soa = 'cluster.local. 5 IN SOA ns. h. 1 2 3 4 5';
    const { lines, asked } = await walk(fromFile(), 'web.prod.shop.svc.cluster.local. AAAA', {
      'web.prod.svc.cluster.local.': replyWith([], { soa }),
      'web.prod.': replyWith(['web.prod. 5 IN AAAA 2001:db8::1']),
    });
    expect([lines, asked.length]).toEqual([['NOERROR', soa], 2]);
  });

  test('adds nothing when the name exists as it was asked', async () => {
    const name = 'web.shop.svc.cluster.local.';
    const alias = replyWith([`${name} 5 IN CNAME b.`, 'b. 5 IN A 10.0.0.1']);
    const { reply, asked } = await walk(fromFile(), `${name} A`, { [name]: alias });
    expect([reply, asked]).toEqual([alias, [name]]);
  });

  test('ends with the first reply when no name exists', async () => {
    const { reply, asked } = await walk(fromFile(), 'nope.shop.svc.cluster.local. A', {});
    expect([reply, asked.length]).toEqual([NXDOMAIN, 5]);
  });

  test.for([
    ['SERVFAIL', replyWith([], { rcode: 2 })],
    ['REFUSED', replyWith([], { rcode: 5 })],
    ['silence', silence('acl')],
  ] as const)(
    'ends with the first reply at %s, not with a name further on',
    async ([, failure]) => {
      const { reply, asked } = await walk(fromFile(), 'web.shop.svc.cluster.local. A', {
        'web.cluster.local.': failure,
        'web.': replyWith(['web. 5 IN A 192.0.2.1']),
      });
      expect([reply, asked.length]).toEqual([NXDOMAIN, 3]);
    },
  );

  test.for([
    ['SERVFAIL', replyWith([], { rcode: 2 })],
    ['silence', silence('acl')],
  ] as const)('does not walk after %s', async ([, failure]) => {
    const name = 'web.shop.svc.cluster.local.';
    const { reply, asked } = await walk(fromFile(), `${name} A`, { [name]: failure });
    expect([reply, asked]).toEqual([failure, [name]]);
  });

  test.for([
    'shop.svc.cluster.local. A', // the domain itself
    'web.svc.cluster.local. A', // the second question of a walk
    'xshop.svc.cluster.local. A',
    'example.org. A',
    'web.shop.svc.cluster.local. AXFR',
  ])('leaves %s alone', async (asked) => {
    expect((await walk(fromFile(), asked, {})).asked).toEqual([asked.split(' ')[0]]);
  });

  test('leaves names outside its zones alone', async () => {
    const plugin = pluginOf(setup, 'autopath example.org /etc/resolv.conf', testContext());
    expect((await walk(plugin, 'web.shop.svc.cluster.local. A', {})).asked).toHaveLength(1);
  });

  test('leaves out a domain in which the name would be too long', async () => {
    const long = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(30)}.`;
    const files = memoryFiles({ '/etc/resolv.conf': `search x. ${'e'.repeat(40)}. y.` });
    const plugin = pluginOf(setupWith(files), 'autopath /etc/resolv.conf', testContext());
    const { asked } = await walk(plugin, `${long}x. A`, {});
    expect(asked).toEqual([`${long}x.`, `${long}y.`, long]);
  });

  test('counts what it found', async () => {
    const context = testContext();
    const plugin = pluginOf(setup, 'autopath /etc/resolv.conf', context);
    const found = { 'web.': replyWith(['web. 5 IN A 192.0.2.1']) };
    await walk(plugin, 'web.shop.svc.cluster.local. A', found);
    await walk(plugin, 'nope.shop.svc.cluster.local. A', found);
    await walk(plugin, 'example.org. A', { 'example.org.': found['web.'] });
    expect(await samples(context.metrics, 'coredns_autopath_success_total{')).toEqual([
      'server="dns://:53"} 1',
    ]);
  });
});

describe('autopath @kubernetes', () => {
  test("walks the path of the client's namespace, then the node's domains", async () => {
    const { asked } = await walk(fromPods(), 'web.shop.svc.cluster.local. A', {});
    expect(asked).toEqual(PATH.map((domain) => (domain === '.' ? 'web.' : `web.${domain}`)));
  });

  test.for([
    ['of another namespace', 'web.prod.svc.cluster.local. A', '10.1.2.3'],
    ['of no Pod', 'web.shop.svc.cluster.local. A', '10.9.9.9'],
    ['of a namespace that is no label', 'web.shop.svc.cluster.local. A', '10.1.2.4'],
    ['outside the cluster', 'example.org. A', '10.1.2.3'],
  ] as const)('leaves a question %s alone', async ([, asked, address]) => {
    const client = { address, port: 1 };
    expect((await walk(fromPods(), asked, {}, { client })).asked).toHaveLength(1);
  });
});

describe('autopath refuses', () => {
  test.for([
    [
      'autopath',
      'Corefile:2:1: error: plugin/autopath: no resolv-conf specified: expected a file or @kubernetes',
    ],
    [
      'autopath /etc/none',
      "Corefile:2:10: error: plugin/autopath: failed to parse '/etc/none': there is no such file",
    ],
    [
      'autopath @kubernets',
      "no plugin '@kubernets' knows search paths: did you mean '@kubernetes'?",
    ],
    ['autopath a..b /etc/resolv.conf', 'Cannot use an empty label'],
    ['autopath /etc/resolv.conf {\n x\n}', "unknown property 'x': 'autopath' has no options"],
    [
      'autopath /etc/resolv.conf\nautopath /etc/resolv.conf',
      'this plugin can only be used once per Server Block',
    ],
  ] as const)('%s', ([directive, problem]) => {
    const { plugin, problems } = setUp(setup, directive);
    expect(plugin).toBeUndefined();
    expect(problems).toEqual([expect.stringContaining(problem)]);
  });

  test.for([
    [
      'autopath /etc/empty',
      "warning: plugin/autopath: no search domain in '/etc/empty': there is no path to walk",
    ],
    [
      'autopath /etc/odd',
      "warning: plugin/autopath: left out of the search path of '/etc/odd': 'a..b'",
    ],
  ] as const)('nothing but warns: %s', ([directive, problem]) => {
    const { plugin, problems } = setUp(setup, directive);
    expect(plugin).toBeDefined();
    expect(problems).toEqual([expect.stringContaining(problem)]);
  });
});

test('autopath @kubernetes has no effect, and says so, without Pods to look at', () => {
  const { plugin, problems } = setUp(setup, 'autopath @kubernetes');
  expect(plugin).toBeUndefined();
  expect(problems).toEqual([
    "Corefile:2:10: warning: plugin/autopath: @kubernetes has no effect: expected a kubernetes block with 'pods verified' in this server block [PLUGIN_OPTION]",
  ]);
});

test('autopath takes the last search or domain line of a file', async () => {
  const plugin = pluginOf(setup, 'autopath domain', testContext());
  expect((await walk(plugin, 'a.one.example. A', {})).asked).toEqual(['a.one.example.', 'a.']);
  expect((await walk(plugin, 'a.two. A', {})).asked).toHaveLength(1);
});
