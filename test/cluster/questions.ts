import { reverseName } from '../helpers/zone-text.ts';
import type { Api, Manifest } from './api.ts';
import type { Dice } from './dice.ts';
import { ZONES } from './dns-servers.ts';

export interface Question {
  /** Presentation form, with the final dot. */
  readonly name: string;
  readonly type: string;
}

/** What an API server holds that has names. */
export interface Objects {
  readonly namespaces: readonly Manifest[];
  readonly services: readonly Manifest[];
  readonly slices: readonly Manifest[];
  readonly pods: readonly Manifest[];
}

export async function objectsOf(api: Api): Promise<Objects> {
  return {
    namespaces: await api.list('/api/v1/namespaces'),
    services: await api.list('/api/v1/services'),
    slices: await api.list('/apis/discovery.k8s.io/v1/endpointslices'),
    pods: await api.list('/api/v1/pods'),
  };
}

const TYPES = [
  ...['A', 'AAAA', 'SRV', 'PTR', 'CNAME', 'TXT', 'SOA', 'NS', 'ANY', 'MX', 'HTTPS', 'DS', 'CAA'],
  ...['SVCB', 'DNSKEY', 'NAPTR', 'TLSA', 'HINFO', 'TYPE65280', 'AXFR'],
];
/** Types that names have: these are asked more often. */
const LIKELY = ['A', 'AAAA', 'SRV', 'PTR', 'CNAME'];

/** Every name that these objects have or might have, in every zone. */
export function namesOf(objects: Objects): readonly string[] {
  const { namespaces, services, slices, pods } = objects;
  const spaces = [...namespaces.map(({ metadata }) => metadata.name), 'nowhere'];
  const keys = new Set([
    ...services.map(({ metadata }) => `${metadata.name}.${metadata.namespace}`),
    ...slices.map(({ metadata }) => `${serviceOf(metadata)}.${metadata.namespace}`),
  ]);
  const inZones = [
    ...['', 'svc.', 'pod.', 'dns.', 'ns.dns.', 'dns-version.', 'nothing.'],
    ...spaces.flatMap((name) => [`${name}.svc.`, `${name}.pod.`]),
    ...[...keys].map((key) => `${key}.svc.`),
    ...services.flatMap(servicePortNames),
    ...slices.flatMap(endpointNames),
    ...pods.flatMap(podNames),
  ];
  const reverse = [
    ...services.flatMap(({ spec }) => (spec as { clusterIPs?: string[] }).clusterIPs ?? []),
    ...slices.flatMap(addressesOf),
    ...pods.flatMap(podAddresses),
    ...['10.99.99.99', 'fd00::99'],
  ];
  const names = ZONES.flatMap((zone) => inZones.map((name) => `${name}${zone}`));
  const addresses = reverse.filter((address) => /^[\da-f.:]+$/.test(address)).map(reverseName);
  return [...new Set([...names, ...addresses, 'in-addr.arpa.', 'ip6.arpa.', 'www.example.com.'])];
}

/** One question about one of the names or its neighbourhood. */
export function question(dice: Dice, names: readonly string[]): Question {
  const type = dice.of(dice.once(2) ? LIKELY : TYPES);
  const name = dice.of(names);
  if (dice.once(2)) return { name: name === '' ? '.' : name, type };
  const labels = name.split('.').slice(0, -1);
  const changed = `${dice.of(MUTATIONS)(labels, dice).join('.')}.`;
  const isName = changed.length < 250 && !/^\.|\.\./.test(changed);
  return { name: isName ? changed : name, type };
}

type Mutation = (labels: readonly string[], dice: Dice) => readonly string[];

const ODD = [
  'x',
  '_',
  '*',
  '_tcp',
  '_udp',
  'tcp',
  'http',
  '_http',
  'web',
  'db-0',
  '10-0-0-1',
  'any',
];
const SEARCHED = ['lane-0.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'few.test'];

/** A name becomes one beside it, above it, below it, or one that a search list makes of it. */
const MUTATIONS: readonly Mutation[] = [
  (labels) => labels.slice(1),
  (labels, dice) => [dice.of(ODD), ...labels],
  (labels, dice) => [dice.of(ODD), dice.of(ODD), ...labels],
  (labels, dice) => [dice.of(ODD), ...labels.slice(1)],
  (labels, dice) => labels.map((label, index) => (index === 1 ? dice.of(ODD) : label)),
  (labels) => labels.map((label) => label.replace(/^_/, '')),
  (labels) => labels.map((label, index) => (index < 2 ? `_${label}` : label)),
  (labels, dice) => [...labels, ...dice.of(SEARCHED).split('.')],
  (labels, dice) => ['www', 'example', 'com', ...labels.slice(dice.below(3))],
  (labels, dice) => labels.map((label) => (dice.once(2) ? label.toUpperCase() : label)),
  ([first = '', ...rest], dice) => [dice.once(2) ? `${first}x` : first.slice(1), ...rest],
];

function serviceOf(metadata: Manifest['metadata']): string {
  return metadata.labels?.['kubernetes.io/service-name'] ?? '';
}

function servicePortNames({ metadata, spec }: Manifest): string[] {
  const { ports = [] } = spec as { ports?: Port[] };
  return ports.flatMap((port) => portNames(`${metadata.name}.${metadata.namespace}.svc.`, port));
}

interface Port {
  readonly name?: string;
  readonly protocol: string;
}

/** With and without underscores, which CoreDNS does not ask for. */
function portNames(service: string, { name, protocol }: Port): string[] {
  const [port, folded] = [name || 'x', protocol.toLowerCase()];
  const names = [`_${port}._${folded}.`, `${port}.${folded}.`, `_${folded}.`, `${folded}.`];
  return names.map((labels) => `${labels}${service}`);
}

function endpointNames(slice: Manifest): string[] {
  const { metadata } = slice;
  const service = `${serviceOf(metadata)}.${metadata.namespace}.svc.`;
  const endpoints = slice['endpoints'] as { hostname?: string; targetRef?: { name: string } }[];
  const ports = slice['ports'] as Port[] | null;
  const labels = [
    ...addressesOf(slice).flatMap(dashed),
    ...(endpoints ?? []).flatMap(({ hostname, targetRef }) => [hostname, targetRef?.name]),
  ];
  const hosts = labels.filter((label) => label !== undefined);
  return [
    ...hosts.map((label) => `${label}.${service}`),
    ...(ports ?? []).flatMap((port) => portNames(service, port)),
  ];
}

function addressesOf(slice: Manifest): string[] {
  const endpoints = slice['endpoints'] as { addresses: string[] }[] | null;
  return (endpoints ?? []).flatMap(({ addresses }) => addresses);
}

function podAddresses(pod: Manifest): string[] {
  const { podIPs = [] } = pod['status'] as { podIPs?: { ip: string }[] };
  return podIPs.map(({ ip }) => ip);
}

function podNames(pod: Manifest): string[] {
  const labels = podAddresses(pod).flatMap(dashed);
  return labels.map((label) => `${label}.${pod.metadata.namespace}.pod.`);
}

function dashed(address: string): string[] {
  const label = address.replaceAll(/[.:]/g, '-');
  return label.endsWith('-') ? [label, `${label}0`] : [label];
}
