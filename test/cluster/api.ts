import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';

/** JSON of the API; every object has these. */
export interface Manifest {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string | null>>;
    readonly resourceVersion?: string;
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

export interface ApiReply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: JSON of many kinds of objects
  readonly body: any;
}

/** How to reach an API server. */
export interface ApiPlace {
  readonly port: number;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
}

/** Requests to an API server on this machine, over connections that are kept. */
export class Api {
  readonly #place: ApiPlace;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });

  constructor(place: ApiPlace) {
    this.#place = place;
  }

  get(path: string): Promise<ApiReply> {
    return this.#send('GET', path);
  }

  post(path: string, body: unknown): Promise<ApiReply> {
    return this.#send('POST', path, body);
  }

  put(path: string, body: unknown): Promise<ApiReply> {
    return this.#send('PUT', path, body);
  }

  /** A JSON merge patch. */
  patch(path: string, body: unknown): Promise<ApiReply> {
    return this.#send('PATCH', path, body, 'application/merge-patch+json');
  }

  /** An object as it is to be, whether there is one or not (server-side apply). */
  apply(path: string, body: unknown): Promise<ApiReply> {
    return this.#send('PATCH', path, body, 'application/apply-patch+yaml');
  }

  delete(path: string): Promise<ApiReply> {
    return this.#send('DELETE', path, { gracePeriodSeconds: 0 });
  }

  /**
   * Makes an object.
   *
   * @throws Error in the words of the server when it refuses.
   */
  async create(path: string, body: Manifest): Promise<Manifest> {
    return accepted(await this.post(path, body));
  }

  /** All objects of a collection. */
  async list(path: string): Promise<readonly Manifest[]> {
    const { items } = accepted(await this.get(path)) as unknown as { items: Manifest[] };
    return items;
  }

  /** The lines of a watch from a version on, as they come; ends with `signal`. */
  async *watch(path: string, signal: AbortSignal, from: string): AsyncGenerator<WatchLine> {
    const query = `watch=1&resourceVersion=${from}`;
    const response = await this.#open('GET', `${path}?${query}`, undefined, '', signal);
    let text = '';
    try {
      for await (const chunk of response.setEncoding('utf8')) {
        const lines = (text + chunk).split('\n');
        text = lines.pop() ?? '';
        for (const line of lines) yield JSON.parse(line);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #send(
    method: string,
    path: string,
    body?: unknown,
    type = 'application/json',
  ): Promise<ApiReply> {
    const response = await this.#open(method, path, body, type, AbortSignal.timeout(60_000));
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk;
    return { status: response.statusCode ?? 0, body: jsonOf(text) };
  }

  async #open(
    method: string,
    path: string,
    body: unknown,
    type: string,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const { port, ca, token } = this.#place;
    const text = body === undefined ? '' : JSON.stringify(body);
    const sent = request({
      ...{ host: '127.0.0.1', port, path, method, ca, signal, agent: this.#agent },
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': type,
        'content-length': Buffer.byteLength(text), // by itself Node.js sends none with a DELETE
      },
    });
    sent.end(text);
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    return response;
  }
}

export interface WatchLine {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: Manifest;
}

/** @throws Error in the words of the server when it refuses. */
export function accepted({ status, body }: ApiReply): Manifest {
  if (status >= 200 && status < 300) return body;
  throw new Error(`The API server refused: ${status} ${JSON.stringify(body?.message ?? body)}`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text };
  }
}
