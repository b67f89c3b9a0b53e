/** An expression that cannot be used. The text is shown to whoever wrote it. */
export class ViewError extends SyntaxError {
  override readonly name = 'ViewError';
  readonly column: number;

  /** @param column in the expression, from 1. */
  constructor(message: string, column: number) {
    super(`${message} at column ${column} of the expression`);
    this.column = column;
  }
}
