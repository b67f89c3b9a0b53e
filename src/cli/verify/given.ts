import type { CommandLineOptions } from '../../config/options.ts';
import type { Settings } from '../../config/settings.ts';
import type { CommandIo } from '../command.ts';
import type { DnsServer } from '../query/server-address.ts';
import { settingsOrExit } from '../report/settings-report.ts';
import type { Pace } from './paced.ts';
import type { VerifyFormat } from './verify-report.ts';

/** What could not be found out, as opposed to what is not as expected. */
export const TROUBLE = 2;

/** Questions under way at once: a server with one thread is busy with that. */
const AT_ONCE = 32;

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

/** The settings, or `TROUBLE` when why there are none has been printed. */
export function settingsOf({ options }: VerifyGiven, io: CommandIo): Settings | typeof TROUBLE {
  const loaded = settingsOrExit(options, io);
  return 'exit' in loaded ? TROUBLE : loaded.settings;
}

export function paceOf(perSecond: number, { clock }: CommandIo): Pace {
  return { atOnce: AT_ONCE, perSecond, clock };
}
