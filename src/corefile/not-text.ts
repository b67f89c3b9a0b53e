/**
 * No text has these: control characters but tab, line ends and form feed, or bytes that are not
 * UTF-8.
 */
const NO_TEXT = /[\u0000-\u0008\u000e-\u001f\u007f\ufffd]/;

/**
 * Why a file cannot be a Corefile whatever stands in it; undefined when it is text. A key, a
 * program or a log that was named by mistake is refused as a whole: complaints about its words
 * would only show them.
 */
export function notTextFault(text: string): string | undefined {
  const at = NO_TEXT.exec(text)?.index;
  if (at === undefined) return undefined;
  const before = text.slice(0, at).split('\n');
  const found = text[at] === '\ufffd' ? 'bytes that are not UTF-8' : 'a control character';
  const [line, column] = [before.length, (before.at(-1)?.length ?? 0) + 1];
  return `it has ${found} at ${line}:${column}: expected text`;
}
