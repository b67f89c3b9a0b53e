import type { CorefileTarget } from '../../config/corefile-target.ts';
import { plainTarget } from '../../config/plain-target.ts';
import type { CommandIo } from '../command.ts';

/**
 * What a command has to ask when it does not name the server, without the settings: to load them
 * takes twice the CPU time of all the rest. Undefined when they have to be loaded.
 */
export async function quickTarget(
  config: string | undefined,
  { env, cwd }: Pick<CommandIo, 'env' | 'cwd'>,
): Promise<CorefileTarget | undefined> {
  const plain = config === undefined ? plainTarget(env, cwd) : undefined;
  if (plain !== undefined) return { ...plain, hints: [] };
  const { corefileTarget } = await import('../../config/corefile-target.ts');
  return corefileTarget(config, env, cwd);
}
