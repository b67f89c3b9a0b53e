import { describe, expect, test } from 'vitest';
import type { Line } from '../../../src/corefile/parse.ts';
import type { ProblemList } from '../../../src/corefile/problems.ts';
import { Class, ExtendedError, Rcode } from '../../../src/dns/codes.ts';
import { readGateway } from '../../../src/plugins/k8s_gateway/options.ts';
import { plugin as declared } from '../../../src/plugins/k8s_gateway/setup.ts';
import type { Next, Plugin, PluginContext } from '../../../src/plugins/plugin.ts';
import { errorReply } from '../../../src/plugins/reply.ts';
import { balancer, dnsEndpoint, ingress } from '../../controllers/hosts/host-text.ts';
import {
  pluginOf,
  question,
  replyLines,
  replyWith,
  testContext,
  upstream,
} from '../../helpers/plugin-harness.ts';
import { GatewayWorld } from '../../zone/gateway-world.ts';
import { parsed } from '../parse-directive.ts';

const MANIFESTS = [
  ingress('shop/web', 'web.example.org *.apps.example.org', { at: '192.0.2.1 2001:db8::1' }),
  ingress('shop/apex', 'example.org', { at: '192.0.2.2' }),
  dnsEndpoint(
    'shop/e',
    'two.example.org 30 A 192.0.2.4 192.0.2.3',
    'alias.example.org 9 CNAME www.example.net',
    'inner.example.org - CNAME web.example.org',
    'loop.example.org - CNAME loop.example.org',
    'lost.example.org - CNAME none.example.org',
    'deep.a.b.example.org - A 192.0.2.5',
    '*.wild.example.org - CNAME www.example.net',
  ),
].join('');

interface World {
  readonly world: GatewayWorld;
  readonly plugin: Plugin;
}

/** The plugin with the whole server above it: itself, or else `outside`. */
function worldOf(outside: Next = upstream(errorReply('', Rcode.REFUSED)), options = ''): World {
  const world = new GatewayWorld();
  world.put('a.yaml', MANIFESTS);
  const resolve: PluginContext['resolve'] = (request) => plugin.serve(request, outside);
  const directive = `k8s_gateway example.org {\n${options}\n}`;
  const read = (lines: readonly Line[], problems: ProblemList) => readGateway(lines, [], problems);
  const { fallthrough } = parsed(read, directive).result!;
  const context = {
    ...testContext({ resolve }),
    extra: () => ({ names: world.names, fallthrough }),
  };
  const plugin = pluginOf(declared.setup, directive, context);
  return { world, plugin };
}

const next = upstream(errorReply('below', Rcode.REFUSED));
const ask = async (text: string, { plugin }: World = worldOf()) =>
  replyLines(await plugin.serve(question(text), next));

const SOA =
  'example.org. 60 IN SOA dns1.kube-system.example.org. hostmaster.dns1.kube-system.example.org. 1700000000 7200 1800 86400 60';

