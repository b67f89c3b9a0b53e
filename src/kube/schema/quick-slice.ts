import { isIpv4, isPort } from '../../dns/address.ts';
import { canonicalIp, specialIpFault } from '../ip.ts';
import { dns1123Label, dns1123Subdomain } from '../names.ts';
import type { Endpoint, EndpointPort, EndpointSlice, IpFamily, Origin } from '../objects.ts';
import { SERVICE_NAME_LABEL } from '../well-known.ts';
import { SLICE_MEMBERS } from './endpoint-slice.ts';
import { isMapping, member } from './json-type.ts';
import { METADATA } from './metadata.ts';
import { hasOnly, isPlainAnnotations, listOf, quickLabels, ruled } from './quick-values.ts';

/** More is for the reader of manifests to judge, and so is all else that is out of the ordinary. */
export const MOST_ENDPOINTS = 1000;
const MOST_ADDRESSES = 100;
const MOST_PORTS = 100;

/**
 * An EndpointSlice as API servers send them by the hundred a second, read in a tenth of the time
 * that the reader of manifests takes: that one makes an object for each field, so as to say where
 * it stands. Undefined for a slice that it might say something about.
 *
 * Parts that are as in `known` are the very same, and all of it is when nothing has changed.
 */
export function quickSlice(
  value: unknown,
  origin: Origin,
  known: EndpointSlice | undefined,
): EndpointSlice | undefined {
  const metadata = member(value, 'metadata');
  const namespace = ruled(member(metadata, 'namespace'), dns1123Label);
  const name = ruled(member(metadata, 'name'), dns1123Subdomain);
  const labels = quickLabels(member(metadata, 'labels'), known?.labels);
  const addressType = familyOf(member(value, 'addressType'));
  if (!namespace || !name || !labels || !addressType) return undefined;
  if (!isPlainAnnotations(member(metadata, 'annotations'))) return undefined;
  const former = known?.addressType === addressType ? known : undefined;
  const ports = readPorts(member(value, 'ports'), former?.ports ?? []);
  const endpoints = readEndpoints(member(value, 'endpoints'), addressType, former?.endpoints ?? []);
  if (!endpoints || !ports) return undefined;
  if (former?.labels === labels && former.ports === ports && former.endpoints === endpoints) {
    return former;
  }
  const serviceName = labels.get(SERVICE_NAME_LABEL) ?? '';
  const kind = 'EndpointSlice';
  return { kind, namespace, name, labels, origin, serviceName, addressType, endpoints, ports };
}

/** The same of a slice in a manifest, of which more is said. */
export function quickWrittenSlice(value: unknown, origin: Origin): EndpointSlice | undefined {
  const { SLICE, PORT } = SLICE_MEMBERS;
  const isKnown =
    hasOnly(value, SLICE) &&
    hasOnly(value['metadata'], METADATA) &&
    areAll(value['endpoints'], MOST_ENDPOINTS, isKnownEndpoint) &&
    areAll(value['ports'], MOST_PORTS, (port) => hasOnly(port, PORT));
  const slice = isKnown ? quickSlice(value, origin, undefined) : undefined;
  // That it belongs to no Service is worth a warning.
  return slice?.serviceName === '' ? undefined : slice;
}

function isKnownEndpoint(item: unknown): boolean {
  const { ENDPOINT, CONDITIONS } = SLICE_MEMBERS;
  return hasOnly(item, ENDPOINT) && hasOnly(item['conditions'] ?? NOTHING, CONDITIONS);
}

const NOTHING = {};

/**
 * As `quickWrittenSlice`, of a slice whose endpoints, at most `MOST_ENDPOINTS`, are made with
 * `quickEndpoint`. `around` is what else there is of it.
 */
export function quickSliceAround(
  around: Readonly<Record<string, unknown>>,
  endpoints: readonly Endpoint[],
  origin: Origin,
): EndpointSlice | undefined {
  const slice = quickWrittenSlice(around, origin);
  // Not by spreading, so that all slices have one hidden class.
  if (slice !== undefined) (slice as { endpoints: readonly Endpoint[] }).endpoints = endpoints;
  return slice;
}

/** Whether it is a list of at most so many such items; a missing one is empty. */
function areAll(value: unknown, most: number, is: (item: unknown) => boolean): boolean {
  return listOf(value, most)?.every(is) ?? false;
}

/** The family of an `addressType`; undefined for what only the reader of manifests takes. */
export function familyOf(value: unknown): IpFamily | undefined {
  return value === 'IPv4' || value === 'IPv6' ? value : undefined;
}

