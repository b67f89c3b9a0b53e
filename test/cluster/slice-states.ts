import { type Api, accepted, type Manifest } from './api.ts';

/** The ready addresses of a Service from some version on. */
interface State {
  readonly version: bigint;
  readonly addresses: readonly string[];
}

/** What the slices of a Service have said, version by version, as the API server tells all. */
export class SliceStates {
  readonly #service: string;
  readonly #ready = new Map<string, readonly string[]>();
  readonly #states: State[] = [];
  #reached = 0n;

  private constructor(service: string) {
    this.#service = service;
  }

  /** Follows a collection of slices until `signal`, from what there is now. */
  static async follow(
    api: Api,
    path: string,
    service: string,
    signal: AbortSignal,
  ): Promise<SliceStates> {
    const states = new SliceStates(service);
    const list = accepted(await api.get(path)) as unknown as Manifest & { items: Manifest[] };
    for (const slice of list.items) states.#take('ADDED', slice);
    const version = list.metadata.resourceVersion!;
    states.#note(version);
    void states.#watch(api.watch(path, signal, version));
    return states;
  }

  /** Whether all up to a version is known. */
  reaches(version: string): boolean {
    return this.#reached >= BigInt(version);
  }

  /** The addresses at each version from one to another, which is reached. */
  between(from: string, to: string): (readonly string[])[] {
    const later = this.#states.findIndex(({ version }) => version > BigInt(from));
    const first = later < 0 ? this.#states.length - 1 : Math.max(0, later - 1);
    return this.#states
      .slice(first)
      .filter(({ version }) => version <= BigInt(to))
      .map(({ addresses }) => addresses);
  }

  async #watch(lines: ReturnType<Api['watch']>): Promise<void> {
    for await (const { type, object } of lines) {
      this.#take(type, object);
      this.#note(object.metadata.resourceVersion!);
    }
  }

  #take(type: string, slice: Manifest): void {
    const { name, labels } = slice.metadata;
    if (labels?.['kubernetes.io/service-name'] !== this.#service) return;
    this.#ready.set(name, type === 'DELETED' ? [] : readyAddresses(slice));
  }

  #note(text: string): void {
    this.#reached = BigInt(text);
    const addresses = [...this.#ready.values()].flat().sort();
    if (addresses.join() === this.#states.at(-1)?.addresses.join()) return;
    this.#states.push({ version: this.#reached, addresses });
  }
}

function readyAddresses(slice: Manifest): string[] {
  const endpoints = slice['endpoints'] as
    | { addresses: string[]; conditions: { ready?: boolean } }[]
    | null;
  const ready = (endpoints ?? []).filter(({ conditions }) => conditions.ready !== false);
  return ready.flatMap(({ addresses }) => addresses);
}
