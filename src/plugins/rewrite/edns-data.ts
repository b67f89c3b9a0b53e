import { clearHostBits, plainAddressBytes } from '../../dns/address.ts';
import { textOf } from '../../dns/name.ts';
import type { Request } from '../plugin.ts';

/** What a `local` option may hold of the query, in CoreDNS's encodings. */
export const EDNS_VARIABLES: ReadonlyMap<string, (request: Request) => Uint8Array> = new Map([
  ['{qname}', (request) => Buffer.from(textOf(request.key), 'latin1')],
  ['{qtype}', (request) => uint16(request.type)],
  ['{client_ip}', (request) => addressOf(request.client.address)],
  ['{client_port}', (request) => uint16(request.client.port)],
  ['{protocol}', (request) => Buffer.from(request.transport, 'latin1')],
  ['{server_ip}', (request) => addressOf(request.local.address)],
  ['{server_port}', (request) => uint16(request.local.port)],
]);

/**
 * The client's network, as RFC 7871 section 6 writes it: family, prefix length, scope 0, and the
 * address without what the prefix leaves out. Undefined when the client's address cannot be read.
 */
export function clientSubnet(
  { client }: Request,
  bits4: number,
  bits6: number,
): Uint8Array | undefined {
  const address = addressOf(client.address);
  if (address.length === 0) return undefined;
  const [family, bits] = address.length === 4 ? ([1, bits4] as const) : ([2, bits6] as const);
  const kept = address.subarray(0, Math.ceil(bits / 8));
  // "truncated to the number of bits indicated by the SOURCE PREFIX-LENGTH field, padding with 0
  // bits".
  clearHostBits(kept, kept.length, bits);
  return Uint8Array.of(0, family, bits, 0, ...kept);
}

function addressOf(text: string): Uint8Array {
  return plainAddressBytes(text) ?? new Uint8Array();
}

function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value);
}
