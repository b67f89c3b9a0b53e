import fc from 'fast-check';
import type { NamespaceView } from '../../src/kube/objects.ts';
import type { ZoneOptions } from '../../src/zone/options.ts';
import type { Question, World } from '../model/model.ts';
import { worlds, zoneOptions } from './generate.ts';
import { LABELS, PORT_NAMES } from './generate-words.ts';
import { encodeName } from './query.ts';
import { canonicalName, nameLabels, nameText, reverseName } from './zone-text.ts';

/** A world, how it is served, and questions worth asking about it. */
export interface Situation {
  readonly world: World;
  readonly options: ZoneOptions;
  readonly questions: readonly Question[];
}

export const situations: fc.Arbitrary<Situation> = fc
  .tuple(worlds, zoneOptions)
  .chain(([world, options]) =>
    fc.record({
      world: fc.constant(world),
      options: fc.constant(options),
      questions: fc.array(questionsNear(world, options), { minLength: 30, maxLength: 60 }),
    }),
  );

/** Questions about names of the world and their neighbourhood, each with any type. */
export function questionsNear(world: World, options: ZoneOptions): fc.Arbitrary<Question> {
  const names = fc.constantFrom(...likelyNames(world, options));
  const changes = fc.array(fc.constantFrom(...CHANGES), { maxLength: 2 });
  const name = fc
    .tuple(names, changes, oddLabel(), fc.nat(0x7fff_ffff))
    .map(([start, steps, odd, coins]) => {
      const labels = steps.reduce<readonly Buffer[]>(
        (now, change) => change(now, odd),
        nameLabels(start),
      );
      return mixedCase(nameText(labels), coins);
    })
    .filter(fits);
  return fc.record({ name, type: questionType() });
}

function questionType(): fc.Arbitrary<string> {
  return fc.oneof(
    { arbitrary: fc.constantFrom('A', 'AAAA', 'SRV', 'PTR'), weight: 6 },
    { arbitrary: fc.constantFrom('CNAME', 'TXT', 'SOA', 'NS', 'ANY', 'MX', 'HTTPS'), weight: 4 },
    fc.constantFrom('DS', 'CAA', 'DNSKEY', 'NAPTR', 'TYPE666', 'TYPE65280', 'AXFR', 'IXFR'),
  );
}

/** Written from the objects, not from the model: what the model forgets must still be asked. */
function likelyNames(world: World, options: ZoneOptions): string[] {
  const forward = options.zones.filter((zone) => !zone.endsWith('.arpa'));
  const inForward = forward.flatMap((zone) =>
    [
      '',
      'svc.',
      'pod.',
      'dns.',
      'ns.dns.',
      'dns-version.',
      ...world.namespaces.flatMap(namespaceNames),
    ].map((prefix) => `${prefix}${zone}.`),
  );
  const inReverse = options.zones
    .filter((zone) => zone.endsWith('.arpa'))
    .flatMap((zone) => ['', 'dns.', 'ns.dns.', 'svc.'].map((prefix) => `${prefix}${zone}.`));
  const outside = ['.', 'local.', 'www.example.com.', 'example.', 'arpa.', 'xsvc.'];
  return [...inForward, ...inReverse, ...allAddresses(world).map(reverseName), ...outside];
}

function namespaceNames(view: NamespaceView): string[] {
  const services = [...view.services.map(({ name }) => name), ...view.slices.keys()];
  return [
    `${view.name}.svc.`,
    `${view.name}.pod.`,
    ...services.flatMap((name) => {
      const service = `${name}.${view.name}.svc.`;
      return [
        service,
        ...portNames(view, name).flatMap((port) => [
          `_${port}._tcp.${service}`,
          `_${port}._udp.${service}`,
        ]),
        `_tcp.${service}`,
        ...endpointLabels(view, name).map((endpoint) => `${endpoint}.${service}`),
      ];
    }),
    ...podLabels(view).map((pod) => `${pod}.${view.name}.pod.`),
  ];
}