describe('k8s_gateway answers', () => {
  const rows: [question: string, ...reply: string[]][] = [
    ['web.example.org. A', 'NOERROR', 'web.example.org. 60 IN A 192.0.2.1'],
    ['web.example.org. AAAA', 'NOERROR', 'web.example.org. 60 IN AAAA 2001:db8::1'],
    ['WEB.Example.org. A', 'NOERROR', 'WEB.Example.org. 60 IN A 192.0.2.1'],
    ['web.example.org. ANY', 'NOERROR', 'web.example.org. 60 IN A 192.0.2.1'],
    ['web.example.org. MX', 'NOERROR', SOA],
    [
      'two.example.org. A',
      'NOERROR',
      'two.example.org. 30 IN A 192.0.2.4',
      'two.example.org. 30 IN A 192.0.2.3',
    ],
    ['two.example.org. AAAA', 'NOERROR', SOA],
    // Wildcards: the owner is the name that was asked for.
    ['X.apps.example.org. A', 'NOERROR', 'X.apps.example.org. 60 IN A 192.0.2.1'],
    ['b.a.apps.example.org. AAAA', 'NOERROR', 'b.a.apps.example.org. 60 IN AAAA 2001:db8::1'],
    ['*.apps.example.org. A', 'NOERROR', '*.apps.example.org. 60 IN A 192.0.2.1'],
    ['x.apps.example.org. TXT', 'NOERROR', SOA],
    ['apps.example.org. A', 'NOERROR', SOA],
    ['x.*.apps.example.org. A', 'NXDOMAIN', SOA],
    // RFC 8020: names with names below them exist.
    ['a.b.example.org. A', 'NOERROR', SOA],
    ['b.example.org. A', 'NOERROR', SOA],
    ['x.b.example.org. A', 'NXDOMAIN', SOA],
    ['none.example.org. A', 'NXDOMAIN', SOA],
    ['none.example.org. SOA', 'NXDOMAIN', SOA],
    // The zone's own names.
    ['example.org. SOA', 'NOERROR', SOA],
    ['example.org. A', 'NOERROR', 'example.org. 60 IN A 192.0.2.2'],
    ['example.org. MX', 'NOERROR', SOA],
    [
      'example.org. NS',
      'NOERROR',
      'example.org. 60 IN NS dns1.kube-system.example.org.',
      'dns1.kube-system.example.org. 60 IN A 192.0.2.53',
      'dns1.kube-system.example.org. 60 IN AAAA 2001:db8::53',
    ],
    [
      'dns1.kube-system.example.org. A',
      'NOERROR',
      'dns1.kube-system.example.org. 60 IN A 192.0.2.53',
    ],
    ['kube-system.example.org. A', 'NOERROR', SOA],
    ['example.org. AXFR', 'REFUSED'],
    // Aliases.
    ['alias.example.org. CNAME', 'NOERROR', 'alias.example.org. 9 IN CNAME www.example.net.'],
    ['alias.example.org. A', 'NOERROR', 'alias.example.org. 9 IN CNAME www.example.net.'],
    [
      'inner.example.org. A',
      'NOERROR',
      'inner.example.org. 60 IN CNAME web.example.org.',
      'web.example.org. 60 IN A 192.0.2.1',
    ],
    ['inner.example.org. MX', 'NOERROR', 'inner.example.org. 60 IN CNAME web.example.org.', SOA],
    ['lost.example.org. A', 'NXDOMAIN', 'lost.example.org. 60 IN CNAME none.example.org.', SOA],
    ['x.wild.example.org. CNAME', 'NOERROR', 'x.wild.example.org. 60 IN CNAME www.example.net.'],
    // Somebody else's.
    ['example.net. A', 'REFUSED'],
  ];
  test.for(rows)('%s', async ([text, ...lines]) => {
    expect(await ask(text)).toEqual(lines);
  });

  test('a host that leads to a name with what others say of that name', async () => {
    const outside = upstream(replyWith(['www.example.net. 5 IN A 198.51.100.1']));
    const found = await worldOf(outside).plugin.serve(question('alias.example.org. A'), next);
    expect(replyLines(found)).toEqual([
      'NOERROR',
      'alias.example.org. 9 IN CNAME www.example.net.',
      'www.example.net. 5 IN A 198.51.100.1',
    ]);
    expect(found).toMatchObject({ authoritative: true, plugin: 'k8s_gateway' });
    expect(outside.asked.map(({ key, aliases }) => [key, aliases.length])).toEqual([
      ['\x03www\x07example\x03net', 1],
    ]);
  });

  test('an alias of itself with SERVFAIL', async () => {
    const { plugin } = worldOf();
    const found = await plugin.serve(question('loop.example.org. A'), next);
    expect(found).toMatchObject({
      rcode: Rcode.SERVFAIL,
      error: { text: expect.stringContaining('in a circle to loop.example.org') },
    });
  });

  test('as authority, and in the name of the plugin', async () => {
    const { plugin } = worldOf();
    for (const text of ['web.example.org. A', 'web.example.org. MX', 'none.example.org. A']) {
      const reply = await plugin.serve(question(text), next);
      expect(reply).toMatchObject({ authoritative: true, plugin: 'k8s_gateway' });
    }
  });

  test('a load balancer by its Service name, and the server by that of its own Service', async () => {
    const { world, plugin } = worldOf();
    const at = '198.51.100.9';
    world.put('b.yaml', balancer('kube-system/dns1', at) + balancer('shop/db', '198.51.100.8'));
    expect(await ask('db.shop.example.org. A', { world, plugin })).toEqual([
      'NOERROR',
      'db.shop.example.org. 60 IN A 198.51.100.8',
    ]);
    expect(await ask('example.org. NS', { world, plugin })).toEqual([
      'NOERROR',
      'example.org. 60 IN NS dns1.kube-system.example.org.',
      `dns1.kube-system.example.org. 60 IN A ${at}`,
    ]);
  });
});

