import { AdminConnections, adminLimits } from '../admin/connections.ts';
import { Exposition } from '../admin/exposition.ts';
import { HealthPoll } from '../admin/health-poll.ts';
import { type AdminOptions, AdminServer } from '../admin/http-server.ts';
import type { ListenAddress } from '../corefile/listen-address.ts';
import { isWildcard } from '../dns/address.ts';
import type { SocketAddress } from '../dns/query.ts';
import type { Logger } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { ListenSource } from '../server/listen/listen-error.ts';
import type { Prepared } from '../server/listen/prepared.ts';
import type { Clock } from '../support/clock.ts';

export interface AdminParts {
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly clock: Clock;
  readonly notReady: () => string[];
  readonly objects: AdminOptions['objects'];
  readonly explain: AdminOptions['explain'];
  readonly stats: AdminOptions['stats'];
  readonly history: AdminOptions['history'];
  readonly page?: AdminOptions['page'];
  /** Most connections to all of them. */
  readonly connections?: number;
}

interface RunningAdmin {
  readonly wanted: ListenAddress;
  readonly server: AdminServer;
  readonly address: SocketAddress;
}

/** The admin servers, one an address. */
export class Admins {
  readonly #parts: AdminParts;
  readonly #exposition: Exposition;
  readonly #connections: AdminConnections;
  readonly #poll: HealthPoll;
  #running: ReadonlyMap<string, RunningAdmin> = new Map();

  constructor(parts: AdminParts) {
    this.#parts = parts;
    this.#exposition = new Exposition(parts.metrics, parts.clock);
    this.#connections = new AdminConnections(
      parts.clock,
      parts.metrics,
      adminLimits(parts.connections),
    );
    this.#poll = new HealthPoll(parts);
  }

  get addresses(): readonly SocketAddress[] {
    return [...this.#running.values()].map(({ address }) => address);
  }

  /**
   * Opens the addresses of these that are not listened on yet. Nothing else changes until the
   * result is committed.
   *
   * @throws ListenError when one of them cannot be; then none is opened.
   */
  async prepare(addresses: readonly ListenAddress[], source: ListenSource): Promise<Prepared> {
    const before = this.#running;
    const wanted = new Map(addresses.map((address) => [JSON.stringify(address), address]));
    const fresh = [...wanted].filter(([key]) => !before.has(key));
    const old = [...before].filter(([key]) => !wanted.has(key));
    const aside = old.filter(([, { wanted }]) => fresh.some(([, one]) => overlap(wanted, one)));
    const opened = new Map<string, RunningAdmin>();
    const abort = async () => {
      await stopAll(opened.values());
      await this.#comeBack(aside);
    };
    await stopAll(new Map(aside).values());
    try {
      for (const [key, address] of fresh) opened.set(key, await this.#open(address, source));
    } catch (error) {
      await abort();
      throw error;
    }
    return {
      commit: () => {
        const all = new Map([...before, ...opened]);
        this.#running = new Map([...wanted.keys()].map((key) => [key, all.get(key)!]));
        this.#poll.at(this.addresses[0]);
      },
      closeOld: () => stopAll(new Map(old).values()),
      abort,
    };
  }

  async stop(): Promise<void> {
    this.#poll.at(undefined);
    await stopAll(this.#running.values());
  }

  async #open(address: ListenAddress, source: ListenSource): Promise<RunningAdmin> {
    const { metrics, log, notReady, objects, explain, stats, history, page } = this.#parts;
    metrics.includeProcess();
    const server = new AdminServer(address, {
      ready: notReady,
      objects,
      explain,
      stats,
      history,
      page,
      exposition: this.#exposition,
      connections: this.#connections,
      metrics,
      log,
      source,
    });
    return { wanted: address, server, address: await server.start() };
  }

  /** Opens again what stepped aside for addresses that did not come to be. */
  async #comeBack(aside: readonly [key: string, one: RunningAdmin][]): Promise<void> {
    for (const [key, { wanted }] of aside) {
      const running = new Map(this.#running);
      try {
        running.set(key, await this.#open(wanted, '--admin'));
      } catch (error) {
        running.delete(key);
        this.#parts.log.error({ err: error }, 'An admin server is gone: another has its address');
      }
      this.#running = running;
    }
  }
}

/**
 * Whether the kernel lets only one of them be open: both have the same port, and one has it on all
 * addresses. Then the old one steps aside for the moment in which the new one is opened.
 */
function overlap(old: ListenAddress, fresh: ListenAddress): boolean {
  return (
    old.port === fresh.port &&
    old.port !== 0 &&
    [old, fresh].some(({ address }) => isWildcard(address))
  );
}

async function stopAll(running: Iterable<RunningAdmin>): Promise<void> {
  for (const { server } of running) await server.stop();
}
