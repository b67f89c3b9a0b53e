import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { codeOf } from '../../src/lint/rule-id.ts';
import { RULES } from '../../src/lint/rules.ts';
import { folderWith } from '../cli/folder.ts';
import { TestIo } from '../cli/test-io.ts';
import { blocksOf, ROOT, readText } from '../readme-blocks.ts';

/** What stands beside the Corefiles of the pages. */
const BESIDE = `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec:
  ports: [{ port: 80 }]
`;

/** What every example but their own would be told, as it is about what is served. */
const COMMON = ['cluster-basics-missing', 'hosts-unanswered'];

/** The codes of what `check` says about an example. */
async function codesOf(example: { readonly info: string; readonly text: string }, id: string) {
  const isCorefile = example.info.startsWith('corefile');
  const files = isCorefile
    ? { Corefile: example.text, 'k8s/web.yaml': BESIDE }
    : { 'k8s/example.yaml': example.text };
  const io = new TestIo({ cwd: folderWith(files), env: { SVCDNS_STATE: 'off' } });
  const paths = isCorefile ? 'Corefile k8s' : 'k8s';
  const disable = COMMON.filter((one) => one !== id).join(',');
  const { stdout } = await io.outcome(`check ${paths} --format json --disable ${disable}`);
  const { problems } = JSON.parse(stdout) as { problems: { code: string; message: string }[] };
  return problems.map(({ code }) => code);
}

const pageOf = (id: string) => `docs/lint/${id}.md`;

describe.for(RULES.map((rule) => [rule.id, rule] as const))('the page of %s', ([id, rule]) => {
  const blocks = () => blocksOf(pageOf(id));

  test('has its name, severity, reason and how to silence it', () => {
    const text = readText(pageOf(id));
    expect(text.startsWith(`# ${id}\n\nSeverity: ${rule.severity}\n\n`)).toBe(true);
    expect(text.replaceAll('\n', ' ')).toContain(rule.reason);
    expect(text).toContain('\n## Bad\n');
    expect(text).toContain('\n## Good\n');
    expect(text).toContain(`# svcdns-lint: disable=${id}`);
    expect(text).toContain(`--disable ${id}`);
  });

  test('has a bad example in which check finds exactly this', async () => {
    const bad = blocks().filter(({ info }) => / bad$/.test(info));
    expect(bad.length).toBeGreaterThan(0);
    for (const block of bad) expect(await codesOf(block, id)).toEqual([codeOf(id)]);
  });

  test('has a good example in which check finds nothing', async () => {
    const good = blocks().filter(({ info }) => / good$/.test(info));
    expect(good.length).toBeGreaterThan(0);
    for (const block of good) expect(await codesOf(block, id)).toEqual([]);
  });
});

test('docs/lint has a page for each rule and no others, and the index has their rows', () => {
  const pages = readdirSync(join(ROOT, 'docs/lint')).sort();
  const ids = RULES.map(({ id }) => id);
  expect(pages).toEqual(['README.md', ...ids.map((id) => `${id}.md`)]);
  const rows = readText('docs/lint/README.md').match(/^\| \[.*$/gm);
  expect(rows).toEqual(
    RULES.map(
      ({ id, severity, reason, fix }) => `| [${id}](${id}.md) | ${severity} | ${reason} | ${fix} |`,
    ),
  );
});