describe('k8s_gateway with fallthrough', () => {
  const below = upstream(replyWith(['none.example.org. 5 IN A 198.51.100.1']));

  test('hands on names that do not exist, and no others', async () => {
    const { plugin } = worldOf(undefined, 'fallthrough');
    const askBelow = async (text: string) => replyLines(await plugin.serve(question(text), below));
    expect(await askBelow('none.example.org. A')).toEqual([
      'NOERROR',
      'none.example.org. 5 IN A 198.51.100.1',
    ]);
    expect(await askBelow('web.example.org. MX')).toEqual(['NOERROR', SOA]);
    expect(await askBelow('b.example.org. A')).toEqual(['NOERROR', SOA]);
  });

  test('of certain zones keeps the others', async () => {
    const { plugin } = worldOf(undefined, 'fallthrough b.example.org');
    const askBelow = async (text: string) => replyLines(await plugin.serve(question(text), below));
    expect(await askBelow('x.b.example.org. A')).toHaveLength(2);
    expect(await askBelow('none.example.org. A')).toEqual(['NXDOMAIN', SOA]);
  });
});

describe('k8s_gateway before the manifests have been read', () => {
  function unsynced(options = ''): World {
    const made = worldOf(undefined, options);
    made.world.live.isSynced = false;
    return made;
  }

  test.for(['', 'fallthrough'])('calls nothing missing, %s', async (options) => {
    const { plugin } = unsynced(options);
    const reply = await plugin.serve(question('none.example.org. A'), next);
    expect(reply).toMatchObject({
      rcode: Rcode.SERVFAIL,
      error: { code: ExtendedError.NOT_READY, text: 'not all manifests have been read yet' },
    });
  });

  test('answers what it knows', async () => {
    expect(await ask('web.example.org. A', unsynced())).toEqual([
      'NOERROR',
      'web.example.org. 60 IN A 192.0.2.1',
    ]);
  });

  test('says of answers from an earlier run that they are', async () => {
    const made = unsynced();
    made.world.live.restoredFrom = 1_700_000_000;
    const reply = await made.plugin.serve(question('web.example.org. A'), next);
    expect(replyLines(reply)).toEqual(['NOERROR', 'web.example.org. 1 IN A 192.0.2.1']);
    expect(reply.error?.code).toBe(ExtendedError.STALE_ANSWER);
  });
});

describe('k8s_gateway claims', () => {
  const rows: [options: string, name: string, qclass: number, claimed: boolean][] = [
    ['', 'web.example.org. A', Class.IN, true],
    ['', 'none.example.org. A', Class.IN, true],
    ['', 'example.net. A', Class.IN, false],
    ['', 'web.example.org. A', Class.CH, false],
    ['fallthrough', 'web.example.org. A', Class.IN, true],
    ['fallthrough', 'x.apps.example.org. A', Class.IN, true],
    ['fallthrough', 'none.example.org. A', Class.IN, false],
  ];
  test.for(rows)('with "%s" %s in class %i: %s', ([options, text, qclass, claimed]) => {
    const { plugin } = worldOf(undefined, options);
    expect(plugin.claims?.(question(text, { qclass }))).toBe(claimed);
  });
});
