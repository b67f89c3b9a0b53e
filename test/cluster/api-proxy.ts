import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Agent, request } from 'node:https';
import { freePort } from '../helpers/free-port.ts';
import type { Cluster } from './cluster.ts';
import { type Fault, spoil } from './spoil.ts';

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

function refuse(reply: ServerResponse, code: number): void {
  reply.writeHead(code, { 'content-type': 'application/json', 'retry-after': '1' });
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message: 'not now' };
  reply.end(JSON.stringify(status));
}
