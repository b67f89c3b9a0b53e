import { describe, expect, test } from 'vitest';
import { plugin as declared } from '../../../src/plugins/local/setup.ts';
import type { Plugin } from '../../../src/plugins/plugin.ts';
import {
  pluginOf,
  question,
  replyLines,
  replyWith,
  samples,
  setUp,
  testContext,
  upstream,
} from '../../helpers/plugin-harness.ts';

const V6_ZONE = '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa.';
const soa = (zone: string) => `${zone} 604800 IN SOA localhost. root.localhost. 1 0 0 0 604800`;

async function answered(plugin: Plugin, asked: string): Promise<string[]> {
  const next = upstream(replyWith([]));
  const reply = await plugin.serve(question(asked), next);
  return next.asked.length > 0 ? ['passed'] : replyLines(reply);
}

describe('local', () => {
  const local = pluginOf(declared.setup, 'local', testContext());

  test.for([
    ['localhost. A', ['NOERROR', 'localhost. 604800 IN A 127.0.0.1']],
    ['LocalHost. AAAA', ['NOERROR', 'LocalHost. 604800 IN AAAA ::1']],
    ['www.localhost. A', ['NOERROR', 'www.localhost. 604800 IN A 127.0.0.1']],
    ['localhost. MX', ['NOERROR', soa('localhost.')]],
    ['www.localhost. TXT', ['NOERROR', soa('localhost.')]],
    ['localhost. SOA', ['NOERROR', soa('localhost.')]],
    ['localhost. NS', ['NOERROR', 'localhost. 604800 IN NS localhost.']],
    [
      'localhost.svc.cluster.local. A',
      ['NOERROR', 'localhost.svc.cluster.local. 604800 IN A 127.0.0.1'],
    ],
    ['localhost.example.org. AAAA', ['NOERROR', 'localhost.example.org. 604800 IN AAAA ::1']],
    ['localhost.example.org. MX', ['NOERROR', soa('localhost.example.org.')]],
    [
      '1.0.0.127.in-addr.arpa. PTR',
      ['NOERROR', '1.0.0.127.in-addr.arpa. 604800 IN PTR localhost.'],
    ],
    ['1.0.0.127.in-addr.arpa. A', ['NOERROR', soa('127.in-addr.arpa.')]],
    ['2.0.0.127.in-addr.arpa. PTR', ['NXDOMAIN', soa('127.in-addr.arpa.')]],
    ['0.0.127.in-addr.arpa. PTR', ['NOERROR', soa('127.in-addr.arpa.')]],
    ['127.in-addr.arpa. NS', ['NOERROR', '127.in-addr.arpa. 604800 IN NS localhost.']],
    ['0.in-addr.arpa. SOA', ['NOERROR', soa('0.in-addr.arpa.')]],
    ['255.255.255.255.in-addr.arpa. PTR', ['NXDOMAIN', soa('255.in-addr.arpa.')]],
    [`${V6_ZONE} PTR`, ['NOERROR', `${V6_ZONE} 604800 IN PTR localhost.`]],
    [`2${V6_ZONE.slice(1)} PTR`, ['passed']],
    ['example.org. A', ['passed']],
    ['mylocalhost. A', ['passed']],
    ['localhosts.example.org. A', ['passed']],
    ['a.localhost.example.org. A', ['passed']],
  ] as const)('%s', async ([asked, expected]) => {
    expect(await answered(local, asked)).toEqual(expected);
  });

  test('leaves localhost with a search domain alone when told to, but not localhost itself', async () => {
    const plugin = pluginOf(declared.setup, 'local {\nlocalhost_prefix off\n}', testContext());
    expect(await answered(plugin, 'localhost.example.org. A')).toEqual(['passed']);
    expect(await answered(plugin, 'localhost. A')).toHaveLength(2);
  });

  test('hands other classes on', async () => {
    const below = replyWith([]);
    expect(await local.serve(question('localhost. A', { qclass: 3 }), upstream(below))).toBe(below);
  });

  test('counts localhost with a search domain', async () => {
    const context = testContext();
    const plugin = pluginOf(declared.setup, 'local', context);
    for (const asked of ['localhost.a. A', 'localhost.b.c. MX', 'localhost. A', 'a. A']) {
      await answered(plugin, asked);
    }
    expect(await samples(context.metrics, 'coredns_local_')).toEqual([
      'localhost_requests_total 2',
    ]);
  });

  test('setup says everything that is wrong', () => {
    expect(
      setUp(declared.setup, 'local x {\nlocalhost_prefix maybe\nlocalhost_prefx on\n}').problems,
    ).toEqual([
      "Corefile:2:7: error: plugin/local: Wrong argument count or unexpected line ending after 'local': expected no argument [PLUGIN_OPTION]",
      "Corefile:3:18: error: plugin/local: Cannot read 'maybe' as localhost_prefix: expected on or off [PLUGIN_OPTION]",
      "Corefile:4:1: error: plugin/local: unknown property 'localhost_prefx': did you mean 'localhost_prefix'? [PLUGIN_OPTION]",
    ]);
  });
});
