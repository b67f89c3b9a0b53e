import { describe, expect, test } from 'vitest';
import type { Line } from '../../src/corefile/parse.ts';
import { parseCorefile } from '../../src/corefile/parse.ts';
import { ProblemList } from '../../src/corefile/problems.ts';
import type { OptionsDeclaration } from '../../src/plugins/declaration.ts';
import { readGateway } from '../../src/plugins/k8s_gateway/options.ts';
import { PLUGINS } from '../../src/plugins/order.ts';
import { parseRoot } from '../../src/plugins/root/setup.ts';
import { memoryFiles } from '../corefile/memory-files.ts';
import { testContext } from '../helpers/plugin-harness.ts';
import { blocksOf, readText } from '../readme-blocks.ts';

type Read = (lines: readonly Line[], problems: ProblemList) => unknown;

const NAMES =
  'acl any bufsize chaos cookies debug errors header health hosts loadbalance local log metadata ' +
  'explain minimal multisocket nsid prometheus ratelimit ready reload timeouts whoami';

function readerOf(name: string): Read {
  const declared = PLUGINS.find(({ directive }) => directive === name);
  if (declared?.setup === undefined) return (declared as OptionsDeclaration<unknown>).read;
  return (lines, problems) => declared.setup?.(lines, testContext(), problems);
}

const READ = new Map<string, Read>([
  ...NAMES.split(' ').map((name) => [name, readerOf(name)] as const),
  ['k8s_gateway', (lines, problems) => readGateway(lines, ['example.com'], problems)],
  ['root', (lines, problems) => parseRoot(lines, '/etc', problems)],
]);

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
    const declared = Object.keys(
      PLUGINS.find(({ directive }) => directive === name)?.metrics ?? {},
    );
    const known = declared.filter((metric) => metric.startsWith('coredns_'));
    expect(new Set(named)).toEqual(new Set(known));
  });
});

describe.for(
  PLUGINS.flatMap(({ directive, options }) => (options ? [[directive, options] as const] : [])),
)('README.md of %s', ([directive, options]) => {
  test('shows the options that are read, with their words', () => {
    const text = readText(path(directive));
    const [, syntax = ''] = /^## Syntax$[\s\S]*?^```\w*$([\s\S]*?)^```$/m.exec(text) ?? [];
    const shown = [...syntax.matchAll(/^ {4}(\S+) ?(.*)$/gm)].map(([, name = '', form = '']) => ({
      name,
      form,
    }));
    // ACTION of `acl` stands for all of them, ADDRESS of `hosts` for none.
    const any = shown.filter(({ name }) => /^[A-Z]+$/.test(name));
    const named = shown.filter((one) => !any.includes(one));
    const declared = Object.entries(options)
      .map(([name, form]) => ({ name, form: form.replace(/ ?\[\.\.\.\]$/, '') }))
      .filter(
        ({ name, form }) =>
          named.some((one) => one.name === name) || !any.some((one) => one.form === form),
      );
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    expect(named.toSorted(byName)).toEqual(declared.toSorted(byName));
  });
});
