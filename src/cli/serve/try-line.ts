import { type NameSource, sourceKey } from '../../config/name-sources.ts';
import { isInZone, isReverseZone } from '../../corefile/zone-name.ts';
import type { SocketAddress } from '../../dns/query.ts';
import { type Loaded, reachable, type Started } from './started.ts';

/**
 * A question with an answer: a Service when there is one, else the version of the DNS schema, which
 * every cluster has. Where only names for outside are served, which may be none, it is the zone's
 * own.
 */
export function digLine(started: Started, { source, summary }: Loaded): string {
  const inside = forwardZone(source.zone.zones) ?? '';
  const outside = forwardZone((source.zone.external ?? source.zone.gateway)?.zones ?? []);
  const isInside = outside === undefined || blockWith(inside, source, started) !== undefined;
  const zone = isInside ? inside : outside;
  const addresses = addressesFor(zone, source, started);
  const { address, port } = reachable(
    addresses.find((candidate) => isLoopback(candidate)) ??
      addresses[0] ?? { address: '', port: 53 },
  );
  const server = port === 53 ? `@${address}` : `@${address} -p ${port}`;
  const inZone = (name: string) => (zone === '' ? `${name}.` : `${name}.${zone}`);
  if (!isInside) return `dig ${server} ${zone}. SOA`;
  return summary.example === undefined
    ? `dig ${server} ${inZone('dns-version')} TXT`
    : `dig ${server} ${inZone(`${summary.example}.svc`)}`;
}

/**
 * Where the zone is served: other server blocks may be at other ports. Port 0 has become another
 * by now.
 */
function addressesFor(
  zone: string,
  source: NameSource,
  started: Started,
): readonly SocketAddress[] {
  const { addresses } = started;
  const block = blockWith(zone, source, started);
  const ports = new Set(block?.listen.map(({ port }) => port));
  const there = addresses.filter(({ port }) => ports.has(port));
  return there.length > 0 ? there : addresses;
}

/** The server block that serves the zone. */
function blockWith(zone: string, source: NameSource, { settings }: Started) {
  const key = sourceKey(source);
  const having = settings.blocks.filter(
    ({ kubernetes }) => kubernetes !== undefined && sourceKey(kubernetes) === key,
  );
  return having.find(({ zones }) => zones.some((served) => isInZone(zone, served.zone)));
}

function forwardZone(zones: readonly string[]): string | undefined {
  return zones.find((zone) => !isReverseZone(zone));
}

function isLoopback({ address }: SocketAddress): boolean {
  return address.startsWith('127.') || address === '::1';
}
