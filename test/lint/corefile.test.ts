import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadSettings } from '../../src/config/load.ts';
import { lintCorefile } from '../../src/lint/lint.ts';
import { memoryFiles } from '../corefile/memory-files.ts';
import { blocksOf, ROOT, readText } from '../readme-blocks.ts';

/** `LINE:COLUMN severity CODE message` of what rules find in a Corefile. */
function findings(text: string): string[] {
  const result = loadSettings({
    options: { config: 'Corefile' },
    env: { HOME: '/root' },
    cwd: '/here',
    packageRoot: '/pkg',
    files: memoryFiles({ '/here/Corefile': text, '/here/zones': null, '/here/k8s': null }),
    interfaces: {},
  });
  const settings = result.settings ?? result.draft;
  if (settings === undefined) return [];
  return lintCorefile(settings).map(
    ({ origin, severity, code, message }) =>
      `${origin.line}:${origin.column} ${severity} ${code} ${message}`,
  );
}

const CLUSTER = 'kubernetes cluster.local {\n manifests k8s\n }';

/** The same with the lines of a server block for all names. */
const inBlock = (...lines: readonly string[]) => findings(`.:1053 {\n${lines.join('\n')}\n}\n`);

describe('a server block has findings with', () => {
  test.for([
    ['hosts for all names', ['hosts /h', CLUSTER], ['2:1 HOSTS_WITHOUT_FALLTHROUGH']],
    ['hosts that lets all go on', ['hosts /h {\n fallthrough\n }', CLUSTER], []],
    ['hosts for a zone of its own', ['hosts /h example.org', CLUSTER, 'forward . 192.0.2.1'], []],
    [
      'hosts that lets another zone go on',
      ['hosts /h {\n fallthrough example.org\n }', CLUSTER],
      ['2:1 HOSTS_WITHOUT_FALLTHROUGH'],
    ],
    ['hosts and nothing below', ['hosts /h', 'cache'], []],
    ['forward to itself', ['forward . 127.0.0.1:1053'], ['2:11 FORWARD_TO_ITSELF']],
    [
      'forward to itself by bind',
      ['bind 127.0.0.2', 'forward . 127.0.0.2:1053'],
      ['3:11 FORWARD_TO_ITSELF'],
    ],
    ['forward to another port', ['forward . 127.0.0.1:1054'], []],
    [
      'forward to an address that bind leaves out',
      ['bind 127.0.0.2', 'forward . 127.0.0.1:1053'],
      [],
    ],
    [
      'forward of all names twice',
      ['forward . 192.0.2.1', 'forward . 192.0.2.2'],
      ['3:1 PLUGIN_NEVER_REACHED'],
    ],
    [
      'forward of a zone after that',
      ['forward . 192.0.2.1', 'forward a.example 192.0.2.2'],
      ['3:1 PLUGIN_NEVER_REACHED'],
    ],
    ['forward of a zone before that', ['forward a.example 192.0.2.2', 'forward . 192.0.2.1'], []],
    [
      'forward with exceptions',
      ['forward . 192.0.2.1 {\n except a.example\n }', 'forward . 192.0.2.2'],
      [],
    ],
    [
      'forward with a next one',
      ['forward . 192.0.2.1 {\n next NXDOMAIN\n }', 'forward . 192.0.2.2'],
      [],
    ],
    ['whoami below forward', ['whoami', 'forward . 192.0.2.1'], ['2:1 PLUGIN_NEVER_REACHED']],
    [
      'forward below a refusal',
      ['template ANY ANY {\n rcode REFUSED\n }', 'forward . 192.0.2.1'],
      ['5:1 PLUGIN_NEVER_REACHED'],
    ],
    [
      'forward below a refusal of one type',
      ['template ANY AAAA {\n rcode NOERROR\n }', 'forward . 192.0.2.1'],
      [],
    ],
    ['forward beside the cluster', [CLUSTER, 'forward . 192.0.2.1'], []],
    [
      'an answer for every name',
      ['template IN A {\n answer "{{ .Name }} 60 IN A 192.0.2.1"\n }', CLUSTER],
      ['2:1 WILDCARD_OVER_SEARCH_DOMAIN'],
    ],
    [
      'an answer for some names',
      [
        'template IN A {\n match ^a\n answer "{{ .Name }} 60 IN A 192.0.2.1"\n fallthrough\n }',
        CLUSTER,
      ],
      [],
    ],
    [
      'an answer for names elsewhere',
      ['template IN A example.org {\n answer "{{ .Name }} 60 IN A 192.0.2.1"\n }', CLUSTER],
      [],
    ],
    [
      'a least TTL',
      ['cache {\n success 100 60 30\n denial 100 60 6\n }', 'forward . 192.0.2.1'],
      ['3:17 CACHE_OUTLIVES_TTL', '4:16 CACHE_OUTLIVES_TTL'],
    ],
    ['the least TTL of CoreDNS', ['cache 30 {\n success 9984 30 5\n }', 'forward . 192.0.2.1'], []],
    ['keepttl', ['cache {\n keepttl\n }', 'forward . 192.0.2.1'], ['3:2 CACHE_OUTLIVES_TTL']],
    ['pods insecure', [CLUSTER.replace('k8s', 'k8s\n pods insecure')], ['4:2 PODS_INSECURE']],
    [
      'pods insecure for the own machine',
      ['bind 127.0.0.1 ::1', CLUSTER.replace('k8s', 'k8s\n pods insecure')],
      [],
    ],
    [
      'pods insecure behind acl',
      ['acl {\n allow net 10.0.0.0/8\n block\n }', CLUSTER.replace('k8s', 'k8s\n pods insecure')],
      [],
    ],
  ] as const)('%s', ([, lines, expected]) => {
    const found = inBlock(...lines).map((text) => text.replace(/^(\S+) \S+ (\S+) .*/, '$1 $2'));
    expect(found).toEqual(expected);
  });

  test('a cluster that lets nothing go on, in a block for its zone', () => {
    const text = `cluster.local {\n${CLUSTER}\nforward . 192.0.2.1\n}\n`;
    expect(findings(text)).toEqual([
      '5:1 warning PLUGIN_NEVER_REACHED forward: never reached, as kubernetes at line 2 answers all names of cluster.local: write fallthrough into its block',
    ]);
    expect(findings(text.replace('k8s', 'k8s\nfallthrough'))).toEqual([]);
    expect(findings(text.replace('cluster.local {', 'cluster.local 10.in-addr.arpa {'))).toEqual(
      [],
    );
  });
});

