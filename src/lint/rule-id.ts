/** The code of a rule's findings: `external-name-loop` → `EXTERNAL_NAME_LOOP`. */
export function codeOf(id: string): string {
  return id.toUpperCase().replaceAll('-', '_');
}

/** The id of a rule, which may be written as the code of its findings too. */
export function idOf(text: string): string {
  return text.toLowerCase().replaceAll('_', '-');
}
