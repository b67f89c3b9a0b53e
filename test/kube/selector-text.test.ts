import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSelector } from '../../src/kube/selector.ts';
import { type SelectorRequirement, selectorText } from '../../src/kube/selector-text.ts';

test.each<[SelectorRequirement[], string]>([
  [[], ''],
  [[{ key: 'app', operator: 'In', values: ['web'] }], 'app=web'],
  [[{ key: 'app', operator: 'In', values: [''] }], 'app='],
  [[{ key: 'app', operator: 'NotIn', values: [''] }], 'app!='],
  [[{ key: 'app', operator: 'In', values: ['web', ''] }], 'app in (web,)'],
  [
    [
      { key: 'a/b', operator: 'Exists', values: [] },
      { key: 'old', operator: 'DoesNotExist', values: [] },
    ],
    'a/b,!old',
  ],
])('selectorText writes %j', (requirements, text) => {
  expect(selectorText(requirements)).toBe(text);
});

/** apimachinery's LabelSelector, as its documentation has it. */
function holds(
  { key, operator, values }: SelectorRequirement,
  labels: ReadonlyMap<string, string>,
) {
  const value = labels.get(key);
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

test('parseSelector means by it what the requirements mean', () => {
  const key = fc.constantFrom('a', 'in', 'notin', 'x.y/z-1', 'B_c');
  const value = fc.constantFrom('', 'a', 'in', '1', 'v.w-x_Y');
  const requirement: fc.Arbitrary<SelectorRequirement> = fc.oneof(
    fc.record({
      key,
      operator: fc.constantFrom('In' as const, 'NotIn' as const),
      values: fc.array(value, { minLength: 1, maxLength: 3 }),
    }),
    fc.record({
      key,
      operator: fc.constantFrom('Exists' as const, 'DoesNotExist' as const),
      values: fc.constant([]),
    }),
  );
  const labels = fc.array(fc.tuple(key, value), { maxLength: 4 }).map((pairs) => new Map(pairs));
  fc.assert(
    fc.property(fc.array(requirement, { maxLength: 4 }), labels, (requirements, of) => {
      const parsed = parseSelector(selectorText(requirements));
      if (parsed.kind === 'error') throw new Error(parsed.message);
      expect(parsed.selector.matches(of)).toBe(requirements.every((one) => holds(one, of)));
    }),
  );
});
