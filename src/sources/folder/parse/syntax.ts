import { MAX_ALIASES, MAX_DEPTH } from '../limits.ts';
import { type Fault, limitFault, quoted, wordAt } from '../report/fault.ts';
import { isLineEnd } from './documents.ts';

/**
 * Says in plain words why a text is not YAML: what was found, where, and what was expected. The
 * parser's own reasons name its internals ("deficient indentation").
 */
export function explainSyntax(text: string, offset: number, reason: string): Fault {
  if (reason.includes('maxDepth')) {
    return limitFault(
      offset,
      `found mappings and lists nested over ${MAX_DEPTH} deep, expected fewer`,
    );
  }
  if (reason.includes('maxAliases')) {
    return limitFault(offset, `found over ${MAX_ALIASES} aliases, expected fewer`);
  }
  if (reason.includes('maxTotalMergeKeys') || reason.includes('abnormal merge')) {
    return limitFault(offset, 'found too many keys to merge with <<, expected at most 10000');
  }

  const line = lineAround(text, offset);
  // `{{ x }}` is a mapping as the key of another, and for that the parser does not say where.
  const end = reason.includes('complex keys') ? text.length : line.start + line.text.length;
  const template = text.slice(line.start, end).indexOf('{{');
  if (template !== -1) {
    return syntax(
      line.start + template,
      `found '{{', expected plain YAML: render templates first (helm template, kustomize build)`,
    );
  }
  const tab = /^ *\t/.exec(line.text)?.[0];
  if (tab !== undefined) {
    return syntax(line.start + tab.length - 1, 'found a tab in the indentation, expected spaces');
  }
  if (RESERVED.has(text.charAt(offset))) {
    const found = quoted(text.charAt(offset));
    return syntax(offset, `found ${found} at the start of a value, expected quotes around it`);
  }
  const known = PLAIN_WORDS.find(([pattern]) => pattern.test(reason));
  if (known === undefined) return syntax(offset, quoted(reason).slice(1, -1));
  return syntax(
    offset,
    known[1].replace('FOUND', () => wordAt(text, offset)),
  );
}

/** YAML 1.2 section 5.3: `@` and backquote are reserved, `%` begins a directive. */
const RESERVED: ReadonlySet<string> = new Set(['@', '`', '%']);

const PLAIN_WORDS: readonly (readonly [RegExp, string])[] = [
  [
    /^deficient indentation$/,
    `found FOUND too far left, expected the end of the quotes or brackets opened above`,
  ],
  [/^missed comma/, `found FOUND, expected ',' or the closing bracket`],
  [/^expected the node content/, `found FOUND, expected a value before it`],
  [/within a flow collection/, `found FOUND, expected the closing bracket of [ or {`],
  [/within a (single|double) quoted/, `found FOUND, expected a closing quote`],
  [
    /^bad indentation of a mapping entry$/,
    `found FOUND, expected a key in line with the keys above (or quotes around a value with ': ')`,
  ],
  [/^bad indentation of a sequence entry$/, `found FOUND, expected '-' in line with those above`],
  [/^expected ':' after a mapping key$/, `found FOUND, expected ':' after a key`],
  [/multiline key/, `found FOUND, expected a key and ': ' on one line`],
  [/^a whitespace character is expected/, `found FOUND, expected a space after ':'`],
  [
    /^end of the stream or a document separator/,
    `found FOUND, expected the end of the document: the line may be indented wrongly, or one above it may lack ': '`,
  ],
  [/^tab characters/, `found a tab in the indentation, expected spaces`],
  [/^unknown escape sequence$/, `found FOUND after a backslash, expected an escape such as \\n`],
  [/^expected hexadecimal character$/, `found FOUND in an escape, expected a hexadecimal digit`],
  [/^a line break is expected$/, `found FOUND after | or >, expected the end of the line`],
  [/non-printable|null byte|valid JSON character/, `found FOUND, expected printable text`],
  [/^unknown \w+ tag/, `found a tag at FOUND, expected only the standard ones (!!str, !!int …)`],
  [/^cannot resolve a node/, `found a value that does not fit its tag at FOUND`],
  [/^unidentified alias/, `found an alias at FOUND, expected an anchor (&name) of its name above`],
  [/complex keys/, `found a list or mapping as a key, expected text`],
  [/^cannot merge/, `found FOUND with <<, expected an alias of a mapping`],
];

function lineAround(
  text: string,
  offset: number,
): { readonly start: number; readonly text: string } {
  let start = Math.min(offset, text.length);
  while (start > 0 && !isLineEnd(text.charCodeAt(start - 1))) start -= 1;
  let end = start;
  while (end < text.length && !isLineEnd(text.charCodeAt(end))) end += 1;
  return { start, text: text.slice(start, end) };
}

function syntax(offset: number, found: string): Fault {
  return { code: 'MANIFEST_SYNTAX', offset, found };
}
