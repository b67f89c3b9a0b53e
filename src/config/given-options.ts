import type { ServerBlock } from '../corefile/parse.ts';
import { didYouMean, type ProblemList, quoted, whole } from '../corefile/problems.ts';
import type { Environment } from '../corefile/reader.ts';
import type { Origin } from '../kube/objects.ts';
import { originText } from '../kube/origin.ts';
import { lineText } from '../plugins/line-edits.ts';
import { DIRECTIVES, PLUGINS, pluginsWith } from '../plugins/order.ts';
import type { OptionRow, OptionWorld } from './option-row.ts';
import {
  type CommandLineOptions,
  OPTION_ROWS,
  OPTIONS,
  type OptionName,
  type OptionSettings,
  type OptionText,
} from './options.ts';
import { LIBRARY_OPTIONS } from './server-options.ts';

/** Who says what is set, and so in which words it is said: of a shell or of a program. */
export type Author = 'command line' | 'program';

/** An option as it was given. */
export interface GivenOption<T> {
  readonly value: T;
  /** By what, for a message: `--listen`, `SVCDNS_LISTEN`, `listen:`. */
  readonly from: string;
  readonly origin: Origin;
  /** It is set for all who start here, perhaps by an image, and not for this one start. */
  readonly isVariable: boolean;
  /** Only the image says so. */
  readonly isOfImage?: boolean;
}

/** What was given on the command line, or else in the environment. */
export type GivenOptions = {
  readonly [N in OptionName]: GivenOption<OptionText<N>> | undefined;
};

/** Merges the command line over the environment. An empty variable counts as unset. */
export function givenOptions(
  options: CommandLineOptions,
  env: Environment,
  author: Author,
  problems: ProblemList,
): GivenOptions {
  checkOptionNames(options, author, problems);
  checkVariableNames(env, problems);
  const given = OPTION_ROWS.map(([name, row]) => {
    const texts = textsOf(options[name as keyof CommandLineOptions], name, author, problems);
    return [name, ofOption(name, texts, author) ?? ofVariable(row, env)];
  });
  return Object.fromEntries(given);
}

/** What its author calls an option: `--listen`, or `listen:` in a program. */
export function optionText(name: OptionName, author: Author): string {
  const { flag = name }: OptionRow = OPTIONS[name];
  return author === 'program' ? `${name}:` : flag;
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
  problems.error(code, reading.fault, given.origin);
  return otherwise;
}

/**
 * The server blocks of a Corefile, as options change them: the built-in one in any case, one of the
 * user where that does not contradict the option.
 */
export function editedBlocks(
  blocks: readonly ServerBlock[],
  isBuiltIn: boolean,
  given: GivenOptions,
  problems: ProblemList,
): readonly ServerBlock[] {
  let edited = blocks;
  const forForwarding = pluginsWith('isForForwarding');
  for (const [name, { edit, code = '' }] of OPTION_ROWS) {
    const option = given[name];
    if (edit === undefined || option === undefined) continue;
    const reading = edit(option.value as never, option.origin);
    if ('fault' in reading) {
      problems.error(code, reading.fault, option.origin);
      continue;
    }
    const change = reading.value;
    const concerned = edited.filter((block) => change.isAbout(block));
    const rival = isBuiltIn ? undefined : concerned.flatMap((one) => change.rival(one) ?? [])[0];
    if (rival !== undefined) {
      reportContradiction(option, rival.origin, quoted(lineText(rival)), code, problems);
    } else if (concerned.length === 0 && blocks.length > 0) {
      const message = `Ignored ${option.from}: the Corefile has no place for it: expected ${change.place}`;
      report(option, 'warning', code, message, problems);
    } else {
      edited = edited.map((block) =>
        change.isAbout(block)
          ? { ...block, directives: change.apply(block, forForwarding) }
          : block,
      );
    }
  }
  return edited;
}

/** An option says one thing and a line of the user's Corefile another. */
export function reportContradiction(
  option: GivenOption<unknown>,
  line: Origin,
  says: string,
  code: string,
  problems: ProblemList,
): void {
  const { from, isVariable } = option;
  const message = isVariable
    ? `Ignored ${from}: the Corefile says ${says} at ${originText(line)}`
    : `Cannot follow ${from} and ${originText(line)}, which says ${says}: expected only one of them`;
  report(option, 'error', code, message, problems);
}

