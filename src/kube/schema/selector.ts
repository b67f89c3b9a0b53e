import { labelValue, qualifiedName } from '../names.ts';
import type { SelectorRequirement } from '../selector.ts';
import { type Field, fieldNames } from './field.ts';
import { readLabels } from './metadata.ts';

const SELECTOR = fieldNames('matchLabels matchExpressions');
const EXPRESSION = fieldNames('key operator values');

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
export function readSelectorRequirements(
  selector: Field,
  owner: string,
): SelectorRequirement[] | undefined {
  if (selector.mapping(owner, 'v1.LabelSelector').unreadable) return undefined;
  selector.warnOfTypos(SELECTOR);
  const before = selector.report.problems.length;
  const labels = readLabels(selector.get('matchLabels'), 'LabelSelector');
  const requirements: SelectorRequirement[] = [...labels].map(([key, value]) => ({
    key,
    operator: 'In',
    values: [value],
  }));
  const list = selector.get('matchExpressions');
  const items = list.list('LabelSelector', 'v1.LabelSelectorRequirement');
  if (items.length > MAX_ITEMS) list.tooMany(items.length, MAX_ITEMS);
  for (const item of items.slice(0, MAX_ITEMS)) requirements.push(readExpression(item));
  const { problems } = selector.report;
  const isBroken = problems.slice(before).some(({ severity }) => severity === 'error');
  return isBroken || items.length > MAX_ITEMS ? undefined : requirements;
}

/** As ValidateLabelSelectorRequirement. */
function readExpression(item: Field): SelectorRequirement {
  item.mapping('LabelSelector', 'v1.LabelSelectorRequirement').warnOfTypos(EXPRESSION);
  const key = item.get('key').string('LabelSelectorRequirement');
  for (const fault of qualifiedName(key)) item.get('key').invalid(key, fault);
  const field = item.get('operator');
  const text = field.string('LabelSelectorRequirement', 'v1.LabelSelectorOperator');
  const operator = OPERATORS.find((known) => known === text);
  if (operator === undefined) field.invalid(text, 'not a valid selector operator');
  const list = item.get('values');
  const written = list.list('LabelSelectorRequirement', 'string');
  if (written.length > MAX_ITEMS) list.tooMany(written.length, MAX_ITEMS);
  const values = written.slice(0, MAX_ITEMS).map((value) => {
    const one = value.string('LabelSelectorRequirement');
    for (const fault of labelValue(one)) value.invalid(one, fault);
    return one;
  });
  const needsValues = operator === 'In' || operator === 'NotIn';
  if (needsValues && values.length === 0) {
    list.required("must be specified when `operator` is 'In' or 'NotIn'");
  }
  if (operator !== undefined && !needsValues && values.length > 0) {
    list.forbidden("may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
  }
  return { key, operator: operator ?? 'Exists', values };
}
