import { quoted } from '../../corefile/problems.ts';
import { addressBytes, plainAddressBytes } from '../../dns/address.ts';
import { keyFromText, type NameKey } from '../../dns/name.ts';

/** Largest file of weights read. */
export const MAX_WEIGHTS_BYTES = 1024 * 1024;

/** Of an address that the file does not name. */
export const DEFAULT_WEIGHT = 1;

const MAX_WEIGHT = 255;

/** Weights by name, then by address: its bytes in decimal with commas. */
export type Weights = ReadonlyMap<NameKey, ReadonlyMap<string, number>>;

export const NO_WEIGHTS: Weights = new Map();

/** A file that is none, and the line, from 1, where that is seen. */
export class WeightsError extends SyntaxError {
  override readonly name = 'WeightsError';
  readonly line: number;

  constructor(message: string, line: number) {
    super(message);
    this.line = line;
  }
}

/**
 * Reads a file of weights: a line with a name, and below it lines `ADDRESS WEIGHT` of its
 * addresses. Empty lines and those that begin with `#` are passed over.
 *
 * @throws {WeightsError} at the first line that cannot be read.
 */
export function parseWeights(text: string): Weights {
  const weights = new Map<NameKey, Map<string, number>>();
  let ofName: Map<string, number> | undefined;
  for (const [index, written] of text.split('\n').entries()) {
    const line = written.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [first = '', second, ...rest] = line.split(/\s+/);
    if (second === undefined) {
      const key = nameOf(first, index + 1);
      ofName = weights.get(key) ?? new Map();
      weights.set(key, ofName);
      continue;
    }
    const address = plainAddressBytes(first);
    if (address === undefined || rest.length > 0) {
      throw new WeightsError(
        `Cannot read a line that begins with ${quoted(first)}: expected a name, or ADDRESS WEIGHT`,
        index + 1,
      );
    }
    if (ofName === undefined) {
      throw new WeightsError(`Missing domain name above the address ${first}`, index + 1);
    }
    ofName.set(address.join(), weightOf(second, index + 1));
  }
  return weights;
}

function nameOf(text: string, line: number): NameKey {
  if (addressBytes(text) !== undefined) {
    throw new WeightsError(`Missing weight value after the address ${text}`, line);
  }
  try {
    return keyFromText(text);
  } catch {
    throw new WeightsError(`Wrong domain name: ${quoted(text)}`, line);
  }
}

function weightOf(text: string, line: number): number {
  const weight = Number(text);
  if (/^\d{1,3}$/.test(text) && weight >= 1 && weight <= MAX_WEIGHT) return weight;
  throw new WeightsError(`Wrong weight value: ${quoted(text)}: expected 1 to ${MAX_WEIGHT}`, line);
}
