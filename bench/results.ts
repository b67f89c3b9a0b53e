import type { Figures, Start, Wish } from './measure.ts';
import { type Spread, spreadOf } from './statistics.ts';

/** One kind of load, as tables and bench/budget.json name it: `1000 udp hit`. */
export function loadName(services: number, { transport, mix }: Pick<Wish, 'transport' | 'mix'>) {
  return `${services} ${transport} ${mix}`;
}

/** The rounds of one server under one load. */
export interface Row {
  readonly server: string;
  readonly cpu: Spread;
  readonly user: number;
  readonly system: number;
  readonly queriesPerSecond: number;
  /** Of all rounds. */
  readonly lost: number;
  readonly p50: number | undefined;
  readonly p99: number | undefined;
  readonly p999: number | undefined;
}

export interface StartRow {
  readonly server: string;
  readonly seconds: Spread;
  readonly cpu: number;
  readonly memory: number;
  readonly memoryAfter: number;
}

/** All that was measured: load or number of Services, then server, then rounds. */
export class Results {
  readonly #figures = new Map<string, Map<string, Figures[]>>();
  readonly #starts = new Map<number, Map<string, Start[]>>();

  add(load: string, server: string, figures: Figures): void {
    append(this.#figures, load, server, figures);
  }

  addStart(services: number, server: string, start: Start): void {
    append(this.#starts, services, server, start);
  }

  get loads(): string[] {
    return [...this.#figures.keys()];
  }

  get sizes(): number[] {
    return [...this.#starts.keys()];
  }

  rows(load: string): Row[] {
    return [...(this.#figures.get(load) ?? [])].map(([server, rounds]) => {
      const median = (of: (figures: Figures) => number | undefined) => {
        const values = rounds.map(of).filter((value) => value !== undefined);
        return values.length === 0 ? undefined : spreadOf(values).median;
      };
      return {
        server,
        cpu: spreadOf(rounds.map(({ user, system }) => user + system)),
        user: median(({ user }) => user)!,
        system: median(({ system }) => system)!,
        queriesPerSecond: median(({ queriesPerSecond }) => queriesPerSecond)!,
        lost: rounds.reduce((sum, { lost }) => sum + lost, 0),
        p50: median(({ p50 }) => p50),
        p99: median(({ p99 }) => p99),
        p999: median(({ p999 }) => p999),
      };
    });
  }

  startRows(services: number): StartRow[] {
    return [...(this.#starts.get(services) ?? [])].map(([server, starts]) => {
      const median = (of: (start: Start) => number) => spreadOf(starts.map(of)).median;
      return {
        server,
        seconds: spreadOf(starts.map(({ seconds }) => seconds)),
        cpu: median(({ cpu }) => cpu),
        memory: median(({ memory }) => memory),
        memoryAfter: median(({ memoryAfter }) => memoryAfter),
      };
    });
  }

  /** The median CPU time a query, µs; undefined when it was not measured. */
  cpuOf(server: string, load: string): number | undefined {
    return this.rows(load).find((row) => row.server === server)?.cpu.median;
  }
}

function append<Key, Value>(
  all: Map<Key, Map<string, Value[]>>,
  key: Key,
  server: string,
  value: Value,
): void {
  const servers = all.get(key) ?? new Map<string, Value[]>();
  all.set(key, servers.set(server, [...(servers.get(server) ?? []), value]));
}
