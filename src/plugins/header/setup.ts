import type { Line, Word } from '../../corefile/parse.ts';
import { didYouMean, quoted } from '../../corefile/problems.ts';
import type { PluginDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import type { OptionForms } from '../option-form.ts';
import { Header, type HeaderRules } from './index.ts';

type Fields<Side extends keyof HeaderRules> = ReadonlyMap<string, keyof HeaderRules[Side]>;

const QUERY_FLAGS: Fields<'query'> = new Map([
  ['rd', 'recursionDesired'],
  ['cd', 'checkingDisabled'],
  ['ad', 'authenticData'],
]);

const RESPONSE_FLAGS: Fields<'response'> = new Map([
  ['aa', 'authoritative'],
  ['ra', 'recursionAvailable'],
  ['ad', 'authenticData'],
]);

const FLAGS = ['aa', 'ra', 'rd', 'ad', 'cd'];

const OPTIONS = {
  query: 'ACTION FLAGS...',
  response: 'ACTION FLAGS...',
} as const satisfies OptionForms;

/** Reads `header { query|response set|clear FLAG... }`. */
export const plugin = {
  directive: 'header',
  options: OPTIONS,
  setup(lines, _context, problems) {
    const directive = new Directive('header', problems);
    const query: Record<string, boolean> = {};
    const response: Record<string, boolean> = {};
    for (const line of lines) {
      directive.hasArgs(line, 0, 0);
      directive.options(line, OPTIONS, {
        query: (option) => readRule(option, QUERY_FLAGS, query, directive),
        response: (option) => readRule(option, RESPONSE_FLAGS, response, directive),
      });
      if ((line.block ?? []).length === 0) {
        directive.error("expected a block with 'query' or 'response' rules", line.origin);
      }
    }
    return directive.failed ? undefined : new Header({ query, response });
  },
} satisfies PluginDeclaration;

function readRule(
  rule: Line,
  fields: ReadonlyMap<string, string>,
  flags: Record<string, boolean>,
  directive: Directive,
): void {
  const [action, ...names] = rule.args as [Word, ...Word[]];
  const verb = action.text.toLowerCase();
  if (verb !== 'set' && verb !== 'clear') {
    const message = `unknown flag action=${quoted(action.text)}, should be set or clear`;
    directive.error(message, action.origin);
  }
  for (const { text, origin } of names) {
    const flag = text.toLowerCase();
    const field = fields.get(flag);
    if (field !== undefined) {
      flags[field] = verb === 'set';
    } else if (FLAGS.includes(flag)) {
      directive.warning(`${flag} of a ${rule.name} changes nothing: ${reason(rule.name)}`, origin);
    } else {
      const near = didYouMean(flag, FLAGS) || `: expected one of ${FLAGS.join(', ')}`;
      directive.error(`unknown/unsupported flag=${quoted(text)}${near}`, origin);
    }
  }
}

function reason(side: string): string {
  return side === 'query'
    ? 'AA and RA mean something in replies only'
    : "a reply repeats the query's RD and CD (RFC 1035 section 4.1.1)";
}
