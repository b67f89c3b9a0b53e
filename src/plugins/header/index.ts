import type { Next, Plugin, Reply, Request } from '../plugin.ts';

/** Fields of a query that are flags of its header. */
type QueryFlags = Pick<Request, 'recursionDesired' | 'checkingDisabled' | 'authenticData'>;

/**
 * Fields of a reply that are flags of its header. RD and CD are not: a reply repeats the query's.
 */
type ReplyFlags = Pick<Reply, 'authoritative' | 'recursionAvailable' | 'authenticData'>;

/** The flags to be set and cleared; those that are not there stay as they are. */
export interface HeaderRules {
  readonly query: Partial<QueryFlags>;
  readonly response: Partial<ReplyFlags>;
}

/** Sets and clears header flags of queries on their way down, and of replies on their way up. */
export class Header implements Plugin {
  readonly name = 'header';
  readonly #query: Partial<QueryFlags> | undefined;
  readonly #response: Partial<ReplyFlags> | undefined;

  constructor({ query, response }: HeaderRules) {
    this.#query = Object.keys(query).length === 0 ? undefined : query;
    this.#response = Object.keys(response).length === 0 ? undefined : response;
  }

  async serve(request: Request, next: Next): Promise<Reply> {
    const reply = await next(this.#query === undefined ? request : { ...request, ...this.#query });
    return this.#response === undefined ? reply : { ...reply, ...this.#response };
  }
}
