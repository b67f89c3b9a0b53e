import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readQuery } from '../../../src/dns/intake.ts';
import { keyFromText } from '../../../src/dns/name.ts';
import type { SpecialNames } from '../../../src/plugins/special-names/index.ts';
import { NOT_OURS } from '../../../src/server/answer/resolver.ts';
import { arrived } from '../../helpers/arrived.ts';
import { question, replyLines } from '../../helpers/plugin-harness.ts';
import { encodeQuery } from '../../helpers/query.ts';
import { blocksOf } from '../answer/chain-world.ts';

const BUILT_IN = readFileSync(new URL('../../../Corefile', import.meta.url), 'utf8');

const CLUSTER = 'kubernetes cluster.local in-addr.arpa ip6.arpa';

const withLines = (...lines: string[]) => `. {\n${[CLUSTER, ...lines].join('\n')}\n}\n`;

describe('buildBlocks()', () => {
  test('links plugins in CoreDNS’s order, whatever the order of the lines', () => {
    const { blocks, problems } = blocksOf(
      withLines('whoami', 'cache 30', 'loadbalance', 'log', 'errors', 'nsid x'),
    );
    expect(problems).toEqual([]);
    const names = blocks[0]?.plugins.map(({ name }) => name);
    expect(names).toEqual([
      'nsid',
      'errors',
      'log',
      'loadbalance',
      'cache',
      'kubernetes',
      'whoami',
    ]);
  });

  test('puts the names that stay inside right above `forward`', async () => {
    const { blocks } = blocksOf('. {\nforward . 127.0.0.1:1\n}\n');
    expect(blocks[0]?.plugins.map(({ name }) => name).at(-1)).toBe('forward');
    expect(blocks[0]?.plugins).toHaveLength(2);
    const reply = await blocks[0]?.chain(question('www.invalid. A'));
    expect(reply && replyLines(reply)[0]).toBe('NXDOMAIN');
  });

  test('leaves to `forward` the special zones that a line of it names', () => {
    const { blocks } = blocksOf(
      '. {\nforward home.arpa 127.0.0.1:1\nforward 10.in-addr.arpa 127.0.0.1:1\nforward . 127.0.0.1:1\n}\n',
    );
    const special = blocks[0]?.plugins[0] as SpecialNames;
    expect(special.name).toBe('special-names');
    const names = ['nas.home.arpa', '7.0.0.10.in-addr.arpa', 'x.invalid', '1.168.192.in-addr.arpa'];
    expect(names.map((name) => special.takes(keyFromText(name)))).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  test('tells every mistake of every block with its place', () => {
    const { problems } = blocksOf('. {\nbufsize y\n}\norg {\nbufsize x\n}\n');
    expect(problems).toEqual([
      expect.stringMatching(/^Corefile:2:\d+: error: /),
      expect.stringMatching(/^Corefile:5:\d+: error: /),
    ]);
  });

  test('keeps what plugins of blocks with the same zones and different views kept apart', () => {
    const asked: string[] = [];
    const keptBy = (block: string, name: string) => void asked.push(`${name} of ${block}`);
    blocksOf(
      "example.org {\nview two {\nexpr proto() == 'tcp'\n}\ncache\nwhoami\n}\nexample.org {\ncache\nwhoami\n}\n",
      keptBy,
    );
    expect(asked.filter((text) => text.startsWith('cache'))).toEqual([
      'cache of example.org view two',
      'cache of example.org',
    ]);
  });

  test('asks what a plugin of the same zones kept, by name', () => {
    const asked: string[] = [];
    const keptBy = (zones: string, name: string) => void asked.push(`${name} of ${zones}`);
    const { blocks } = blocksOf('example.org example.net {\ncache\nwhoami\n}\n', keptBy);
    expect(blocks[0]?.zoneNames).toEqual(['example.org', 'example.net']);
    expect(asked).toEqual([
      'cache of example.org example.net',
      'special-names of example.org example.net',
      'whoami of example.org example.net',
    ]);
  });

  test.for([
    ['chaos x', true],
    ['forward . 127.0.0.1:1', true],
    ['whoami', false],
  ] as const)('%s looks at other classes: %s', ([line, expected]) => {
    expect(blocksOf(`. {\n${line}\n}\n`).takesAllClasses).toBe(expected);
  });

  test('gives a view’s metrics its name, and a root’s files its folder', async () => {
    const { blocks, problems, metrics } = blocksOf(
      "org {\nview inside {\nexpr type() == 'A'\n}\nroot /etc\nhosts no-such-file\nacl {\nblock\n}\nwhoami\n}\n",
    );
    expect(problems).toEqual([expect.stringContaining("'/etc/no-such-file'")]);
    await blocks[0]?.chain(question('www.org. A'));
    expect(await metrics.text()).toContain(
      'coredns_acl_blocked_requests_total{server="dns://:53",zone="org.",view="inside"} 1',
    );
  });

  test('lets every plugin say and read metadata, the view of the block too', async () => {
    const { blocks, problems, logged } = blocksOf(
      "cluster.local {\nmetadata\nview shop {\nexpr metadata('kubernetes/namespace') == 'shop'\n}\nlog . \"{/kubernetes/service} {/view/name} {/forward/upstream}\"\nkubernetes cluster.local\n}\n",
    );
    expect(problems).toEqual([]);
    const [block] = blocks;
    const inShop = question('web.shop.svc.cluster.local. A');
    expect(block?.accepts?.(inShop)).toBe(true);
    expect(block?.accepts?.(question('web.bank.svc.cluster.local. A'))).toBe(false);
    await block?.chain(inShop);
    expect(logged.map(({ msg }) => msg)).toEqual(['web shop -']);
    expect(inShop.metadata).toBeUndefined();
  });

  test('metadata leaves the short cut', () => {
    expect(blocksOf(withLines('metadata')).blocks[0]?.shortCut).toBeDefined();
  });

  test.for([
    ['root /etc/passwd', 'unable to access root path'],
    ['metadata a..b', "Cannot use 'a..b' as a zone"],
  ] as const)('checks %s', ([line, problem]) => {
    expect(blocksOf(withLines(line)).problems).toEqual([expect.stringContaining(problem)]);
  });

  test('takes the size of replies and the name of the view from the block', () => {
    const { blocks } = blocksOf(
      "org {\nview inside {\nexpr type() == 'A'\n}\nbufsize 600\nprometheus\nwhoami\n}\n. {\nwhoami\n}\n",
    );
    expect(
      blocks.map(({ view, udpReplyBytes, isCounted }) => [view, udpReplyBytes, isCounted]),
    ).toEqual([
      ['inside', 600, true],
      ['', undefined, false],
    ]);
    expect(blocks[0]?.accepts?.(question('www.org. A'))).toBe(true);
    expect(blocks[0]?.accepts?.(question('www.org. AAAA'))).toBe(false);
    expect(blocks[1]?.accepts).toBeUndefined();
  });
});

describe('buildBlocks() and the short cut', () => {
  test.for([
    ['nothing else', [], true],
    ['the stock plugins', ['errors', 'cache 30', 'loadbalance', 'forward . 127.0.0.1:1'], true],
    ['prometheus and bufsize', ['prometheus', 'bufsize 1232'], true],
    ['what stands below', ['whoami', 'loop', 'forward . 127.0.0.1:1'], true],
    ['log', ['log'], true],
    ['log of metadata', ['metadata', 'log . {/kubernetes/service}'], false],
    ['acl', ['acl {\nallow\n}'], true],
    ['rewrite', ['rewrite name a.example. b.example.'], true],
    ['any, local and chaos', ['any', 'local', 'chaos x'], true],
    ['minimal', ['minimal'], false],
    ['hosts', ['hosts {\n10.0.0.1 a.example\n}'], false],
    ['nsid', ['nsid x'], false],
  ] as const)('with %s', ([, lines, isThere]) => {
    const { blocks, problems } = blocksOf(withLines(...lines));
    expect(problems).toEqual([]);
    expect(blocks[0]?.shortCut !== undefined).toBe(isThere);
  });

  test('has the short cut with the built-in Corefile', () => {
    const [block] = blocksOf(BUILT_IN).blocks;
    expect(block?.plugins.map(({ name }) => name).at(-1)).toBe('forward');
    expect(block?.shortCut).toBeDefined();
  });

  test.for([
    ['errors', true],
    ['loadbalance', false],
  ] as const)('with %s leaves names that are not read yet to the chain: %s', ([line, isLeft]) => {
    const { blocks, live } = blocksOf(withLines(line));
    live.isSynced = false;
    const query = arrived(encodeQuery('web.shop.svc.cluster.local.', 'A'));
    readQuery(query);
    query.replyLimit = 512;
    const written = blocks[0]?.shortCut?.resolve(query, Buffer.alloc(512)) ?? 0;
    expect(written === NOT_OURS).toBe(isLeft);
  });

  test.for([
    ['nothing that answers from memory', ['whoami'], false],
    ['a cache', ['errors', 'log', 'loadbalance', 'cache 30', 'forward . 127.0.0.1:1'], true],
    ['a cache above what changes replies', ['cache', 'minimal', 'whoami'], true],
    ['what changes replies above a cache', ['nsid x', 'cache', 'whoami'], false],
  ] as const)('without `kubernetes`, with %s', ([, lines, isThere]) => {
    const { blocks, problems } = blocksOf(`. {\n${lines.join('\n')}\n}\n`);
    expect(problems).toEqual([]);
    expect(blocks[0]?.shortCut !== undefined).toBe(isThere);
  });
});
