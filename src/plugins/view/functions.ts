import { addressBytes } from '../../dns/address.ts';
import { typeName } from '../../dns/codes.ts';
import { MIN_UDP_PAYLOAD_BYTES } from '../../dns/edns.ts';
import { MAX_MESSAGE_BYTES } from '../../dns/framing.ts';
import { textOf } from '../../dns/name.ts';
import { NetworkSet, parseNetwork } from '../../dns/network.ts';
import { className } from '../dns-words.ts';
import type { Request } from '../plugin.ts';
import { condition, number, text, type Value } from './values.ts';

/** Functions without arguments: what is known of a query. */
export const FACTS: ReadonlyMap<string, Value> = new Map<string, Value>([
  ['type', text(({ type }) => typeName(type))],
  ['name', text(({ key }) => textOf(key))],
  ['class', text(({ qclass }) => className(qclass))],
  ['proto', text(({ transport }) => transport)],
  ['client_ip', text(({ client }) => client.address)],
  ['port', text(({ client }) => String(client.port))],
  ['server_ip', text(({ local }) => local.address)],
  ['server_port', text(({ local }) => String(local.port))],
  ['id', number(({ id }) => id)],
  ['opcode', number(() => 0)], // nothing but QUERY comes this far
  ['size', number(({ size }) => size)],
  ['bufsize', number(bufferSize)],
  ['do', condition(({ edns }) => edns?.dnssecOk ?? false)],
]);

/** The other functions. */
export const WITH_ARGUMENTS: readonly string[] = ['incidr', 'metadata'];

/** `metadata('LABEL')`: '' when the label has no value. */
export function metadataValue(label: string): Value {
  return text(({ metadata }) => metadata?.value(label) ?? '');
}

/** `incidr(ADDRESS, 'NETWORK')`; undefined for a bad network. A bad address is in no network. */
export function inNetwork(
  address: (request: Request) => string,
  network: string,
): Value | undefined {
  const parsed = network.includes('/') ? parseNetwork(network) : undefined;
  if (parsed === undefined) return undefined;
  const networks = new NetworkSet([parsed]);
  return condition((request) => {
    const bytes = addressBytes(address(request));
    return bytes !== undefined && networks.has(bytes);
  });
}

/** The largest reply that the client takes: what it announces, at least 512 bytes. */
function bufferSize({ transport, edns }: Request): number {
  if (transport === 'tcp') return MAX_MESSAGE_BYTES;
  return Math.max(MIN_UDP_PAYLOAD_BYTES, edns?.size ?? 0);
}
