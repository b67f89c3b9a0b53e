import { type NameKey, ROOT } from '../../dns/name.ts';
import { longestZone } from '../../dns/zones.ts';
import type { Origin } from '../../kube/objects.ts';
import type { Next, Plugin, Request } from '../../plugins/plugin.ts';
import type { LiveZone } from '../../zone/live-zone.ts';
import type { BlockRelay } from './block-relay.ts';
import type { ShortCut } from './short-cut.ts';

/** One server block as it runs: its zones, its chain, and its short cut. */
export interface Block {
  readonly zones: readonly NameKey[];
  /** The same as text: lower case, without the final dot. */
  readonly zoneNames: readonly string[];
  /** Its queries are counted: it has `prometheus`. */
  readonly isCounted: boolean;
  /** Largest reply over UDP, bytes: its `bufsize`; undefined for the server's. */
  readonly udpReplyBytes: number | undefined;
  /** The name of its `view`, '' without one; a label of its metrics. */
  readonly view: string;
  readonly plugins: readonly Plugin[];
  /** The names of the plugins in use, as CoreDNS counts them. */
  readonly enabled: readonly string[];
  readonly chain: Next;
  /**
   * Answers cluster names from prepared bytes, past the chain. Undefined when a plugin above
   * `kubernetes` may want to see or change those answers.
   */
  readonly shortCut: ShortCut | undefined;
  /** Relays plain questions past the chain; undefined when some plugin has a say in all of them. */
  readonly relay?: BlockRelay | undefined;
  /** Where it is written, for those who want to know why it answers as it does. */
  readonly source?: BlockSource;
  /** The block takes the question: its `view`. Undefined when it takes all. */
  readonly accepts: ((request: Request) => boolean) | undefined;
}

/** Where a server block is written, and what it answers from. */
interface BlockSource {
  /** Of its first key; undefined for a block without one. */
  readonly origin: Origin | undefined;
  /** Of the first line of each of its plugins that has one. */
  readonly lines: ReadonlyMap<Plugin, Origin>;
  /** The names of its `kubernetes`. */
  readonly live: LiveZone | undefined;
}

/**
 * The blocks that share a socket, found by name: the one with the longest zone, and of those with
 * the same zone the first whose view takes the question.
 */
export class BlockTable {
  /**
   * The only block there is and takes every name, when that is so: nothing needs to be looked up
   * then.
   */
  readonly single: Block | undefined;
  /** Longest first, so that a view is asked only about what it may have. */
  readonly #byLength: readonly { readonly key: NameKey; readonly block: Block }[];

  constructor(blocks: readonly Block[]) {
    this.#byLength = blocks
      .flatMap((block) => block.zones.map((key) => ({ key, block })))
      .sort((a, b) => b.key.length - a.key.length);
    const [only] = this.#byLength;
    const takesAll = only?.key === ROOT && only.block.accepts === undefined;
    this.single = this.#byLength.length === 1 && takesAll ? only.block : undefined;
  }

  /** `request` is made only when a view has to look at it. */
  find(key: NameKey, request: () => Request): Block | undefined {
    const isTaken = ({ block }: { readonly block: Block }) =>
      block.accepts === undefined || block.accepts(request());
    return longestZone(key, this.#byLength, isTaken)?.block;
  }
}
