import { readlinkSync } from 'node:fs';
import { addressAndPort, isWildcard } from '../../dns/address.ts';
import type { SocketAddress, Transport } from '../../dns/query.ts';
import { type SocketRow, socketRows } from './socket-table.ts';

/** File descriptors of the sockets for one address and port. */
export type InheritedPair = Readonly<Partial<Record<Transport, number>>>;

/** The first file descriptor that a service manager hands over (`SD_LISTEN_FDS_START`). */
const FIRST = 3;

/** More than an address of every interface of a machine needs. */
const MAX_SOCKETS = 1024;

/** Sockets were handed over that cannot be served. */
export class InheritedError extends Error {
  override readonly name = 'InheritedError';
}

/**
 * Open sockets that a service manager hands over: it keeps them while we start again, so what
 * clients send meanwhile waits in the kernel (sd_listen_fds(3)). Each is given out once.
 */
export class InheritedSockets {
  readonly #sockets: Map<string, number>;

  private constructor(sockets: ReadonlyMap<string, number>) {
    this.#sockets = new Map(sockets);
  }

  /**
   * Those that `LISTEN_FDS` counts, when `LISTEN_PID` says that they are for us.
   *
   * @throws InheritedError when one is no socket that DNS can be served at.
   */
  static async of(
    env: Readonly<Record<string, string | undefined>>,
    pid: number = process.pid,
    proc = '/proc',
  ): Promise<InheritedSockets> {
    const text = env['LISTEN_FDS'] ?? '';
    if (env['LISTEN_PID'] !== String(pid) || text === '') return new InheritedSockets(new Map());
    const count = /^\d{1,4}$/.test(text) ? Number(text) : Number.NaN;
    if (!(count <= MAX_SOCKETS)) {
      throw new InheritedError(
        `LISTEN_FDS is '${text}': expected a number from 0 to ${MAX_SOCKETS}`,
      );
    }
    const sockets = new Map<string, number>();
    const rows = { udp: await socketRows('udp', proc), tcp: await socketRows('tcp', proc) };
    for (let fd = FIRST; fd < FIRST + count; fd++) {
      const inode = socketInode(`${proc}/self/fd/${fd}`);
      const [udp, tcp] = (['udp', 'tcp'] as const).map((protocol) =>
        rows[protocol].find((row) => row.inode === inode),
      );
      const row = udp ?? tcp;
      if (row === undefined) {
        throw new InheritedError(
          `File descriptor ${fd} is no bound socket of UDP and no listening socket of TCP: expected ListenDatagram= and ListenStream= with an address and a port`,
        );
      }
      const protocol = udp === undefined ? 'tcp' : 'udp';
      const key = keyOf(protocol, servable(protocol, row));
      if (sockets.has(key)) throw new InheritedError(`Two sockets for ${key}: expected one`);
      sockets.set(key, fd);
    }
    return new InheritedSockets(sockets);
  }

  get isEmpty(): boolean {
    return this.#sockets.size === 0;
  }

  /** Gives out what there is for an address and port. */
  take(wanted: SocketAddress): InheritedPair {
    const pair: { -readonly [T in Transport]?: number } = {};
    for (const protocol of ['udp', 'tcp'] as const) {
      const key = keyOf(protocol, wanted);
      const fd = this.#sockets.get(key);
      if (fd !== undefined) pair[protocol] = fd;
      this.#sockets.delete(key);
    }
    return pair;
  }

  /**
   * What comes to a socket at which nothing is served would never be read.
   *
   * @throws InheritedError when there is one that is not among the wanted.
   */
  requireWanted(wanted: Iterable<SocketAddress>): void {
    const keys = new Set([...wanted].flatMap((one) => [keyOf('udp', one), keyOf('tcp', one)]));
    const unwanted = [...this.#sockets.keys()].find((key) => !keys.has(key));
    if (unwanted === undefined) return;
    const place = unwanted.slice(0, unwanted.indexOf(' '));
    throw new InheritedError(
      `The socket for ${unwanted} was handed over, and nothing is served there: expected --listen ${place}, or bind and the port in the Corefile`,
    );
  }
}

/** `127.0.0.1:53 (udp)` */
function keyOf(protocol: Transport, place: SocketAddress): string {
  return `${addressAndPort(place)} (${protocol})`;
}

/** A reply from a wildcard may leave from another address than the one that was asked. */
function servable(protocol: Transport, { address, port }: SocketRow): SocketAddress {
  if (!isWildcard(address)) return { address, port };
  throw new InheritedError(
    `The socket for ${keyOf(protocol, { address, port })} was handed over: expected a single address, and ListenDatagram= and ListenStream= for each`,
  );
}

function socketInode(link: string): string {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(link))?.[1] ?? '';
  } catch {
    return '';
  }
}
