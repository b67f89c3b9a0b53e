import { isIP } from 'node:net';

/** Name servers used of one file; a C library uses 3. */
const MAX_SERVERS = 15;

/**
 * The addresses in the `nameserver` lines of a file like resolv.conf, in order, each once. Everything else in it is for
 * stub resolvers (`search`, `options`) and passed over.
 */
export function nameserversIn(text: string): string[] {
  const found = new Set<string>();
  for (const line of text.split(/\r?\n/)) {
    const address = /^\s*nameserver\s+(\S+)/.exec(line)?.[1];
    if (address !== undefined && isIP(address) !== 0) found.add(address);
    if (found.size === MAX_SERVERS) break;
  }
  return [...found];
}
