import { describe, expect, test } from 'vitest';
import { rcodeName } from '../../../src/dns/codes.ts';
import { plugin as declared } from '../../../src/plugins/acl/setup.ts';
import type { Plugin, Reply } from '../../../src/plugins/plugin.ts';
import {
  pluginOf,
  question,
  replyWith,
  samples,
  setUp,
  testContext,
  upstream,
} from '../../helpers/plugin-harness.ts';

const acl = (...policies: string[]) => `acl {\n${policies.join('\n')}\n}`;

/** What became of a question: the fate and, where there is one, the extended error. */
async function fate(plugin: Plugin, asked: string, address = '10.1.2.3'): Promise<string> {
  const next = upstream(replyWith([]));
  const client = { address, port: 1 };
  const reply: Reply = await plugin.serve(question(asked, { client }), next);
  if (next.asked.length > 0) return 'passed';
  if (reply.isSilent) return 'silence';
  return `${rcodeName(reply.rcode)} ${reply.error?.code} with ${reply.answer.length}`;
}

const BLOCKED = 'REFUSED 18 with 0';
const FILTERED = 'NOERROR 17 with 0';

describe('acl', () => {
  test.for([
    ['block', BLOCKED],
    ['filter', FILTERED],
    ['drop', 'silence'],
    ['allow', 'passed'],
    ['BLOCK type * net *', BLOCKED],
  ] as const)('%s of everything', async ([policy, expected]) => {
    expect(await fate(pluginOf(declared.setup, acl(policy), testContext()), 'a. A')).toBe(expected);
  });

  test.for([
    ['block net 10.0.0.0/8', '10.255.0.1', BLOCKED],
    ['block net 10.0.0.0/8', '11.0.0.1', 'passed'],
    ['block net 10.1.2.3', '10.1.2.3', BLOCKED],
    ['block net 10.1.2.3', '10.1.2.4', 'passed'],
    ['block net 10.1.2.0/23', '10.1.3.255', BLOCKED],
    ['block net 10.1.2.0/23', '10.1.4.0', 'passed'],
    ['block net 0.0.0.0/0', '255.255.255.255', BLOCKED],
    ['block net 0.0.0.0/0', '::1', 'passed'],
    ['block net ::/0', '10.0.0.1', 'passed'],
    ['block net 10.0.0.0/8', '::ffff:10.0.0.1', BLOCKED],
    ['block net ::ffff:10.0.0.0/104', '10.200.0.1', BLOCKED],
    ['block net ::ffff:10.0.0.1', '10.0.0.1', BLOCKED],
    ['block net fd00::/8', 'fdff::1', BLOCKED],
    ['block net fd00::/8', 'fe00::1', 'passed'],
    ['block net 2001:db8::/35', '2001:db8:1fff::1', BLOCKED],
    ['block net 2001:db8::/35', '2001:db8:2000::1', 'passed'],
    ['block net 192.0.2.1 10.0.0.0/8', '10.0.0.1', BLOCKED],
    ['block net 192.0.2.1', 'no address', BLOCKED],
    ['block net 192.0.2.1', 'fe80::1%eth0', BLOCKED],
  ] as const)('%s for a client at %s', async ([policy, address, expected]) => {
    expect(await fate(pluginOf(declared.setup, acl(policy), testContext()), 'a. A', address)).toBe(
      expected,
    );
  });

  test.for([
    ['block type AAAA', 'a. A', 'passed'],
    ['block type AAAA', 'a. AAAA', BLOCKED],
    ['block type MX TYPE65', 'a. HTTPS', BLOCKED],
    ['block type ANY', 'a. A', 'passed'],
    ['block net 10.0.0.0/8 type AAAA', 'a. A', 'passed'],
    ['block net 10.0.0.0/8 type AAAA', 'a. AAAA', BLOCKED],
    ['block type AAAA type A', 'a. A', BLOCKED],
  ] as const)('%s of a question for %s', async ([policy, asked, expected]) => {
    expect(await fate(pluginOf(declared.setup, acl(policy), testContext()), asked)).toBe(expected);
  });

  test('takes the first policy that matches', async () => {
    const plugin = pluginOf(
      declared.setup,
      acl('allow net 10.1.0.0/16', 'filter type TXT', 'block'),
      testContext(),
    );
    expect(await fate(plugin, 'a. TXT')).toBe('passed');
    expect(await fate(plugin, 'a. TXT', '10.2.0.1')).toBe(FILTERED);
    expect(await fate(plugin, 'a. A', '10.2.0.1')).toBe(BLOCKED);
  });

  test('tries rules in their order, each for its zones; allow ends the search', async () => {
    const text = [
      'acl example.org 10.0.0.0/8 {\nallow type A\nblock\n}',
      'acl example.net {\nfilter type A\n}',
      'acl . {\ndrop\n}',
    ].join('\n');
    const plugin = pluginOf(declared.setup, text, testContext());
    expect(await fate(plugin, 'www.EXAMPLE.org. A')).toBe('passed');
    expect(await fate(plugin, 'example.org. MX')).toBe(BLOCKED);
    expect(await fate(plugin, '1.2.3.10.in-addr.arpa. PTR')).toBe(BLOCKED);
    expect(await fate(plugin, 'example.net. A')).toBe(FILTERED);
    expect(await fate(plugin, 'example.net. MX')).toBe('silence');
    expect(await fate(plugin, 'anexample.org. A')).toBe('silence');
  });

  test('lets everything through without policies', async () => {
    const plugin = pluginOf(declared.setup, 'acl', testContext());
    expect(await fate(plugin, 'a. A', 'no address')).toBe('passed');
  });

  test("counts under CoreDNS's names", async () => {
    const context = testContext({ zones: ['example.org', ''] });
    const plugin = pluginOf(
      declared.setup,
      acl('block type A', 'drop type MX', 'filter type TXT'),
      context,
    );
    for (const asked of ['a.example.org. A', 'a. A', 'a. MX', 'a. TXT', 'a. SRV', 'b. SRV']) {
      await fate(plugin, asked);
    }
    const counted = await samples(context.metrics, 'coredns_acl_');
    expect(counted.filter((line) => !line.endsWith(' 0')).sort()).toEqual([
      'allowed_requests_total{server="dns://:53",view=""} 2',
      'blocked_requests_total{server="dns://:53",zone=".",view=""} 1',
      'blocked_requests_total{server="dns://:53",zone="example.org.",view=""} 1',
      'dropped_requests_total{server="dns://:53",zone=".",view=""} 1',
      'filtered_requests_total{server="dns://:53",zone=".",view=""} 1',
    ]);
  });

  test('counts under the name of its view', async () => {
    const context = testContext({ view: 'office' });
    await fate(pluginOf(declared.setup, acl('block'), context), 'a. A');
    expect(await samples(context.metrics, 'coredns_acl_blocked')).toContain(
      '_requests_total{server="dns://:53",zone=".",view="office"} 1',
    );
    expect(await samples(context.metrics, 'coredns_acl_allowed')).toContain(
      '_requests_total{server="dns://:53",view="office"} 0',
    );
  });

  test('setup refuses a policy with a block, which would be for every client', () => {
    const { plugin, problems } = setUp(declared.setup, acl('allow {\nnet 10.0.0.0/8\n}', 'block'));
    expect(plugin).toBeUndefined();
    expect(problems).toEqual([
      "Corefile:3:1: error: plugin/acl: Unexpected '{' after 'allow': expected a new line [COREFILE_SYNTAX]",
    ]);
  });

  test('setup says everything that is wrong', () => {
    const text = acl(
      'blok',
      'block typ A',
      'block type',
      'block type QX',
      'block net 10.0.0.0/33 x',
    );
    expect(setUp(declared.setup, text)).toEqual({
      plugin: undefined,
      problems: [
        "Corefile:3:1: error: plugin/acl: unexpected token 'blok'; expect 'allow', 'block', 'filter' or 'drop': did you mean 'block'? [PLUGIN_OPTION]",
        "Corefile:4:7: error: plugin/acl: unexpected token 'typ'; expect 'type | net': did you mean 'type'? [PLUGIN_OPTION]",
        'Corefile:5:7: error: plugin/acl: no token specified in "type" section [PLUGIN_OPTION]',
        "Corefile:6:12: error: plugin/acl: unexpected token 'QX'; expect legal QTYPE, as in AAAA or TYPE59 [PLUGIN_OPTION]",
        "Corefile:7:11: error: plugin/acl: illegal CIDR notation '10.0.0.0/33': expected an address or a network, as in 10.0.0.0/8 [PLUGIN_OPTION]",
        "Corefile:7:23: error: plugin/acl: illegal CIDR notation 'x': expected an address or a network, as in 10.0.0.0/8 [PLUGIN_OPTION]",
      ],
    });
  });
});
