import { typeName } from '../../dns/codes.ts';
import { keyOfWire, textOf, wireFromText } from '../../dns/name.ts';
import type { SocketAddress } from '../../dns/query.ts';
import type { ExplainRequest } from '../../explain/engine.ts';
import type { Explanation } from '../../explain/explanation.ts';
import type { WrittenRequest } from '../../explain/request.ts';
import { searchSteps } from '../../explain/search-list.ts';
import { AdminAddress, WrongServerError } from '../admin/admin-request.ts';
import { type EarlierName, earlierNames } from './earlier.ts';

/** Has a running server explain its answer, over its admin address. */
export class ExplainClient {
  readonly #admin: AdminAddress;

  constructor(address: SocketAddress, timeoutMs?: number) {
    this.#admin = new AdminAddress(address, timeoutMs);
  }

  /** The server's address, for messages. */
  get place(): string {
    return this.#admin.place;
  }

  /**
   * @throws NoServerError, NotNowError or WrongServerError.
   */
  async explain({ name, type, from }: WrittenRequest): Promise<Explanation> {
    const query = new URLSearchParams({
      name,
      ...(type === undefined ? {} : { type }),
      ...(from === undefined ? {} : { from }),
    });
    const { text } = await this.#admin.get(`/api/explain?${query}`);
    const explanation = parse(text);
    if (explanation !== undefined) return explanation;
    throw new WrongServerError(`${this.place} is not the admin server of svcdns`);
  }

  /**
   * What the names that the client asks for had at `at`, Unix seconds. Its search list is that of
   * now.
   *
   * @throws NoServerError, NotNowError or WrongServerError.
   */
  async earlier(
    written: WrittenRequest,
    { name, type, isAbsolute }: ExplainRequest,
    at: number,
  ): Promise<EarlierName[]> {
    const { search } = await this.explain(written);
    const domains = search.domains.map((text) => ({ text, wire: wireFromText(text) }));
    const steps = searchSteps(name, isAbsolute, domains);
    const names = steps.map((step) => textOf(keyOfWire(step.name)));
    return earlierNames(this.#admin, names, typeName(type), at);
  }
}

/** Undefined for what no server of ours says. */
function parse(text: string): Explanation | undefined {
  try {
    const found = JSON.parse(text) as Partial<Explanation> | null;
    const isOurs = typeof found?.reason?.text === 'string' && Array.isArray(found.steps);
    return isOurs ? (found as Explanation) : undefined;
  } catch {
    return undefined;
  }
}
