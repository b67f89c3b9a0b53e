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
  /** The command, or the line of a configuration, that fixes it. */
  readonly fix?: string;
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

export function info(text: string, fix?: string): Finding {
  return finding('info', text, fix);
}

export function warn(text: string, fix?: string): Finding {
  return finding('warn', text, fix);
}

export function fail(text: string, fix?: string): Finding {
  return finding('fail', text, fix);
}

function finding(level: Level, text: string, fix: string | undefined): Finding {
  return { level, text, ...(fix === undefined ? {} : { fix }) };
}
