/** Times of one `forward` line; ms. */
export interface Patience {
  /**
   * From a question's arrival until its client is told something, if only that there is no answer
   * yet.
   */
  readonly clientMs: number;
  /**
   * From the first query until a question is over. What comes after its client was told is for who
   * asks next.
   */
  readonly questionMs: number;
}

/**
 * A client hears within 1.5 s of asking; this leaves a little for the way. Most ask again, or
 * another server, after 2 s.
 */
const CLIENT_MS = 1450;

/** As long as CoreDNS goes on, and as clients wait in all (resolv.conf's `timeout:5`). */
const QUESTION_MS = 5000;

/** A longer `read_timeout` holds memory and sockets for questions that nobody waits for. */
const MOST_MS = 60_000;

/**
 * `readTimeoutMs`: what the Corefile says, if it does; then that is how long a client waits, if it
 * is longer.
 */
export function patienceOf(readTimeoutMs = 0): Patience {
  const asked = Math.min(readTimeoutMs, MOST_MS);
  return { clientMs: Math.max(CLIENT_MS, asked), questionMs: Math.max(QUESTION_MS, asked) };
}
