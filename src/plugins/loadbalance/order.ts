import { Type } from '../../dns/codes.ts';
import type { NameKey } from '../../dns/name.ts';
import type { NetworkSet } from '../../dns/network.ts';
import type { ResourceRecord } from '../../dns/record.ts';
import { type RandomIndex, shuffled } from '../../support/random.ts';
import { DEFAULT_WEIGHT, type Weights } from './weights.ts';

/**
 * The orders of CoreDNS. Each function gives a new section, or the same one when there is nothing
 * to turn: what a cache or other clients see too is never changed.
 */
type Section = readonly ResourceRecord[];

/** The records of a section by what may become of them; each list in the order of the section. */
interface Parts {
  readonly aliases: ResourceRecord[];
  readonly addresses: ResourceRecord[];
  readonly exchanges: ResourceRecord[];
  readonly others: ResourceRecord[];
}

/**
 * Aliases first, since some resolvers read a chain only in its order; then others, then addresses,
 * then MX, each shuffled.
 */
export function shuffledSection(section: Section, randomIndex: RandomIndex): Section {
  const parts = partsOf(section);
  if (parts === undefined) return section;
  const { aliases, others, addresses, exchanges } = parts;
  return [
    ...aliases,
    ...others,
    ...shuffled(addresses, randomIndex),
    ...shuffled(exchanges, randomIndex),
  ];
}

/** Moves one address to the front, more often with more weight; the rest keep their order. */
export function weightedSection(
  section: Section,
  weights: Weights,
  randomIndex: RandomIndex,
): Section {
  const parts = partsOf(section);
  if (parts === undefined || parts.addresses.length < 2) return section;
  const { aliases, others, addresses, exchanges } = parts;
  const first = addresses[pickWeighted(addresses, weights, randomIndex)]!;
  const rest = addresses.filter((record) => record !== first);
  return [...aliases, ...others, first, ...rest, ...exchanges];
}

/** Addresses of the preferred networks first, as the networks are listed; else in their order. */
export function preferred(section: Section, networks: readonly NetworkSet[]): Section {
  const parts = partsOf(section);
  if (parts === undefined || parts.addresses.length < 2) return section;
  const { aliases, others, addresses, exchanges } = parts;
  const ranked = addresses.map((record) => ({ record, rank: rankOf(record, networks) }));
  ranked.sort((a, b) => a.rank - b.rank);
  return [...aliases, ...ranked.map(({ record }) => record), ...exchanges, ...others];
}

/** Undefined when there are not two records that could change places. */
function partsOf(section: Section): Parts | undefined {
  if (section.length < 2) return undefined;
  const parts: Parts = { aliases: [], addresses: [], exchanges: [], others: [] };
  for (const record of section) listOf(record, parts).push(record);
  return parts.addresses.length < 2 && parts.exchanges.length < 2 ? undefined : parts;
}

function listOf({ type }: ResourceRecord, parts: Parts): ResourceRecord[] {
  switch (type) {
    case Type.CNAME:
      return parts.aliases;
    case Type.A:
    case Type.AAAA:
      return parts.addresses;
    case Type.MX:
      return parts.exchanges;
    default:
      return parts.others;
  }
}

function pickWeighted(addresses: Section, weights: Weights, randomIndex: RandomIndex): number {
  // The weights of the first owner are for all: CoreDNS's rule, and an answer's addresses have one
  // owner.
  const ofName = weights.get(folded(addresses[0]!.owner));
  const each = addresses.map(({ data }) =>
    data.kind === 'address' ? (ofName?.get(data.address.join()) ?? DEFAULT_WEIGHT) : DEFAULT_WEIGHT,
  );
  let left = randomIndex(each.reduce((sum, weight) => sum + weight, 0));
  return each.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
}

function rankOf({ data }: ResourceRecord, networks: readonly NetworkSet[]): number {
  if (data.kind !== 'address') return networks.length;
  const { address } = data;
  const rank = networks.findIndex((network) => network.has(address));
  return rank < 0 ? networks.length : rank;
}

/** RFC 4343: only A to Z fold; length bytes are under 64, so none is taken for a letter. */
function folded(name: string): NameKey {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) as NameKey;
}
