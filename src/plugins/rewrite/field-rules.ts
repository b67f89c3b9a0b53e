import type { Request } from '../plugin.ts';
import { withRecords } from '../record-names.ts';
import type { NameMatcher } from './name-matcher.ts';
import type { Rewritten, Rule } from './rule.ts';

/** `type FROM TO` and `class FROM TO`: asks for another type or class. */
export class QuestionRule implements Rule {
  readonly continues: boolean;
  readonly #field: 'type' | 'qclass';
  readonly #from: number;
  readonly #to: number;

  constructor(continues: boolean, field: 'type' | 'qclass', from: number, to: number) {
    this.continues = continues;
    this.#field = field;
    this.#from = from;
    this.#to = to;
  }

  apply(request: Request): Rewritten | undefined {
    if (request[this.#field] !== this.#from) return undefined;
    return { request: { ...request, [this.#field]: this.#to }, replyRules: [] };
  }
}

/** `ttl [exact|…] NAME MIN-MAX`: keeps the TTLs of a name's replies between two bounds, seconds. */
export class TtlRule implements Rule {
  readonly continues: boolean;
  readonly #matcher: NameMatcher;
  readonly #least: number;
  readonly #most: number;

  constructor(continues: boolean, matcher: NameMatcher, least: number, most: number) {
    this.continues = continues;
    this.#matcher = matcher;
    this.#least = least;
    this.#most = most;
  }

  apply(request: Request): Rewritten | undefined {
    if (this.#matcher.rename(request.key) === undefined) return undefined;
    return {
      request,
      replyRules: [
        (reply) =>
          withRecords(reply, (record) => {
            const ttl = Math.min(Math.max(record.ttl, this.#least), this.#most);
            return ttl === record.ttl ? record : { ...record, ttl };
          }),
      ],
    };
  }
}

/** `rcode [exact|…] NAME FROM TO`: gives a name's replies another response code. */
export class RcodeRule implements Rule {
  readonly continues: boolean;
  readonly #matcher: NameMatcher;
  readonly #from: number;
  readonly #to: number;

  constructor(continues: boolean, matcher: NameMatcher, from: number, to: number) {
    this.continues = continues;
    this.#matcher = matcher;
    this.#from = from;
    this.#to = to;
  }

  apply(request: Request): Rewritten | undefined {
    if (this.#matcher.rename(request.key) === undefined) return undefined;
    const change = { rcode: this.#to };
    return {
      request,
      replyRules: [(reply) => (reply.rcode === this.#from ? { ...reply, ...change } : reply)],
    };
  }
}
