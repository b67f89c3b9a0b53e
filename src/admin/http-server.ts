import http from 'node:http';
import net, { isIP } from 'node:net';
import type { SocketAddress } from '../dns/query.ts';
import type { Logger } from '../observe/log.ts';
import { METRICS_CONTENT_TYPE, type Metrics } from '../observe/metrics.ts';
import { type ListenSource, listenError } from '../server/listen/listen-error.ts';
import type { AdminConnections } from './connections.ts';
import type { Exposition } from './exposition.ts';
import { PortionedSocket } from './portioned-socket.ts';

export interface AdminOptions {
  /** The plugins that are not ready; empty when svcdns is. */
  readonly ready: () => readonly string[];
  /** What `/objects` says; `path` is what stands behind it. */
  readonly objects: (path: string, query: URLSearchParams) => Promise<AdminAnswer>;
  /** What `/api/explain` says. */
  readonly explain: (query: URLSearchParams) => Promise<AdminAnswer>;
  /** What `/api/stats` says. */
  readonly stats: (query: URLSearchParams) => Promise<AdminAnswer>;
  /** What `/api/history` says. */
  readonly history: (query: URLSearchParams) => Promise<AdminAnswer>;
  /**
   * What the page and the paths that it asks say; undefined for all other paths. Left out when
   * there is no page.
   */
  readonly page?: ((path: string, query: URLSearchParams) => PageAnswer) | undefined;
  /** What `/metrics` says. */
  readonly exposition: Exposition;
  /** Where requests are counted. */
  readonly metrics: Metrics;
  /** Who may stay connected: of all admin servers together. */
  readonly connections: AdminConnections;
  readonly log: Logger;
  /** Where the address comes from, for the advice in errors; default `--admin`. */
  readonly source?: ListenSource;
  /** Host names, beyond localhost and literal addresses, that this server may be called by. */
  readonly hosts?: readonly string[];
}

/** An answer; all are text, and none may be cached. */
export interface AdminAnswer {
  readonly status: number;
  readonly body: string;
  /** Default: plain text. */
  readonly type?: string;
  readonly allow?: string;
  /** More headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer in JSON, which `text` is. */
export function jsonAnswer(text: string, status = 200): AdminAnswer {
  return { status, body: `${text}\n`, type: 'application/json' };
}

/** An answer without an end: server-sent events. */
export interface AdminStream {
  /**
   * Begins to send. What it returns is called when the client has gone, or the server stops; it is
   * not to send anything from then on.
   */
  readonly open: (sink: EventSink) => () => void;
}

/** Where the events of one stream go. */
export interface EventSink {
  /** False for one that was dropped, as the client does not read what was sent before. */
  send(event: string): boolean;
}

type PageAnswer = Promise<AdminAnswer | AdminStream> | AdminAnswer | AdminStream | undefined;

/** Bytes that wait to be read by the client of a stream; events beyond are dropped. */
export const MAX_UNREAD_BYTES = 64 * 1024;

const MAX_HEADER_BYTES = 8 * 1024;

/**
 * HTTP for probes, Prometheus, `svcdns get`, `explain` and `top`: `/health`, `/ready`, `/metrics`,
 * `/objects`, `/api/explain`, `/api/history`, `/api/stats`.
 */
export class AdminServer {
  readonly #address: SocketAddress;
  readonly #options: AdminOptions;
  /** Takes connections, and hands them to the HTTP server, which listens nowhere itself. */
  readonly #listener = net.createServer({ allowHalfOpen: true, noDelay: true });
  readonly #server: http.Server;
  readonly #open = new Set<PortionedSocket>();

