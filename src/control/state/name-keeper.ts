import type { NameKey } from '../../dns/name.ts';
import type { Clock, Timer } from '../../support/clock.ts';
import { inTurns } from '../../support/pieces.ts';
import type { NameChanges } from '../../zone/compiler.ts';
import type { PackedName } from '../../zone/packed-name.ts';
import { PublishedNames } from '../publish/published-names.ts';
import { encodeInPieces, NamesCopy } from './snapshot.ts';

export interface NameKeeperOptions {
  /** Which manifests and options the names come from. */
  readonly source: string;
  readonly clock: Clock;
  /** Writes the file whole or not at all; rejects when it cannot. */
  readonly write: (bytes: Buffer) => Promise<void>;
  /** Called for each write that fails. */
  readonly onFault: (error: unknown) => void;
}

/** Changes come in crowds; what was true two seconds ago is good enough for a restart. Ms. */
const SAVE_AFTER_MS = 2000;

/** A write that failed is tried again after this long, or with the next change; ms. */
const RETRY_MS = 60_000;

/**
 * A large set that never rests is saved less often, so that the disk gets no more than this, bytes
 * a second.
 */
const MAX_RATE = 1024 * 1024;

/** Follows the names that are published, and saves them for the next run. */
export class NameKeeper {
  readonly #options: NameKeeperOptions;
  readonly #names = new PublishedNames();
  #serial = 0;
  #isWorthSaving = false;
  /** What is published is not what was saved. */
  #isDue = false;
  /** Set while a write is due. */
  #timer: Timer | undefined;
  #isWriting = false;
  /** Of the last file. */
  #bytes = 0;
  #retry: Timer | undefined;

  constructor(options: NameKeeperOptions) {
    this.#options = options;
  }

  /** What is published. */
  get names(): ReadonlyMap<NameKey, PackedName> {
    return this.#names.all;
  }

  take(changes: NameChanges, serial: number): void {
    this.#names.take(changes);
    this.#serial = serial;
    if (changes.size === 0) return;
    this.#isDue = true;
    this.#saveLater();
  }

  /** Everything has been read: from now on the names are worth saving. */
  settle(): void {
    if (this.#isWorthSaving) return;
    this.#isWorthSaving = true;
    this.#isDue = true;
    this.#saveLater();
  }

  #saveLater(): void {
    // One write at a time: two would be two copies of everything.
    if (!this.#isWorthSaving || !this.#isDue || this.#isWriting || this.#timer) return;
    const ms = Math.max(SAVE_AFTER_MS, (this.#bytes / MAX_RATE) * 1000);
    this.#timer = this.#options.clock.setTimeout(() => void this.#save(), ms);
  }

  async #save(): Promise<void> {
    const { source, clock, write, onFault } = this.#options;
    this.#timer = undefined;
    this.#retry?.cancel();
    this.#isDue = false;
    this.#isWriting = true;
    const savedAt = clock.wallSeconds();
    const names = new NamesCopy(this.#names.all);
    const work = encodeInPieces({ source, savedAt, serial: this.#serial, names });
    const bytes = await new Promise<Buffer>((done) => inTurns(work, clock, done));
    this.#bytes = bytes.length;
    try {
      await write(bytes);
    } catch (error) {
      onFault(error);
      this.#retry = clock.setTimeout(() => {
        this.#isDue = true;
        this.#saveLater();
      }, RETRY_MS);
    }
    this.#isWriting = false;
    this.#saveLater();
  }
}
