import type { Settings } from '../config/settings.ts';
import { directivesNamed } from '../corefile/parse.ts';
import type { ProblemList } from '../corefile/problems.ts';
import { plugin as health } from '../plugins/health/setup.ts';
import { type ReloadTimes, plugin as reload } from '../plugins/reload/setup.ts';

/** What a Corefile says of how the server is run, and not of what it answers. */
export interface Operation {
  /** How long to go on answering after the signal to stop; ms. */
  readonly lameduckMs: number;
  /** How often to look whether the Corefile has changed; undefined for never. */
  readonly reload: ReloadTimes | undefined;
}

/** Reads `health` and `reload` of all server blocks: they speak of the whole server. */
export function operationOf({ blocks }: Settings, problems: ProblemList): Operation {
  const lines = (name: string) => blocks.flatMap(({ block }) => directivesNamed(block, name));
  return {
    lameduckMs: health.read(lines(health.directive), problems),
    reload: reload.read(lines(reload.directive), problems),
  };
}
