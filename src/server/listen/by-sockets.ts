import type { ListenAddress } from '../../corefile/listen-address.ts';
import { plainAddress } from '../../dns/address.ts';

/** Addresses of one port, and the server blocks that all of them have. */
export type SharedSockets<Block> = [listen: readonly ListenAddress[], blocks: readonly Block[]];

/**
 * Puts addresses of a port together that the same server blocks want: those blocks share their
 * sockets. A block that shares one of its addresses with others, and another not, stands in two of
 * the groups.
 */
export function bySockets<Block extends { readonly listen: readonly ListenAddress[] }>(
  blocks: readonly Block[],
): SharedSockets<Block>[] {
  const groups = new Map<string, [ListenAddress[], readonly Block[]]>();
  for (const { spec, wantedBy } of byAddress(blocks).values()) {
    const key = [spec.port, ...[...wantedBy].map((block) => blocks.indexOf(block))].join(' ');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [[spec], [...wantedBy]]);
    else group[0].push(spec);
  }
  return [...groups.values()];
}

interface WantedSpec<Block> {
  spec: ListenAddress;
  readonly wantedBy: Set<Block>;
}

function byAddress<Block extends { readonly listen: readonly ListenAddress[] }>(
  blocks: readonly Block[],
): Map<string, WantedSpec<Block>> {
  const wanted = new Map<string, WantedSpec<Block>>();
  for (const block of blocks) {
    for (const spec of block.listen) {
      const key = `${plainAddress(spec.address)} ${spec.port}`;
      const known = wanted.get(key);
      if (known === undefined) wanted.set(key, { spec, wantedBy: new Set([block]) });
      else {
        known.wantedBy.add(block);
        // The stricter one holds.
        if (spec.optional !== true) known.spec = spec;
      }
    }
  }
  return wanted;
}