function portNames(view: NamespaceView, service: string): string[] {
  const own = view.services.find(({ name }) => name === service)?.ports ?? [];
  const ports = [...own, ...(view.slices.get(service) ?? []).flatMap((slice) => slice.ports)];
  return ports.map(({ name }) => name).filter((name) => name !== '');
}

function endpointLabels(view: NamespaceView, service: string): string[] {
  const endpoints = (view.slices.get(service) ?? []).flatMap((slice) => slice.endpoints);
  return endpoints
    .flatMap(({ hostname, targetName, addresses }) => [
      hostname,
      targetName.slice(0, 63),
      ...addresses.flatMap((address) => [dashed(address), `${dashed(address)}0`]),
    ])
    .filter((text) => text !== '');
}

const SPELLED = [
  'fd00--',
  '1-2-3-4',
  '01-2-3-4',
  'fd00--1',
  '--1',
  '--ffff-102-304',
  '1-2-3',
  'a--b--c',
];

function podLabels(view: NamespaceView): string[] {
  return [...view.pods.flatMap(({ podIPs }) => podIPs.map(dashed)), 'fd00--0', ...SPELLED];
}

function dashed(address: string): string {
  return address.replaceAll(/[.:]/g, '-');
}

function allAddresses(world: World): string[] {
  const all = world.namespaces.flatMap(({ services, slices, pods }) => [
    ...services.flatMap(({ clusterIPs }) => clusterIPs.filter((ip) => ip !== 'None')),
    ...[...slices.values()]
      .flat()
      .flatMap(({ addressType, endpoints }) =>
        addressType === 'FQDN' ? [] : endpoints.flatMap(({ addresses }) => addresses),
      ),
    ...pods.flatMap(({ podIPs }) => podIPs),
  ]);
  return [...all, ...world.serverAddresses, '10.96.0.99', 'fd00::99'];
}

type Change = (labels: readonly Buffer[], odd: Buffer) => readonly Buffer[];

/** Steps from a name to its neighbours; the first keeps it. */
const CHANGES: readonly Change[] = [
  (labels) => labels,
  (labels) => labels.slice(1),
  (labels, odd) => [odd, ...labels],
  (labels, odd) => [odd, ...labels.slice(1)],
  (labels, odd) => [...labels.slice(0, 1), odd, ...labels.slice(2)],
  (labels) => labels.map((label) => (label[0] === 0x5f ? label.subarray(1) : label)),
  ([first, ...rest]) =>
    first?.[0] === 0x5f ? [first.subarray(1), ...rest] : withFirst(first, rest),
  ([first, second, ...rest]) => [first, second].filter(isLabel).toReversed().concat(rest),
];

function withFirst(first: Buffer | undefined, rest: readonly Buffer[]): Buffer[] {
  return first === undefined ? [] : [Buffer.concat([Buffer.from('_'), first]), ...rest];
}

function isLabel(label: Buffer | undefined): label is Buffer {
  return label !== undefined && label.length > 0;
}

/** A label from the world's words, one with a meaning to DNS, or any bytes. */
function oddLabel(): fc.Arbitrary<Buffer> {
  return fc.oneof(
    fc
      .constantFrom(
        '_',
        '*',
        '_tcp',
        '_udp',
        'tcp',
        '__proto__',
        '_http',
        'x',
        ...LABELS,
        ...PORT_NAMES,
      )
      .map((text) => Buffer.from(text)),
    fc.constantFrom('a.b', 'web.db', '\0', '\u212a').map((text) => Buffer.from(text)),
    fc.uint8Array({ minLength: 1, maxLength: 63 }).map((bytes) => Buffer.from(bytes)),
  );
}

/**
 * Upper or lower as the 31 coins fall; escapes are digits and signs, so they stay what they are.
 */
function mixedCase(name: string, coins: number): string {
  return name.replace(/[a-z]/gi, (letter, at: number) =>
    (coins >> (at % 31)) & 1 ? letter.toUpperCase() : letter.toLowerCase(),
  );
}

/** Empty labels come of `_` without its underscore, long names of long labels. */
function fits(name: string): boolean {
  try {
    encodeName(canonicalName(name));
    return true;
  } catch {
    return false;
  }
}
