import { parseDuration } from '../../corefile/duration.ts';
import type { Line, Word } from '../../corefile/parse.ts';
import { didYouMean, quoted } from '../../corefile/problems.ts';
import { MAX_PATTERN_CHARACTERS, Pattern, PatternError } from '../../support/pattern.ts';
import type { PluginDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import type { OptionForms } from '../option-form.ts';
import type { ConsolidateRule } from './consolidation.ts';
import { ErrorsPlugin } from './index.ts';

const MAX_PERIOD_MS = 24 * 3_600_000;

const LEVELS: ReadonlyMap<string, ConsolidateRule['level']> = new Map([
  ['warning', 'warn'],
  ['error', 'error'],
  ['info', 'info'],
  ['debug', 'debug'],
]);

const OPTIONS = {
  stacktrace: '',
  consolidate: 'DURATION REGEX [LEVEL] [show_first]',
} as const satisfies OptionForms;

export const plugin = {
  directive: 'errors',
  options: OPTIONS,
  clusterAnswers: () => 'failures seen',
  logsInFull: true,
  setup(lines, context, problems) {
    const directive = new Directive('errors', problems);
    const line = directive.single(lines);
    const [destination] = line.args;
    if (
      directive.hasArgs(line, 0, 1) &&
      destination !== undefined &&
      destination.text !== 'stdout'
    ) {
      const message = `invalid log file: ${quoted(destination.text)}: expected stdout or nothing`;
      directive.error(message, destination.origin);
    }
    const rules: ConsolidateRule[] = [];
    directive.options(line, OPTIONS, {
      stacktrace: () => {}, // a thrown error has it in any case
      consolidate: (option) => {
        const rule = readRule(option, directive);
        if (rule !== undefined) rules.push(rule);
      },
    });
    return directive.failed ? undefined : new ErrorsPlugin(rules, context);
  },
} satisfies PluginDeclaration;

function readRule(line: Line, directive: Directive): ConsolidateRule | undefined {
  const [period, text, ...rest] = line.args as [Word, Word, ...Word[]];
  const periodMs = parseDuration(period.text);
  if (periodMs === undefined || periodMs <= 0 || periodMs > MAX_PERIOD_MS) {
    const message = `Cannot read ${quoted(period.text)} as a duration: expected one like 30s or 5m, up to 24h`;
    directive.error(message, period.origin);
  }
  const level = readLevel(rest[0], directive);
  const first = level.isWritten ? rest[1] : rest[0];
  const extra = level.isWritten ? undefined : rest[1];
  for (const word of [first?.text === 'show_first' ? undefined : first, extra]) {
    if (word === undefined) continue;
    const message = `Unexpected ${quoted(word.text)} in consolidate: expected [warning|error|info|debug] [show_first]`;
    directive.error(message, word.origin);
  }
  const pattern = readPattern(text, directive);
  if (pattern === undefined || periodMs === undefined) return undefined;
  return {
    pattern,
    periodMs,
    period: period.text,
    level: level.level,
    showFirst: first !== undefined,
  };
}

function readLevel(
  word: Word | undefined,
  directive: Directive,
): { level: ConsolidateRule['level']; isWritten: boolean } {
  if (word === undefined || word.text === 'show_first') return { level: 'error', isWritten: false };
  const level = LEVELS.get(word.text);
  if (level !== undefined) return { level, isWritten: true };
  const known = [...LEVELS.keys(), 'show_first'];
  const hint = didYouMean(word.text, known) || `: expected one of ${known.join(', ')}`;
  const message = `unknown log level argument in consolidate: ${quoted(word.text)}${hint}`;
  directive.error(message, word.origin);
  return { level: 'error', isWritten: true };
}

function readPattern({ text, origin }: Word, directive: Directive): Pattern | undefined {
  if (text.length > MAX_PATTERN_CHARACTERS) {
    const message = `regex pattern too long: ${text.length} characters, expected at most ${MAX_PATTERN_CHARACTERS}`;
    directive.error(message, origin);
    return undefined;
  }
  try {
    return new Pattern(text);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    directive.error(`Cannot use ${quoted(text)} as a regular expression: ${error.message}`, origin);
    return undefined;
  }
}
