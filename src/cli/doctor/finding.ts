import type { Settings } from '../../config/settings.ts';
import type { Problem } from '../../kube/problem.ts';
import type { Clock } from '../../support/clock.ts';
import type { Machine } from './machine.ts';
import type { Network } from './network.ts';

/** How much it matters: `info` is for what is neither right nor wrong. */
export type Level = 'ok' | 'info' | 'warn' | 'fail';

/** What a check found. */
export interface Finding {
  readonly level: Level;
  /** One line: what was looked at, and what was found. */
  readonly text: string;
  /** The command, or the line of a configuration, that mends it. */
  readonly mend?: string;
}

/** What a check may look at. It changes nothing of it. */
export interface Examination {
  readonly machine: Machine;
  readonly network: Network;
  readonly clock: Clock;
  /** What `serve` would serve; the defaults where that cannot be read. */
  readonly settings: Settings;
  /** What is wrong with them. */
  readonly problems: readonly Problem[];
  /** Folder that paths are shown relative to. */
  readonly cwd: string;
}

/** One check, a file each in `checks/`. */
export interface Check {
  /** What it is called in the report. */
  readonly id: string;
  run(examination: Examination): readonly Finding[] | Promise<readonly Finding[]>;
}

export function ok(text: string): Finding {
  return { level: 'ok', text };
}

export function info(text: string, mend?: string): Finding {
  return finding('info', text, mend);
}

export function warn(text: string, mend?: string): Finding {
  return finding('warn', text, mend);
}

export function fail(text: string, mend?: string): Finding {
  return finding('fail', text, mend);
}

function finding(level: Level, text: string, mend: string | undefined): Finding {
  return { level, text, ...(mend === undefined ? {} : { mend }) };
}
