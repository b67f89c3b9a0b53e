import { isIPv6 } from 'node:net';
import { nameSources } from '../../config/name-sources.ts';
import { isReverseZone } from '../../corefile/zone-name.ts';
import { Type } from '../../dns/codes.ts';
import type { SocketAddress, Transport } from '../../dns/query.ts';
import { type WantedAddress, wantedAddresses } from '../../server/listen/addresses.ts';
import type { PortHolder } from '../../server/listen/port-holder.ts';
import type { Examination } from './finding.ts';
import { isFound, type Question } from './network.ts';

/** A server of svcdns, as its process is called: see `process-name.ts`. */
const OWN_NAME = 'svcdns';

const TRANSPORTS: readonly Transport[] = ['udp', 'tcp'];

/** Addresses that are looked at, of machines with many. */
const MAX_PLACES = 4;

/** Where `serve` would listen: the first few addresses, without those whose port is left open. */
export function ownPlaces({ settings, machine }: Examination): readonly WantedAddress[] {
  const interfaces = machine.interfaces();
  const local = Object.values(interfaces).flatMap((infos) => infos ?? []);
  // Of IPv4 every address in 127.0.0.0/8 is there, and only one is listed.
  const isAway = ({ need, address }: WantedAddress) =>
    need === 'optional' && isIPv6(address) && !local.some((one) => one.address === address);
  const wanted = wantedAddresses(settings.listen, interfaces);
  return wanted.filter((one) => one.port !== 0 && !isAway(one)).slice(0, MAX_PLACES);
}

/** Who listens at a place, over one transport. */
export interface Holding {
  readonly place: WantedAddress;
  readonly transport: Transport;
  readonly holder: PortHolder | undefined;
}

export function holdings(examination: Examination): Promise<readonly Holding[]> {
  const { machine } = examination;
  return Promise.all(
    ownPlaces(examination).flatMap((place) =>
      TRANSPORTS.map(async (transport) => {
        const holder = await machine.holder(transport, place.address, place.port);
        return { place, transport, holder };
      }),
    ),
  );
}

/** Whether what listens there calls itself svcdns. */
export function isOwnServer(holder: PortHolder | undefined): boolean {
  return holder?.kind === 'process' && holder.name === OWN_NAME;
}

/** What a server of these settings answers at a place: the SOA record of its first zone. */
export function zoneQuestion(
  { address, port }: SocketAddress,
  transport: Transport,
  examination: Examination,
): Question {
  const [zone = ''] = forwardZones(examination);
  return { server: { address, port }, name: `${zone}.`, type: Type.SOA, transport };
}

/**
 * Whether what listens there is a server for our zone: by its name, or by what it answers, as it
 * may run as another user, or in a container behind docker-proxy.
 */
export async function servesZone(
  place: SocketAddress,
  holder: PortHolder | undefined,
  examination: Examination,
): Promise<boolean> {
  if (holder === undefined) return false;
  if (isOwnServer(holder)) return true;
  return isFound(await examination.network.ask(zoneQuestion(place, 'udp', examination)));
}

/** The zones of names that are served, without those of addresses and the root. */
export function forwardZones({ settings }: Examination): readonly string[] {
  const all = nameSources(settings).flatMap(({ zone }) => zone.zones);
  return [...new Set(all)].filter((zone) => zone !== '' && !isReverseZone(zone));
}
