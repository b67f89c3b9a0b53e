import { createHmac } from 'node:crypto';
import { readPeer } from '../../dns/address-reader.ts';
import { Verdict } from '../../dns/intake.ts';
import type { Query } from '../../dns/query.ts';
import {
  CLIENT_COOKIE_BYTES,
  COOKIES_BYTES,
  type CookieState,
  MAX_COOKIES_BYTES,
  MIN_COOKIES_BYTES,
  ServerCookies,
} from '../../dns/server-cookie.ts';
import { SIPHASH_KEY_BYTES } from '../../dns/siphash.ts';
import type { Counter, Metrics } from '../../observe/metrics.ts';
import { COOKIES_METRICS } from '../../plugins/cookies/setup.ts';
import type { Clock } from '../../support/clock.ts';

export interface CookiesOptions {
  readonly secrets: CookieSecrets;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/**
 * DNS cookies (RFC 7873, RFC 9018): a client that sends its cookie is given one of ours, and who
 * shows it again is known to receive what is sent to its address.
 */
export class Cookies {
  readonly #secrets: CookieSecrets;
  readonly #clock: Clock;
  readonly #counters: CookieCounters;
  /** For the query at hand; a query that is answered later has a copy. */
  readonly #cookies = new Uint8Array(COOKIES_BYTES);
  readonly #address = new Uint8Array(16);

  constructor({ secrets, clock, metrics }: CookiesOptions) {
    this.#secrets = secrets;
    this.#clock = clock;
    this.#counters = new CookieCounters(metrics);
  }

  /**
   * Reads the cookies of a query that `verdict` was passed on, and puts those for its reply into
   * it. Returns the verdict, or another one: MALFORMED for a malformed option, and for a query that
   * is nothing but a cookie COOKIE_GIVEN or BAD_COOKIE.
   */
  judge(query: Query, verdict: Verdict): Verdict {
    const isEmpty = verdict === Verdict.COOKIE_ONLY;
    const isAnswered = verdict === Verdict.ANSWER || verdict === Verdict.OTHER_CLASS;
    if (!isAnswered && !isEmpty) return verdict;
    const { cookieLength: length } = query;
    if (!isCookieLength(length)) {
      // RFC 7873 section 5.2.2: a length that no cookies have "then FORMERR is generated".
      this.#counters.malformed.add(1);
      return Verdict.MALFORMED;
    }
    const state = this.#answer(query);
    if (!isEmpty) return verdict;
    // Section 5.4: "the response SHALL have the RCODE BADCOOKIE if the Server Cookie sent with the
    // query was invalid and the RCODE NOERROR if it was valid", or if there was none.
    const isBad = length !== CLIENT_COOKIE_BYTES && state === 'wrong';
    return isBad ? Verdict.BAD_COOKIE : Verdict.COOKIE_GIVEN;
  }

  #answer(query: Query): CookieState {
    const { input, peer, cookieLength: length } = query;
    const cookieAt = query.offset + query.cookieAt;
    const addressBytes = readPeer(peer, this.#address);
    if (addressBytes === 0) return 'wrong';
    const cookies = this.#cookies;
    const copied = Math.min(length, COOKIES_BYTES);
    for (let at = 0; at < copied; at++) cookies[at] = input[cookieAt + at]!;
    const now = this.#clock.wallSeconds();
    const { current } = this.#secrets;
    const state =
      length === COOKIES_BYTES ? current.check(cookies, this.#address, addressBytes, now) : 'wrong';
    if (state !== 'fresh') current.make(cookies, this.#address, addressBytes, now);
    query.cookies = cookies;
    query.isVerified = state !== 'wrong';
    this.#counters.of(length, state).add(1);
    return state;
  }
}

function isCookieLength(length: number): boolean {
  if (length === CLIENT_COOKIE_BYTES) return true;
  return length >= MIN_COOKIES_BYTES && length <= MAX_COOKIES_BYTES;
}

class CookieCounters {
  readonly client: Counter;
  readonly valid: Counter;
  readonly invalid: Counter;
  readonly malformed: Counter;

  constructor(all: Metrics) {
    const metrics = all.of(COOKIES_METRICS);
    const name = 'svcdns_cookie_queries_total';
    this.client = metrics.counter(name, { cookie: 'client' });
    this.valid = metrics.counter(name, { cookie: 'valid' });
    this.invalid = metrics.counter(name, { cookie: 'invalid' });
    this.malformed = metrics.counter(name, { cookie: 'malformed' });
  }

  of(length: number, state: CookieState): Counter {
    if (state !== 'wrong') return this.valid;
    return length === CLIENT_COOKIE_BYTES ? this.client : this.invalid;
  }
}

/** Where server cookies get their secrets from. */
export interface CookieSecrets {
  /** Makes cookies now, and knows those of the secret before. */
  readonly current: ServerCookies;
}

/** RFC 7873 section 7.1: a secret of one's own should be changed about once a day. */
const LIFETIME_SECONDS = 24 * 3600;

/** Random bytes that the secrets of a server are made from. */
export const COOKIE_SEED_BYTES = 32;

/**
 * Random secrets of one server, kept through reloads. A new one takes over each day; the one before
 * is known until the next, which is longer than any cookie holds. They are made from a seed and the
 * day, so that threads with the same seed know each other's cookies.
 */
export class RandomSecrets implements CookieSecrets {
  readonly #seed: Uint8Array;
  readonly #clock: Pick<Clock, 'wallSeconds'>;
  #cookies: ServerCookies | undefined;
  #day = 0;

  constructor(seed: Uint8Array, clock: Pick<Clock, 'wallSeconds'>) {
    this.#seed = seed;
    this.#clock = clock;
  }

  get current(): ServerCookies {
    const day = Math.floor(this.#clock.wallSeconds() / LIFETIME_SECONDS);
    if (this.#cookies !== undefined && day === this.#day) return this.#cookies;
    this.#day = day;
    this.#cookies = new ServerCookies([this.#secretOf(day), this.#secretOf(day - 1)]);
    return this.#cookies;
  }

  #secretOf(day: number): Uint8Array {
    const secret = createHmac('sha256', this.#seed).update(`${day}`).digest();
    return secret.subarray(0, SIPHASH_KEY_BYTES);
  }
}

/** Secrets that a Corefile names, for servers that clients take for one. */
export class SharedSecrets implements CookieSecrets {
  readonly current: ServerCookies;

  constructor(secrets: readonly [Uint8Array, ...Uint8Array[]]) {
    this.current = new ServerCookies(secrets);
  }
}
