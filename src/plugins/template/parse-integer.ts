/** More digits than 64 bits have to base 2 can only be zeros. */
const MAX_DIGITS = 200;

/** A signed number of so many bits, in decimal; undefined when the text is none. */
export function parseInteger(text: string, base: number, bits: number): string | undefined {
  const [, sign, digits = ''] = /^([+-]?)([0-9a-z]+)$/i.exec(text) ?? [];
  if (digits === '' || digits.length > MAX_DIGITS) return undefined;
  let value = 0n;
  for (const digit of digits) {
    const worth = Number.parseInt(digit, 36);
    if (worth >= base) return undefined;
    value = value * BigInt(base) + BigInt(worth);
  }
  const limit = 1n << BigInt(bits - 1);
  const signed = sign === '-' ? -value : value;
  return signed >= -limit && signed < limit ? String(signed) : undefined;
}