/** A variable may be set for those who bring no Corefile: then it is only a hint. */
function report(
  { origin, isVariable, isOfImage }: GivenOption<unknown>,
  severity: 'error' | 'warning',
  code: string,
  message: string,
  problems: ProblemList,
): void {
  if (isOfImage) return;
  problems[isVariable ? 'hint' : severity](code, message, origin);
}

function ofOption(
  name: OptionName,
  texts: readonly string[] | undefined,
  author: Author,
): GivenOption<unknown> | undefined {
  if (texts === undefined) return undefined;
  const { separator }: OptionRow = OPTIONS[name];
  // Of an option that has one value, the last one given holds.
  const value = separator === undefined ? texts.at(-1) : texts.flatMap(partsAt(separator));
  const from = optionText(name, author);
  return { value, from, origin: whole(author === 'program' ? name : from), isVariable: false };
}

/** A colon, but for that of `kustomize:DIR` and `helm:CHART`. */
const BETWEEN_PATHS = /(?<!(?:^|:)\s*(?:kustomize|helm)):/;

/** A path may have a colon, which separates only those in a variable. */
function partsAt(separator: string): (text: string) => string[] {
  return (text) => (separator === ',' ? parts(text, separator) : [text]);
}

function ofVariable(
  { variable, separator, inImage }: OptionRow,
  env: Environment,
): GivenOption<unknown> | undefined {
  const text = variable === undefined ? undefined : env[variable]?.trim();
  if (variable === undefined || text === undefined || text === '') return undefined;
  const value = separator === undefined ? text : parts(text, separator);
  return {
    value,
    from: variable,
    origin: whole(variable),
    isVariable: true,
    isOfImage: text === inImage,
  };
}

function parts(text: string, separator: string): string[] {
  return text
    .split(separator === ':' ? BETWEEN_PATHS : separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** Checks the type too: a program written in JavaScript may give anything. */
function textsOf(
  value: unknown,
  name: OptionName,
  author: Author,
  problems: ProblemList,
): string[] | undefined {
  if (value === undefined) return undefined;
  const values: unknown[] = Array.isArray(value) ? value : [value];
  const origin = whole(optionText(name, author).replace(/:$/, ''));
  const fault = (found: string) =>
    problems.error('CONFIG_OPTION', `Cannot use ${found} for ${name}: expected text`, origin);
  if (values.length === 0) fault('an empty list');
  const texts = values.filter((text): text is string => {
    if (typeof text === 'string' && text !== '') return true;
    fault(text === '' ? 'an empty text' : `a value of type ${typeof text}`);
    return false;
  });
  return texts.length === 0 ? undefined : texts;
}

function checkOptionNames(
  options: CommandLineOptions,
  author: Author,
  problems: ProblemList,
): void {
  const known: readonly string[] =
    author === 'program'
      ? LIBRARY_OPTIONS
      : OPTION_ROWS.flatMap(([name, { flag }]) => (flag === undefined ? [] : [name]));
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const message = `Unknown option ${quoted(name)}${insteadOf(name, known, optionText('config', author))}`;
    const origin = whole(author === 'program' ? name : 'options');
    problems.error('CONFIG_UNKNOWN_OPTION', message, origin);
  }
}

/**
 * What was meant by a word that is no option: another, or what only a Corefile says, behind
 * the option `config`.
 */
export function insteadOf(word: string, known: readonly string[], config: string): string {
  const meant = didYouMean(word, known);
  if (meant !== '') return meant;
  const isMeant = (one: string) => lettersOf(one) === lettersOf(word);
  const expected = `: expected it in a Corefile, behind ${config}, as in`;
  const named = PLUGINS.find(({ directive }) => DIRECTIVES.has(directive) && isMeant(directive));
  if (named !== undefined) return `${expected} .:53 { ${named.directive} … }`;
  for (const { directive, options = {} } of PLUGINS) {
    const option = Object.keys(options).find(isMeant);
    if (option !== undefined) return `${expected} ${directive} … { ${option} … }`;
  }
  return '';
}

/** `log-only` in a Corefile is `logOnly` in a program, `ingressClasses` is `--ingress-classes`. */
function lettersOf(word: string): string {
  return word.replace(/[-_]/g, '').toLowerCase();
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
