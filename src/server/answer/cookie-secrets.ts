import { ServerCookies } from '../../dns/server-cookie.ts';
import { SIPHASH_KEY_BYTES } from '../../dns/siphash.ts';
import type { Clock } from '../../support/clock.ts';

/** Where server cookies get their secrets from. */
export interface CookieSecrets {
  /** Makes cookies now, and knows those of the secret before. */
  readonly current: ServerCookies;
}

/** RFC 7873 section 7.1: a secret of one's own should be changed about once a day. */
const LIFETIME_MS = 24 * 3_600_000;

/**
 * Random secrets of one server, kept through reloads. A new one takes over after a day; the one
 * before is known until the next, which is longer than any cookie holds.
 */
export class RandomSecrets implements CookieSecrets {
  readonly #random: (bytes: number) => Uint8Array;
  readonly #clock: Clock;
  #secret: Uint8Array | undefined;
  #cookies: ServerCookies | undefined;
  #madeAt = 0;

  constructor(random: (bytes: number) => Uint8Array, clock: Clock) {
    this.#random = random;
    this.#clock = clock;
  }

  get current(): ServerCookies {
    const now = this.#clock.now();
    if (this.#cookies !== undefined && now - this.#madeAt < LIFETIME_MS) return this.#cookies;
    const before = this.#secret;
    const secret = this.#random(SIPHASH_KEY_BYTES);
    this.#secret = secret;
    this.#madeAt = now;
    this.#cookies = new ServerCookies(before === undefined ? [secret] : [secret, before]);
    return this.#cookies;
  }
}

/** Secrets that a Corefile names, for servers that clients take for one. */
export class SharedSecrets implements CookieSecrets {
  readonly current: ServerCookies;

  constructor(secrets: readonly [Uint8Array, ...Uint8Array[]]) {
    this.current = new ServerCookies(secrets);
  }
}
