import { Rcode, Type } from '../../dns/codes.ts';
import { isAtOrBelow, keyOfWire, MAX_NAME_BYTES, type NameKey } from '../../dns/name.ts';
import type { Query, SocketAddress } from '../../dns/query.ts';
import { nameRecord, type WireName } from '../../dns/record.ts';
import { isInAny } from '../../dns/zones.ts';
import type { Counter } from '../../observe/metrics.ts';
import type { ShortCutPart } from '../cluster-answers.ts';
import type { Next, Plugin, Reply, Request } from '../plugin.ts';
import type { SearchPath } from './search-path.ts';

const NAME = 'autopath';

/**
 * Walks a client's search path for it. With `ndots:5` a resolver that looks for `www.example.org`
 * first asks for it in each of its search domains; the first of those questions is answered here
 * with what all of them, and the name itself, would have brought in the end.
 */
export class Autopath implements Plugin, ShortCutPart {
  readonly name = NAME;
  readonly #zones: readonly NameKey[];
  readonly #searchPath: SearchPath;
  readonly #successes: Counter;

  constructor(zones: readonly NameKey[], searchPath: SearchPath, successes: Counter) {
    this.#zones = zones;
    this.#searchPath = searchPath;
    this.#successes = successes;
  }

  passes({ key, type, peer }: Query): boolean {
    return this.#firstDomain(key, type, peer) === undefined;
  }

  async serve(request: Request, next: Next): Promise<Reply> {
    const first = this.#firstDomain(request.key, request.type, request.client);
    if (first === undefined) return next(request);

    const reply = await next(request);
    if (reply.isSilent || reply.rcode !== Rcode.NXDOMAIN) return this.#found(reply);
    const typed = request.name.slice(0, request.name.length - first.length);
    for (const domain of this.#searchPath.others(request.key, request.client)) {
      const name = typed + domain;
      if (name.length >= MAX_NAME_BYTES) continue;
      const later = await next({ ...request, name, key: keyOfWire(name) });
      if (isAnswer(later)) return this.#found(aliased(later, request.name, name));
      // What cannot be looked up now may exist: a name further on could be another one by mistake.
      if (later.isSilent || later.rcode !== Rcode.NXDOMAIN) break;
    }
    // That the name asked for does not exist is true whatever became of the others; the client will
    // ask for them itself.
    return reply;
  }

  /** The first domain of the client's path, when the question is about a name below it. */
  #firstDomain(key: NameKey, type: number, client: SocketAddress): NameKey | undefined {
    if (type === Type.AXFR || type === Type.IXFR || !isInAny(key, this.#zones)) return undefined;
    const first = this.#searchPath.first(key, client);
    const isBelow = first !== undefined && first !== key && isAtOrBelow(key, first);
    return isBelow ? first : undefined;
  }

  #found(reply: Reply): Reply {
    if (isAnswer(reply)) this.#successes.add(1);
    return reply;
  }
}

function isAnswer(reply: Reply): boolean {
  return !reply.isSilent && reply.rcode === Rcode.NOERROR;
}

/** The reply for one name as that for another: with an alias in front when it has records. */
function aliased(reply: Reply, question: WireName, found: WireName): Reply {
  const [first] = reply.answer;
  if (first === undefined) return reply;
  const alias = nameRecord(question, Type.CNAME, found, first.ttl);
  return { ...reply, answer: [alias, ...reply.answer] };
}
