import { clientPrefix } from '../dns/client-prefix.ts';
import type { Counter, Metrics } from '../observe/metrics.ts';
import { forgivingStalls } from '../support/awake-time.ts';
import type { Clock, Timer } from '../support/clock.ts';

/** What is used of a socket. */
export interface AdminSocket {
  readonly remoteAddress?: string | undefined;
  destroy(): unknown;
  /** Closes when everything written has been sent. */
  destroySoon(): void;
  once(event: 'close', listener: () => void): unknown;
}

/** Caps of all admin servers together. */
export interface AdminLimits {
  /** A scraper or two, the probes of a kubelet and a person with curl need a handful. */
  readonly connections: number;
  /** Half of them: enough for each client, and no client can keep the others out. */
  readonly perClient: number;
  /** Time from connecting to a whole request, ms; clients have it ready when they connect. */
  readonly requestMs: number;
  /** Time from a reply to the next whole request, ms; CoreDNS's. */
  readonly keptMs: number;
  /** Time to write a reply and have it read, ms: how long Prometheus waits. */
  readonly answerMs: number;
}

export function adminLimits(connections = 64): AdminLimits {
  const perClient = Math.max(1, Math.floor(connections / 2));
  return {
    connections,
    perClient,
    requestMs: 2000,
    keptMs: 5000,
    answerMs: 10_000,
  };
}

/** How often deadlines are checked. */
const TICK_MS = 250;

/**
 * Why a connection was closed: no whole request in time, none after a reply, a reply not read,
 * requests sent without waiting, its place needed for another client or for another connection of
 * the same client; `other` when the client closed it or the server stops.
 */
const REASONS = [
  'request',
  'idle',
  'unread',
  'pipelined',
  'evicted',
  'client_cap',
  'other',
] as const;
type CloseReason = (typeof REASONS)[number];

interface Place {
  readonly socket: AdminSocket;
  readonly client: string;
  /**
   * `requesting`: its first request is not whole. `kept`: it may send another. `streaming`: its
   * reply has no end, and no deadline.
   */
  phase: 'requesting' | 'answering' | 'kept' | 'streaming';
  /** When the phase began; parts of a request do not change it. */
  since: number;
  /** It sent another request before it had its reply. */
  isLast: boolean;
}

/**
 * The connections of the admin servers. A new one always gets a place, so that a probe gets through
 * however many connections others have. A client at its limit loses one of its own for it; when
 * all places are taken, the client with the most loses one. The first to close is the one with the
 * longest time since its last whole request or its last reply; one that is being answered comes
 * last.
 */
export class AdminConnections {
  readonly #clock: Clock;
  readonly #limits: AdminLimits;
  readonly #closed: Readonly<Record<CloseReason, Counter>>;
  readonly #places = new Map<AdminSocket, Place>();
  #tick: Timer | undefined;

  constructor(clock: Clock, metrics: Metrics, limits = adminLimits()) {
    // What came while the process stood still is read before anything is closed.
    this.#clock = forgivingStalls(clock);
    this.#limits = limits;
    const closed = (reason: CloseReason) =>
      metrics.counter('svcdns_admin_connections_closed_total', { reason });
    this.#closed = Object.fromEntries(REASONS.map((reason) => [reason, closed(reason)])) as Record<
      CloseReason,
      Counter
    >;
    metrics.read('svcdns_admin_connections', () => this.#places.size);
  }

  get size(): number {
    return this.#places.size;
  }

  /** Takes over a connection that has just been accepted; false when it is gone already. */
  admit(socket: AdminSocket): boolean {
    const { remoteAddress } = socket;
    if (remoteAddress === undefined) {
      socket.destroy(); // already reset
      return false;
    }
    const client = clientPrefix(remoteAddress);
    this.#makeRoom(client);
    const place: Place = {
      socket,
      client,
      phase: 'requesting',
      since: this.#clock.now(),
      isLast: false,
    };
    this.#places.set(socket, place);
    socket.once('close', () => {
      if (this.#places.has(socket)) this.#remove(place, 'other');
    });
    this.#tick ??= this.#clock.setTimeout(() => this.#closeOverdue(), TICK_MS);
    return true;
  }

  /**
   * A whole request has arrived. False when it is not to be answered, because the one before it is
   * still being answered: that reply is the connection's last. No probe and no scraper sends
   * requests without waiting.
   */
  requested(socket: AdminSocket): boolean {
    const place = this.#places.get(socket);
    if (place === undefined) return false;
    if (place.phase === 'answering' || place.phase === 'streaming') {
      place.isLast = true;
      return false;
    }
    this.#enter(place, 'answering');
    return true;
  }

  /** The reply is one without an end. */
  streams(socket: AdminSocket): void {
    const place = this.#places.get(socket);
    if (place !== undefined) this.#enter(place, 'streaming');
  }

  /** The reply being written is the connection's last. */
  isLast(socket: AdminSocket): boolean {
    return this.#places.get(socket)?.isLast ?? false;
  }

  /** The reply has been given to the kernel. */
  answered(socket: AdminSocket): void {
    const place = this.#places.get(socket);
    if (place === undefined) return;
    this.#enter(place, 'kept');
    if (!place.isLast) return;
    this.#remove(place, 'pipelined');
    socket.destroySoon();
  }

  #enter(place: Place, phase: Place['phase']): void {
    place.phase = phase;
    place.since = this.#clock.now();
  }

  #makeRoom(client: string): void {
    const { connections, perClient } = this.#limits;
    const all = [...this.#places.values()];
    const own = all.filter((place) => place.client === client);
    if (own.length >= perClient) {
      this.#close(firstToClose(own), 'client_cap');
      return;
    }
    if (all.length < connections) return;
    const counts = new Map<string, number>();
    for (const place of all) counts.set(place.client, (counts.get(place.client) ?? 0) + 1);
    const most = Math.max(...counts.values());
    this.#close(firstToClose(all.filter((place) => counts.get(place.client) === most)), 'evicted');
  }

  #closeOverdue(): void {
    const now = this.#clock.now();
    for (const place of [...this.#places.values()]) {
      const { reason, ms } = this.#patience(place.phase);
      if (now - place.since >= ms) this.#close(place, reason);
    }
    const isEmpty = this.#places.size === 0;
    this.#tick = isEmpty ? undefined : this.#clock.setTimeout(() => this.#closeOverdue(), TICK_MS);
  }

  #patience(phase: Place['phase']): { readonly reason: CloseReason; readonly ms: number } {
    switch (phase) {
      case 'requesting':
        return { reason: 'request', ms: this.#limits.requestMs };
      case 'answering':
        return { reason: 'unread', ms: this.#limits.answerMs };
      case 'kept':
        return { reason: 'idle', ms: this.#limits.keptMs };
      case 'streaming':
        return { reason: 'other', ms: Number.POSITIVE_INFINITY };
    }
  }

  #close(place: Place | undefined, reason: CloseReason): void {
    if (place === undefined) return;
    this.#remove(place, reason);
    place.socket.destroy();
  }

  #remove(place: Place, reason: CloseReason): void {
    this.#places.delete(place.socket);
    this.#closed[reason].add(1);
    if (this.#places.size > 0) return;
    this.#tick?.cancel();
    this.#tick = undefined;
  }
}

function firstToClose(places: readonly Place[]): Place | undefined {
  const isFirst = (a: Place, b: Place) => {
    const [aBusy, bBusy] = [a.phase === 'answering', b.phase === 'answering'];
    return aBusy === bBusy ? a.since < b.since : bBusy;
  };
  let first = places[0];
  for (const place of places) if (first !== undefined && isFirst(place, first)) first = place;
  return first;
}
