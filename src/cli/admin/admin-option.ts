import { DEFAULT_ADMIN_TEXT } from '../../config/plain-target.ts';
import { parseListenAddress } from '../../corefile/listen-address.ts';
import { quoted } from '../../corefile/problems.ts';
import { UsageError } from '../command.ts';

/** Of commands with `--server`: what `--admin` was meant to be, which is how `serve` has it. */
export function insteadOfAdmin(word: string): string {
  return word === 'admin' ? `: the running server's admin address is given with '--server'` : '';
}

/**
 * What `--server` says, as the option of the settings that stands for an admin address; undefined
 * without it.
 *
 * @throws {UsageError} when it is no address, in words that do not talk of listening.
 */
export function adminOption(server: string | undefined): string | undefined {
  if (server === undefined || 'address' in parseListenAddress(server, 0)) return server;
  throw new UsageError(
    `Cannot use ${quoted(server)} for --server: expected ADDRESS:PORT, as in ${DEFAULT_ADMIN_TEXT}`,
  );
}
