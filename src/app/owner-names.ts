import type { Owners } from '../control/listing/browse.ts';
import type { Clock, Timer } from '../support/clock.ts';
import type { NameSet } from './name-set.ts';

/**
 * An answer is not held up longer by a control thread that is reading a large file. What comes
 * later is there the next time; ms.
 */
const PATIENCE_MS = 200;

/** Containers come and go without a word to us; ms. */
const LIFETIME_MS = 30_000;

/** Addresses that are remembered, far more than are asked for at once. */
const MAX_KNOWN = 2000;

/** Who has addresses that no object has, by address, as far as somebody says. */
type OtherOwners = (addresses: readonly string[]) => Promise<ReadonlyMap<string, string>>;

type AskedSet = Pick<NameSet, 'browse' | 'revision'>;

/** By address; undefined for one that no object has. */
type Known = Map<string, string | undefined>;

/**
 * Which objects have some addresses, and who has the others. Control threads are asked once in half
 * a minute, and when objects have changed.
 */
export class OwnerNames {
  readonly #clock: Clock;
  readonly #sets: () => readonly AskedSet[];
  #known: Known = new Map();
  #revision = '';
  #since = 0;
  #asking: Promise<void> | undefined;
  readonly #others: OtherOwners;

  /** `sets` are the names in service. */
  constructor(
    clock: Clock,
    sets: () => readonly AskedSet[],
    others: OtherOwners = async () => new Map(),
  ) {
    this.#clock = clock;
    this.#sets = sets;
    this.#others = others;
  }

  /** `Pod shop/web-1` by address, as far as that is known in time. */
  async of(addresses: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const sets = this.#sets();
    const revision = sets.map((set) => set.revision).join('-');
    const now = this.#clock.now();
    const isOld =
      revision !== this.#revision ||
      this.#known.size > MAX_KNOWN ||
      now - this.#since > LIFETIME_MS;
    const known: Known = isOld ? new Map() : this.#known;
    const asked = addresses.filter((address) => !known.has(address));
    if (asked.length > 0) {
      // One at a time, however often somebody looks: upstreams may be asked for it.
      this.#asking ??= this.#ask(sets, asked)
        .then((found) => {
          if (found === undefined) return;
          for (const address of asked) known.set(address, found.get(address));
          this.#known = known;
          this.#revision = revision;
          if (isOld) this.#since = now;
        })
        .finally(() => {
          this.#asking = undefined;
        });
      await this.#soon(this.#asking);
    }
    // Those of objects that have changed are better than none.
    return new Map(
      addresses.flatMap((address) => {
        const object = this.#known.get(address);
        return object === undefined ? [] : [[address, object] as const];
      }),
    );
  }

  /** Undefined when a thread does not answer. */
  async #ask(
    sets: readonly AskedSet[],
    addresses: readonly string[],
  ): Promise<ReadonlyMap<string, string> | undefined> {
    const found = new Map<string, string>();
    for (const set of sets) {
      const text = await set.browse({ kind: 'owners', addresses });
      if (text === undefined) return undefined;
      for (const [address, object] of JSON.parse(text) as Owners) found.set(address, object);
    }
    const left = addresses.filter((address) => !found.has(address));
    const others = left.length === 0 ? [] : await this.#others(left);
    for (const [address, owner] of others) found.set(address, owner);
    return found;
  }

  async #soon(work: Promise<void>): Promise<void> {
    let timer: Timer | undefined;
    const late = new Promise<void>((done) => {
      timer = this.#clock.setTimeout(done, PATIENCE_MS);
    });
    await Promise.race([work, late]);
    timer?.cancel();
  }
}
