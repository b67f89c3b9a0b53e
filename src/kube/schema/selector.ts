import { labelValue, qualifiedName } from '../names.ts';
import type { SelectorRequirement } from '../selector.ts';
import type { Field } from './field.ts';
import { readLabels } from './metadata.ts';
import { struct } from './struct.ts';

const SELECTOR = struct('v1.LabelSelector', 'matchLabels matchExpressions');
const EXPRESSION = struct('v1.LabelSelectorRequirement', 'key operator values');

const OPERATORS: readonly SelectorRequirement['operator'][] = [
  'DoesNotExist',
  'Exists',
  'In',
  'NotIn',
];

/** Most expressions of one selector, and values of one expression. */
const MAX_ITEMS = 100;

/**
 * Reads a LabelSelector (`matchLabels`, `matchExpressions`); undefined, after a report, when
 * something in it cannot be used.
 */
export function readSelectorRequirements(selector: Field): SelectorRequirement[] | undefined {
  if (selector.struct(SELECTOR).unreadable) return undefined;
  const before = selector.report.problems.length;
  const labels = readLabels(selector.get('matchLabels'));
  const requirements: SelectorRequirement[] = [...labels].map(([key, value]) => ({
    key,
    operator: 'In',
    values: [value],
  }));
  const list = selector.get('matchExpressions');
  const items = list.first(EXPRESSION.go, MAX_ITEMS);
  for (const item of items) requirements.push(readExpression(item.struct(EXPRESSION)));
  const { problems } = selector.report;
  const isBroken = problems.slice(before).some(({ severity }) => severity === 'error');
  return isBroken || list.count > MAX_ITEMS ? undefined : requirements;
}

/** As ValidateLabelSelectorRequirement. */
function readExpression(item: Field): SelectorRequirement {
  const key = item.get('key').string();
  item.get('key').obeys(qualifiedName, key);
  const field = item.get('operator');
  const text = field.string('v1.LabelSelectorOperator');
  const operator = OPERATORS.find((known) => known === text);
  if (operator === undefined) field.invalid(text, 'not a valid selector operator');
  const list = item.get('values');
  const values = list.first('string', MAX_ITEMS).map((value) => value.name(labelValue));
  const needsValues = operator === 'In' || operator === 'NotIn';
  if (needsValues && values.length === 0) {
    list.required("must be specified when `operator` is 'In' or 'NotIn'");
  }
  if (operator !== undefined && !needsValues && values.length > 0) {
    list.forbidden("may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
  }
  return { key, operator: operator ?? 'Exists', values };
}
