import type { Line, Word } from '../../corefile/parse.ts';
import { quoted } from '../../corefile/problems.ts';
import { Rcode, typeCode } from '../../dns/codes.ts';
import type { ExtendedErrorText } from '../../dns/edns.ts';
import type { NameKey } from '../../dns/name.ts';
import { parseRecordText } from '../../dns/rr-text.ts';
import { Pattern, PatternError } from '../../support/pattern.ts';
import type { PluginDeclaration } from '../declaration.ts';
import { blockZones, Directive, type ReadOption } from '../directive.ts';
import { CLASS_WORDS, classCode, RCODE_WORDS, rcodeCode } from '../dns-words.ts';
import type { OptionForms } from '../option-form.ts';
import type { KnownGroups, TemplateData } from './data.ts';
import { GoTemplate } from './go-template.ts';
import { SECTIONS, type Section, Template, type TemplateRule } from './index.ts';
import { TEMPLATE_METRICS, TemplateMetrics } from './metrics.ts';
import { TemplateError } from './tokens.ts';

const OPTIONS = {
  match: 'REGEX...',
  answer: 'RECORD...',
  additional: 'RECORD...',
  authority: 'RECORD...',
  rcode: 'CODE',
  ederror: 'EXTENDED_ERROR_CODE [REASON]',
  fallthrough: '[ZONES...]',
} as const satisfies OptionForms;

/** What fits into the header. */
const MAX_RCODE = 15;

/** Reads `template CLASS TYPE [ZONE...] { match …; answer …; … }`, a rule for each line. */
export const plugin = {
  directive: 'template',
  options: OPTIONS,
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
  directive.options(line, OPTIONS, READERS, draft, directive);
  const { words, rcode } = draft;
  const hasRcode = line.block?.some(({ name }) => name === 'rcode');
  if (SECTIONS.every((section) => words[section].length === 0) && !hasRcode) {
    const message =
      'neither records nor rcode: it answers NOERROR without records, as with rcode NOERROR';
    directive.warning(message, line.origin);
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

type Read = ReadOption<[Draft, Directive]>;

const READERS = {
  match: ({ args }, draft, directive) => {
    for (const word of args) draft.patterns.push(...readPattern(word, directive));
  },
  answer: readRecords,
  additional: readRecords,
  authority: readRecords,
  rcode: ({ args }, draft, directive) => {
    draft.rcode = readRcode(args[0] as Word, directive);
  },
  ederror: ({ args }, draft, directive) => {
    draft.error = readError(args, directive);
  },
  fallthrough: (option, draft, directive) => {
    draft.fallthrough = directive.fallthrough(option);
  },
  upstream: () => {}, // has had no meaning for years, and stands in many files
  var: notOffered,
  expr: notOffered,
} satisfies Record<string, Read>;

function readRecords({ name, args }: Line, { words }: Draft): void {
  words[name as Section].push(...args);
}

/** Known from CoreDNS: its variables and expressions are programs of their own. */
function notOffered({ name, origin }: Line, _draft: Draft, directive: Directive): void {
  const accepted = `expected one of ${Object.keys(OPTIONS).join(', ')}`;
  directive.error(`${name} is known from CoreDNS but not offered: ${accepted}`, origin);
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
