import { createHash } from 'node:crypto';
import type { LoadResult } from '../../config/load.ts';
import { manifestsOf } from '../../config/name-sources.ts';
import { problemText } from '../../kube/problem.ts';

/**
 * Equal for configurations that say the same in the same places: the SHA-512 of the Corefile's
 * words, with its imports and environment variables in place, and of what the command line adds. Of
 * one that cannot be used, the SHA-512 of what is wrong with it.
 */
export function versionOf({ settings, problems }: LoadResult): string {
  const hash = createHash('sha512');
  if (settings === undefined)
    return hash.update(problems.map(problemText).join('\n')).digest('hex');
  const { corefile, listen, admin } = settings;
  const said = [corefile.blocks, listen, admin, manifestsOf(settings)];
  return hash.update(JSON.stringify(said)).digest('hex');
}
