import { parseDuration } from '../../corefile/duration.ts';
import type { Line, Word } from '../../corefile/parse.ts';
import { type ProblemList, quoted } from '../../corefile/problems.ts';
import type { OptionsDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import type { OptionForms } from '../option-form.ts';

/** Time limits of TCP connections, ms; undefined where the Corefile says nothing. */
export interface Timeouts {
  /** For the first query of a connection to be there. */
  readonly readMs: number | undefined;
  /** For a reply to be taken. */
  readonly writeMs: number | undefined;
  /** Between two queries. */
  readonly idleMs: number | undefined;
  /** Queries on one connection before it is closed; infinite when the Corefile says -1. */
  readonly maxTcpQueries: number | undefined;
}

const MIN_MS = 1000;
const MAX_MS = 24 * 3_600_000;

const OPTIONS = {
  read: 'DURATION',
  write: 'DURATION',
  idle: 'DURATION',
  maxtcpqueries: 'N',
} as const satisfies OptionForms;

/** Reads `timeouts { read; write; idle; maxtcpqueries }`. */
export function parseTimeouts(lines: readonly Line[], problems: ProblemList): Timeouts {
  const directive = new Directive('timeouts', problems);
  const timeouts: { -readonly [Field in keyof Timeouts]: Timeouts[Field] } = {
    readMs: undefined,
    writeMs: undefined,
    idleMs: undefined,
    maxTcpQueries: undefined,
  };
  if (lines.length === 0) return timeouts;
  const line = directive.single(lines);
  directive.hasArgs(line, 0, 0);
  directive.options(line, OPTIONS, {
    read: (option) => {
      timeouts.readMs = duration(option, directive);
    },
    write: (option) => {
      timeouts.writeMs = duration(option, directive);
    },
    idle: (option) => {
      timeouts.idleMs = duration(option, directive);
    },
    maxtcpqueries: (option) => {
      timeouts.maxTcpQueries = queries(option, directive);
    },
  });
  if ((line.block ?? []).length === 0) {
    directive.error('timeouts block with no timeouts specified', line.origin);
  }
  return timeouts;
}

export const plugin: OptionsDeclaration<Timeouts> = {
  directive: 'timeouts',
  options: OPTIONS,
  read: parseTimeouts,
};

function duration(option: Line, directive: Directive): number | undefined {
  const { text, origin } = option.args[0] as Word;
  // A number alone is seconds.
  const ms = parseDuration(/^\d{1,9}$/.test(text) ? `${text}s` : text);
  if (ms !== undefined && ms >= MIN_MS && ms <= MAX_MS) return ms;
  const message = `timeout provided ${quoted(text)} needs to be between 1 second and 24 hours`;
  directive.error(message, origin);
  return undefined;
}

function queries(option: Line, directive: Directive): number | undefined {
  const { text, origin } = option.args[0] as Word;
  if (text === '-1') return Number.POSITIVE_INFINITY;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  const expected = 'expected 1 or more, or -1 for no limit';
  directive.error(`Cannot read ${quoted(text)} as maxtcpqueries: ${expected}`, origin);
  return undefined;
}
