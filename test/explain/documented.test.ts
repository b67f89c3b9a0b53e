import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { TestIo } from '../cli/test-io.ts';
import { examplesOf, ROOT, readText } from '../readme-blocks.ts';

const EXAMPLES = ['README.md', 'docs/explain.md'].flatMap((path) =>
  examplesOf(path)
    .filter(({ command }) => command.startsWith('svcdns explain '))
    .map((example) => ({ path, ...example })),
);

test('there are examples', () => {
  expect(EXAMPLES.length).toBeGreaterThan(2);
});

test.for(EXAMPLES)('$path:$line: $command', async ({ command, output }) => {
  const io = new TestIo({ cwd: ROOT, env: { SVCDNS_STATE: 'off' } });
  const { stdout } = await io.outcome(command.replace('svcdns ', ''));
  // Which upstreams there are is the machine's affair.
  expect(stdout.replace(/(not asked .*) \([^()]*\)$/gm, '$1')).toBe(output);
});

test('docs/explain.md has every reason', () => {
  const details = readFileSync(`${ROOT}/src/explain/reason-details.ts`, 'utf8');
  const codes = [...details.matchAll(/^ {2}([A-Z_]+): /gm)].map(([, code]) => code);
  const known = new Set(
    [...readText('docs/explain.md').matchAll(/`([A-Z_]+)`/g)].map(([, c]) => c),
  );
  expect(codes.filter((code) => !known.has(code))).toEqual([]);
});
