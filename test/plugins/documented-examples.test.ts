import { describe, expect, test } from 'vitest';
import type { Line } from '../../src/corefile/parse.ts';
import { parseCorefile } from '../../src/corefile/parse.ts';
import { ProblemList } from '../../src/corefile/problems.ts';
import { CATALOGUE } from '../../src/observe/catalogue.ts';
import { setup as acl } from '../../src/plugins/acl/setup.ts';
import { setup as any } from '../../src/plugins/any/setup.ts';
import { setup as bufsize } from '../../src/plugins/bufsize/setup.ts';
import { setup as chaos } from '../../src/plugins/chaos/setup.ts';
import { parseCookies } from '../../src/plugins/cookies/setup.ts';
import { parseDebug } from '../../src/plugins/debug/setup.ts';
import { setup as errors } from '../../src/plugins/errors/setup.ts';
import { setup as header } from '../../src/plugins/header/setup.ts';
import { parseLameduck } from '../../src/plugins/health/setup.ts';
import { setup as hosts } from '../../src/plugins/hosts/setup.ts';
import { readGateway } from '../../src/plugins/k8s_gateway/options.ts';
import { setup as loadbalance } from '../../src/plugins/loadbalance/setup.ts';
import { setup as local } from '../../src/plugins/local/setup.ts';
import { setup as log } from '../../src/plugins/log/setup.ts';
import { parseMetadata } from '../../src/plugins/metadata/setup.ts';
import { setup as minimal } from '../../src/plugins/minimal/setup.ts';
import { parseMultisocket } from '../../src/plugins/multisocket/setup.ts';
import { setup as nsid } from '../../src/plugins/nsid/setup.ts';
import type { PluginSetup } from '../../src/plugins/plugin.ts';
import { parseRatelimit } from '../../src/plugins/ratelimit/setup.ts';
import { parseReload } from '../../src/plugins/reload/setup.ts';
import { parseRoot } from '../../src/plugins/root/setup.ts';
import { parseTimeouts } from '../../src/plugins/timeouts/setup.ts';
import { setup as whoami } from '../../src/plugins/whoami/setup.ts';
import { memoryFiles } from '../corefile/memory-files.ts';
import { testContext } from '../helpers/plugin-harness.ts';
import { blocksOf, readText } from '../readme-blocks.ts';

type Read = (lines: readonly Line[], problems: ProblemList) => unknown;

const link =
  (setup: PluginSetup): Read =>
  (lines, problems) =>
    setup(lines, testContext(), problems);

const READERS: ReadonlyMap<string, Read> = new Map<string, Read>(
  [
    ...Object.entries({ acl, any, bufsize, chaos, errors, header, hosts, loadbalance, local }),
    ...Object.entries({ log, minimal, nsid, whoami }),
  ].map(([name, setup]) => [name, link(setup)] as const),
);

const PARSERS: ReadonlyMap<string, Read> = new Map<string, Read>([
  ['cookies', parseCookies],
  ['debug', parseDebug],
  ['health', parseLameduck],
  ['k8s_gateway', (lines, problems) => readGateway(lines, ['example.com'], problems)],
  ['metadata', (lines, problems) => parseMetadata(lines, { zones: [''] }, [], problems)],
  ['multisocket', parseMultisocket],
  ['ratelimit', parseRatelimit],
  ['reload', parseReload],
  ['root', (lines, problems) => parseRoot(lines, '/etc', problems)],
  ['timeouts', parseTimeouts],
]);

const READ = new Map([...READERS, ...PARSERS]);

const path = (name: string) => `src/plugins/${name}/README.md`;

describe.for([...READ.keys(), 'special-names'])('README.md of %s', (name) => {
  test('has its sections in their order', () => {
    const sections = [...readText(path(name)).matchAll(/^## (.*)$/gm)].map(([, title]) => title);
    const known = ['Metrics', 'Differences from CoreDNS'].filter((title) =>
      sections.includes(title),
    );
    expect(sections).toEqual(['Name', 'Description', 'Syntax', 'Examples', ...known]);
  });

  test('has examples that are read without an error', () => {
    const examples = blocksOf(path(name)).filter(({ info }) => info === 'corefile');
    expect(examples).not.toEqual([]);
    for (const { text } of examples) {
      const env = { COOKIE_SECRET: '00112233445566778899aabbccddeeff' };
      const context = { files: memoryFiles({}), env, cwd: '/etc' };
      const { blocks, problems: syntax } = parseCorefile(text, 'Corefile', context);
      const problems = new ProblemList();
      problems.addAll(syntax);
      let used = 0;
      for (const block of blocks) {
        for (const [directive, read] of READ) {
          const lines = block.directives.filter((line) => line.name === directive);
          if (lines.length > 0) read(lines, problems);
          if (lines.length > 0 && directive === name) used++;
        }
      }
      expect(problems.all.filter(({ severity }) => severity === 'error')).toEqual([]);
      expect(used > 0 || name === 'special-names').toBe(true);
    }
  });

  test('names the metrics that there are', () => {
    const named = [...readText(path(name)).matchAll(/`(coredns_\w+)/g)].map(([, metric]) => metric);
    const prefix = `coredns_${name}_`;
    const known = Object.keys(CATALOGUE).filter((metric) => metric.startsWith(prefix));
    expect(new Set(named)).toEqual(new Set(known));
  });
});
