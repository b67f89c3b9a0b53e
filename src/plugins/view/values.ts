import type { Request } from '../plugin.ts';

/** A part of an expression, checked: what it is and how it is found. */
export type Value =
  | {
      readonly type: 'text';
      readonly of: (request: Request) => string;
      /** The text, when it is the same for every query. */
      readonly literal?: string;
    }
  | { readonly type: 'number'; readonly of: (request: Request) => number }
  | { readonly type: 'condition'; readonly of: (request: Request) => boolean };

export type Condition = Extract<Value, { type: 'condition' }>['of'];

export const text = (of: (request: Request) => string): Value => ({ type: 'text', of });
export const number = (of: (request: Request) => number): Value => ({ type: 'number', of });
export const condition = (of: Condition): Value => ({ type: 'condition', of });

type Compare<Type> = (left: Type, right: Type) => boolean;

const TEXT: ReadonlyMap<string, Compare<string>> = new Map([
  ['==', (left, right) => left === right],
  ['!=', (left, right) => left !== right],
  ['contains', (left, right) => left.includes(right)],
  ['startsWith', (left, right) => left.startsWith(right)],
  ['endsWith', (left, right) => left.endsWith(right)],
]);

const NUMBER: ReadonlyMap<string, Compare<number>> = new Map([
  ['==', (left, right) => left === right],
  ['!=', (left, right) => left !== right],
  ['<', (left, right) => left < right],
  ['<=', (left, right) => left <= right],
  ['>', (left, right) => left > right],
  ['>=', (left, right) => left >= right],
]);

const CONDITION: ReadonlyMap<string, Compare<boolean>> = new Map([
  ['==', (left, right) => left === right],
  ['!=', (left, right) => left !== right],
]);

export function isComparison(operator: string): boolean {
  return TEXT.has(operator) || NUMBER.has(operator);
}

/** Whether two values compare as the operator says; undefined when they cannot be compared. */
export function compared(operator: string, left: Value, right: Value): Condition | undefined {
  if (left.type === 'text' && right.type === 'text') {
    return joined(TEXT.get(operator), left.of, right.of);
  }
  if (left.type === 'number' && right.type === 'number') {
    return joined(NUMBER.get(operator), left.of, right.of);
  }
  if (left.type === 'condition' && right.type === 'condition') {
    return joined(CONDITION.get(operator), left.of, right.of);
  }
  return undefined;
}

function joined<Type>(
  compare: Compare<Type> | undefined,
  left: (request: Parameters<Condition>[0]) => Type,
  right: (request: Parameters<Condition>[0]) => Type,
): Condition | undefined {
  return compare && ((request) => compare(left(request), right(request)));
}
