import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { addAbortSignal } from 'node:stream';
import type { Clock } from '../../../support/clock.ts';
import type { RequestMeasure } from '../../source.ts';
import { AccessError, type Connection, shownServer } from '../access/connection.ts';
import type { Credentials } from '../access/credentials.ts';
import { ApiError, connectionError, statusError } from './api-error.ts';
import { type ApiBody, bodyOf, textOf } from './body.ts';
import type { RequestLimiter } from './request-limiter.ts';

export interface ApiRequest {
  /** `/api/v1/services`. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** It goes on with a list whose first page was asked for: both are one for `apiserver_qps`. */
  readonly isContinued?: boolean;
  /** By default plain JSON. */
  readonly accept?: string;
  /** Without a byte for this long the server is taken for gone, ms. */
  readonly idleMs: number;
  /** Aborted when the reply is not wanted any more. */
  readonly signal: AbortSignal;
}

export interface ApiClientOptions {
  readonly credentials: Credentials;
  readonly limiter: RequestLimiter;
  readonly clock: Clock;
  readonly onRequest: (measure: RequestMeasure) => void;
  /** Called once when the certificate of the server is not checked. */
  readonly onUnchecked: (server: string) => void;
}

/** A server that does not take a connection in this time is away, ms. */
const CONNECT_MS = 5000;

/** An API server ends a request after a minute by itself; ms. */
const HEAD_MS = 65_000;

/**
 * A peer that is gone without a word is noticed by the kernel: first probe after this long, ms;
 * then one a second, ten times (libuv).
 */
const PROBE_AFTER_MS = 15_000;

/** Longest reply to a failed request that is read, bytes. */
const MAX_STATUS_BYTES = 64 * 1024;

/** A request, and the head of its reply. */
interface Sent {
  readonly response: IncomingMessage;
  readonly connection: Connection;
}

/** GET requests to one API server, over connections that are kept. */
export class ApiClient {
  readonly #options: ApiClientOptions;
  readonly #agents = {
    'http:': new HttpAgent({ keepAlive: true, keepAliveMsecs: PROBE_AFTER_MS, maxFreeSockets: 2 }),
    'https:': new HttpsAgent({
      keepAlive: true,
      keepAliveMsecs: PROBE_AFTER_MS,
      maxFreeSockets: 2,
    }),
  };
  #hasWarned = false;

  constructor(options: ApiClientOptions) {
    this.#options = options;
  }

  /**
   * Resolves with the body of a reply of status 200.
   *
   * Credentials that the server refuses are read again before that is reported.
   *
   * @throws ApiError for everything that can go wrong.
   */
  async get(request: ApiRequest): Promise<ApiBody> {
    const first = await this.#send(request);
    if (first.response.statusCode !== 401) return this.#accepted(first, request);
    first.response.resume();
    this.#options.credentials.refused(first.connection);
    return this.#accepted(await this.#send(request), request);
  }

  /** Closes all connections. */
  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  async #accepted({ response, connection }: Sent, { idleMs }: ApiRequest): Promise<ApiBody> {
    const { clock } = this.#options;
    const { statusCode = 0, headers } = response;
    if (statusCode === 200) return bodyOf(response, idleMs, clock);
    const text = await textOf(bodyOf(response, CONNECT_MS, clock), MAX_STATUS_BYTES).catch(
      () => '',
    );
    const error = statusError(jsonOf(text), Number(headers['retry-after']) || 0, statusCode);
    throw withoutSecrets(error, connection);
  }

  async #send(request: ApiRequest): Promise<Sent> {
    const connection = await this.#connection();
    const { clock, limiter, onRequest } = this.#options;
    const { host } = new URL(connection.server);
    const asked = clock.now();
    const done = await limiter.enter(request.isContinued);
    const started = clock.now();
    let code = '<error>';
    try {
      const response = await this.#exchange(request, connection);
      code = String(response.statusCode);
      return { response, connection };
    } catch (error) {
      throw withoutSecrets(connectionError(error), connection);
    } finally {
      done();
      const seconds = (clock.now() - started) / 1000;
      onRequest({ host, code, seconds, waitedSeconds: (started - asked) / 1000 });
    }
  }

  async #connection(): Promise<Connection> {
    try {
      const connection = await this.#options.credentials.current();
      if (connection.tls.rejectUnauthorized === false && !this.#hasWarned) {
        this.#hasWarned = true;
        this.#options.onUnchecked(shownServer(connection.server));
      }
      return connection;
    } catch (error) {
      if (error instanceof AccessError) throw new ApiError('credentials', error.message);
      throw error;
    }
  }

  /** Resolves with the head of the reply. */
  #exchange(request: ApiRequest, connection: Connection): Promise<IncomingMessage> {
    const { path, query, accept = 'application/json', signal } = request;
    const { clock } = this.#options;
    const url = new URL(`${connection.server}${path}?${new URLSearchParams(query)}`);
    const isPlain = url.protocol === 'http:';
    const headers: Record<string, string | string[]> = {
      ...connection.impersonation,
      accept,
      'user-agent': 'svcdns',
    };
    if (connection.authorization !== undefined) headers['authorization'] = connection.authorization;
    return new Promise((resolve, reject) => {
      const sent = (isPlain ? requestHttp : requestHttps)(url, {
        ...connection.tls,
        agent: isPlain ? this.#agents['http:'] : this.#agents['https:'],
        headers,
      });
      // Not as an option: a request that cannot be made would listen to it for ever.
      addAbortSignal(signal, sent);
      const giveUp = (what: string) => () => sent.destroy(new ApiError('connection', what));
      let timer = clock.setTimeout(giveUp(`no connection in ${CONNECT_MS / 1000} s`), CONNECT_MS);
      const connected = () => {
        timer.cancel();
        timer = clock.setTimeout(giveUp(`no reply in ${HEAD_MS / 1000} s`), HEAD_MS);
      };
      sent.on('socket', (socket) => {
        socket.setKeepAlive(true, PROBE_AFTER_MS);
        if (!socket.connecting) connected();
        else socket.once(isPlain ? 'connect' : 'secureConnect', connected);
      });
      sent.on('response', (response) => {
        timer.cancel();
        resolve(response);
      });
      sent.on('error', (error) => {
        timer.cancel();
        reject(error);
      });
      sent.end();
    });
  }
}

/** A server may send back what it was sent: then not that, either. */
function withoutSecrets(error: ApiError, { authorization }: Connection): ApiError {
  const secret = authorization?.split(' ')[1] ?? '';
  if (secret === '' || !error.message.includes(secret)) return error;
  return new ApiError(
    error.fault,
    error.message.replaceAll(secret, '…'),
    error.status,
    error.retryAfterMs,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text };
  }
}
