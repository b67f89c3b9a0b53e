import type { Word } from '../../corefile/parse.ts';
import { didYouMean, quoted } from '../../corefile/problems.ts';
import { NameError } from '../../dns/name.ts';
import { Pattern, PatternError } from '../../support/pattern.ts';
import type { Directive } from '../directive.ts';
import { dottedFromText, keyOfDotted } from './dotted-name.ts';
import {
  groupsUsed,
  MATCH_TYPES,
  type MatchType,
  type NameMatcher,
  nameMatcher,
} from './name-matcher.ts';

/** The match type, or `exact`, and the `count` other words of a rule. Reports what is wrong. */
export function splitMatchType(
  args: readonly Word[],
  count: number,
  kind: Word,
  directive: Directive,
): { type: MatchType; rest: readonly Word[] } | undefined {
  if (args.length < count) {
    directive.error(`too few arguments for a ${kind.text} rule`, kind.origin);
    return undefined;
  }
  if (args.length === count) return { type: 'exact', rest: args };
  const type = readMatchType(args[0] as Word, kind, directive);
  const extra = args[count + 1];
  if (extra !== undefined) {
    const message = `too many arguments for a ${kind.text} rule: unexpected ${quoted(extra.text)}`;
    directive.error(message, extra.origin);
  }
  return type && { type, rest: args.slice(1, count + 1) };
}

export function readMatchType(
  { text, origin }: Word,
  kind: Word,
  directive: Directive,
): MatchType | undefined {
  const type = MATCH_TYPES.find((known) => known === text.toLowerCase());
  if (type === undefined) {
    const message = `${kind.text} rule supports only exact, prefix, suffix, substring, and regex name matching, received: ${quoted(text)}`;
    directive.error(`${message}${didYouMean(text, MATCH_TYPES)}`, origin);
  }
  return type;
}

/** What finds and replaces names; without `to` it only finds them. Reports what is wrong. */
export function readMatcher(
  type: MatchType,
  from: Word,
  to: Word | undefined,
  directive: Directive,
): NameMatcher | undefined {
  const matcher =
    type === 'regex' ? readRegex(from, to, directive) : readPiece(type, from, to, directive);
  if (matcher === undefined || to === undefined || type !== 'exact') return matcher;
  if (keyOfDotted(dottedFromText(to.text)) !== undefined) return matcher;
  directive.error(`${quoted(to.text)} is not a domain name`, to.origin);
  return undefined;
}

function readPiece(
  type: MatchType,
  from: Word,
  to: Word | undefined,
  directive: Directive,
): NameMatcher | undefined {
  for (const { text, origin } of to === undefined ? [from] : [from, to]) {
    const fault = text === '' ? 'Cannot use an empty name' : faultIn(() => dottedFromText(text));
    if (fault === undefined) continue;
    directive.error(fault, origin);
    return undefined;
  }
  return nameMatcher(type, from.text, to?.text);
}

function readRegex(
  from: Word,
  to: Word | undefined,
  directive: Directive,
): NameMatcher | undefined {
  const fault = faultIn(() => new Pattern(from.text));
  if (fault !== undefined) {
    const message = `invalid regex matching pattern: ${quoted(from.text)}: ${fault}`;
    directive.error(message, from.origin);
    return undefined;
  }
  if (to === undefined) return nameMatcher('regex', from.text);
  const { groupCount } = new Pattern(from.text);
  const beyond = groupsUsed(to.text).find((group) => group > groupCount);
  if (beyond !== undefined) {
    const message = `the rewrite regex pattern (${to.text}) uses more subexpressions than its corresponding matching regex pattern (${from.text}): {${beyond}} of ${groupCount}`;
    directive.error(message, to.origin);
    return undefined;
  }
  return nameMatcher('regex', from.text, to.text);
}

function faultIn(attempt: () => unknown): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    if (error instanceof NameError || error instanceof PatternError) return error.message;
    throw error;
  }
}
