import type { Line } from '../../corefile/parse.ts';
import { type ProblemList, quoted } from '../../corefile/problems.ts';
import type { OptionsDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import type { OptionForms } from '../option-form.ts';
import type { Request } from '../plugin.ts';
import { compileCondition } from './expression.ts';
import { ViewError } from './tokens.ts';
import type { Condition } from './values.ts';

/** Which queries a server block takes. Not a link of the chain: it is asked before there is one. */
export interface View {
  /** The label of the block in metrics. */
  readonly name: string;
  matches(request: Request): boolean;
  /** Its name is metadata of the queries it takes: `view/name`. */
  label(label: string): string | undefined;
}

const OPTIONS = {
  expr: 'EXPRESSION...',
} as const satisfies OptionForms;

/** Reads `view NAME { expr EXPRESSION }`. With mistakes, in `problems`, there is no view. */
export function parseView(lines: readonly Line[], problems: ProblemList): View | undefined {
  const directive = new Directive('view', problems);
  const line = directive.single(lines);
  const [name] = line.args;
  if (!directive.hasArgs(line, 1, 1) || name === undefined) return undefined;
  const conditions: Condition[] = [];
  directive.options(line, OPTIONS, {
    expr: (option) => void conditions.push(...readExpression(option, directive)),
  });
  if ((line.block ?? []).length === 0) {
    directive.warning(`view ${quoted(name.text)} has no expr: it takes every query`, line.origin);
  }
  if (directive.failed) return undefined;
  return {
    name: name.text,
    matches: (request) => conditions.every((holds) => holds(request)),
    label: (label) => (label === 'view/name' ? name.text : undefined),
  };
}

export const plugin: OptionsDeclaration<View | undefined> = {
  directive: 'view',
  options: OPTIONS,
  read: (lines, problems) => (lines.length === 0 ? undefined : parseView(lines, problems)),
  isCountedAsLink: true,
};

function readExpression(option: Line, directive: Directive): Condition[] {
  const source = option.args.map(({ text }) => text).join(' ');
  try {
    return [compileCondition(source)];
  } catch (error) {
    if (!(error instanceof ViewError)) throw error;
    directive.error(`invalid expression ${quoted(source)}: ${error.message}`, option.origin);
    return [];
  }
}
