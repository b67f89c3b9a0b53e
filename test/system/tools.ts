import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian package by tool, from packages.txt, which `.ci/run` installs. */
const PACKAGES = new Map(
  readFileSync(new URL('packages.txt', import.meta.url), 'utf8')
    .trim()
    .split('\n')
    .flatMap((line) => {
      const [name = '', tools = ''] = line.split(': ');
      return tools.split(' ').map((tool) => [tool, name] as const);
    }),
);

/**
 * Makes sure that the tools of a test are there, and that it is root's to make namespaces.
 *
 * @throws Error with the line that installs what is missing: a test that was skipped would look
 * like one that passed.
 */
export function requireTools(...tools: readonly string[]): void {
  if (process.getuid?.() !== 0) {
    throw new Error('Cannot make network namespaces: run as root: sudo npm run test:system');
  }
  const missing = tools.filter((tool) => !isInstalled(tool));
  if (missing.length === 0) return;
  const packages = new Set(missing.map(packageOf));
  throw new Error(
    `Cannot find ${missing.join(', ')}: run apt-get install --yes --no-install-recommends ${[...packages].join(' ')}`,
  );
}

function packageOf(tool: string): string {
  const name = PACKAGES.get(tool);
  if (name === undefined) throw new Error(`No package for ${tool}: expected it in packages.txt`);
  return name;
}

function isInstalled(tool: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, tool), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
