import type { Word } from '../../corefile/parse.ts';
import { didYouMean, quoted } from '../../corefile/problems.ts';
import type { MatchType, NameMatcher } from './name-matcher.ts';
import { type NameRuleOptions, nameRule, ownerRule, targetRule } from './name-rule.ts';
import { readMatcher, readMatchType } from './read-matcher.ts';
import type { ReplyRule, Rule, RuleWords } from './rule.ts';

const ANSWER_TYPES = ['auto', 'name', 'value'];

/**
 * Reads `name [exact|prefix|suffix|substring|regex] FROM TO [answer auto|name FROM TO|value FROM
 * TO]...`.
 */
export function readNameRule(words: RuleWords): Rule | undefined {
  const { args, kind, directive } = words;
  if (args.length < 2) {
    directive.error('too few arguments for a name rule', kind.origin);
    return undefined;
  }
  const type = args.length === 2 ? 'exact' : readMatchType(args[0] as Word, kind, directive);
  if (type === undefined) return undefined;
  const [from, to] = (args.length === 2 ? args : args.slice(1, 3)) as [Word, Word];
  const matcher = readMatcher(type, from, to, directive);
  const answers = readAnswers(args.slice(3), words);
  if (matcher === undefined || answers === undefined) return undefined;
  // CoreDNS puts names back by itself for `exact` only.
  const backwards =
    answers.auto || type === 'exact' ? backwardsOf(type, from, to, words) : undefined;
  const { continues } = words;
  return nameRule({ continues, matcher, backwards, answers: answers.rules });
}

function backwardsOf(
  type: MatchType,
  from: Word,
  to: Word,
  { directive }: RuleWords,
): NameRuleOptions['backwards'] {
  return type === 'suffix' ? readMatcher('suffix', to, from, directive) : 'by name';
}

interface Answers {
  readonly auto: boolean;
  readonly rules: readonly ReplyRule[];
}

/** `answer auto|name|value …`; the word `answer` need not be repeated. */
function readAnswers(args: readonly Word[], { kind, directive }: RuleWords): Answers | undefined {
  const rules: ReplyRule[] = [];
  let auto: Word | undefined;
  let named = false;
  for (let at = 0; at < args.length; ) {
    const first = args[at] as Word;
    const isAnswer = first.text.toLowerCase() === 'answer';
    if (!isAnswer && at === 0) {
      const message = `exceeded the number of arguments for a non-answer rule argument for name rule: expected 'answer', found ${quoted(first.text)}`;
      directive.error(message, first.origin);
      return undefined;
    }
    const type = args[isAnswer ? at + 1 : at];
    if (type === undefined) {
      directive.error('type missing for answer rule for name rule', first.origin);
      return undefined;
    }
    at += isAnswer ? 2 : 1;
    const word = type.text.toLowerCase();
    if (word === 'auto') {
      auto = type;
      continue;
    }
    if (word !== 'name' && word !== 'value') {
      const near = didYouMean(word, ANSWER_TYPES) || ': expected auto, name or value';
      const message = `invalid type ${quoted(type.text)} for answer rule for name rule${near}`;
      directive.error(message, type.origin);
      return undefined;
    }
    const [from, to] = args.slice(at, at + 2);
    if (from === undefined || to === undefined) {
      const message = `${word} answer rule for ${kind.text} rule: 2 arguments required`;
      directive.error(message, type.origin);
      return undefined;
    }
    at += 2;
    named ||= word === 'name';
    const matcher = readMatcher('regex', from, to, directive);
    if (matcher !== undefined) rules.push(answerRule(word, matcher));
  }
  if (auto !== undefined && named) {
    const message = 'auto name answer rule cannot be combined with explicit name answer rules';
    directive.error(message, auto.origin);
  }
  return { auto: auto !== undefined, rules };
}

function answerRule(word: 'name' | 'value', matcher: NameMatcher): ReplyRule {
  return word === 'name' ? ownerRule(matcher) : targetRule(matcher);
}
