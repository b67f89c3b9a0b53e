import { reverseZones } from '../../corefile/reverse-zones.ts';
import { keyFromText, type NameKey, textOf } from '../../dns/name.ts';

/** A zone that is answered here because no other server has it. */
export interface SpecialZone {
  readonly key: NameKey;
  /** Its name for people, with the final dot. */
  readonly text: string;
  /** What makes it special. */
  readonly document: string;
  /**
   * The Internet's servers have a delegation of it: to nowhere, but with a proof that it is not
   * signed.
   */
  readonly isDelegated: boolean;
  /** A site may have names in it that another server of that site knows. */
  readonly isOfSite: boolean;
  /** Every name in it exists and has no records: NODATA where the others say NXDOMAIN. */
  readonly isWithoutData: boolean;
}

/** Names that are no domain names of the Internet, and never will be. */
const NAMES: readonly (readonly [zone: string, document: string])[] = [
  ['alt', 'RFC 9476'],
  ['invalid', 'RFC 6761'],
  ['onion', 'RFC 7686'],
  // A site that has such names of its own says so: `hosts`, `template` and `forward test …` come
  // first.
  ['test', 'RFC 6761'],
];

/** Names and networks of a site, which every site has for itself. */
const DELEGATED: readonly (readonly [zone: string, document: string])[] = [
  ['home.arpa', 'RFC 8375'],
  ['10.0.0.0/8', 'RFC 6303'], // private: RFC 1918
  ['172.16.0.0/12', 'RFC 6303'],
  ['192.168.0.0/16', 'RFC 6303'],
  ['100.64.0.0/10', 'RFC 7793'], // shared by a provider's customers
  ['169.254.0.0/16', 'RFC 6303'], // link-local
  ['192.0.2.0/24', 'RFC 6303'], // for documents
  ['198.51.100.0/24', 'RFC 6303'],
  ['203.0.113.0/24', 'RFC 6303'],
  // 0.0.0.0/8, 127.0.0.0/8, 255.255.255.255 and ::1 are among the zones of the plugin `local`.
  ['::/128', 'RFC 6303'],
  ['fd00::/8', 'RFC 6303'], // unique local
  ['fe80::/10', 'RFC 6303'], // link-local
  ['2001:db8::/32', 'RFC 6303'], // for documents
];

/**
 * Special-use names and locally served zones of IANA's registries, by name. Not among them:
 * `example`, which RFC 6761 section 6.5 gives no resolver reason to treat differently, and
 * `ipv4only.arpa` (RFC 8880), which is for the upstream to answer, as only it knows whether there
 * is a NAT64.
 */
export const SPECIAL_ZONES: ReadonlyMap<NameKey, SpecialZone> = new Map(
  [
    ...NAMES.flatMap(([zone, document]) => special(zone, document, {})),
    // Multicast DNS. `cluster.local` is not meant: its names are answered long before they get
    // here, or fall through on purpose.
    ...special('local', 'RFC 6762', { isOfSite: true }),
    ...DELEGATED.flatMap(([zone, document]) =>
      special(zone, document, { isDelegated: true, isOfSite: true }),
    ),
    // RFC 9462 wants NODATA for every name and type: the answer for `_dns.resolver.arpa` says that
    // there is no encrypted DNS here. An upstream's answer would lead clients past this server.
    ...special('resolver.arpa', 'RFC 9462', { isDelegated: true, isWithoutData: true }),
  ].map((zone) => [zone.key, zone]),
);

function special(
  zoneOrNetwork: string,
  document: string,
  { isDelegated = false, isOfSite = false, isWithoutData = false },
): SpecialZone[] {
  const zones = reverseZones(zoneOrNetwork) ?? [zoneOrNetwork];
  return zones.map((zone) => {
    const key = keyFromText(zone);
    return { key, text: textOf(key), document, isDelegated, isOfSite, isWithoutData };
  });
}
