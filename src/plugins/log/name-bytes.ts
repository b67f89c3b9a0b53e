import { HEADER_BYTES } from '../../dns/header.ts';
import { isHostCharacter, type NameKey, textOf } from '../../dns/name.ts';
import type { Query } from '../../dns/query.ts';
import { DOT } from '../../support/ascii.ts';

/** Four characters for each byte of the longest name. */
const MAX_TEXT_BYTES = 1020;

/**
 * The text of the name in a query, in lower case: the first `length` of `bytes`. The bytes of the
 * query are read, as to look at the characters of a string costs three times as much.
 */
export class NameBytes {
  readonly bytes = new Uint8Array(MAX_TEXT_BYTES);
  length = 0;
  /** Nothing in it has to be escaped in JSON. */
  isPlain = true;

  ofQuery(query: Query): this {
    this.isPlain = this.#readHostName(query);
    return this.isPlain ? this : this.ofKey(query.key);
  }

  ofKey(key: NameKey): this {
    const text = textOf(key);
    this.isPlain = !text.includes('\\');
    this.length = text.length;
    for (let at = 0; at < text.length; at++) this.bytes[at] = text.charCodeAt(at);
    return this;
  }

  /** False for a name with other characters than those of hosts, and for the root. */
  #readHostName({ input, offset, questionEnd }: Query): boolean {
    const { bytes } = this;
    const end = offset + questionEnd - 5;
    let to = 0;
    for (let at = offset + HEADER_BYTES; at < end; ) {
      const labelEnd = at + 1 + input[at]!;
      for (at++; at < labelEnd; at++) {
        const byte = input[at]!;
        const code = byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
        if (!isHostCharacter(code)) return false;
        bytes[to++] = code;
      }
      bytes[to++] = DOT;
    }
    this.length = to;
    return to > 0;
  }
}
