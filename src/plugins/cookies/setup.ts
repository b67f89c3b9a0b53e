import type { Line, Word } from '../../corefile/parse.ts';
import type { ProblemList } from '../../corefile/problems.ts';
import { counter, type MetricTable } from '../../observe/metric-spec.ts';
import type { OptionsDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import type { OptionForms } from '../option-form.ts';

/** What a Corefile says of DNS cookies. */
export interface CookieOptions {
  readonly isOff: boolean;
  /** Secrets of 16 bytes, the one to make cookies with first; undefined for random ones. */
  readonly secrets: readonly [Uint8Array, ...Uint8Array[]] | undefined;
}

const HEX_DIGITS = 32;

const OPTIONS = {
  secret: 'HEX [HEX]',
} as const satisfies OptionForms;

/** Reads `cookies [off]` and `cookies { secret HEX [HEX] }`. */
export function parseCookies(lines: readonly Line[], problems: ProblemList): CookieOptions {
  let options: CookieOptions = { isOff: false, secrets: undefined };
  if (lines.length === 0) return options;
  const directive = new Directive('cookies', problems);
  const line = directive.single(lines);
  if (!directive.hasArgs(line, 0, 1)) return options;
  const [word] = line.args;
  if (word !== undefined) {
    // Not repeated: it may be a secret in the wrong place.
    if (word.text !== 'off') directive.error("expected 'off', or options in braces", word.origin);
    directive.hasNoOptions(line);
    return { ...options, isOff: true };
  }
  directive.options(line, OPTIONS, {
    secret: (option) => {
      options = { ...options, secrets: secrets(option, directive) };
    },
  });
  return options;
}

/** What is counted of DNS cookies. */
export const COOKIES_METRICS = {
  svcdns_cookie_queries_total: counter('Queries with a COOKIE option, by what is in it.', {
    cookie: ['client', 'valid', 'invalid', 'malformed'],
  }),
} as const satisfies MetricTable;

export const plugin: OptionsDeclaration<CookieOptions> = {
  directive: 'cookies',
  options: OPTIONS,
  metrics: COOKIES_METRICS,
  read: parseCookies,
};

/** No message repeats a secret. */
function secrets(option: Line, directive: Directive): CookieOptions['secrets'] {
  const [first, ...others] = option.args.map((word) => secret(word, directive));
  return first && [first, ...others];
}

function secret({ text, origin }: Word, directive: Directive): Uint8Array {
  if (/^[0-9a-f]{32}$/i.test(text)) return Buffer.from(text, 'hex');
  const found = `found ${text.length} characters`;
  directive.error(`a secret has ${HEX_DIGITS} hexadecimal digits: ${found}`, origin);
  return new Uint8Array(HEX_DIGITS / 2);
}
