import { Flag } from './header.ts';
import { type NameKey, ROOT } from './name.ts';

/**
 * The facts of one query, read once. One object is reused for every query of a resolver, because
 * per-query garbage is what costs most.
 */
export class Query {
  id = 0;
  /** The flags word as sent. */
  flags = 0;
  opcode = 0;
  /** The name asked for, folded. */
  key: NameKey = ROOT;
  /** Sum of the key's bytes: picks the table's shard without a second pass over the name. */
  sum = 0;
  /** The name was sent with a capital letter in it (0x20), so copied names must take its case. */
  hasUpperCase = false;
  type = 0;
  klass = 0;
  /** Where the question ends; 0 when there is none to echo. */
  questionEnd = 0;
  /** The query had an OPT record. */
  edns = false;
  ednsVersion = 0;
  /** The requestor's UDP payload size, as sent. */
  ednsSize = 0;
  dnssecOk = false;
  /** Where the EDNS options begin and end in the message. */
  optionsStart = 0;
  optionsEnd = 0;
  /** Where the data of the COOKIE option begins, and its length as sent; 0 when there is none. */
  cookieAt = 0;
  cookieLength = 0;
  /**
   * Nothing is asked, and nothing else is wrong: a client that wants a cookie (RFC 7873 section
   * 5.4).
   */
  isEmpty = false;
  /** The client's cookie with ours behind it, for the reply's OPT record; undefined for none. */
  cookies: Uint8Array | undefined;
  /** The client showed a cookie of ours: it can read what is sent to its address. */
  isVerified = false;

  /** A query of its own, for one that is answered later. */
  copy(): Query {
    const copy = Object.assign(new Query(), this);
    copy.cookies = this.cookies?.slice();
    return copy;
  }

  get recursionDesired(): boolean {
    return (this.flags & Flag.RD) !== 0;
  }
}
