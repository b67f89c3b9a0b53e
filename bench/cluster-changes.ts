import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './client.ts';
import { slice } from './dump.ts';
import type { KubeApi } from './kube-api.ts';
import { percentile } from './statistics.ts';

/** Between two writes of some slices, ms. */
const TICK_MS = 20;
/** Between two questions for one change, ms: the first; later a tenth of what has gone by. */
const ASK_MS = 2;
/** A change that is not answered for so long is given up, ms. */
const LOST_MS = 5000;

/** A cluster in which slices change, each to have an endpoint that no other had before. */
export class Changes {
  readonly #api: KubeApi;
  readonly #services: number;
  readonly #endpoints: number;
  #made = 0;

  constructor(api: KubeApi, services: number, endpoints: number) {
    this.#api = api;
    this.#services = services;
    this.#endpoints = endpoints;
  }

  /**
   * So many slices a second, if the API server can; returns how many. `each` is told of the names
   * and addresses that are new.
   */
  async run(
    aSecond: number,
    seconds: number,
    each: (name: string, address: string) => void = () => {},
  ): Promise<number> {
    const began = performance.now();
    let written = 0;
    while (performance.now() - began < seconds * 1000) {
      const due = Math.floor(((performance.now() - began) / 1000) * aSecond);
      const some = Array.from({ length: Math.min(100, due - written) }, () => this.#next());
      if (some.length > 0) await this.#api.writeSlices(some.map(({ lines }) => lines));
      for (const { name, address } of some) each(name, address);
      written += some.length;
      await sleep(TICK_MS);
    }
    return written;
  }

  /** Makes one more change, and waits until that is answered, and so all before it are. */
  async caughtUp(client: Client): Promise<void> {
    const { lines, name, address } = this.#next();
    await this.#api.writeSlices([lines]);
    while ((await client.ask(name)) !== address) await sleep(ASK_MS);
  }

  #next() {
    const made = this.#made++;
    const at = (made * 7919) % this.#services;
    const address = `10.${200 + ((made >> 16) & 31)}.${(made >> 8) & 255}.${made & 255}`;
    const label = address.replaceAll('.', '-');
    const added = ['- addresses:', `  - ${address}`, '  conditions:', '    ready: true'];
    const lines = slice(at, this.#endpoints).flatMap((line) =>
      line === 'endpoints:' ? [line, ...added] : [line],
    );
    return { lines, name: `${label}.svc-${at}.team-${at % 100}`, address };
  }
}

/** From the write of a change to the first answer that has it; ms. */
export interface Delays {
  readonly p50: number;
  readonly p99: number;
  readonly changes: number;
  readonly lost: number;
}

/** Asks for each change until it is answered. */
export async function delaysOf(
  changes: Changes,
  client: Client,
  aSecond: number,
  seconds: number,
): Promise<Delays> {
  const found: number[] = [];
  const waiting: Promise<void>[] = [];
  let lost = 0;
  const untilAnswered = async (name: string, address: string) => {
    const wrote = performance.now();
    for (;;) {
      if ((await client.ask(name)) === address) break;
      const waited = performance.now() - wrote;
      if (waited > LOST_MS) {
        lost++;
        return;
      }
      // To ask for all that is late every 2 ms would make it later.
      await sleep(Math.max(ASK_MS, waited / 10));
    }
    found.push(performance.now() - wrote);
  };
  await changes.run(aSecond, seconds, (name, address) => {
    waiting.push(untilAnswered(name, address));
  });
  await Promise.all(waiting);
  found.sort((a, b) => a - b);
  return { p50: percentile(found, 0.5), p99: percentile(found, 0.99), changes: found.length, lost };
}
