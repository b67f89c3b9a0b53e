import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Compiles `bench/NAME.c` into this folder, and returns the program.
 *
 * @throws Error when there is no compiler, or it refuses the file
 */
export function compiled(name: string, folder: string): string {
  const program = join(folder, name);
  execFileSync('cc', ['-O2', '-o', program, join(ROOT, 'bench', `${name}.c`)]);
  return program;
}
