/** A message that cannot be read: a name or record runs past its end, or a pointer does not lead back. */
export class FormatError extends SyntaxError {
  override readonly name = 'FormatError';
}
