import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSelector, type SelectorRequirement, selectorText } from '../../src/kube/selector.ts';

const LABELS = 'app=web tier=front n=7 empty=';

test.each([
  ['', 'matches'],
  ['  ', 'matches'],
  ['app=web', 'matches'],
  ['app == web', 'matches'],
  ['app=db', 'misses'],
  ['app!=db', 'matches'],
  ['app!=web', 'misses'],
  ['absent!=x', 'matches'],
  ['app', 'matches'],
  ['absent', 'misses'],
  ['!absent', 'matches'],
  ['! app', 'misses'],
  ['app in (web,db)', 'matches'],
  ['app in(db, api)', 'misses'],
  ['app notin (db)', 'matches'],
  ['app notin (web)', 'misses'],
  ['absent notin (web)', 'matches'],
  ['absent in (web)', 'misses'],
  ['empty=', 'matches'],
  ['empty in (,x)', 'matches'],
  ['absent=', 'misses'],
  ['n>6', 'matches'],
  ['n>7', 'misses'],
  ['n<8', 'matches'],
  ['app>1', 'misses'],
  ['absent<1', 'misses'],
  ['app=web,tier in (front),!absent', 'matches'],
  ['app=web,tier=back', 'misses'],
  ['in', 'misses'],
  ['constructor', 'misses'],
  ['app.kubernetes.io/name=x', 'misses'],
])('parseSelector: %s %s', (text, expected) => {
  const labels = new Map(LABELS.split(' ').map((pair) => pair.split('=') as [string, string]));
  const parsed = parseSelector(text);
  expect(parsed.kind).toBe('selector');
  const matches = parsed.kind === 'selector' && parsed.selector.matches(labels);
  expect(matches ? 'matches' : 'misses').toBe(expected);
});

test.each([
  ['a,', 3, "found '', expected: identifier after ','"],
  [',a', 1, "found ',', expected: !, identifier, or 'end of string'"],
  ['a b', 3, "found 'b', expected: in, notin, =, ==, !=, gt, lt"],
  ['a in x', 6, "found 'x', expected: '('"],
  ['a in (x', 8, "found '', expected: ',' or ')'"],
  ['a in ()', 7, "for 'in', 'notin' operators, values set can't be empty"],
  ['a=b c', 5, "found 'c', expected: ',' or 'end of string'"],
  ['!a=b', 3, "found '=', expected: ',' or 'end of string'"],
  ['!', 2, "found '', expected: identifier"],
  ['a>x', 3, "for 'Gt', 'Lt' operators, the value must be an integer: found 'x'"],
  ['a=(', 3, "found '(', expected: identifier"],
])('parseSelector refuses %s at column %i: %s', (text, column, message) => {
  expect(parseSelector(text)).toEqual({ kind: 'error', column, message });
});

test.each([
  ['-a=b', 'key: Invalid value: "-a": name part must consist of'],
  ['__proto__', 'key: Invalid value: "__proto__": name part must consist of'],
  ['a=-b', 'value: Invalid value: "-b": a valid label must be'],
])('parseSelector refuses the names of %s', (text, message) => {
  const parsed = parseSelector(text);
  expect(parsed.kind === 'error' && parsed.message).toContain(message);
});

test('parseSelector answers every text, and never throws', () => {
  const piece = fc.constantFrom('a', 'in', 'notin', '!', '=', '==', '!=', '(', ')', ',', '>', ' ');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map((all) => all.join('')),
      ),
      (text) => {
        const parsed = parseSelector(text);
        if (parsed.kind === 'error') expect(parsed.column).toBeGreaterThan(0);
        else expect(typeof parsed.selector.matches(new Map())).toBe('boolean');
      },
    ),
  );
});

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
