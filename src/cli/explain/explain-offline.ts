import type { Settings } from '../../config/settings.ts';
import type { ExplainRequest } from '../../explain/engine.ts';
import type { Explanation } from '../../explain/explanation.ts';
import type { CommandIo } from '../command.ts';
import type { LoadOnce } from '../names/load-names.ts';
import { loadSources } from '../names/load-sources.ts';
import { printProblems } from '../report/settings-report.ts';

/**
 * What a server with these settings would answer, and why: its objects are read once, nothing is
 * opened, and no other server is asked. Undefined when the objects cannot be read; then the reason
 * has been printed.
 */
export async function explainOffline(
  request: ExplainRequest,
  settings: Settings,
  io: CommandIo,
  load: LoadOnce,
): Promise<Explanation | undefined> {
  const loaded = await loadSources(settings, load, io);
  if (loaded === undefined) return undefined;
  // Loaded when they are used: a server that is asked needs none of this here.
  const { offlineServer } = await import('../../app/explained-server.ts');
  const { explain } = await import('../../explain/engine.ts');
  const offline = await offlineServer(settings, (source) => loaded.of(source));
  if ('problems' in offline) {
    printProblems(offline.problems, io);
    return undefined;
  }
  try {
    return await explain(request, offline.server);
  } finally {
    await offline.stop();
  }
}
