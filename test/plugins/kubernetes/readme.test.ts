import { describe, expect, test } from 'vitest';
import { loadSettings } from '../../../src/config/load.ts';
import { manifestsOf } from '../../../src/config/name-sources.ts';
import { problemText } from '../../../src/kube/problem.ts';
import { memoryFiles } from '../../corefile/memory-files.ts';
import { blocksOf, readText } from '../../readme-blocks.ts';

const PATH = 'src/plugins/kubernetes/README.md';

describe('README.md of kubernetes', () => {
  const examples = blocksOf(PATH).filter(({ info }) => info === 'corefile');

  test('has its sections in their order', () => {
    const sections = [...readText(PATH).matchAll(/^## (.*)$/gm)].map(([, title]) => title);
    expect(sections).toEqual([
      'Name',
      'Description',
      'Syntax',
      'Workloads',
      'The Services of every cluster',
      'Without kube-proxy',
      'Examples',
      'Metrics',
      'Differences from CoreDNS',
    ]);
  });

  test('has examples', () => {
    expect(examples).toHaveLength(5);
  });

  test.for(examples.map(({ line, text }) => [line, text] as const))(
    'has an example at line %i that is read without an error',
    ([, text]) => {
      const files = memoryFiles({ '/etc/Corefile': text, '/etc/zones': null });
      const options = { config: '/etc/Corefile' };
      const loaded = loadSettings({ options, env: {}, cwd: '/etc', files, interfaces: {} });
      expect(loaded.problems.map(problemText)).toEqual([]);
      expect(loaded.settings && manifestsOf(loaded.settings)).toEqual(['/etc/zones']);
    },
  );
});
