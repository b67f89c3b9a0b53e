/**
 * How many of the files that a process may open each use may have, so that none takes another's:
 * with 2,000 silent TCP clients, forwarding still has sockets and manifests can be read.
 */
export interface DescriptorBudget {
  /** RLIMIT_NOFILE: files, sockets among them, that the process may have open. */
  readonly limit: number;
  /** TCP connections of clients, in all and of one client. */
  readonly tcpConnections: number;
  readonly tcpConnectionsPerClient: number;
  /** Sockets towards other servers. */
  readonly outgoing: number;
  /** Connections to the admin servers. */
  readonly admin: number;
  /** For listeners, manifests, watches, the log and Node.js itself. */
  readonly reserve: number;
}

/** With fewer, starting may fail: Node.js opens some 95 of our modules at once to read them. */
export const LEAST_OPEN_FILES = 160;

/** Half of the 4,096 files that Linux lets a process open where no limit has been set. */
export const MOST_TCP_CONNECTIONS = 2000;

/** A client may have a tenth of all connections, and at least so many. */
const CLIENT_SHARE = 1 / 10;
const LEAST_PER_CLIENT = 4;

/** A scraper or two, the probes of a kubelet and a person with curl need a handful. */
const MOST_ADMIN = 64;
const ADMIN_SHARE = 1 / 8;

/** Sockets of the 1,000 queries that `forward` sends at a time by default; some are sent twice. */
const OUTGOING_WANTED = 1500;

/**
 * A running server has 28 files open, two more for each address, and some eight for each
 * `kubernetes` that differs.
 */
const LEAST_RESERVE = 64;
const MOST_RESERVE = 512;
const RESERVE_SHARE = 1 / 8;

/** How to give a process in a shell enough files. */
export const ULIMIT = 'ulimit -n 4096';

/** The same wherever it runs. */
export const HOW_TO_RAISE = `${ULIMIT}, LimitNOFILE=4096 in a systemd unit, or --ulimit nofile=4096 for docker run`;

/** Shares out what a process with this limit may open. */
export function descriptorBudget(limit: number): DescriptorBudget {
  const reserve = clamp(limit * RESERVE_SHARE, LEAST_RESERVE, MOST_RESERVE);
  const shared = Math.max(4, limit - reserve);
  const admin = clamp(shared * ADMIN_SHARE, 1, MOST_ADMIN);
  // Half, and more when forwarding has all that it needs.
  const clients = Math.max(shared / 2, shared - admin - OUTGOING_WANTED);
  const tcpConnections = clamp(clients, 1, MOST_TCP_CONNECTIONS);
  const fair = Math.max(LEAST_PER_CLIENT, Math.floor(tcpConnections * CLIENT_SHARE));
  return {
    limit,
    tcpConnections,
    tcpConnectionsPerClient: Math.min(tcpConnections, fair),
    outgoing: Math.max(1, shared - admin - tcpConnections),
    admin,
    reserve,
  };
}

/** Whether the limit makes a cap smaller than it is meant to be. */
export function isTight({ tcpConnections, outgoing, admin }: DescriptorBudget): boolean {
  return tcpConnections < MOST_TCP_CONNECTIONS || outgoing < OUTGOING_WANTED || admin < MOST_ADMIN;
}

function clamp(value: number, least: number, most: number): number {
  return Math.floor(Math.min(most, Math.max(least, value)));
}
