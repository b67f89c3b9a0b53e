import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, readText } from './readme-blocks.ts';

/** Folders with documents in them, at any depth. */
const FOLDERS = ['bench', 'docs', 'src'];

test.each(documents())('%s: every link leads somewhere', (path) => {
  const links = [...readText(path).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
  const broken = links.filter((link) => !/^https?:/.test(link) && !leadsSomewhere(path, link));
  expect(broken).toEqual([]);
});

test('the contents of README.md are its headings', () => {
  const text = readText('README.md');
  const contents = text.slice(text.indexOf('## Contents\n'), text.indexOf('\n## Install\n'));
  const listed = [...contents.matchAll(/\[([^\]]+)\]\(#([^)]+)\)/g)];
  const headings = [...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading!);
  const expected = headings.filter((heading) => heading !== 'Contents');
  expect(listed.map(([, heading]) => heading)).toEqual(expected);
});

function documents(): string[] {
  const within = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true }).map((path) => join(folder, String(path))),
  );
  return [...readdirSync(ROOT), ...within].filter((path) => path.endsWith('.md')).sort();
}

/** To a file, with the heading that its `#` names. */
function leadsSomewhere(from: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? from : join(dirname(from), path);
  if (!existsSync(join(ROOT, target))) return false;
  if (anchor === undefined) return true;
  const headings = [...readText(target).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading!);
  return headings.map(anchorOf).includes(anchor);
}

/** GitHub's: lower case, hyphens for blanks, without other punctuation. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');
}
