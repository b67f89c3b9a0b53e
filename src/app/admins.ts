import { AdminServer } from '../admin/http-server.ts';
import type { ListenAddress } from '../config/settings.ts';
import type { Logger } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { BoundAddress } from '../server/listeners.ts';

export interface AdminParts {
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly notReady: () => string[];
}

interface RunningAdmin {
  readonly server: AdminServer;
  readonly address: BoundAddress;
}

/** The admin servers, one an address. */
export class Admins {
  readonly #parts: AdminParts;
  #running = new Map<string, RunningAdmin>();

  constructor(parts: AdminParts) {
    this.#parts = parts;
  }

  get addresses(): readonly BoundAddress[] {
    return [...this.#running.values()].map(({ address }) => address);
  }

  /**
   * Listens at these addresses from now on: new ones first, and when one of them cannot be, nothing
   * has changed.
   *
   * @throws ListenError when an address cannot be listened on.
   */
  async serve(addresses: readonly ListenAddress[]): Promise<void> {
    const { metrics, log, notReady } = this.#parts;
    if (addresses.length > 0) metrics.includeProcess();
    const opened = new Map<string, RunningAdmin>();
    try {
      for (const address of addresses) {
        const key = JSON.stringify(address);
        if (this.#running.has(key)) continue;
        const server = new AdminServer(address, { ready: notReady, metrics, log });
        opened.set(key, { server, address: await server.start() });
      }
    } catch (error) {
      for (const { server } of opened.values()) await server.stop();
      throw error;
    }
    const before = this.#running;
    this.#running = new Map();
    for (const address of addresses) {
      const key = JSON.stringify(address);
      const one = before.get(key) ?? opened.get(key);
      if (one !== undefined) this.#running.set(key, one);
      before.delete(key);
    }
    for (const { server } of before.values()) await server.stop();
  }

  async stop(): Promise<void> {
    await this.serve([]);
  }
}
