/** A template that cannot be read, or one that has no value for a query. */
export class TemplateError extends SyntaxError {
  override readonly name = 'TemplateError';
}
