import type { HostLead } from '../controllers/hosts/host-entries.ts';
import { HostNames } from '../controllers/hosts/host-names.ts';
import { typeName } from '../dns/codes.ts';
import { keyFromText, keyOfWire } from '../dns/name.ts';
import type { RecordData, ResourceRecord } from '../dns/record.ts';
import type { NamespaceView } from '../kube/objects.ts';
import type { Registry } from '../registry/registry.ts';
import type { GatewayOptions } from '../zone/options.ts';
import { entryAddress } from '../zone/records.ts';
import { MANIFEST, type Made, type ObjectPlaces, placeOf } from './object-places.ts';
import type { Provenance } from './provenance.ts';
import { addressKey, type Place } from './service-sources.ts';

/** What the records of `k8s_gateway` come from. */
export class HostSources {
  readonly #hosts: HostNames;
  readonly #places: ObjectPlaces;

  constructor(
    registry: Registry,
    views: Iterable<NamespaceView>,
    options: GatewayOptions,
    places: ObjectPlaces,
  ) {
    this.#hosts = new HostNames(options);
    this.#hosts.update(registry, views, []);
    this.#places = places;
  }

  /** Undefined when no object asks for the record: then the zone has it by itself. */
  of({ owner, type, data }: ResourceRecord): Provenance | undefined {
    const host = this.#hosts.hosts.get(keyOfWire(owner));
    const rrset = host?.records.find((one) => one.type === typeName(type));
    const leads = (rrset?.leads ?? []).flatMap((lead) => {
      const value = writtenValue(lead, data);
      return value === undefined ? [] : [{ lead, made: this.#madeBy(lead, value) }];
    });
    const [first] = leads;
    if (first === undefined) return undefined;
    const named = placeOf(first.lead.object);
    const places = leads.flatMap(({ lead, made }) => [
      placeOf(lead.object),
      ...(lead.via ? [placeOf(lead.via)] : []),
      ...(made.from ? [made.from] : []),
    ]);
    const from = new Map<string, Place>(places.map((place) => [place.object, place]));
    from.delete(named.object);
    return { named, by: first.made.by, from: [...from.values()], nodePorts: [] };
  }

  /** A Service's address may be one that it was given; all others are written somewhere. */
  #madeBy({ object, via = object }: HostLead, value: string): Made {
    if (via.kind !== 'Service') return { by: MANIFEST, from: undefined };
    return this.#places.outside(via, value);
  }
}

/**
 * The text in the object that became the record; undefined when the record is none of its doing.
 */
function writtenValue({ targets }: HostLead, data: RecordData): string | undefined {
  if (data.kind === 'name') return targets.names.find((name) => keyFromText(name) === data.name);
  if (data.kind !== 'address') return undefined;
  const wanted = addressKey(data.address);
  return targets.addresses.find((text) => {
    const address = entryAddress(text);
    return address !== undefined && addressKey(address) === wanted;
  });
}
