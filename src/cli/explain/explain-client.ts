import type { SocketAddress } from '../../dns/query.ts';
import type { Explanation } from '../../explain/explanation.ts';
import type { WrittenRequest } from '../../explain/request.ts';
import { AdminAddress, WrongServerError } from '../admin/admin-request.ts';

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
