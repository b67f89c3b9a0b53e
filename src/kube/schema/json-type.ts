import { quote } from './report.ts';

export const WHOLE_NUMBER = 'a whole number';

/** A plain mapping, and not a list or an exotic object. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a mapping has under a key; undefined for anything else. Own members only. */
export function member(value: unknown, key: string): unknown {
  return isMapping(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** What Go's decoder calls a value; a number is shown where a number was wanted. */
export function jsonType(value: unknown, wanted: string): string {
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return wanted === WHOLE_NUMBER ? `number ${value}` : 'number';
  if (Array.isArray(value)) return 'array';
  return typeof value;
}

/** How to correct a value that is not `wanted`. */
export function typeAdvice(value: unknown, wanted: string): string {
  if (wanted === 'text' && typeof value === 'boolean') {
    return 'YAML reads y, n, yes, no, on, off, true and false as booleans: put the text in quotes';
  }
  if (wanted === 'text' && typeof value === 'number') {
    return `YAML reads ${value} as a number: put the text in quotes`;
  }
  if (wanted === 'text' && isPlaceholder(value)) {
    return 'YAML reads braces as a mapping: put the text in quotes';
  }
  if (wanted === 'a mapping' && typeof value === 'string' && /^[\w.-]+:\S/.test(value)) {
    return `put a space after the colon of ${quote(value)}`;
  }
  if (wanted === 'a list' && isMapping(value)) return 'write a list: "- " before its first member';
  if (wanted === WHOLE_NUMBER && typeof value === 'string' && /^\d+$/.test(value)) {
    return `write ${quote(value).slice(1, -1)} without quotes`;
  }
  if (wanted === 'true or false' && /^(true|false)$/i.test(String(value))) {
    return `write ${String(value).toLowerCase()} without quotes`;
  }
  return `expected ${wanted}, found ${described(value)}`;
}

/** YAML reads the placeholder `{name}` as a mapping of one key without a value. */
function isPlaceholder(value: unknown): boolean {
  if (!isMapping(value)) return false;
  const values = Object.values(value);
  return values.length === 1 && values[0] === null;
}

function described(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (isMapping(value)) return 'a mapping';
  return quote(value);
}
