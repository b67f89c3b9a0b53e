import type { Page } from '../../control/listing/pages.ts';
import type { SocketAddress } from '../../dns/query.ts';
import { AdminAddress, WrongServerError } from '../admin/admin-request.ts';
import { type FollowedSource, type Listing, type ObjectList, objectList } from './object-source.ts';

/** 500,000 objects. */
const MAX_PAGES = 1000;

/** A page of the admin server's `/objects`. */
interface Answer {
  readonly revision: string;
  readonly continue?: string;
  readonly page?: Page | null;
}

/** Lists objects of a running server, over its admin address. */
export class ObjectClient implements FollowedSource {
  readonly #admin: AdminAddress;

  constructor(address: SocketAddress) {
    this.#admin = new AdminAddress(address);
  }

  /** The server's address, for messages. */
  get place(): string {
    return this.#admin.place;
  }

  /**
   * @throws NoServerError, NotNowError or WrongServerError.
   */
  async list({ resource, namespace, isWide }: Listing): Promise<ObjectList> {
    const pages: Page[] = [];
    let revision: string | undefined;
    let more = '';
    do {
      const query = new URLSearchParams({
        ...(namespace === '' ? {} : { namespace }),
        ...(isWide ? { wide: '' } : {}),
        ...(more === '' ? {} : { continue: more }),
      });
      const answer = await this.#get(`/objects/${resource}?${query}`);
      // What has changed meanwhile is listed anew when the revision is compared.
      revision ??= answer.revision;
      if (answer.page) pages.push(answer.page);
      more = answer.continue ?? '';
      if (pages.length > MAX_PAGES)
        throw new WrongServerError(`${this.place} lists without an end`);
    } while (more !== '');
    return objectList(pages, revision);
  }

  /** Another text when objects have changed. */
  async revision(): Promise<string> {
    return (await this.#get('/objects')).revision;
  }

  async #get(path: string): Promise<Answer> {
    const { text } = await this.#admin.get(path);
    const answer = parse(text);
    if (answer !== undefined) return answer;
    throw new WrongServerError(`${this.place} is not the admin server of svcdns`);
  }
}

/** Undefined for what no server of ours says. */
function parse(text: string): Answer | undefined {
  try {
    const answer = JSON.parse(text) as Partial<Answer> | null;
    if (typeof answer?.revision !== 'string') return undefined;
    const { page } = answer;
    if (page && !(isTexts(page.columns) && page.rows.every(({ cells }) => isTexts(cells)))) {
      return undefined;
    }
    return answer as Answer;
  } catch {
    return undefined;
  }
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
