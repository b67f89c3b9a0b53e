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
