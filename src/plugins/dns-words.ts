import { Class, Rcode } from '../dns/codes.ts';

const CLASSES: ReadonlyMap<string, number> = new Map(Object.entries(Class));
const CLASS_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(Class).map(([name, code]) => [code, name]),
);
const RCODES: ReadonlyMap<string, number> = new Map(Object.entries(Rcode));

/** Names of the classes that a configuration may use. */
export const CLASS_WORDS: readonly string[] = [...CLASSES.keys()];

/** Names of the response codes that a configuration may use. */
export const RCODE_WORDS: readonly string[] = [...RCODES.keys()];

/** The code of `IN`, `ch`; undefined for a word that names no class. */
export function classCode(text: string): number | undefined {
  return CLASSES.get(text.toUpperCase());
}

/** `IN`, `CH` …, or `CLASS7` as RFC 3597 section 5 writes an unknown class. */
export function className(code: number): string {
  return CLASS_NAMES.get(code) ?? `CLASS${code}`;
}

/** The code of `NXDOMAIN`, `servfail`; undefined for a word that names none. */
export function rcodeCode(text: string): number | undefined {
  return RCODES.get(text.toUpperCase());
}
