import type { Line, Word } from '../../corefile/parse.ts';
import { didYouMean, quoted } from '../../corefile/problems.ts';
import { typeCode } from '../../dns/codes.ts';
import { MAX_TTL } from '../../dns/record.ts';
import type { PluginDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import { CLASS_WORDS, classCode, RCODE_WORDS, rcodeCode } from '../dns-words.ts';
import type { PluginContext } from '../plugin.ts';
import { cnameRule } from './cname-rule.ts';
import { questionRule, rcodeChange, replyRule, ttlChange } from './field-rules.ts';
import { Rewrite } from './index.ts';
import { readEdnsRule } from './read-edns-rule.ts';
import { readMatcher, splitMatchType } from './read-matcher.ts';
import { readNameRule } from './read-name-rule.ts';
import type { Rule, RuleWords } from './rule.ts';

type ReadRule = (words: RuleWords) => Rule | undefined;

const RULES: ReadonlyMap<string, ReadRule> = new Map<string, ReadRule>([
  ['name', readNameRule],
  ['type', (words) => readQuestionRule(words, 'type')],
  ['class', (words) => readQuestionRule(words, 'qclass')],
  ['edns0', readEdnsRule],
  ['ttl', readTtlRule],
  ['rcode', readRcodeRule],
  ['cname', readCnameRule],
]);

/** Reads `rewrite [continue|stop] FIELD …`, a rule for each line. */
export const plugin = {
  directive: 'rewrite',
  renames: true,
  clusterAnswers: (rewrite) => rewrite,
  setup(lines, context, problems) {
    const directive = new Directive('rewrite', problems);
    const rules = lines.flatMap((line) => readRule(line, directive, context) ?? []);
    return directive.failed ? undefined : new Rewrite(rules);
  },
} satisfies PluginDeclaration<Rewrite>;

function readRule(line: Line, directive: Directive, context: PluginContext): Rule | undefined {
  const words = wordsOf(line, directive);
  const mode = words[0]?.text.toLowerCase();
  const hasMode = mode === 'continue' || mode === 'stop';
  const [kind, ...args] = hasMode ? words.slice(1) : words;
  if (kind === undefined) {
    const fault = hasMode ? `${mode} specified with no rule` : 'no rule type specified for rewrite';
    directive.error(fault, words[0]?.origin ?? line.origin);
    return undefined;
  }
  const name = kind.text.toLowerCase();
  const read = RULES.get(name);
  if (read !== undefined) {
    return read({ continues: mode === 'continue', kind, args, directive, context });
  }
  const known = [...RULES.keys()];
  const near = didYouMean(name, known) || `: expected one of ${known.join(', ')}`;
  const fault =
    name === 'answer'
      ? 'response rewrites must begin with a name rule'
      : `invalid rule type ${quoted(kind.text)}${near}`;
  directive.error(fault, kind.origin);
  return undefined;
}

/** A rule may stand in a block, on several lines that read as one. */
function wordsOf(line: Line, directive: Directive): readonly Word[] {
  const { args, block } = line;
  if (block === undefined) return args;
  if (args.length >= 2) {
    directive.error("Unexpected '{': expected a rule on the line or in the block", line.origin);
    return args;
  }
  const inside = block.flatMap(({ name, origin, args: more }) => [{ text: name, origin }, ...more]);
  return [...args, ...inside];
}

function readQuestionRule(words: RuleWords, field: 'type' | 'qclass'): Rule | undefined {
  const { args, kind, directive, continues } = words;
  const [from, to] = args;
  if (from === undefined || to === undefined || args.length > 2) {
    directive.error(`${kind.text} rules must have exactly two arguments`, kind.origin);
    return undefined;
  }
  const codes = [from, to].map(({ text, origin }) => {
    const code = field === 'type' ? typeCode(text) : classCode(text);
    if (code !== undefined) return code;
    const expected = field === 'type' ? 'a type, as A or TYPE65' : CLASS_WORDS.join(', ');
    directive.error(`invalid ${kind.text} ${quoted(text)}: expected ${expected}`, origin);
    return 0;
  });
  return questionRule(continues, field, codes[0] as number, codes[1] as number);
}

function readTtlRule({ args, kind, directive, continues }: RuleWords): Rule | undefined {
  const words = splitMatchType(args, 2, kind, directive);
  if (words === undefined) return undefined;
  const [from, ttl] = words.rest as [Word, Word];
  const matcher = readMatcher(words.type, from, undefined, directive);
  const found = /^(\d{1,10})?(-)?(\d{1,10})?$/.exec(ttl.text);
  const least = Number(found?.[1] ?? 0);
  const most = Number(found?.[3] ?? (found?.[2] === undefined ? least : MAX_TTL));
  const isGiven = found?.[1] !== undefined || found?.[3] !== undefined;
  if (!isGiven || least > most || most > MAX_TTL) {
    const expected = `N, MIN-MAX, MIN- or -MAX, seconds, at most ${MAX_TTL}`;
    directive.error(`invalid TTL ${quoted(ttl.text)}: expected ${expected}`, ttl.origin);
  }
  return matcher && replyRule(continues, matcher, ttlChange(least, most));
}

function readRcodeRule({ args, kind, directive, continues }: RuleWords): Rule | undefined {
  const words = splitMatchType(args, 3, kind, directive);
  if (words === undefined) return undefined;
  const [name, from, to] = words.rest as [Word, Word, Word];
  const matcher = readMatcher(words.type, name, undefined, directive);
  const codes = [from, to].map(({ text, origin }) => {
    const code = /^\d{1,2}$/.test(text) ? Number(text) : rcodeCode(text);
    if (code !== undefined && code <= MAX_RCODE) return code;
    const expected = `a number up to ${MAX_RCODE}, ${RCODE_WORDS.slice(0, 6).join(', ')} …`;
    directive.error(`invalid rcode ${quoted(text)}: expected ${expected}`, origin);
    return 0;
  });
  const change = rcodeChange(codes[0] as number, codes[1] as number);
  return matcher && replyRule(continues, matcher, change);
}

/** What fits into the header: more bits need an OPT record, which the client may not take. */
const MAX_RCODE = 15;

function readCnameRule({ args, kind, directive, continues, context }: RuleWords): Rule | undefined {
  const words = splitMatchType(args, 2, kind, directive);
  if (words === undefined) return undefined;
  const [from, to] = words.rest as [Word, Word];
  const matcher = readMatcher(words.type, from, to, directive);
  return matcher && cnameRule(continues, matcher, context.resolve);
}
