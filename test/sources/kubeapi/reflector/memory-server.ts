import type { ApiRequest } from '../../../../src/sources/kubeapi/client/api-client.ts';
import { ApiError } from '../../../../src/sources/kubeapi/client/api-error.ts';
import type { ApiBody } from '../../../../src/sources/kubeapi/client/body.ts';

interface Event {
  readonly type: string;
  readonly version: number;
  readonly object: object;
}

/**
 * An API server in memory, for a test whose clock stands still: it is reached without a socket, so
 * that everything it does is done before the next turn of the event loop.
 */
export class MemoryServer {
  version = 100;
  /** Watches from before this version get 410. */
  compacted = 0;
  /** What requests get instead of a reply. */
  failure: ((request: ApiRequest) => ApiError | undefined) | undefined;
  readonly requests: ApiRequest[] = [];
  readonly #objects = new Map<string, Map<string, object>>();
  readonly #events = new Map<string, Event[]>();
  readonly #watches = new Set<Watch>();

  /** What `ApiClient` does. */
  async get(request: ApiRequest): Promise<ApiBody> {
    this.requests.push(request);
    const failure = this.failure?.(request);
    if (failure !== undefined) throw failure;
    const { path, query, signal } = request;
    if (query['watch'] !== 'true') {
      const items = [...this.#collection(path).values()].slice(0, Number(query['limit']));
      const list = { metadata: { resourceVersion: `${this.version}` }, items };
      const text = Buffer.from(JSON.stringify(list));
      return { read: async (take) => take(text), idleMs: 0 };
    }
    const from = Number(query['resourceVersion'] ?? 0);
    if (from > 0 && from < this.compacted) throw new ApiError('status', 'too old', 410);
    const watch = new Watch(path);
    this.#watches.add(watch);
    signal.addEventListener('abort', () => this.#end(watch, signal.reason));
    if (query['sendInitialEvents'] === 'true') {
      for (const object of this.#collection(path).values()) watch.send({ type: 'ADDED', object });
      const annotations = { 'k8s.io/initial-events-end': 'true' };
      const metadata = { resourceVersion: `${this.version}`, annotations };
      watch.send({ type: 'BOOKMARK', object: { metadata } });
    } else {
      const missed = (this.#events.get(path) ?? []).filter(({ version }) => version > from);
      for (const { type, object } of missed) watch.send({ type, object });
    }
    return { read: (take) => watch.read(take), idleMs: 0 };
  }

  /** Makes or changes an object, as of `/api/v1/services`. */
  put(path: string, name: string, spec: object, isTold = true): void {
    const resourceVersion = `${++this.version}`;
    const object = { metadata: { name, namespace: 'shop', resourceVersion }, ...spec };
    this.#collection(path).set(name, object);
    if (isTold) this.#tell(path, 'MODIFIED', object);
  }

  remove(path: string, name: string, isTold = true): void {
    const resourceVersion = `${++this.version}`;
    this.#collection(path).delete(name);
    const metadata = { name, namespace: 'shop', resourceVersion };
    if (isTold) this.#tell(path, 'DELETED', { metadata });
  }

  /** Sends the event of what was made or changed in silence. */
  tell(path: string, name: string): void {
    this.#tell(path, 'MODIFIED', this.#collection(path).get(name) ?? {});
  }

  /** All connections break. */
  cut(): void {
    const error = new ApiError('connection', 'read ECONNRESET');
    for (const watch of this.#watches) this.#end(watch, error);
  }

  /** All watches have lasted as long as the server lets them. */
  endWatches(): void {
    for (const watch of this.#watches) this.#end(watch, undefined);
  }

  /** What it gives puts everything back to how it is now, as of etcd. */
  snapshot(): () => void {
    const { version } = this;
    const objects = [...this.#objects].map(([path, all]) => [path, new Map(all)] as const);
    const events = [...this.#events];
    return () => {
      this.version = version;
      for (const [path, all] of objects) this.#objects.set(path, all);
      this.#events.clear();
      for (const [path, all] of events) this.#events.set(path, all);
    };
  }

  /** Requests for a collection. */
  asked(path: string, isWatch: boolean): number {
    return this.requests.filter(
      (request) => request.path === path && (request.query['watch'] === 'true') === isWatch,
    ).length;
  }

  #end(watch: Watch, error: unknown): void {
    this.#watches.delete(watch);
    watch.end(error);
  }

  #tell(path: string, type: string, object: object): void {
    this.#events.set(path, [
      ...(this.#events.get(path) ?? []),
      { type, version: this.version, object },
    ]);
    for (const watch of this.#watches) if (watch.path === path) watch.send({ type, object });
  }

  #collection(path: string): Map<string, object> {
    const all = this.#objects.get(path) ?? new Map<string, object>();
    this.#objects.set(path, all);
    return all;
  }
}

class Watch {
  readonly path: string;
  readonly #lines: string[] = [];
  #wake: () => void = () => {};
  #end: { readonly error: unknown } | undefined;

  constructor(path: string) {
    this.path = path;
  }

  send(event: object): void {
    this.#lines.push(`${JSON.stringify(event)}\n`);
    this.#wake();
  }

  end(error: unknown): void {
    this.#end = { error };
    this.#wake();
  }

  async read(take: (chunk: Buffer) => void): Promise<void> {
    for (;;) {
      for (const line of this.#lines.splice(0)) take(Buffer.from(line));
      if (this.#end?.error !== undefined) throw this.#end.error;
      if (this.#end !== undefined) return;
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
  }
}
