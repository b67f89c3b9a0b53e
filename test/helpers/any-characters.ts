import fc from 'fast-check';

const codes = fc.nat({ max: 0x10_ffff });

/**
 * Text of any characters, halves of pairs too. For those of its own fast-check makes a table of all
 * the characters there are, which takes a second.
 */
export function anyCharacters(maxLength: number): fc.Arbitrary<string> {
  return fc.array(codes, { maxLength }).map((all) => String.fromCodePoint(...all));
}
