import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import { freePort } from '../helpers/free-port.ts';
import type { Cluster } from './cluster.ts';

/** What a proxy does to a request. `cut` closes the connection after so many bytes of the body. */
export type Fault =
  | { readonly kind: 'none' }
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'cut'; readonly bytes: number }
  | { readonly kind: 'gone'; readonly bytes: number }
  | { readonly kind: 'slow'; readonly ms: number }
  | { readonly kind: 'bookmarks' };

const NONE: Fault = { kind: 'none' };

/** Stands between a client that speaks plain HTTP and an API server, and fails as it is told. */
export class ApiProxy {
  readonly #cluster: Cluster;
  readonly #server: Server;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #port = freePort();
  /** For each request; undefined when all is well. */
  #fault: ((watch: boolean) => Fault) | undefined;
  /** How many requests met one. */
  faults = 0;

  private constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#server = createServer((asked, reply) => void this.#pass(asked, reply));
  }

  static async start(cluster: Cluster): Promise<ApiProxy> {
    const proxy = new ApiProxy(cluster);
    proxy.#server.listen(proxy.#port, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Requests fail from now on. */
  fail(fault: (watch: boolean) => Fault): void {
    this.faults = 0;
    this.#fault = fault;
  }

  /** Nothing fails any more, nor what goes on already. */
  recover(): void {
    this.#fault = undefined;
  }

  /** Cuts all connections; what the client asks then may fail again. */
  cut(): void {
    this.#server.closeAllConnections();
  }

  async stop(): Promise<void> {
    this.cut();
    this.#agent.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #pass(asked: IncomingMessage, reply: ServerResponse): Promise<void> {
    const isWatch = asked.url?.includes('watch=') === true;
    const fault = this.#fault?.(isWatch) ?? NONE;
    if (fault.kind !== 'none') this.faults++;
    if (fault.kind === 'status') return void refuse(reply, fault.status);
    try {
      const passed = request({
        ...{ host: '127.0.0.1', port: this.#cluster.port, path: asked.url, agent: this.#agent },
        ...{ ca: this.#cluster.ca, headers: { ...asked.headers, 'accept-encoding': 'identity' } },
      });
      reply.on('close', () => passed.destroy());
      passed.on('error', () => reply.destroy());
      passed.end();
      const [response] = (await once(passed, 'response')) as [IncomingMessage];
      reply.writeHead(response.statusCode ?? 502, response.headers);
      await spoil(response, reply, () => (this.#fault === undefined ? NONE : fault));
    } catch {
      reply.destroy();
    }
  }
}

async function spoil(
  from: IncomingMessage,
  to: ServerResponse,
  faultNow: () => Fault,
): Promise<void> {
  let sent = 0;
  for await (const chunk of from as AsyncIterable<Buffer>) {
    const fault = faultNow();
    const limit = fault.kind === 'cut' || fault.kind === 'gone' ? fault.bytes : Infinity;
    if (sent + chunk.length > limit) {
      const last = fault.kind === 'gone' ? `\n${GONE}\n` : chunk.subarray(0, limit - sent);
      // What is written reaches the client before the end does.
      await new Promise<unknown>((done) => to.write(last, done));
      // Of a body whose length was told, the client would go on waiting for the rest.
      const isWatch = from.headers['content-length'] === undefined;
      return void (fault.kind === 'gone' && isWatch ? to.end() : to.destroy());
    }
    sent += chunk.length;
    if (fault.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.ms));
    to.write(chunk);
    if (fault.kind === 'bookmarks') to.write(bookmark(chunk));
  }
  to.end();
}

/** One more after each whole event, with its own version. */
function bookmark(chunk: Buffer): string {
  const text = chunk.toString();
  const [, kind, version] =
    /^\{"type":"\w+","object":\{"kind":"(\w+)".*"resourceVersion":"(\d+)"/.exec(text) ?? [];
  if (kind === undefined || !text.endsWith('}\n')) return '';
  const object = { kind, apiVersion: 'v1', metadata: { resourceVersion: version } };
  return `${JSON.stringify({ type: 'BOOKMARK', object })}\n`;
}

const GONE = JSON.stringify({
  type: 'ERROR',
  object: {
    ...{ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 410, reason: 'Expired' },
    message: 'too old resource version: 1 (2)',
  },
});

function refuse(reply: ServerResponse, code: number): void {
  reply.writeHead(code, { 'content-type': 'application/json', 'retry-after': '1' });
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message: 'not now' };
  reply.end(JSON.stringify(status));
}
