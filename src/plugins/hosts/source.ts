import type { Logger } from '../../observe/log.ts';
import type { Gauge } from '../../observe/metrics.ts';
import type { FileVersion } from '../file-reader.ts';
import { type HostsRules, HostsTable } from './table.ts';

/** Largest hosts file read. */
export const MAX_HOSTS_BYTES = 16 * 1024 * 1024;

/** Taken in one turn of the event loop, about two milliseconds: queries are answered between. */
const BYTES_A_TURN = 16 * 1024;

/** A longer line is none that a person wrote. */
const MAX_LINE_BYTES = 8192;

export interface HostsSourceOptions {
  /** As it stands in logs and metrics. */
  readonly path: string;
  readonly rules: HostsRules;
  /** Lines of the Corefile; they come after those of the file. */
  readonly inline: readonly string[];
  readonly log: Logger;
  readonly entries: Gauge;
  readonly reloaded: Gauge;
}

/** A table and what it was made from, for the plugin after a reload of the Corefile. */
interface KeptHosts {
  readonly madeFrom: string;
  readonly table: HostsTable;
}

/** The names in use: those of the Corefile, and with them those last read from the file. */
export class HostsSource {
  readonly #options: HostsSourceOptions;
  #table: HostsTable;

  constructor(options: HostsSourceOptions, kept?: unknown) {
    this.#options = options;
    this.#table = this.#keptTable(kept) ?? this.#withInline(new HostsTable(options.rules));
    options.entries.set(this.#table.entries);
  }

  get table(): HostsTable {
    return this.#table;
  }

  keep(): KeptHosts {
    return { madeFrom: this.#madeFrom(), table: this.#table };
  }

  /**
   * Puts what stands in the file into use.
   *
   * @throws an Error when it is not a hosts file, or too long; then the names in use stay.
   */
  async read(content: Buffer, version: FileVersion): Promise<void> {
    const table = new HostsTable(this.#options.rules);
    const skipped = await addLines(content, table);
    this.#table = this.#withInline(table);
    const { log, path, entries, reloaded } = this.#options;
    entries.set(this.#table.entries);
    reloaded.set(version.modifiedMs / 1000);
    const fields = { file: path, entries: this.#table.entries, skipped };
    log.info(fields, 'plugin/hosts: read the hosts file');
  }

  fault(text: string): void {
    const { log, path } = this.#options;
    const message = 'plugin/hosts: cannot use the hosts file, what was read before stays';
    log.warn({ file: path, reason: text }, message);
  }

  #withInline(table: HostsTable): HostsTable {
    for (const line of this.#options.inline) table.add(line);
    return table;
  }

  #keptTable(kept: unknown): HostsTable | undefined {
    if (typeof kept !== 'object' || kept === null) return undefined;
    const { madeFrom, table } = kept as Partial<KeptHosts>;
    return madeFrom === this.#madeFrom() && table instanceof HostsTable ? table : undefined;
  }

  #madeFrom(): string {
    const { path, rules, inline } = this.#options;
    return JSON.stringify([path, rules, inline]);
  }
}

/** Returns how many lines were of no use. */
async function addLines(content: Buffer, table: HostsTable): Promise<number> {
  if (content.includes(0)) throw new Error('it is not a text file');
  let skipped = 0;
  let lines = 0;
  let turnEnd = BYTES_A_TURN;
  for (let at = 0; at < content.length; lines++) {
    if (at >= turnEnd) {
      await nextTurn();
      turnEnd = at + BYTES_A_TURN;
    }
    const found = content.indexOf(0x0a, at);
    const end = found < 0 ? content.length : found;
    const isTooLong = end - at > MAX_LINE_BYTES;
    if (isTooLong || !table.add(content.toString('latin1', at, end))) skipped++;
    at = end + 1;
  }
  if (skipped > 0 && table.entries === 0) {
    throw new Error(`none of its ${lines} lines has an address and names that can be used`);
  }
  return skipped;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
