import { quoted } from '../../corefile/problems.ts';
import { addressBytes, reverseLabels } from '../../dns/address.ts';
import { UsageError } from '../command.ts';

/**
 * The name that the PTR record of an address has, with its final dot.
 *
 * @throws {UsageError} when the text is no address.
 */
export function reverseName(address: string): string {
  const bytes = addressBytes(address);
  if (bytes !== undefined) return `${reverseLabels(bytes).join('.')}.`;
  throw new UsageError(`Cannot use ${quoted(address)} for -x: expected an IP address`);
}
