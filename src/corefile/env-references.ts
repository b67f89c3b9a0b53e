/** The variables a Corefile may refer to; `process.env` is one. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Replaces `{$NAME}` and `{%NAME%}` by what `lookUp` says. `{$}` and `{%%}` are left alone, as in
 * CoreDNS. What a value holds is never looked at again: in CoreDNS, a value with a reference to
 * itself is replaced for ever.
 */
export function replaceReferences(text: string, lookUp: (name: string) => string): string {
  if (!text.includes('{')) return text;
  return text.replace(
    /\{%((?:(?!%\}|\{%).){1,255})%\}|\{\$([^{}]{1,255})\}/gs,
    (_whole, percent: string | undefined, dollar: string | undefined) =>
      lookUp(percent ?? dollar ?? ''),
  );
}
