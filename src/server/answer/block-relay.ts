import { Class, Rcode } from '../../dns/codes.ts';
import { Flag } from '../../dns/header.ts';
import type { PlainReply } from '../../dns/plain-reply.ts';
import type { Query } from '../../dns/query.ts';
import type { ShortCutPart } from '../../plugins/cluster-answers.ts';
import type { RelayedQuestion, Relaying, ReplyKeeper } from '../../plugins/relaying.ts';
import type { RandomIndex } from '../../support/random.ts';
import { explain } from './reply.ts';
import { NOT_OURS } from './resolver.ts';
import { isGate, isWatcher } from './short-cut.ts';
import { writeStored } from './stored.ts';

/** The plugins that have a say in what a server block relays. */
export interface BlockRelayOptions {
  readonly relaying: Relaying;
  /** The name of that plugin. */
  readonly plugin: string;
  readonly keeper: ReplyKeeper;
  /** What those above do, in their order. */
  readonly parts: readonly Pick<ShortCutPart, 'passes' | 'answered' | 'reasonOf'>[];
  /** Lists of addresses begin with another one each time; undefined: as they came. */
  readonly random: RandomIndex | undefined;
}

/** Relays a server block's questions past its chain, from bytes to bytes. */
export class BlockRelay {
  readonly plugin: string;
  readonly #relaying: Relaying;
  readonly #keeper: ReplyKeeper;
  readonly #random: RandomIndex | undefined;
  readonly #gates: readonly Required<Pick<ShortCutPart, 'passes'>>[];
  readonly #watchers: readonly Required<Pick<ShortCutPart, 'answered'>>[];
  readonly #reasonOf: ShortCutPart['reasonOf'];

  constructor({ relaying, plugin, keeper, parts, random }: BlockRelayOptions) {
    this.plugin = plugin;
    this.#relaying = relaying;
    this.#keeper = keeper;
    this.#random = random;
    this.#gates = parts.filter(isGate);
    this.#watchers = parts.filter(isWatcher);
    this.#reasonOf = parts.find(({ reasonOf }) => reasonOf !== undefined)?.reasonOf;
  }

  /** Asks an upstream. False for a question that is for the chain; then nothing has happened. */
  relay(question: RelayedQuestion): boolean {
    const { query } = question;
    if (query.qclass !== Class.IN) return false;
    for (const gate of this.#gates) if (!gate.passes(query)) return false;
    return this.#keeper.takes(query) && this.#relaying.relay(question);
  }

  /** Writes and keeps the reply. `NOT_OURS` when it is for the chain; then nothing has happened. */
  write(query: Query, output: Buffer, reply: PlainReply, upstream: string): number {
    const { rcode, answers } = reply;
    const isExplained = query.edns && (rcode !== Rcode.NOERROR || answers === 0);
    // The reason of one behind an alias is about the alias too.
    if (this.#reasonOf !== undefined && isExplained && answers > 0) return NOT_OURS;
    const kept = this.#keeper.keeping(query, reply);
    if (kept === undefined) return NOT_OURS;
    let written = writeStored(query, output, kept, this.#random, reply.flags & Flag.AA);
    if (written === NOT_OURS) return NOT_OURS;
    this.#keeper.keep();
    if (this.#reasonOf !== undefined && isExplained) {
      written = explain(query, output, written, this.#reasonOf(upstream, rcode));
    }
    for (const one of this.#watchers) one.answered(query, output, rcode, this.plugin);
    return written;
  }
}
