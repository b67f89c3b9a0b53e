import type { CommandLineOptions } from '../../config/options.ts';
import type { Settings } from '../../config/settings.ts';
import { type CommandIo, Exit } from '../command.ts';
import type { DnsServer } from '../query/server-address.ts';
import { settingsOrExit } from '../report/settings-report.ts';
import type { VerifyFormat } from './verify-report.ts';

/** The command line of `verify`, read. */
export interface VerifyGiven {
  readonly files: readonly string[];
  /** Undefined: what a server of these settings would answer. */
  readonly server: DnsServer | undefined;
  readonly format: VerifyFormat;
  readonly timeoutMs: number;
  /** Questions to a server. */
  readonly perSecond: number;
  readonly options: CommandLineOptions;
  readonly zone: string;
}

/** The settings, or `Exit.TROUBLE` when why there are none has been printed. */
export function settingsOf(
  { options }: VerifyGiven,
  io: CommandIo,
): Settings | typeof Exit.TROUBLE {
  const loaded = settingsOrExit(options, io);
  return 'exit' in loaded ? Exit.TROUBLE : loaded.settings;
}
