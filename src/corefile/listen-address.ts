import { isIPv4, isIPv6 } from 'node:net';
import { MAX_PORT, splitHostAndPort } from '../dns/address.ts';
import type { SocketAddress } from '../dns/query.ts';

/**
 * An address and port to listen on. `address` '' or `::` means every address of the machine,
 * `0.0.0.0` every IPv4 one; port 0 any free one, the same for all.
 */
export interface ListenAddress extends SocketAddress {
  /** Skipped with a line in the log when the machine lacks it, like `::1` of the default list. */
  readonly optional?: boolean;
}

/** A listen address, or why the text is not one. */
export type ParsedAddress = { readonly address: ListenAddress } | { readonly fault: string };

/**
 * Reads `127.0.0.1:53`, `[::1]:53`, `[fe80::1%eth0]:53`, `:53` or `53` (every address of the
 * machine), and an address without a port. Port 0 lets the system choose.
 */
export function parseListenAddress(text: string, defaultPort: number): ParsedAddress {
  if (isIPv6(text)) return fault(text, `write an IPv6 address in brackets, as in [${text}]:53`);
  if (/^\d+$/.test(text)) return withPort(text, '', Number(text));
  const { host = '', isBracketed = false, port } = splitHostAndPort(text) ?? {};
  if (host === '' && port === undefined) return fault(text);
  const isAddress = isBracketed ? isIPv6(host) : host === '' || isIPv4(host);
  if (!isAddress) return fault(text, host === 'localhost' ? 'write 127.0.0.1 or [::1]' : '');
  return withPort(text, host, port ?? defaultPort);
}

function withPort(text: string, address: string, port: number): ParsedAddress {
  if (port > MAX_PORT) return fault(text, `a port is 0 to ${MAX_PORT}`);
  return { address: { address, port } };
}

function fault(text: string, hint = ''): ParsedAddress {
  const wanted = 'expected ADDRESS:PORT, as in 127.0.0.1:1053, [::1]:1053 or :53';
  const shown = JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
  return { fault: `Cannot listen on ${shown}: ${hint === '' ? wanted : `${hint}: ${wanted}`}` };
}
