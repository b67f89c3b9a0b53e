import { isAtOrBelow, keyOfWire, MAX_NAME_BYTES } from '../../dns/name.ts';
import type { WireName } from '../../dns/record.ts';
import type { Request } from '../plugin.ts';
import { type Rename, withOwners, withTargets } from '../record-names.ts';
import type { NameMatcher } from './name-matcher.ts';
import type { ReplyRule, Rewritten, Rule } from './rule.ts';

export interface NameRuleOptions {
  readonly continues: boolean;
  readonly matcher: NameMatcher;
  /** Puts names in the reply back: for `suffix` by its suffix, otherwise from name to name. */
  readonly backwards: NameMatcher | 'by name' | undefined;
  /** `answer name` and `answer value`, in order. */
  readonly answers: readonly ReplyRule[];
}

/** `name [exact|prefix|suffix|substring|regex] FROM TO [answer …]`: asks for another name. */
export function nameRule({ continues, matcher, backwards, answers }: NameRuleOptions): Rule {
  const apply = (request: Request): Rewritten | undefined => {
    const renamed = matcher(request.key);
    if (renamed === undefined) return undefined;
    const { key } = renamed;
    if (key === undefined) return { request: undefined, replyRules: [] };
    const rewritten = { ...request, name: key, key };
    if (backwards === undefined) return { request: rewritten, replyRules: answers };
    const rename =
      backwards === 'by name' ? renameBelow(key, request.name) : renameMatching(backwards);
    const back: ReplyRule = (reply) => withTargets(withOwners(reply, rename), rename);
    return { request: rewritten, replyRules: [back, ...answers] };
  };
  return { continues, concerns: ({ key }) => matcher(key) !== undefined, apply };
}

/** `answer name FROM TO`: other owners for the records of a reply. */
export function ownerRule(matcher: NameMatcher): ReplyRule {
  return (reply) => withOwners(reply, renameMatching(matcher));
}

/** `answer value FROM TO`: other targets. */
export function targetRule(matcher: NameMatcher): ReplyRule {
  return (reply) => withTargets(reply, renameMatching(matcher));
}

/** Names that match and become legal names; each is looked at once for a reply of many records. */
function renameMatching(matcher: NameMatcher): Rename {
  const known = new Map<WireName, WireName>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const renamed = matcher(keyOfWire(name))?.key ?? name;
    known.set(name, renamed);
    return renamed;
  };
}

/** The name `from` and names below it. `from` is folded; `to` is in the client's case. */
function renameBelow(from: ReturnType<typeof keyOfWire>, to: WireName): Rename {
  return (name) => {
    if (!isAtOrBelow(keyOfWire(name), from)) return name;
    const renamed = name.slice(0, name.length - from.length) + to;
    return renamed.length < MAX_NAME_BYTES ? renamed : name;
  };
}