  constructor(address: SocketAddress, options: AdminOptions) {
    this.#address = address;
    this.#options = options;
    // `connections` has all timeouts.
    this.#server = http.createServer({
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: 0,
      requestTimeout: 0,
      keepAliveTimeout: 0,
    });
    this.#listener.on('connection', (socket) => this.#admit(new PortionedSocket(socket)));
    const handle = (request: http.IncomingMessage, response: http.ServerResponse) =>
      void this.#handle(request, response);
    this.#server.on('request', handle);
    this.#server.on('checkContinue', handle); // answered without asking for the body
  }

  /**
   * Listens, and resolves to where.
   *
   * @throws ListenError when it cannot.
   */
  start(): Promise<SocketAddress> {
    const { address, port } = this.#address;
    return new Promise((resolve, reject) => {
      this.#listener.on('error', (cause: NodeJS.ErrnoException) => {
        if (this.#listener.listening) return this.#options.log.warn({ err: cause }, 'Admin server');
        listenError(
          { address, port, protocol: 'tcp', cause },
          this.#options.source ?? '--admin',
        ).then(reject, reject);
      });
      const host = address === '' ? {} : { host: address };
      this.#listener.listen({ port, exclusive: true, ...host }, () => {
        const bound = this.#listener.address();
        resolve({ address, port: typeof bound === 'object' && bound ? bound.port : port });
      });
    });
  }

  /** Closes the server and every connection. */
  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#listener.close(() => resolve());
      for (const socket of this.#open) socket.destroy();
    });
  }

  #admit(socket: PortionedSocket): void {
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    if (this.#options.connections.admit(socket)) this.#server.emit('connection', socket);
  }

  async #handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { connections, metrics } = this.#options;
    const socket = request.socket as unknown as PortionedSocket;
    if (!connections.requested(socket)) {
      socket.stopReading();
      return;
    }
    response.once('finish', () => connections.answered(socket));
    const answer = await this.#answer(request);
    if ('open' in answer) return this.#stream(answer, request, response);
    const { status, body, type, allow, headers = {} } = answer;
    metrics.counter('svcdns_admin_requests_total', { status: `${status}` }).add(1);
    // No route takes a body: a client that sends one loses its connection.
    if (hasBody(request) || connections.isLast(socket)) response.setHeader('Connection', 'close');
    if (allow !== undefined) response.setHeader('Allow', allow);
    response.writeHead(status, {
      'Content-Type': type ?? 'text/plain; charset=utf-8',
      'Content-Length': Buffer.byteLength(body),
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      ...headers,
    });
    response.end(body);
  }

  #stream(
    { open }: AdminStream,
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): void {
    const { connections, metrics } = this.#options;
    metrics.counter('svcdns_admin_requests_total', { status: '200' }).add(1);
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      Connection: 'close',
    });
    if (request.method === 'HEAD') return void response.end();
    response.flushHeaders();
    connections.streams(request.socket as unknown as PortionedSocket);
    const close = open({
      send: (event) => {
        if (response.writableLength > MAX_UNREAD_BYTES) return false;
        response.write(event);
        return true;
      },
    });
    response.once('close', close);
  }

  async #answer(request: http.IncomingMessage): Promise<AdminAnswer | AdminStream> {
    const hosts = [this.#address.address, ...(this.#options.hosts ?? [])];
    if (!isAllowedHost(request.headers.host, hosts)) return MISDIRECTED;
    if (!isOwnPage(request.headers)) return CROSS_ORIGIN;
    if (request.method !== 'GET' && request.method !== 'HEAD') return NOT_ALLOWED;
    try {
      const [path = '', query = ''] = (request.url ?? '').split('?', 2);
      return await this.#route(path, new URLSearchParams(query));
    } catch (error) {
      this.#options.log.error({ err: error, url: request.url }, 'Cannot answer an HTTP request');
      return { status: 500, body: 'Internal error, see the log\n' };
    }
  }

  async #route(path: string, query: URLSearchParams): Promise<AdminAnswer | AdminStream> {
    switch (path) {
      case '/health':
        return OK;
      case '/ready': {
        // As CoreDNS writes it.
        const waiting = [...new Set(this.#options.ready())].sort().join(',');
        return waiting === '' ? OK : { status: 503, body: waiting };
      }
      case '/metrics': {
        const { exposition } = this.#options;
        return { status: 200, body: await exposition.text(), type: METRICS_CONTENT_TYPE };
      }
      case '/api/explain':
        return await this.#options.explain(query);
      case '/api/stats':
        return await this.#options.stats(query);
      case '/api/history':
        return await this.#options.history(query);
      default: {
        const rest = /^\/objects(|\/.*)$/.exec(path)?.[1];
        if (rest !== undefined) return await this.#options.objects(rest, query);
        return (await this.#options.page?.(path, query)) ?? NOT_FOUND;
      }
    }
  }
}

const OK: AdminAnswer = { status: 200, body: 'OK' };
const NOT_FOUND: AdminAnswer = {
  status: 404,
  body: 'Not found: there are /health, /ready, /metrics, /objects, /api/explain, /api/history and /api/stats\n',
};
const NOT_ALLOWED: AdminAnswer = { status: 405, body: 'Only GET and HEAD\n', allow: 'GET, HEAD' };
const MISDIRECTED: AdminAnswer = {
  status: 421,
  body: 'Not served under this host name: use localhost or an IP address\n',
};

const CROSS_ORIGIN: AdminAnswer = {
  status: 403,
  body: 'Not served to pages of other sites\n',
};

/**
 * Whether a request does not come from a page of another site, which could not read the answer, but
 * could keep the server busy. Browsers say where a request is from: `Origin` with what may be read,
 * and `Sec-Fetch-Site` with all of them. To follow a link to here is no such request.
 */
function isOwnPage(headers: http.IncomingHttpHeaders): boolean {
  const { origin, host } = headers;
  if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) {
    return false;
  }
  const site = headers['sec-fetch-site'] ?? 'none';
  const isFromElsewhere = site === 'cross-site' || site === 'same-site';
  return !isFromElsewhere || headers['sec-fetch-mode'] === 'navigate';
}

function hasBody({ headers }: http.IncomingMessage): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/** Names that no one can register: those of containers, of local machines and of a cluster. */
const PRIVATE_NAME = /^[a-z0-9_-]+$|\.svc$|\.svc\.cluster\.local$/;

/**
 * Whether the admin server answers requests with this Host header: localhost, any literal address,
 * a name without dots (`http://svcdns:9153` in docker-compose), the name of a Service in a cluster,
 * or one of `names`; with any port.
 *
 * This stops DNS rebinding: when the name of a web page, evil.example, is made to point to
 * 127.0.0.1, the page can send requests here from its reader's browser, but they say `Host:
 * evil.example`. A page cannot have one of our literal addresses as its name. Requests without the
 * header are HTTP/1.0, which no browser speaks.
 */
export function isAllowedHost(header: string | undefined, names: readonly string[]): boolean {
  if (header === undefined) return true;
  const host = /^(\[[^\]]*\]|[^:[\]]*)(?::\d*)?$/.exec(header)?.[1]?.toLowerCase();
  if (host === undefined || host === '') return false;
  if (isIP(host.replace(/^\[(.*)\]$/, '$1')) !== 0) return true;
  return PRIVATE_NAME.test(host) || names.some((name) => name.toLowerCase() === host);
}
