import {
  boolYaml11Tag,
  defineScalarTag,
  mapTag,
  mergeTag,
  NOT_RESOLVED,
  nullCoreTag,
  Schema,
  seqTag,
  strTag,
} from 'js-yaml';
import { DASH, DOT, NINE, ZERO } from '../../../support/ascii.ts';
import { detached, type StringPool } from './string-pool.ts';

/*
 * Plain scalars as kubectl reads them. It uses go.yaml.in/yaml/v2 (resolve.go): YAML 1.1 with three
 * differences. Integers follow Go's strconv.ParseInt(s, 0, 64) once `_` is dropped; there are no
 * base-60 numbers, so `10:30` is text; and timestamps stay text.
 */

const INT = /^[-+]?(?:0[bB][01]+|0[oO][0-7]+|0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const DIGITS = '0123456789';
const MIN_INT64 = -(2n ** 63n);
const MAX_UINT64 = 2n ** 64n - 1n;

const intTag = defineScalarTag<number>('tag:yaml.org,2002:int', {
  implicit: true,
  implicitFirstChars: ['-', '+', ...DIGITS],
  resolve: (source) => goInteger(source.replaceAll('_', '')) ?? NOT_RESOLVED,
  identify: () => false,
});

const floatTag = defineScalarTag<number>('tag:yaml.org,2002:float', {
  implicit: true,
  implicitFirstChars: ['-', '+', '.', ...DIGITS],
  resolve: (source, isExplicit) => {
    const special = SPECIAL_FLOATS.get(source);
    if (special !== undefined) return special;
    // After a leading point go-yaml forgets to drop the `_`.
    const plain = source.startsWith('.') ? source : source.replaceAll('_', '');
    if (isExplicit) {
      const integer = goInteger(plain);
      if (integer !== undefined) return integer;
    }
    if (!FLOAT.test(plain)) return NOT_RESOLVED;
    const value = Number(plain);
    return Number.isFinite(value) ? value : NOT_RESOLVED;
  },
  identify: () => false,
});

const SPECIAL_FLOATS: ReadonlyMap<string, number> = new Map([
  ...['.nan', '.NaN', '.NAN'].map((text) => [text, Number.NaN] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((text) => [text, Infinity] as const),
  ...['-.inf', '-.Inf', '-.INF'].map((text) => [text, -Infinity] as const),
]);

const detachedStrTag = { ...strTag, resolve: detached };

/** How the scalars, mappings and lists of a manifest become values. */
export const KUBE_SCHEMA = new Schema([
  detachedStrTag,
  seqTag,
  mapTag,
  nullCoreTag,
  boolYaml11Tag,
  intTag,
  floatTag,
  mergeTag,
]);

/** The value of the plain scalar from `start` to `end`, which is not empty. */
export function plainScalar(
  text: string,
  start: number,
  end: number,
  strings: StringPool,
): unknown {
  const first = text.charCodeAt(start);
  if (first > NINE) {
    if (end - start > LONGEST_WORD || !WORD_STARTS.has(first)) return strings.of(text, start, end);
    if (end - start === 4 && text.startsWith('true', start)) return true;
    if (end - start === 5 && text.startsWith('false', start)) return false;
    const word = strings.of(text, start, end);
    return TEXTS.has(word) ? word : KUBE_SCHEMA.resolveImplicitScalarTag(word).value;
  }
  if (end - start <= SAFE_DIGITS) {
    const number = decimal(text, start, end);
    if (number >= 0) return number;
  }
  if (first >= ZERO && first <= NINE && isNoNumber(text, start, end)) {
    return strings.of(text, start, end);
  }
  const { value } = KUBE_SCHEMA.resolveImplicitScalarTag(text.slice(start, end));
  return typeof value === 'string' ? strings.of(text, start, end) : value;
}

/**
 * Whether a text that begins with a digit is surely no number, such as an address, a date or a UID:
 * numbers have one point and one sign at most.
 */
function isNoNumber(text: string, start: number, end: number): boolean {
  let points = 0;
  let signs = 0;
  for (let at = start; at < end; at += 1) {
    const char = text.charCodeAt(at);
    if (char === DOT) points += 1;
    else if (char === DASH) signs += 1;
  }
  return points > 1 || signs > 1;
}

/** The number that digits alone are, without a zero in front; -1 for any other text. */
function decimal(text: string, start: number, end: number): number {
  if (text.charCodeAt(start) === ZERO && end > start + 1) return -1;
  let number = 0;
  for (let at = start; at < end; at += 1) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

/** So many digits are exact in a number of JavaScript. */
const SAFE_DIGITS = 15;

/** `false`; what begins a word such as `null`, `yes` or `Off`. */
const LONGEST_WORD = 5;
const WORD_STARTS = new Set([...'nNtTfFyYoO~'].map((char) => char.charCodeAt(0)));

/** Text that begins so and stands in every object: to ask the schema takes 25 ms of a load. */
const TEXTS: ReadonlySet<string> = new Set(['name', 'type', 'None']);

/**
 * Go's ParseInt or ParseUint with base 0: `0x50`, `0b11`, and both `0o120` and `0120` for octal.
 * Undefined for what it refuses; `08` is no octal number, and is read as a float instead.
 */
function goInteger(plain: string): number | undefined {
  if (!INT.test(plain)) return undefined;
  const negative = plain.startsWith('-');
  const digits = plain.replace(/^[-+]/, '');
  const magnitude = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits.toLowerCase());
  const value = negative ? -magnitude : magnitude;
  if (value < MIN_INT64 || value > MAX_UINT64) return undefined;
  return Number(value);
}
