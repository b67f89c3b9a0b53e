import { dirname } from 'node:path';
import { DEFAULT_SERVICE_RANGES } from '../../controllers/addresses/cluster-ips.ts';
import type { GivenAddresses } from '../../controllers/controllers.ts';
import type { NameKey } from '../../dns/name.ts';
import { problemText } from '../../kube/problem.ts';
import { LogLimiter } from '../../observe/log-limiter.ts';
import type { Clock, Timer } from '../../support/clock.ts';
import type { NameChanges } from '../../zone/compiler.ts';
import type { ZoneOptions } from '../../zone/options.ts';
import type { PackedName } from '../../zone/packed-name.ts';
import { type Kept, markUsed, prepareFolder, type StateFiles, tidyFolder } from './kept-files.ts';
import { NameKeeper } from './name-keeper.ts';
import { errorText, replaceFile, type StateDisk } from './state-disk.ts';
import { readState, StateFile } from './state-file.ts';

export interface MemoryOptions {
  readonly files: StateFiles;
  readonly zone: Pick<ZoneOptions, 'serviceRanges' | 'simulatedPods'>;
  readonly clock: Clock;
  readonly disk: StateDisk;
  /** Called with what could not be read or written, of each file once a minute. */
  readonly onProblem: (message: string) => void;
  /** Called for each write that failed. */
  readonly onUnsaved: (what: Kept) => void;
}

/**
 * A full disk stays full: of each file a line in this time, ms. A write that failed is tried again
 * after it.
 */
const FAILED_MS = 60_000;

/** An address given out may be relied on soon after; a crowd of changes is one write. Ms. */
const SAVE_AFTER_MS = 200;

/**
 * What one set of names keeps from one run to the next: the addresses given out, and the last good
 * names.
 */
export class Memory {
  /** The addresses that an earlier run gave out; undefined when nothing is known. */
  readonly given: GivenAddresses | undefined;
  readonly #options: MemoryOptions;
  /** Both are undefined when the folder takes nothing. */
  readonly #addresses: StateFile | undefined;
  readonly #names: NameKeeper | undefined;
  readonly #limiters: Readonly<Record<Kept, LogLimiter>>;
  #timer: Timer | undefined;
  #retry: Timer | undefined;

  constructor(options: MemoryOptions) {
    const { files, clock, disk, onProblem } = options;
    this.#options = options;
    const now = () => clock.now();
    this.#limiters = {
      addresses: new LogLimiter(now, FAILED_MS),
      names: new LogLimiter(now, FAILED_MS),
    };
    const folder = dirname(files.addresses);
    const fault = prepareFolder(folder);
    const { state, problem } = readState(files.addresses, disk);
    if (problem !== undefined && fault === undefined) onProblem(problemText(problem));
    this.given = state;
    if (fault !== undefined) {
      onProblem(
        `Cannot write into ${folder}: ${fault}. Nothing is kept for the next start: expected a folder behind --state that can be written, or --state off`,
      );
      for (const what of ['addresses', 'names'] as const) options.onUnsaved(what);
      return;
    }
    markUsed([files.addresses, files.names]);
    void tidyFolder(folder, disk);
    this.#addresses = new StateFile(files.addresses, disk, state);
    this.#names = new NameKeeper({
      source: files.source,
      clock,
      write: (bytes) => replaceFile(files.names, bytes, disk),
      onFault: (error) =>
        this.#failed('names', `Cannot save the names in ${files.names}: ${errorText(error)}`),
    });
  }

  /** The copy of what is published; undefined when there is none, as nothing can be kept. */
  get names(): ReadonlyMap<NameKey, PackedName> | undefined {
    return this.#names?.names;
  }

  /**
   * Follows a change of the published names, and of the addresses given out: `given` is called when
   * they are saved.
   */
  take(changes: NameChanges, serial: number, given: () => GivenAddresses): void {
    this.#names?.take(changes, serial);
    const { clock } = this.#options;
    this.#timer ??= clock.setTimeout(() => void this.#saveAddresses(given), SAVE_AFTER_MS);
  }

  /** Everything has been read: from now on the names are worth keeping. */
  settle(): void {
    this.#names?.settle();
  }

  async #saveAddresses(given: () => GivenAddresses): Promise<void> {
    this.#timer = undefined;
    this.#retry?.cancel();
    const { zone, clock } = this.#options;
    const { ipv4, ipv6 } = zone.serviceRanges ?? DEFAULT_SERVICE_RANGES;
    const ranges = [ipv4, ipv6, zone.simulatedPods?.ipv4, zone.simulatedPods?.ipv6];
    const { clusterIPs, loadBalancers, pods, nodePorts } = given();
    const problem = await this.#addresses?.write({
      ranges: ranges.filter((cidr) => cidr !== undefined),
      clusterIPs: [...clusterIPs],
      loadBalancers: [...loadBalancers],
      pods: [...pods],
      nodePorts: [...nodePorts],
    });
    if (problem === undefined) return;
    this.#failed('addresses', problemText(problem));
    this.#retry?.cancel();
    this.#retry = clock.setTimeout(() => void this.#saveAddresses(given), FAILED_MS);
  }

  #failed(what: Kept, message: string): void {
    this.#options.onUnsaved(what);
    this.#limiters[what].log(() => this.#options.onProblem(message));
  }
}
