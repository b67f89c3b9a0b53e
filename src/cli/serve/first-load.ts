import type { LoadResult } from '../../config/load.ts';
import { manifestsOf } from '../../config/name-sources.ts';
import type { CommandLineOptions } from '../../config/options.ts';
import { OFF } from '../../plugins/flag.ts';
import type { CommandIo } from '../command.ts';
import { settingsOf } from '../report/settings-report.ts';
import { ConfigFiles } from './config-files.ts';

/** The configuration, and how it is read again for a reload. */
export function loadFirst(
  options: CommandLineOptions,
  io: CommandIo,
): { result: LoadResult; loadAgain: () => LoadResult } {
  const files = new ConfigFiles();
  const result = settingsOf(options, io, { files, mustFind: true });
  const lasting = withCorefileOf(result, options);
  let inUse = result.settings === undefined ? [] : manifestsOf(result.settings);
  const loadAgain = () => {
    const again = settingsOf(lasting, io, { files, mustFind: true, inUse });
    if (again.settings !== undefined) inUse = manifestsOf(again.settings);
    return again;
  };
  files.started();
  return { result, loadAgain };
}

/** A Corefile that comes into the working folder, or goes, makes no other server of this one. */
function withCorefileOf({ settings }: LoadResult, options: CommandLineOptions): CommandLineOptions {
  if (settings === undefined || options.config !== undefined) return options;
  const { file, isFound, isBuiltIn } = settings.corefile;
  if (isFound) return { ...options, config: file };
  return isBuiltIn ? { ...options, config: OFF } : options;
}
