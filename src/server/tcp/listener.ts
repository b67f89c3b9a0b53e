import net from 'node:net';
import { type Logger, LogLimiter } from '../../observe/log.ts';
import type { Exchange } from '../exchange.ts';
import type { TcpConnections } from './connections.ts';

/** What a TCP listener is given. */
export interface TcpContext {
  /** Answers what comes over its connections. */
  readonly exchange: Exchange;
  readonly connections: TcpConnections;
  readonly log: Logger;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/**
 * Connections the kernel holds until we take them; it grants at most net.core.somaxconn (4,096).
 */
const BACKLOG = 1024;

/** One listening TCP socket on one local address. Its connections belong to `TcpConnections`. */
export class TcpListener {
  readonly exchange: Exchange;
  readonly #address: string;
  readonly #server: net.Server;
  readonly #connections: TcpConnections;
  readonly #log: Logger;
  readonly #limiter: LogLimiter;

  constructor(address: string, { exchange, connections, log, now }: TcpContext) {
    this.exchange = exchange;
    this.#address = address;
    this.#connections = connections;
    this.#log = log;
    this.#limiter = new LogLimiter(now);
    this.#server = net.createServer({
      allowHalfOpen: true, // a client that has sent its last query still gets the replies
      highWaterMark: 16 * 1024, // what a connection that is not read from may hold
    });
    this.#server.on('connection', (socket) => connections.admit(socket, exchange));
  }

  /** Listens, and resolves to the port: the one asked for, or the one the kernel picked for 0. */
  start(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.on('error', (error) =>
        this.#server.listening ? this.#failed(error) : reject(error),
      );
      const host = this.#address;
      const options = { host, port, ipv6Only: true, exclusive: true, backlog: BACKLOG };
      this.#server.listen(options, () => resolve((this.#server.address() as net.AddressInfo).port));
    });
  }

  /**
   * In place of `start`: takes connections at an open socket that was handed over. That it is none
   * that listens is logged.
   */
  takeOver(fd: number): void {
    this.#server.on('error', (error) => this.#failed(error));
    this.#server.listen({ fd, exclusive: true, backlog: BACKLOG });
  }

  /** Takes no more connections; those it has live on. */
  close(): void {
    this.#server.close(() => {}); // the callback takes the error of one that never listened
  }

  /** Out of files, mostly: the client sees its connection close, and the next is taken as usual. */
  #failed(error: Error): void {
    this.#connections.counters.acceptErrors.add(1);
    this.#limiter.log((leftOut) =>
      this.#log.warn(
        { err: error, address: this.#address, leftOut },
        'A TCP connection could not be accepted',
      ),
    );
  }
}
