import { type Logger, LogLimiter } from '../../observe/log.ts';
import type { Counter, Metrics } from '../../observe/metrics.ts';

/**
 * Why a kernel does not take a datagram: a firewall (EPERM, EACCES), no route or no neighbour
 * (ENETUNREACH, EHOSTUNREACH, ENETDOWN, EHOSTDOWN), a full queue or no memory (ENOBUFS, ENOMEM), an
 * address of ours that has gone (EADDRNOTAVAIL), a destination that cannot be (EINVAL), a packet
 * larger than the path takes (EMSGSIZE). All others are counted as `error`.
 */
const CODES: readonly string[] = [
  'EPERM',
  'EACCES',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENETDOWN',
  'EHOSTDOWN',
  'ENOBUFS',
  'ENOMEM',
  'EADDRNOTAVAIL',
  'EINVAL',
  'EMSGSIZE',
];

/** A firewall that is wrong stays wrong: each reason is in the log once in this time, ms. */
const LOG_MS = 60_000;

/** What Node.js says of a datagram that was not sent, with whom it was for. */
export interface SendError extends Error {
  readonly code?: string;
  readonly address?: string;
  readonly port?: number;
}

/** Counts the replies that the kernel did not take, and logs each reason once a minute. */
export class SendFaults {
  readonly #reasons = new Map<string, Reason>();
  readonly #other: Reason;
  readonly #log: Logger;
  readonly #address: string;

  /** `address` is ours, that replies leave from; `now` in milliseconds, monotonic. */
  constructor(address: string, log: Logger, metrics: Metrics, now: () => number) {
    const reason = (name: string): Reason => ({
      dropped: metrics.counter('svcdns_udp_replies_dropped_total', { reason: name }),
      limiter: new LogLimiter(now, LOG_MS),
    });
    for (const code of CODES) this.#reasons.set(code, reason(code));
    this.#other = reason('error');
    this.#log = log;
    this.#address = address;
  }

  /** The reply was for `to`; an error of the kernel's says that itself. */
  add(error: SendError, { address, port }: Pick<SendError, 'address' | 'port'> = error): void {
    const { dropped, limiter } = this.#reasons.get(error.code ?? '') ?? this.#other;
    dropped.add(1);
    limiter.log((leftOut) => {
      const { code, message } = error;
      const fields = {
        reason: code ?? message,
        from: this.#address,
        to: { address, port },
        leftOut,
      };
      this.#log.warn(fields, 'A reply over UDP could not be sent');
    });
  }
}

interface Reason {
  readonly dropped: Counter;
  readonly limiter: LogLimiter;
}
