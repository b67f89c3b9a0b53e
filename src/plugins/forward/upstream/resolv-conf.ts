import { isIP } from 'node:net';

/** Name servers used of one file; a C library uses 3. */
const MAX_SERVERS = 15;

/** A `nameserver` line. */
export interface Nameserver {
  readonly address: string;
  /** Counted from 1. */
  readonly line: number;
}

/**
 * The addresses in the `nameserver` lines of a file like resolv.conf, in order, each once.
 * Everything else in it is for stub resolvers (`search`, `options`) and passed over.
 */
export function nameserversIn(text: string): Nameserver[] {
  const found = new Map<string, Nameserver>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const address = /^\s*nameserver\s+(\S+)/.exec(line)?.[1];
    if (address === undefined || isIP(address) === 0 || found.has(address)) continue;
    found.set(address, { address, line: index + 1 });
    if (found.size === MAX_SERVERS) break;
  }
  return [...found.values()];
}
