import { keyFromText, NameError, type NameKey, textOf } from '../../dns/name.ts';
import { Pattern, type PatternMatch } from '../../support/pattern.ts';
import { type DottedName, dottedFromText, dottedOf, keyOfDotted } from './dotted-name.ts';

export const MATCH_TYPES = ['exact', 'prefix', 'suffix', 'substring', 'regex'] as const;

export type MatchType = (typeof MATCH_TYPES)[number];

/** What becomes of a name that matched: another one, or nothing that could be a name. */
interface Renamed {
  readonly key: NameKey | undefined;
}

/** Finds names and says what they become. */
export interface NameMatcher {
  readonly type: MatchType;
  /** Undefined when the name does not match. */
  rename(key: NameKey): Renamed | undefined;
}

/**
 * `from` and `to` are pieces of names, folded and made to end with a dot, or a regular expression
 * and what takes the place of the name, with `{1}` for its groups. A rule that only looks for names
 * has no `to`.
 *
 * @throws {NameError | PatternError} when they cannot be used.
 */
export function nameMatcher(type: MatchType, from: string, to = '.'): NameMatcher {
  if (type === 'regex') return new RegexMatcher(from, to);
  return new PieceMatcher(type, dottedFromText(from), dottedFromText(to));
}

class PieceMatcher implements NameMatcher {
  readonly type: Exclude<MatchType, 'regex'>;
  readonly #from: DottedName;
  readonly #to: DottedName;

  constructor(type: Exclude<MatchType, 'regex'>, from: DottedName, to: DottedName) {
    this.type = type;
    this.#from = from;
    this.#to = to;
  }

  rename(key: NameKey): Renamed | undefined {
    const dotted = this.#replaced(dottedOf(key));
    return dotted === undefined ? undefined : { key: keyOfDotted(dotted) };
  }

  #replaced(name: DottedName): string | undefined {
    const from = this.#from;
    const to = this.#to;
    switch (this.type) {
      case 'exact':
        return name === from ? to : undefined;
      case 'prefix':
        return name.startsWith(from) ? to + name.slice(from.length) : undefined;
      case 'suffix':
        return name.endsWith(from) ? name.slice(0, name.length - from.length) + to : undefined;
      case 'substring':
        return name.includes(from) ? name.replaceAll(from, () => to) : undefined;
    }
  }
}

/** Looks at names in presentation form, lower case, with the final dot. */
class RegexMatcher implements NameMatcher {
  readonly type = 'regex';
  readonly #pattern: Pattern;
  readonly #to: string;

  constructor(from: string, to: string) {
    this.#pattern = new Pattern(from);
    this.#to = to;
  }

  rename(key: NameKey): Renamed | undefined {
    const match = this.#pattern.find(textOf(key));
    if (match === undefined) return undefined;
    try {
      return { key: keyFromText(filledIn(this.#to, match)) };
    } catch (error) {
      if (error instanceof NameError) return { key: undefined };
      throw error;
    }
  }
}

/** Groups that a replacement uses: `{1}`, `{2}` … */
export function groupsUsed(replacement: string): number[] {
  return [...replacement.matchAll(/\{(\d{1,3})\}/g)].map(([, digits]) => Number(digits));
}

function filledIn(replacement: string, { groups }: PatternMatch): string {
  return replacement.replace(/\{(\d{1,3})\}/g, (_, digits) => groups[Number(digits)] ?? '');
}
