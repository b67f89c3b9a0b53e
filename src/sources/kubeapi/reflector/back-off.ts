import type { ApiError } from '../client/api-error.ts';

/** client-go's reflector: the first wait, and the longest, ms. */
const FIRST_MS = 800;
const LAST_MS = 30_000;

/**
 * The longest wait where no connection is taken, ms. A try is one packet then, which costs no
 * server anything, and a server that is back should be found at once.
 */
const LAST_CONNECT_MS = 2400;

/** A server that wants to be left alone for longer is not believed, ms. */
const MAX_RETRY_AFTER_MS = 120_000;

/** How long to wait before trying again: `most`, or less when there is a reason; ms. */
export interface Wait {
  readonly least: number;
  readonly most: number;
}

/** How long to wait before trying again; twice as long after each failure, with jitter. */
export class BackOff {
  readonly #random: () => number;
  #next = FIRST_MS;

  /** `random` gives numbers from 0 to 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  after(failure: ApiError): Wait {
    const jitter = 1 + this.#random();
    const wait = this.#next * jitter;
    if (failure.fault === 'connection') {
      const most = Math.min(wait, LAST_CONNECT_MS);
      return { least: Math.min(FIRST_MS * jitter, most), most };
    }
    this.#next = Math.min(this.#next * 2, LAST_MS);
    const { retryAfterMs } = failure;
    const asked = Math.min(retryAfterMs, MAX_RETRY_AFTER_MS) * (1 + this.#random() / 10);
    const most = Math.max(Math.min(wait, LAST_MS), asked);
    return { least: isPatient(failure) ? most : Math.max(FIRST_MS * jitter, asked), most };
  }

  reset(): void {
    this.#next = FIRST_MS;
  }
}

/**
 * Trying earlier would be of no use, or no help to a server that has too much to do. Other
 * credentials may come at any time.
 */
function isPatient({ fault, status, retryAfterMs }: ApiError): boolean {
  const { FORBIDDEN, NOT_FOUND, TOO_MANY_REQUESTS } = STATUS;
  if (status === TOO_MANY_REQUESTS) return retryAfterMs === 0;
  return fault === 'credentials' || status === FORBIDDEN || status === NOT_FOUND;
}

const STATUS = { FORBIDDEN: 403, NOT_FOUND: 404, TOO_MANY_REQUESTS: 429 };
