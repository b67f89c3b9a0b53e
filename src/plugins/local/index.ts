import { Class } from '../../dns/codes.ts';
import type { NameKey } from '../../dns/name.ts';
import type { Query } from '../../dns/query.ts';
import { isInAny } from '../../dns/zones.ts';
import type { Counter } from '../../observe/metrics.ts';
import type { ShortCutPart } from '../cluster-answers.ts';
import type { Next, Plugin, Reply, Request } from '../plugin.ts';
import { LOCAL_ZONES, localReply, loopbackReply } from './zones.ts';

const NAME = 'local';

/** The label `localhost` at the front of a name. */
const LOCALHOST_LABEL = '\x09localhost';

/**
 * Answers for this machine's own names: `localhost`, loopback addresses, and `localhost` with a
 * search domain.
 */
export class Local implements Plugin, ShortCutPart {
  readonly name = NAME;
  readonly #answersPrefix: boolean;
  readonly #prefixed: Counter;

  /** `answersPrefix`: `localhost.` in front of any domain is this machine too. */
  constructor(answersPrefix: boolean, prefixed: Counter) {
    this.#answersPrefix = answersPrefix;
    this.#prefixed = prefixed;
  }

  passes({ key }: Query): boolean {
    return !(this.#answersPrefix && isPrefixed(key)) && !isInAny(key, LOCAL_ZONES);
  }

  async serve(request: Request, next: Next): Promise<Reply> {
    if (request.qclass !== Class.IN) return next(request);
    if (this.#answersPrefix && isPrefixed(request.key)) {
      this.#prefixed.add(1);
      return loopbackReply(NAME, request);
    }
    return localReply(NAME, request) ?? next(request);
  }
}

function isPrefixed(key: NameKey): boolean {
  return key.length > LOCALHOST_LABEL.length && key.startsWith(LOCALHOST_LABEL);
}