describe('server blocks with a view', () => {
  const view = ". {\n view a {\n expr type() == 'A'\n }\n whoami\n}\n";
  const plain = '. {\n whoami\n}\n';

  test.for([
    ['behind one without are never reached', `${plain}${view}`, ['4:1 BLOCK_NEVER_REACHED']],
    ['before one without are reached', `${view}${plain}`, []],
    ['of another port are reached', `${plain}${view.replace('. {', '.:1053 {')}`, []],
    ['of another zone are reached', `${plain}${view.replace('. {', 'a.example {')}`, []],
  ] as const)('%s', ([, text, expected]) => {
    const found = findings(text).map((one) => one.replace(/^(\S+) \S+ (\S+) .*/, '$1 $2'));
    expect(found).toEqual(expected);
  });
});

describe('no rule warns of', () => {
  const plugins = readdirSync(join(ROOT, 'src/plugins'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `src/plugins/${name}/README.md`);
  const documents = ['README.md', 'docs/configuration.md', 'docs/operations.md', ...plugins];
  const examples = documents.flatMap((path) =>
    blocksOf(path)
      .filter(({ info }) => info === 'corefile')
      .map(({ text, line }): [string, string] => [`${path}:${line}`, text]),
  );

  test.for([
    ['our Corefile', readText('Corefile')],
    ['the Corefile of systemd', readText('deploy/systemd/Corefile')],
    ["kubeadm's", readFileSync(join(ROOT, 'test/fixtures/corefiles/kubeadm'), 'utf8')],
    ...examples,
  ] as const)('%s', ([, text]) => {
    expect(findings(text).filter((one) => / (warning|error) /.test(one))).toEqual([]);
  });
});
