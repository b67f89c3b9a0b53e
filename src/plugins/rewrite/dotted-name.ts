import { keyOf, NameError, type NameKey } from '../../dns/name.ts';
import type { WireName } from '../../dns/record.ts';

/**
 * A name as a string of its bytes with a mark after each label, so that beginnings, ends and parts
 * of it can be compared and replaced. Not presentation form: there a dot may be a dot or belong to
 * a label (`a\.b`), and a client that chose its bytes well could have one taken for the other.
 */
export type DottedName = string & { readonly __dottedName: unique symbol };

/** Ends a label. Not a byte. */
const MARK = '\u0100';

/** The root is the mark alone, as it is a dot alone in text. */
export function dottedOf(name: WireName): DottedName {
  if (name === '') return MARK as DottedName;
  let dotted = '';
  for (let at = 0; at < name.length; ) {
    const end = at + 1 + name.charCodeAt(at);
    dotted += name.slice(at + 1, end) + MARK;
    at = end;
  }
  return dotted as DottedName;
}

/**
 * From a name, or a piece of one, in presentation form, folded, and made to end with a dot. Unlike
 * a name it may begin with a dot.
 *
 * @throws {NameError} for a broken escape or a character outside ASCII.
 */
export function dottedFromText(text: string): DottedName {
  const dotted = text.replace(/\\(\d{3})|\\(.)|(.)/gs, (_, digits, escaped, plain) => {
    if (plain === '.') return MARK;
    if (plain === '\\' || Number(digits) > 255 || (plain ?? escaped ?? '') > '\x7f') {
      throw new NameError(`Cannot read '${digits ?? escaped ?? plain}' in the name '${text}'`);
    }
    const byte = digits === undefined ? (plain ?? escaped) : String.fromCharCode(Number(digits));
    return byte.replace(/[A-Z]/, (letter: string) => letter.toLowerCase());
  });
  return (dotted.endsWith(MARK) ? dotted : dotted + MARK) as DottedName;
}

/** The name; undefined when it cannot be one: an empty label, or too long. */
export function keyOfDotted(dotted: string): NameKey | undefined {
  if (dotted === MARK) return keyOf([]);
  if (!dotted.endsWith(MARK)) return undefined;
  try {
    return keyOf(dotted.slice(0, -1).split(MARK));
  } catch (error) {
    if (error instanceof NameError) return undefined;
    throw error;
  }
}
