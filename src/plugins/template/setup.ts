import type { Line, Word } from '../../corefile/parse.ts';
import { quoted } from '../../corefile/problems.ts';
import { Rcode, typeCode } from '../../dns/codes.ts';
import type { ExtendedErrorText } from '../../dns/edns.ts';
import type { NameKey } from '../../dns/name.ts';
import { parseRecordText } from '../../dns/rr-text.ts';
import { Pattern, PatternError } from '../../support/pattern.ts';
import type { PluginDeclaration } from '../declaration.ts';
import { blockZones, Directive } from '../directive.ts';
import { CLASS_WORDS, classCode, RCODE_WORDS, rcodeCode } from '../dns-words.ts';
import type { KnownGroups, TemplateData } from './data.ts';
import { GoTemplate } from './go-template.ts';
import { SECTIONS, type Section, Template, type TemplateRule } from './index.ts';
import { TEMPLATE_METRICS, TemplateMetrics } from './metrics.ts';
import { TemplateError } from './tokens.ts';

const OPTIONS = ['match', ...SECTIONS, 'rcode', 'ederror', 'fallthrough'];

/** Known from CoreDNS: its variables and expressions are programs of their own. */
const NOT_OFFERED = ['var', 'expr'];

/** What fits into the header. */
const MAX_RCODE = 15;

/** Reads `template CLASS TYPE [ZONE...] { match …; answer …; … }`, a rule for each line. */
export const plugin = {
  directive: 'template',
  metrics: TEMPLATE_METRICS,
  answers: true,
  setup(lines, context, problems) {
    const directive = new Directive('template', problems);
    const zones = blockZones(context);
    const rules = lines.flatMap((line) => readRule(line, zones, directive) ?? []);
    if (directive.failed) return undefined;
    return new Template(rules, context.resolve, new TemplateMetrics(context));
  },
} satisfies PluginDeclaration;

/** The options of a block. Templates wait for the patterns, which may stand after them. */
interface Draft {
  readonly patterns: Pattern[];
  readonly words: Record<Section, Word[]>;
  rcode: number | undefined;
  error: ExtendedErrorText | undefined;
  fallthrough: readonly NameKey[] | undefined;
}

function readRule(
  line: Line,
  zones: readonly NameKey[],
  directive: Directive,
): TemplateRule | undefined {
  const [classWord, typeWord, ...zoneWords] = line.args;
  if (!directive.hasArgs(line, 2, Number.POSITIVE_INFINITY)) return undefined;
  const qclass = readClass(classWord as Word, directive);
  const type = readType(typeWord as Word, directive);
  const draft: Draft = {
    patterns: [],
    words: { answer: [], authority: [], additional: [] },
    rcode: undefined,
    error: undefined,
    fallthrough: undefined,
  };
  for (const option of line.block ?? []) readOption(option, draft, directive);
  const { words, rcode } = draft;
  if (SECTIONS.every((section) => words[section].length === 0) && rcode === undefined) {
    const message =
      'no answer section for template found: expected answer, authority, additional or rcode';
    directive.error(message, line.origin);
  }
  const known = groupsOf(draft.patterns);
  const compile = (section: Section) =>
    words[section].flatMap((word) => readTemplate(word, known, directive) ?? []);
  return {
    qclass,
    type,
    zones: directive.zones(zoneWords, zones),
    patterns: draft.patterns,
    templates: {
      answer: compile('answer'),
      authority: compile('authority'),
      additional: compile('additional'),
    },
    rcode: rcode ?? Rcode.NOERROR,
    error: draft.error,
    fallthrough: draft.fallthrough,
  };
}

function readClass({ text, origin }: Word, directive: Directive): number {
  const code = classCode(text);
  if (code !== undefined) return code;
  const expected = `expected ${CLASS_WORDS.join(', ')}`;
  directive.error(`invalid query class ${quoted(text)}: ${expected}`, origin);
  return 0;
}

