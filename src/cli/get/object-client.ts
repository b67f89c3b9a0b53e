import http from 'node:http';
import type { Page } from '../../control/listing/pages.ts';
import { quoted } from '../../corefile/problems.ts';
import { addressAndPort, reachableAddress } from '../../dns/address.ts';
import type { SocketAddress } from '../../dns/query.ts';
import { type FollowedSource, type Listing, type ObjectList, objectList } from './object-source.ts';

/** For one answer; a server that is reading a large folder needs some seconds; ms. */
const TIMEOUT_MS = 10_000;

/** More than any page of a server has. */
const MAX_BYTES = 4 * 1024 * 1024;

/** 500,000 objects. */
const MAX_PAGES = 1000;

/** Nobody listens there, or nobody any more. */
export class NoServerError extends Error {
  override readonly name = 'NoServerError';
}

/** The server cannot list its objects now: it is reading manifests. */
export class NotNowError extends Error {
  override readonly name = 'NotNowError';
}

/** Another program listens there, or a svcdns that lists nothing. */
export class WrongServerError extends Error {
  override readonly name = 'WrongServerError';
}

/** A page of the admin server's `/objects`. */
interface Answer {
  readonly revision: string;
  readonly continue?: string;
  readonly page?: Page | null;
}

/** Lists objects of a running server, over its admin address. */
export class ObjectClient implements FollowedSource {
  readonly #address: SocketAddress;
  /** The server's address, for messages. */
  readonly place: string;

  constructor({ address, port }: SocketAddress) {
    this.#address = { address: reachableAddress(address), port };
    this.place = `http://${addressAndPort(this.#address)}`;
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
    const { status, text } = await this.#request(path);
    if (status === 503) throw new NotNowError(text.trim());
    if (status !== 200) {
      const first = quoted(text.split('\n', 1)[0]?.slice(0, 100) ?? '');
      throw new WrongServerError(
        `${this.place}${path} said ${status} ${first}: expected the admin server of svcdns`,
      );
    }
    const answer = parse(text);
    if (answer !== undefined) return answer;
    throw new WrongServerError(`${this.place} is not the admin server of svcdns`);
  }

  #request(path: string): Promise<{ status: number; text: string }> {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const { address: host, port } = this.#address;
    return new Promise((resolve, reject) => {
      const failed = (error: Error) =>
        reject(
          signal.aborted
            ? new NotNowError(`No answer within ${TIMEOUT_MS / 1000} s`)
            : new NoServerError(error.message, { cause: error }),
        );
      const request = http.get({ host, port, path, agent: false, signal }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          text += part;
          if (text.length > MAX_BYTES) response.destroy(new Error('An answer without an end'));
        });
        response.on('error', failed);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      request.on('error', failed);
    });
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
