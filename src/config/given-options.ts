import type { ServerBlock } from '../corefile/parse.ts';
import { didYouMean, type ProblemList, quoted, whole } from '../corefile/problems.ts';
import type { Environment } from '../corefile/reader.ts';
import {
  type CommandLineOptions,
  OPTION_ROWS,
  type OptionName,
  type OptionRow,
  type OptionSettings,
  type OptionText,
  type OptionWorld,
} from './options.ts';

/** An option as somebody gave it, and by what: `--listen`, `SVCDNS_LISTEN`. */
export interface GivenOption<T> {
  readonly value: T;
  readonly from: string;
  readonly isFlag: boolean;
}

/** What was given on the command line, or else in the environment. */
export type GivenOptions = {
  readonly [N in OptionName]: GivenOption<OptionText<N>> | undefined;
};

/** Merges the command line over the environment. An empty variable counts as unset. */
export function givenOptions(
  options: CommandLineOptions,
  env: Environment,
  problems: ProblemList,
): GivenOptions {
  checkOptionNames(options, problems);
  checkVariableNames(env, problems);
  const given = OPTION_ROWS.map(([name, row]) => {
    const texts = textsOf(options[name as keyof CommandLineOptions], name, row, problems);
    return [name, ofFlag(row, texts) ?? ofVariable(row, env)];
  });
  return Object.fromEntries(given);
}

/** The options that are settings by themselves, as they were given or by default. */
export function optionSettings(
  given: GivenOptions,
  world: OptionWorld,
  problems: ProblemList,
): OptionSettings {
  const settings = OPTION_ROWS.flatMap(([name, row]) =>
    row.fallback === undefined
      ? []
      : [[name, readOption(row, given[name], world, problems, row.fallback(world))]],
  );
  return Object.fromEntries(settings);
}

/** What the text of an option comes to; `otherwise` without one, or when it cannot be used. */
export function readOption<T>(
  { read, code = '' }: OptionRow,
  given: GivenOption<unknown> | undefined,
  world: OptionWorld,
  problems: ProblemList,
  otherwise: T,
): T {
  if (given === undefined || read === undefined) return otherwise;
  const reading = read(given.value as string, world);
  if ('value' in reading) return reading.value as T;
  problems.error(code, reading.fault, whole(given.from));
  return otherwise;
}

/** The server blocks of the built-in Corefile, as options change them. */
export function editedBlocks(
  blocks: readonly ServerBlock[],
  given: GivenOptions,
  problems: ProblemList,
): readonly ServerBlock[] {
  let edited = blocks;
  for (const [name, { edit, code = '' }] of OPTION_ROWS) {
    const option = given[name];
    if (edit === undefined || option === undefined) continue;
    const change = edit(option.value as never, whole(option.from));
    if ('fault' in change) problems.error(code, change.fault, whole(option.from));
    else {
      edited = edited.map((block) => ({ ...block, directives: change.value.apply(block) }));
    }
  }
  return edited;
}

/** Reports the options that a Corefile of this name leaves nothing to say. */
export function reportIgnoredOptions(
  given: GivenOptions,
  corefile: string,
  problems: ProblemList,
): void {
  for (const [name, { inCorefile, code = '' }] of OPTION_ROWS) {
    const option = given[name];
    if (inCorefile === undefined || option === undefined) continue;
    const reason = `the Corefile ${corefile} ${inCorefile(option.value as never)}`;
    reportIgnored(option, reason, code, problems);
  }
}

/** A variable may be set for those who bring no Corefile, by an image: then it is only a hint. */
export function reportIgnored(
  { from, isFlag }: GivenOption<unknown>,
  reason: string,
  code: string,
  problems: ProblemList,
): void {
  const message = `Ignored ${from}: ${reason}`;
  if (isFlag) problems.warning(code, message, whole(from));
  else problems.hint(code, message, whole(from));
}

function ofFlag(
  { flag, separator }: OptionRow,
  texts: readonly string[],
): GivenOption<unknown> | undefined {
  if (flag === undefined || texts.length === 0) return undefined;
  // Of an option that has one value, the last one given holds.
  return { value: separator === undefined ? texts.at(-1) : texts, from: flag, isFlag: true };
}

function ofVariable(
  { variable, separator }: OptionRow,
  env: Environment,
): GivenOption<unknown> | undefined {
  const text = variable === undefined ? undefined : env[variable]?.trim();
  if (variable === undefined || text === undefined || text === '') return undefined;
  const value = separator === undefined ? text : parts(text, separator);
  return { value, from: variable, isFlag: false };
}

function parts(text: string, separator: string): string[] {
  return text
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Checks the type too: a program written in JavaScript may give anything. */
function textsOf(
  value: unknown,
  name: OptionName,
  { flag = '' }: OptionRow,
  problems: ProblemList,
): string[] {
  const values: unknown[] = value === undefined ? [] : Array.isArray(value) ? value : [value];
  return values.filter((text): text is string => {
    if (typeof text === 'string' && text !== '') return true;
    const message = `Cannot use ${text === '' ? 'an empty text' : `a value of type ${typeof text}`} for ${name}: expected text`;
    problems.error('CONFIG_OPTION', message, whole(flag));
    return false;
  });
}

function checkOptionNames(options: CommandLineOptions, problems: ProblemList): void {
  const known = OPTION_ROWS.flatMap(([name, { flag }]) => (flag === undefined ? [] : [name]));
  for (const name of Object.keys(options)) {
    if (known.some((one) => one === name)) continue;
    const message = `Unknown option ${quoted(name)}${didYouMean(name, known)}`;
    problems.error('CONFIG_UNKNOWN_OPTION', message, whole('options'));
  }
}

/**
 * A misspelled variable is only a warning, and an unknown one that resembles none of ours is
 * nothing: beside a Service named `svcdns`, Kubernetes sets SVCDNS_SERVICE_HOST and others in each
 * pod.
 */
function checkVariableNames(env: Environment, problems: ProblemList): void {
  const known = OPTION_ROWS.flatMap(([, { variable = '' }]) => variable).filter(isOurs);
  for (const name of Object.keys(env)) {
    if (!isOurs(name) || known.includes(name)) continue;
    const meant = didYouMean(name, known);
    if (meant === '') continue;
    problems.warning(
      'CONFIG_UNKNOWN_VARIABLE',
      `Unknown variable ${quoted(name)}${meant}`,
      whole(name),
    );
  }
}

function isOurs(variable: string): boolean {
  return variable.startsWith('SVCDNS_');
}
