import { describe, expect, test } from 'vitest';
import { type Line, parseCorefile } from '../../src/corefile/parse.ts';
import { ProblemList } from '../../src/corefile/problems.ts';
import { keyFromText } from '../../src/dns/name.ts';
import { problemText } from '../../src/kube/problem.ts';
import { setupWith } from '../../src/plugins/autopath/setup.ts';
import { plugin as k8sExternal } from '../../src/plugins/k8s_external/index.ts';
import type { PluginSetup } from '../../src/plugins/plugin.ts';
import { plugin as rewrite } from '../../src/plugins/rewrite/setup.ts';
import { plugin as template } from '../../src/plugins/template/setup.ts';
import { parseView } from '../../src/plugins/view/index.ts';
import { ExtraNames } from '../../src/zone/extra-names.ts';
import { LiveZone } from '../../src/zone/live-zone.ts';
import { memoryFiles } from '../corefile/memory-files.ts';
import { blockOptions } from '../helpers/block-options.ts';
import { testContext } from '../helpers/plugin-harness.ts';
import { blocksOf, readText } from '../readme-blocks.ts';

type Read = (lines: readonly Line[], problems: ProblemList) => unknown;

const pods = { zones: [keyFromText('cluster.local')], namespaceOf: () => 'shop' };
const external = { zones: ['example.org'], apex: 'dns', ttl: 5 };
const live = new LiveZone({ ...blockOptions(['cluster.local'], []) });
const extra = () => ({
  names: new ExtraNames(live, 'external', external),
  fallthrough: undefined,
});
const autopath = setupWith(memoryFiles({ '/etc/resolv.conf': 'search cluster.local' }));
const link =
  (setup: PluginSetup): Read =>
  (lines, problems) =>
    setup(lines, testContext({ pods, extra }), problems);

const READERS: readonly (readonly [name: string, read: Read])[] = [
  ['k8s_external', link(k8sExternal.setup)],
  ['rewrite', link(rewrite.setup)],
  ['template', link(template.setup)],
  ['autopath', link(autopath)],
  ['view', parseView],
];

describe.for(READERS)('README.md of %s', ([name, read]) => {
  const path = `src/plugins/${name}/README.md`;

  test('has its sections in their order', () => {
    const sections = [...readText(path).matchAll(/^## (.*)$/gm)].map(([, title]) => title);
    const more = ['Metrics', 'Differences from CoreDNS'].filter((title) =>
      sections.includes(title),
    );
    expect(sections).toEqual(['Name', 'Description', 'Syntax', 'Examples', ...more]);
  });

  const examples = blocksOf(path).filter(({ info }) => info === 'corefile');

  test('has examples', () => {
    expect(examples.length).toBeGreaterThan(1);
  });

  test.for(examples.map(({ line, text }) => [line, text] as const))(
    'has an example at line %i that is read without a problem',
    ([, text]) => {
      const context = { files: memoryFiles({}), env: {}, cwd: '/etc' };
      const { blocks, problems: syntax } = parseCorefile(text, 'Corefile', context);
      const problems = new ProblemList();
      problems.addAll(syntax);
      const directives = blocks.map((block) =>
        block.directives.filter((line) => line.name === name),
      );
      const used = directives.filter((lines) => lines.length > 0);
      const made = used.map((lines) => read(lines, problems));
      expect(problems.all.map(problemText)).toEqual([]);
      expect(made).not.toEqual([]);
      expect(made).not.toContain(undefined);
    },
  );
});
