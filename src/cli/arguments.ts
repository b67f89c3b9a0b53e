import { type ParseArgsConfig, parseArgs } from 'node:util';
import { didYouMean, quoted } from '../corefile/problems.ts';
import { closest } from '../kube/spelling.ts';
import { UsageError } from './command.ts';

/** The options a command knows, as `parseArgs` wants them. */
export type OptionTable = NonNullable<ParseArgsConfig['options']>;

/** Options by name, and the arguments that are none. */
export type ReadArguments<Options extends OptionTable> = ReturnType<
  typeof parseArgs<{ args: string[]; options: Options; allowPositionals: true; strict: true }>
>;

/**
 * Splits arguments into options and the rest. `instead` says what an unknown one may have meant
 * that no option of the command resembles, and `asWritten` how an option stood in the arguments
 * before they were translated.
 *
 * @throws {UsageError} for an option that is unknown, lacks its value, or has one too many, and for
 *   an empty argument.
 */
export function readArguments<const Options extends OptionTable>(
  args: readonly string[],
  options: Options,
  instead: (word: string) => string = () => '',
  asWritten: (option: string) => string = (option) => option,
): ReadArguments<Options> {
  const read = parsed(args, options, (error) =>
    explain(error, args, options, { instead, asWritten }),
  );
  const empty = read.tokens.find((token) => 'value' in token && token.value === '');
  if (empty?.kind === 'option') {
    const option = asWritten(empty.rawName);
    throw new UsageError(`Option ${quoted(option)} needs an argument: found an empty one`);
  }
  if (empty !== undefined)
    throw new UsageError("Found an empty argument, '', as of a variable that is not set");
  return read;
}

function parsed<const Options extends OptionTable>(
  args: readonly string[],
  options: Options,
  explained: (error: NodeJS.ErrnoException) => string,
) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, tokens: true });
  } catch (error) {
    throw new UsageError(explained(error as NodeJS.ErrnoException));
  }
}

/** Is help asked for, rather than anything else? */
export function wantsHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  return (end < 0 ? args : args.slice(0, end)).some((arg) => HELP.includes(arg));
}

/** `-help` is how Go programs, CoreDNS among them, are asked. */
const HELP = ['--help', '-h', '-help'];

/**
 * A whole number given as an option.
 *
 * @throws {UsageError} when it is none, or out of range.
 */
export function wholeNumber(
  option: string,
  text: string,
  [least, most]: readonly [number, number],
): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(
    `Cannot use ${quoted(text)} for ${option}: expected a whole number, ${least} to ${most}`,
  );
}

/**
 * One of a few words given as an option.
 *
 * @throws {UsageError} when it is another.
 */
export function oneOf<const Word extends string>(
  option: string,
  text: string,
  words: readonly Word[],
): Word {
  const found = words.find((word) => word === text);
  if (found !== undefined) return found;
  const hint = didYouMean(text, words);
  throw new UsageError(
    `Cannot use ${quoted(text)} for ${option}${hint === '' ? `: expected ${words.join(', ')}` : hint}`,
  );
}

function explain(
  { code, message }: NodeJS.ErrnoException,
  args: readonly string[],
  options: OptionTable,
  { instead, asWritten }: Readonly<Record<'instead' | 'asWritten', (word: string) => string>>,
): string {
  const first = message.split('\n', 1)[0] ?? '';
  const [, short, long] = /^Option '(?:(-\w), )?(--[^' ]+)[^']*' argument/.exec(first) ?? [];
  const option = short !== undefined && args.includes(short) ? short : long;
  if (option !== undefined) {
    // Only what begins like an option, as in `--ttl -1`, stands there without being the argument.
    const next = args.find((arg, at) => args[at - 1] === option && /^-./.test(arg));
    const written = asWritten(option);
    const meant = next === undefined ? '' : `: write ${written}=${next} if ${quoted(next)} is it`;
    return `Option ${quoted(written)} needs an argument${meant}`;
  }
  if (code !== 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return first;
  const named = /^Unknown option '([^']*)'/.exec(first)?.[1] ?? '';
  // One dash and a long name is read as a bunch of short options: show what was written.
  const written = args.find((arg) => /^-[^-]/.test(arg) && arg.startsWith(named)) ?? named;
  const word = /^--?([^=]*)/.exec(written)?.[1] ?? '';
  const near = closest(word, Object.keys(options));
  const meant = near === undefined ? instead(word) : `: did you mean '--${near}'?`;
  return `Unknown option ${quoted(written)}${meant}`;
}
