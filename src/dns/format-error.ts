/**
 * A message that cannot be read: a name or record runs past its end, or a pointer does not lead
 * back.
 */
export class FormatError extends SyntaxError {
  override readonly name: string = 'FormatError';
}

/** A message that holds more than is read of one of its kind; it may be well formed. */
export class OverBudgetError extends FormatError {
  override readonly name = 'OverBudgetError';
}
