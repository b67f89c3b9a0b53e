import type { Range } from './character-set.ts';

/** A place between two characters. */
export type Assertion =
  | 'text start'
  | 'text end'
  | 'line start'
  | 'line end'
  | 'word boundary'
  | 'no word boundary';

/** A pattern, taken apart. */
export type Syntax =
  | { readonly kind: 'set'; readonly set: readonly Range[] }
  | { readonly kind: 'assert'; readonly assertion: Assertion }
  | { readonly kind: 'all'; readonly parts: readonly Syntax[] }
  | { readonly kind: 'either'; readonly choices: readonly Syntax[] }
  /** A group that is remembered, from 1. */
  | { readonly kind: 'group'; readonly index: number; readonly body: Syntax }
  | {
      readonly kind: 'repeat';
      readonly body: Syntax;
      readonly min: number;
      /** `Infinity` for no end. */
      readonly max: number;
      readonly greedy: boolean;
    };

export const NOTHING: Syntax = { kind: 'all', parts: [] };

/** Can it match no character at all? */
export function isNullable(syntax: Syntax): boolean {
  switch (syntax.kind) {
    case 'set':
      return false;
    case 'assert':
      return true;
    case 'all':
      return syntax.parts.every(isNullable);
    case 'either':
      return syntax.choices.some(isNullable);
    case 'group':
      return isNullable(syntax.body);
    case 'repeat':
      return syntax.min === 0 || isNullable(syntax.body);
  }
}
