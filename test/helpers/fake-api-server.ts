import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Stored {
  readonly key: string;
  readonly value: Record<string, unknown>;
}

interface Event {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly version: number;
  readonly object: Record<string, unknown>;
}

/** A request that a test may answer in the server's place. */
export interface Asked {
  readonly url: URL;
  readonly isWatch: boolean;
  readonly response: ServerResponse;
  readonly headers: IncomingMessage['headers'];
}

/**
 * As much of a kube-apiserver as a reflector meets: lists in pages, metadata, watches with
 * bookmarks, streaming lists, and versions that are compacted. `fault` is asked first.
 */
export class FakeApiServer {
  readonly requests: string[] = [];
  /** Answers in the server's place, and says so by true. */
  fault: (asked: Asked) => boolean = () => false;
  canStream: boolean | 'without progress' = true;
  version = 100;
  /** Older versions than this are gone: 410. */
  compacted = 0;
  readonly #collections = new Map<string, Map<string, Stored>>();
  readonly #events = new Map<string, Event[]>();
  readonly #watches = new Map<ServerResponse, string>();
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => this.#serve(request, response));
  }

  async start(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    return this.url;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  /** Makes or changes an object of a collection, as `/api/v1/services`. */
  put(path: string, namespace: string, name: string, rest: object = {}): void {
    const all = this.#collection(path);
    const key = `${namespace}/${name}`;
    const type = all.has(key) ? 'MODIFIED' : 'ADDED';
    const metadata = {
      name,
      ...(namespace && { namespace }),
      resourceVersion: `${++this.version}`,
    };
    const own = (rest as { metadata?: object }).metadata ?? {};
    const value = { ...rest, metadata: { ...own, ...metadata } };
    all.set(key, { key, value });
    this.#send(path, { type, version: this.version, object: value });
  }

  remove(path: string, namespace: string, name: string): void {
    const stored = this.#collection(path).get(`${namespace}/${name}`);
    this.#collection(path).delete(`${namespace}/${name}`);
    const resourceVersion = `${++this.version}`;
    const metadata = { ...(stored?.value['metadata'] as object), resourceVersion };
    this.#send(path, {
      type: 'DELETED',
      version: this.version,
      object: { ...stored?.value, metadata },
    });
  }

  /** Changes what there is without any event. */
  silently(change: () => void): void {
    const watches = new Map(this.#watches);
    this.#watches.clear();
    change();
    for (const [response, path] of watches) this.#watches.set(response, path);
  }

  /** Writes to all open watches of a collection. */
  write(path: string, text: string): void {
    for (const [response, watched] of this.#watches) if (watched === path) response.write(text);
  }

  bookmark(path: string, version = this.version): void {
    const object = { metadata: { resourceVersion: `${version}` } };
    this.write(path, `${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
  }

  /** Ends all watches: in good order, or by cutting the connections. */
  cut(how: 'end' | 'destroy' = 'destroy'): void {
    for (const response of [...this.#watches.keys()]) {
      this.#watches.delete(response);
      if (how === 'end') response.end();
      else response.socket?.destroy();
    }
  }

  watches(path: string): number {
    return [...this.#watches.values()].filter((watched) => watched === path).length;
  }

  #collection(path: string): Map<string, Stored> {
    const known = this.#collections.get(path) ?? new Map<string, Stored>();
    this.#collections.set(path, known);
    return known;
  }

  #send(path: string, event: Event): void {
    this.#events.set(path, [...(this.#events.get(path) ?? []), event]);
    this.write(path, `${JSON.stringify({ type: event.type, object: event.object })}\n`);
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '', this.url);
    const { searchParams: query, pathname } = url;
    const isWatch = query.get('watch') === 'true';
    this.requests.push(`${pathname}${url.search}`);
    if (this.fault({ url, isWatch, response, headers: request.headers })) return;
    if (isWatch) this.#watch(pathname, query, response);
    else this.#list(pathname, query, request.headers.accept ?? '', response);
  }

  #list(path: string, query: URLSearchParams, accept: string, response: ServerResponse): void {
    const all = [...this.#collection(path).values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    const from = Number(query.get('continue') ?? 0);
    const limit = Number(query.get('limit') ?? all.length);
    const isMetadata = accept.includes('PartialObjectMetadataList');
    const items = all
      .slice(from, from + limit)
      .map(({ value }) => (isMetadata ? { metadata: value['metadata'] } : value));
    const more = from + limit < all.length ? { continue: `${from + limit}` } : {};
    const metadata = { resourceVersion: `${this.version}`, ...more };
    reply(response, 200, { kind: 'List', metadata, items });
  }

  #watch(path: string, query: URLSearchParams, response: ServerResponse): void {
    const isStream = query.has('sendInitialEvents');
    if (isStream && this.canStream === 'without progress') {
      const object = { code: 500, message: 'RequestWatchProgress is disabled' };
      response.end(`${JSON.stringify({ type: 'ERROR', object })}\n`);
      return;
    }
    if (isStream && !this.canStream) {
      reply(response, 422, { code: 422, message: 'sendInitialEvents is forbidden' });
      return;
    }
    const from = Number(query.get('resourceVersion') ?? 0);
    if (!isStream && from < this.compacted) {
      reply(response, 410, { code: 410, message: 'too old resource version' });
      return;
    }
    response.writeHead(200);
    response.flushHeaders();
    this.#watches.set(response, path);
    response.on('close', () => this.#watches.delete(response));
    if (!isStream) {
      for (const { type, version, object } of this.#events.get(path) ?? []) {
        if (version > from) response.write(`${JSON.stringify({ type, object })}\n`);
      }
      return;
    }
    for (const { value } of this.#collection(path).values()) {
      response.write(`${JSON.stringify({ type: 'ADDED', object: value })}\n`);
    }
    const annotations = { 'k8s.io/initial-events-end': 'true' };
    const object = { metadata: { resourceVersion: `${this.version}`, annotations } };
    response.write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
  }
}

export function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
