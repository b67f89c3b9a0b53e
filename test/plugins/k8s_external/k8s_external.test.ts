import { describe, expect, test } from 'vitest';
import { Class, Rcode } from '../../../src/dns/codes.ts';
import { plugin as declared } from '../../../src/plugins/k8s_external/index.ts';
import { readExternal } from '../../../src/plugins/k8s_external/options.ts';
import type { Next } from '../../../src/plugins/plugin.ts';
import { errorReply } from '../../../src/plugins/reply.ts';
import { question, replyLines, setUp, testContext } from '../../helpers/plugin-harness.ts';
import { parsed } from '../parse-directive.ts';
import { ExternalWorld, outsideService } from './external-world.ts';
import { elsewhere, HTTP, NODATA, NXDOMAIN, SHOP } from './tables.ts';

describe('k8s_external', () => {
  const world = (directive: string) => {
    const made = new ExternalWorld({ directive });
    made.put('shop.yaml', SHOP);
    return made;
  };
  const next: Next = async () => errorReply('next', Rcode.NOTIMP);
  const serve = async (made: ExternalWorld, text: string, qclass = Class.IN as number) =>
    replyLines(await made.plugin.serve(question(text, { qclass }), next));

  test('hands missing names on where fallthrough says so, and no other', async () => {
    const made = world('k8s_external example.org {\nfallthrough bank.example.org\n}');
    expect(await serve(made, 'web.bank.example.org. A')).toEqual(['NOTIMP']);
    expect(await serve(made, 'web.nope.example.org. A')).toEqual(NXDOMAIN);
    expect(await serve(made, 'shop.example.org. A')).toEqual(NODATA);
  });

  test('hands other classes on', async () => {
    expect(
      await serve(world('k8s_external example.org'), 'web.shop.example.org. A', Class.CH),
    ).toEqual(['NOTIMP']);
  });

  test.for([
    ['web.shop.example.org. A', true],
    ['nope.shop.example.org. A', true],
    ['web.bank.example.org. A', false],
    ['web.example.com. A', false],
  ] as const)('claims %s: %s', ([text, isClaimed]) => {
    const { plugin } = world('k8s_external example.org {\nfallthrough bank.example.org\n}');
    expect(plugin.claims?.(question(text))).toBe(isClaimed);
  });

  test('calls nothing missing before everything has been read', async () => {
    const made = world('k8s_external example.org {\nfallthrough\n}');
    made.live.isSynced = false;
    const reply = await made.plugin.serve(question('nope.shop.example.org. A'), next);
    expect([reply.rcode, reply.error?.code, reply.authority]).toEqual([Rcode.SERVFAIL, 14, []]);
    expect(await serve(made, 'web.shop.example.org. A')).toEqual([
      'NOERROR',
      'web.shop.example.org. 5 IN A 192.0.2.1',
    ]);
  });

  test('answers a host name that leads back to itself with SERVFAIL, and asks nobody', async () => {
    const manifests = outsideService(
      'shop/a',
      `type: LoadBalancer, ${HTTP}`,
      '{ hostname: a.shop.example.org }',
    );
    const asked: string[] = [];
    const made: ExternalWorld = new ExternalWorld({
      resolve: (request) => {
        asked.push(request.key);
        return made.plugin.serve(request, next);
      },
    });
    made.put('a.yaml', manifests);
    const reply = await made.plugin.serve(question('a.shop.example.org. A'), next);
    expect(reply.rcode).toBe(Rcode.SERVFAIL);
    expect(reply.error?.text).toContain('in a circle to a.shop.example.org');
    expect(asked).toEqual([]);
  });

  test('says in every reply that it made it', async () => {
    const made = new ExternalWorld({ resolve: elsewhere });
    made.put('shop.yaml', SHOP);
    for (const name of [
      'web.shop',
      'alias.shop',
      'mixed.shop',
      'two.shop',
      'shop',
      'nope',
      'dns',
    ]) {
      const reply = await made.plugin.serve(question(`${name}.example.org. A`), next);
      expect([reply.plugin, reply.authoritative]).toEqual(['k8s_external', true]);
    }
  });
});

describe('the directive k8s_external', () => {
  const read = (text: string) =>
    parsed((lines, problems) => readExternal(lines, ['example.org'], problems), text);

  test.for([
    [
      'k8s_external example.org {\nttl 3601\n}',
      'Corefile:3:5: error: plugin/k8s_external: ttl must be in range [0, 3600]: 3601',
    ],
    [
      'k8s_external example.org {\nttl x\n}',
      "Corefile:3:5: error: plugin/k8s_external: Cannot read 'x' as ttl: expected whole seconds, 0 to 3600",
    ],
    [
      'k8s_external example.org {\napex a.b\n}',
      "Corefile:3:6: error: plugin/k8s_external: Cannot use 'a.b' as apex: expected one label, as in dns",
    ],
    [
      'k8s_external example.org {\napex\n}',
      "Corefile:3:1: error: plugin/k8s_external: Wrong argument count or unexpected line ending after 'apex': expected 1",
    ],
    [
      'k8s_external example.org {\nheadles\n}',
      "Corefile:3:1: error: plugin/k8s_external: unknown property 'headles': did you mean 'headless'?",
    ],
    [
      'k8s_external 10.0.0.0/8',
      'Corefile:2:1: error: plugin/k8s_external: non-reverse zone name must be used',
    ],
    [
      'k8s_external a.org\nk8s_external b.org',
      'Corefile:3:1: error: plugin/k8s_external: this plugin can only be used once per Server Block',
    ],
  ] as const)('%s', ([directive, problem]) => {
    const { result, problems } = read(directive);
    expect(result).toBeUndefined();
    expect(problems).toEqual([`${problem} [PLUGIN_OPTION]`]);
  });

  test('refuses a zone whose own names would be too long', () => {
    const zone = Array.from({ length: 4 }, () => 'a'.repeat(60)).join('.');
    const { problems } = read(`k8s_external ${zone}`);
    expect(problems).toEqual([expect.stringMatching(/^Corefile:2:1: error: .* is too long: /)]);
  });

  test('needs kubernetes in the same server block', () => {
    const { plugin, problems } = setUp(declared.setup, 'k8s_external example.org', testContext());
    expect(plugin).toBeUndefined();
    expect(problems).toEqual([
      'Corefile:2:1: error: plugin/k8s_external: kubernetes plugin not loaded: expected kubernetes in the same server block [PLUGIN_OPTION]',
    ]);
  });
});
