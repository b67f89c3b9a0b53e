import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What `npm install svcdns` puts on a disk, in words: the package unpacked, and the packages in
 * node_modules that it needs at run time.
 */
export function installedSize(root: string): string {
  const pack = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [{ unpackedSize }] = JSON.parse(pack) as [{ unpackedSize: number }];
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies?: Record<string, string>;
  };
  const folders = Object.keys(dependencies).map((name) => join(root, 'node_modules', name));
  const kilobytes = folders.length === 0 ? 0 : diskUsage(folders);
  const own = (unpackedSize / 1e6).toFixed(1);
  return `Installed: ${own} MB, and ${folders.length} dependencies with ${(kilobytes / 1e3).toFixed(1)} MB`;
}

function diskUsage(folders: readonly string[]): number {
  const lines = execFileSync('du', ['-sk', '--total', ...folders], { encoding: 'utf8' });
  return Number.parseInt(lines.trim().split('\n').at(-1)!, 10);
}
