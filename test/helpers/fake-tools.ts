import { chmodSync, readFileSync } from 'node:fs';
import { eventually } from './eventually.ts';
import type { TempFolder } from './temp-folder.ts';

/** A folder for the PATH with programs of these names, each the text of a Node.js script. */
export function fakeTools(folder: TempFolder, scripts: Readonly<Record<string, string>>): string {
  for (const [name, script] of Object.entries(scripts)) {
    chmodSync(folder.write(`bin/${name}`, `#!${process.execPath}\n${script}`), 0o755);
  }
  return folder.at('bin');
}

/**
 * A kustomize that prints the files `*.yaml` of its folder, and fails as the real one does when
 * there is no kustomization.
 */
export const FAKE_KUSTOMIZE = `
const { existsSync, readdirSync, readFileSync } = require('node:fs');
const [command, folder] = process.argv.slice(2);
if (command !== 'build' || !existsSync(folder + '/kustomization.yaml')) {
  process.stderr.write("Error: unable to find one of 'kustomization.yaml' in directory '" + folder + "'\\n");
  process.exit(1);
}
const files = readdirSync(folder).filter((name) => /^(?!kustom).*[.]yaml$/.test(name)).sort();
process.stdout.write(files.map((name) => readFileSync(folder + '/' + name, 'utf8')).join('---\\n'));
`;

/** Never ends by itself, and leaves its process id in a file of this name. */
export const hangingTool = (file: string): string =>
  `require('node:fs').writeFileSync(${JSON.stringify(file)}, String(process.pid)); setInterval(() => {}, 1000);`;

/** A script around a hanging tool, which waits for it. */
export const wrappedTool = (file: string): string =>
  `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(hangingTool(file))}], { stdio: 'inherit' });`;

/** The process id that a hanging tool has left in this file, once it runs. */
export function pidIn(file: string): Promise<number> {
  return eventually(() => {
    const pid = Number(readFileSync(file, 'utf8'));
    if (pid === 0) throw new Error('Not written yet');
    return pid;
  });
}