function readEndpoints(
  value: unknown,
  family: IpFamily,
  known: readonly Endpoint[],
): readonly Endpoint[] | undefined {
  const items = listOf(value, MOST_ENDPOINTS);
  if (items === undefined) return undefined;
  const endpoints: Endpoint[] = new Array(items.length);
  let isSame = items.length === known.length;
  for (const [at, item] of items.entries()) {
    const endpoint = readEndpoint(item, family, known, at);
    if (endpoint === undefined) return undefined;
    if (endpoint !== known[at]) isSame = false;
    endpoints[at] = endpoint;
  }
  return isSame ? known : endpoints;
}

/** What stood at a place stands there still, or one further when one has come or gone. */
const SHIFTS = [0, 1, -1];

function readEndpoint(
  item: unknown,
  family: IpFamily,
  known: readonly Endpoint[],
  at: number,
): Endpoint | undefined {
  if (!isMapping(item)) return undefined;
  const conditions = item['conditions'] ?? NOTHING;
  const reference = item['targetRef'] ?? NOTHING;
  if (!isMapping(conditions) || !isMapping(reference)) return undefined;
  const ready = readyOf(conditions['ready']);
  const texts = listOf(item['addresses'], MOST_ADDRESSES);
  const hostname = hostnameOf(item['hostname']);
  const targetName = targetNameOf(reference['name']);
  if (ready === undefined || hostname === undefined || targetName === undefined) return undefined;
  if (texts === undefined || texts.length === 0) return undefined;
  for (const shift of SHIFTS) {
    const former = known[at + shift];
    if (former === undefined || former.ready !== ready || former.hostname !== hostname) continue;
    if (former.targetName !== targetName || !hasItems(texts, former.addresses)) continue;
    return former;
  }
  const addresses = readAddresses(texts, family);
  return addresses && { addresses, ready, hostname, targetName };
}

/** An endpoint by what it is made of, each as it is written; undefined when it has none. */
export function quickEndpoint(
  texts: readonly unknown[],
  family: IpFamily,
  isReady: unknown,
  host: unknown,
  target: unknown,
): Endpoint | undefined {
  if (texts.length === 0 || texts.length > MOST_ADDRESSES) return undefined;
  const addresses = readAddresses(texts, family);
  const ready = readyOf(isReady);
  const hostname = hostnameOf(host);
  const targetName = targetNameOf(target);
  if (ready === undefined || hostname === undefined || targetName === undefined) return undefined;
  return addresses && { addresses, ready, hostname, targetName };
}

function readAddresses(texts: readonly unknown[], family: IpFamily): readonly string[] | undefined {
  const addresses = texts.map((text) => readAddress(text, family));
  return hasAll(addresses) ? addresses : undefined;
}

function hasItems(texts: readonly unknown[], items: readonly unknown[]): boolean {
  return texts.length === items.length && texts.every((text, at) => text === items[at]);
}

function hasAll(addresses: readonly (string | undefined)[]): addresses is readonly string[] {
  return !addresses.includes(undefined);
}

/** The API's own words: "A nil value should be interpreted as true". */
function readyOf(value: unknown): boolean | undefined {
  const ready = value ?? true;
  return typeof ready === 'boolean' ? ready : undefined;
}

/** One that is there and empty breaks the rule. */
function hostnameOf(value: unknown): string | undefined {
  return value === undefined || value === null ? '' : ruled(value, dns1123Label);
}

function targetNameOf(value: unknown): string | undefined {
  const name = value ?? '';
  return typeof name === 'string' && name.length <= 253 ? name : undefined;
}

function readAddress(text: unknown, family: IpFamily): string | undefined {
  if (typeof text !== 'string' || isIpv4(text) !== (family === 'IPv4')) return undefined;
  const ip = canonicalIp(text);
  return ip === text && specialIpFault(ip) === undefined ? ip : undefined;
}

function readPorts(
  value: unknown,
  known: readonly EndpointPort[],
): readonly EndpointPort[] | undefined {
  const items = listOf(value, MOST_PORTS);
  if (items === undefined) return undefined;
  const ports = items.map(readPort);
  const names = new Set(ports.map((port) => port?.name));
  if (names.size < ports.length || names.has(undefined)) return undefined;
  const isSame =
    ports.length === known.length && known.every((port, at) => isSamePort(port, ports[at]!));
  return isSame ? known : (ports as EndpointPort[]);
}

function readPort(item: unknown): EndpointPort | undefined {
  if (!isMapping(item)) return undefined;
  const name = item['name'] ?? '';
  const protocol = item['protocol'] ?? 'TCP';
  const port = item['port'] ?? undefined;
  if (typeof name !== 'string' || (name !== '' && dns1123Label(name).length > 0)) return undefined;
  if (protocol !== 'TCP' && protocol !== 'UDP' && protocol !== 'SCTP') return undefined;
  if (port === undefined) return { name, protocol, port };
  return isPort(port) ? { name, protocol, port } : undefined;
}

function isSamePort(a: EndpointPort, b: EndpointPort): boolean {
  return a.name === b.name && a.port === b.port && a.protocol === b.protocol;
}