function readType({ text, origin }: Word, directive: Directive): number {
  const code = typeCode(text);
  if (code !== undefined) return code;
  directive.error(`invalid RR type ${quoted(text)}: expected a type, as A, ANY or TYPE65`, origin);
  return 0;
}

function readOption(option: Line, draft: Draft, directive: Directive): void {
  const { name, args, origin } = option;
  switch (name) {
    case 'match':
      if (directive.hasArgs(option, 1, Number.POSITIVE_INFINITY)) {
        for (const word of args) draft.patterns.push(...readPattern(word, directive));
      }
      break;
    case 'answer':
    case 'authority':
    case 'additional':
      if (directive.hasArgs(option, 1, Number.POSITIVE_INFINITY)) draft.words[name].push(...args);
      break;
    case 'rcode':
      draft.rcode = Rcode.NOERROR; // one mistake is not to be reported as two
      if (directive.hasArgs(option, 1, 1)) draft.rcode = readRcode(args[0] as Word, directive);
      break;
    case 'ederror':
      if (directive.hasArgs(option, 1, 2)) draft.error = readError(args, directive);
      break;
    case 'fallthrough':
      draft.fallthrough = directive.fallthrough(option);
      break;
    case 'upstream': // has had no meaning for years, and stands in many files
      break;
    default:
      if (NOT_OFFERED.includes(name)) {
        const accepted = `expected one of ${OPTIONS.join(', ')}`;
        directive.error(`${name} is known from CoreDNS but not offered: ${accepted}`, origin);
      } else {
        directive.unknown(option, OPTIONS);
      }
  }
}

function readPattern({ text, origin }: Word, directive: Directive): Pattern[] {
  try {
    return [new Pattern(text)];
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    directive.error(`could not parse regex: ${quoted(text)}, ${error.message}`, origin);
    return [];
  }
}

function readRcode({ text, origin }: Word, directive: Directive): number {
  const code = rcodeCode(text);
  if (code !== undefined && code <= MAX_RCODE) return code;
  const known = RCODE_WORDS.filter((word) => (rcodeCode(word) ?? 0) <= MAX_RCODE);
  directive.error(`unknown rcode ${quoted(text)}: expected one of ${known.join(', ')}`, origin);
  return 0;
}

function readError([code, reason]: readonly Word[], directive: Directive): ExtendedErrorText {
  const { text = '', origin } = code as Word;
  if (!/^\d{1,5}$/.test(text) || Number(text) > 0xffff) {
    const message = `error parsing extended DNS error code ${quoted(text)}: expected 0 to 65535`;
    directive.error(message, origin);
  }
  if (reason !== undefined && !/^[ -~]{0,200}$/.test(reason.text)) {
    directive.error('expected a reason of at most 200 characters of ASCII', reason.origin);
  }
  return { code: Number(text), text: reason?.text ?? '' };
}

function groupsOf(patterns: readonly Pattern[]): KnownGroups {
  const count = Math.max(0, ...patterns.map((pattern) => pattern.groupCount));
  const named = patterns.flatMap(({ groupNames }) =>
    groupNames.filter((name) => name !== undefined),
  );
  const numbers = Array.from({ length: count + 1 }, (_, at) => String(at));
  return { count, names: new Set([...named, ...numbers]) };
}

function readTemplate(
  { text, origin }: Word,
  known: KnownGroups,
  directive: Directive,
): GoTemplate | undefined {
  try {
    const template = new GoTemplate(text, known);
    if (!template.isConstant) return template;
    const made = parseRecordText(template.render(NO_DATA));
    if (made.record !== undefined) return template;
    directive.error(`could not read the record ${quoted(text)}: ${made.fault}`, origin);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    directive.error(`could not compile template: ${quoted(text)}, ${error.message}`, origin);
  }
  return undefined;
}

/** For templates that say the same whatever is asked. */
const NO_DATA: TemplateData = {
  name: '',
  questionName: '',
  type: '',
  class: '',
  zone: '',
  typeCode: 0,
  classCode: 0,
  remote: '',
  messageId: 0,
  match: [],
  groups: new Map(),
  metadata: undefined,
};
