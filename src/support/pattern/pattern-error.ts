/**
 * A pattern that is not one, or that asks for more than is offered. The text is shown to whoever
 * wrote it.
 */
export class PatternError extends SyntaxError {
  override readonly name = 'PatternError';
  /** Where in the pattern, from 1. */
  readonly column: number;

  constructor(message: string, column: number) {
    super(`${message} at column ${column} of the pattern`);
    this.column = column;
  }
}
