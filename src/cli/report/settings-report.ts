import { COREFILE_FOUND } from '../../config/corefile-target.ts';
import { type LoadInput, type LoadResult, loadSettings } from '../../config/load.ts';
import type { CommandLineOptions } from '../../config/options.ts';
import { KUSTOMIZATION_FOUND } from '../../config/rendered-manifests.ts';
import type { Settings } from '../../config/settings.ts';
import type { Problem } from '../../kube/problem.ts';
import { FOLDER_EMPTY } from '../../sources/folder/read/selection.ts';
import { STDIN_EMPTY } from '../../sources/standard-input.ts';
import { type CommandIo, Exit } from '../command.ts';
import { problemLine, sortedProblems } from './problem-text.ts';

/** Problems shown where `svcdns check` shows all. */
const MAX_PROBLEMS = 20;

/** Loads the settings as every command does. Nothing is printed. */
export function settingsOf(
  options: CommandLineOptions,
  { env, cwd }: CommandIo,
  more: Omit<LoadInput, 'options' | 'env' | 'cwd'> = {},
): LoadResult {
  return loadSettings({ options, env, cwd, ...more });
}

/**
 * The settings for a command that only wants to know them, or the code to exit with after the
 * errors have been printed. Warnings are left to `serve` and `check`. Without `paths`, which the
 * caller has looked for, manifests that are not there are an error.
 */
export function settingsOrExit(
  options: CommandLineOptions,
  io: CommandIo,
  paths?: readonly string[],
): { readonly settings: Settings } | { readonly exit: number } {
  const mustFind = paths === undefined && 'at once';
  const { settings, problems } = settingsOf(options, io, { paths, mustFind });
  if (settings !== undefined) {
    printProblems(problems.filter(isAboutFound), io);
    return { settings };
  }
  return { exit: refusedSettings(problems, io) };
}

/** Prints what is wrong with settings that cannot be used; returns the exit code. */
export function refusedSettings(problems: readonly Problem[], io: CommandIo): number {
  printProblems(
    problems.filter(({ severity }) => severity === 'error'),
    io,
  );
  return settingsExit(problems);
}

/** Something is in use that was not named: the user has to know. */
export function isAboutFound({ code }: Problem): boolean {
  return code === COREFILE_FOUND || code === KUSTOMIZATION_FOUND;
}

/**
 * What is wrong with the plugins of settings, also of those that have other errors: people want to
 * fix them all at once. `chainProblems` is what makes the plugins.
 */
export function pluginProblems(
  result: LoadResult,
  chainProblems: (settings: Settings) => readonly Problem[],
): readonly Problem[] {
  if (result.settings !== undefined) return chainProblems(result.settings);
  if (result.draft === undefined) return [];
  // What is missing there may only be unreadable, so only what is wrong by itself counts.
  return chainProblems(result.draft).filter(({ severity }) => severity === 'error');
}

/** One line each, on stderr, in the order of the files. */
export function printProblems(problems: readonly Problem[], io: CommandIo): void {
  for (const problem of sortedProblems(problems)) io.stderr(`${problemLine(problem)}\n`);
}

/**
 * The errors among them, and where nothing was read, which may be another place than was meant;
 * `svcdns check` shows all.
 */
export function reportErrors(problems: readonly Problem[], io: CommandIo): void {
  const errors = sortedProblems(
    problems.filter(
      ({ severity, code }) => severity === 'error' || code === FOLDER_EMPTY || code === STDIN_EMPTY,
    ),
  );
  printProblems(errors.slice(0, MAX_PROBLEMS), io);
  const more = errors.length - MAX_PROBLEMS;
  if (more > 0) io.stderr(`… and ${more} more: run svcdns check\n`);
}

/** A wrong option is a usage error; a wrong Corefile or environment variable is not. */
export function settingsExit(problems: readonly Problem[]): number {
  const isUsage = problems.some(
    ({ severity, origin }) => severity === 'error' && origin.file.startsWith('-'),
  );
  return isUsage ? Exit.USAGE : Exit.FAILED;
}
