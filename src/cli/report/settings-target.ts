import { nameSources } from '../../config/name-sources.ts';
import type { Target } from '../../config/plain-target.ts';
import type { CommandIo } from '../command.ts';
import { refusedSettings, settingsOf } from './settings-report.ts';

/**
 * Where the settings say that the server listens, and its first zone; or the code to exit with
 * after the errors have been printed. With `otherwise`, that zone does when the settings are wrong.
 */
export function settingsTarget(
  config: string | undefined,
  otherwise: string | undefined,
  io: CommandIo,
): Target | { readonly exit: number } {
  const options = config === undefined ? {} : { config };
  const { settings, problems } = settingsOf(options, io, { paths: [] });
  if (settings !== undefined) {
    return { listen: settings.listen, zone: nameSources(settings)[0]?.zone.zones[0] ?? '' };
  }
  if (otherwise !== undefined) return { listen: [], zone: otherwise };
  return { exit: refusedSettings(problems, io) };
}
