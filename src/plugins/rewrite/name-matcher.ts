import { keyFromText, NameError, type NameKey, textOf } from '../../dns/name.ts';
import { Pattern } from '../../support/pattern.ts';
import { dottedFromText, dottedOf, keyOfDotted } from './dotted-name.ts';

export const MATCH_TYPES = ['exact', 'prefix', 'suffix', 'substring', 'regex'] as const;

export type MatchType = (typeof MATCH_TYPES)[number];

/** What becomes of a name that matched: another one, or undefined when that cannot be a name. */
interface Renamed {
  readonly key: NameKey | undefined;
}

/** Matches names and says what they become; undefined for a name that does not match. */
export type NameMatcher = (key: NameKey) => Renamed | undefined;

/**
 * `from` and `to` are pieces of names, folded and made to end with a dot, or a regular expression
 * and what replaces the name, with `{1}` for its groups. A rule that only looks for names has no
 * `to`.
 *
 * @throws {NameError | PatternError} when they cannot be used.
 */
export function nameMatcher(type: MatchType, from: string, to = '.'): NameMatcher {
  if (type === 'regex') return regexMatcher(new Pattern(from), to);
  const [before, after] = [dottedFromText(from), dottedFromText(to)];
  if (type === 'exact') {
    const only = keyOfDotted(before);
    const renamed = { key: keyOfDotted(after) };
    return (key) => (key === only ? renamed : undefined);
  }
  return (key) => {
    const dotted = replaced(type, dottedOf(key), before, after);
    return dotted === undefined ? undefined : { key: keyOfDotted(dotted) };
  };
}

function replaced(
  type: Exclude<MatchType, 'exact' | 'regex'>,
  name: string,
  from: string,
  to: string,
): string | undefined {
  switch (type) {
    case 'prefix':
      return name.startsWith(from) ? to + name.slice(from.length) : undefined;
    case 'suffix':
      return name.endsWith(from) ? name.slice(0, name.length - from.length) + to : undefined;
    case 'substring':
      return name.includes(from) ? name.replaceAll(from, () => to) : undefined;
  }
}

/** Looks at names in presentation form, lower case, with the final dot. */
function regexMatcher(pattern: Pattern, to: string): NameMatcher {
  return (key) => {
    const match = pattern.find(textOf(key));
    if (match === undefined) return undefined;
    const { groups } = match;
    const text = to.replace(/\{(\d{1,3})\}/g, (_, digits) => groups[Number(digits)] ?? '');
    try {
      return { key: keyFromText(text) };
    } catch (error) {
      if (error instanceof NameError) return { key: undefined };
      throw error;
    }
  };
}

/** Groups that a replacement uses: `{1}`, `{2}` … */
export function groupsUsed(replacement: string): number[] {
  return [...replacement.matchAll(/\{(\d{1,3})\}/g)].map(([, digits]) => Number(digits));
}
