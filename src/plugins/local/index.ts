import { Class } from '../../dns/codes.ts';
import type { Counter } from '../../observe/metrics.ts';
import type { Next, Plugin, Reply, Request } from '../plugin.ts';
import { localReply, loopbackReply } from './zones.ts';

const NAME = 'local';

/** The label `localhost` at the front of a name. */
const LOCALHOST_LABEL = '\x09localhost';

/**
 * Answers for this machine's own names: `localhost`, loopback addresses, and `localhost` with a
 * search domain.
 */
export class Local implements Plugin {
  readonly name = NAME;
  readonly #answersPrefix: boolean;
  readonly #prefixed: Counter;

  /** `answersPrefix`: `localhost.` in front of any domain is this machine too. */
  constructor(answersPrefix: boolean, prefixed: Counter) {
    this.#answersPrefix = answersPrefix;
    this.#prefixed = prefixed;
  }

  async serve(request: Request, next: Next): Promise<Reply> {
    if (request.qclass !== Class.IN) return next(request);
    if (this.#answersPrefix && isPrefixed(request)) {
      this.#prefixed.add(1);
      return loopbackReply(NAME, request);
    }
    return localReply(NAME, request) ?? next(request);
  }
}

function isPrefixed({ key }: Request): boolean {
  return key.length > LOCALHOST_LABEL.length && key.startsWith(LOCALHOST_LABEL);
}
