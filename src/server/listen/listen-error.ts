import { isIPv6 } from 'node:net';
import { addressAndPort, MAX_PORT } from '../../dns/address.ts';
import type { SocketAddress, Transport } from '../../dns/query.ts';
import { ULIMIT } from '../../support/descriptor-budget.ts';
import { findPortHolder, type PortHolder } from './port-holder.ts';

/** What was to be listened on, and what the kernel said. */
export interface ListenFailure extends SocketAddress {
  readonly protocol: Transport;
  readonly cause: NodeJS.ErrnoException;
}

/** An address cannot be listened on. The message says why, and the one thing to do about it. */
export class ListenError extends Error implements SocketAddress {
  override readonly name = 'ListenError';
  /** The kernel's code: `EADDRINUSE`, `EACCES` … */
  readonly code: string;
  readonly address: string;
  readonly port: number;
  readonly protocol: Transport;

  constructor(message: string, { address, port, protocol, cause }: ListenFailure) {
    super(message, { cause });
    this.code = cause.code ?? 'UNKNOWN';
    this.address = address;
    this.port = port;
    this.protocol = protocol;
  }
}

/**
 * What moves a listener to another address: an option in the words of who wrote it (`--listen`,
 * `SVCDNS_LISTEN`, `listen:`), or the Corefile where it says so itself: `COREFILE` in front of a
 * server block, `ADMIN_DIRECTIVES` behind one of the directives that serve HTTP.
 */
export type ListenSource = string;

export const COREFILE: ListenSource = 'Corefile';
export const ADMIN_DIRECTIVES: ListenSource = 'health, ready or prometheus';

/** Explains a failure, and names the way out that `source` offers. */
export async function listenError(
  failure: ListenFailure,
  source: ListenSource,
): Promise<ListenError> {
  const place = `${addressAndPort(failure)} (${failure.protocol})`;
  return new ListenError(`Cannot listen on ${place}: ${await reason(failure, source)}`, failure);
}

async function reason(failure: ListenFailure, source: ListenSource): Promise<string> {
  const { address, port, protocol, cause } = failure;
  const elsewhere = otherPlace(source, failure);
  switch (cause.code) {
    case 'EACCES':
      return (
        `permission denied: port ${port} needs a privilege. Use another port (${elsewhere}), ` +
        `or give Node.js the privilege: sudo setcap 'cap_net_bind_service=+ep' ` +
        `"$(readlink -f "$(which node)")", or drop the need for it: ` +
        `sudo sysctl net.ipv4.ip_unprivileged_port_start=${port}`
      );
    case 'EADDRINUSE': {
      const holder = await findPortHolder(protocol, address, port);
      const held = `address already in use${holderText(holder, protocol, port)}`;
      // Two of our own listeners: DNS and HTTP, say.
      if (holder?.kind === 'process' && holder.pid === process.pid)
        return `${held}, which is this one. Use another port (${elsewhere})`;
      return `${held}. Use another port (${elsewhere}), or stop that process`;
    }
    case 'EADDRNOTAVAIL':
      return `this machine has no such address. Use one that it has (ip -brief address)`;
    case 'EAFNOSUPPORT':
      return `this machine has no ${isIPv6(address) ? 'IPv6' : 'IPv4'}. Leave this address out`;
    case 'EMFILE':
      return (
        `this process has as many files open as it may. Raise the limit (${ULIMIT}), ` +
        'or listen on fewer addresses'
      );
    case 'EINVAL':
      return address.startsWith('fe80:') && !address.includes('%')
        ? `a link-local address needs its interface. Write ${address}%eth0, or whichever it is`
        : `the address is not valid here (${cause.message})`;
    default:
      return cause.message;
  }
}

/** What to write, and where, to listen on another port: `--listen 127.0.0.1:1053`. */
export function otherPlace(source: ListenSource, { address, port: taken }: SocketAddress): string {
  const port = otherPort(taken);
  const elsewhere = addressAndPort({ address, port });
  switch (source) {
    case COREFILE:
      return `in the Corefile, behind the zones, as in .:${port} {`;
    case ADMIN_DIRECTIVES:
      return `in the Corefile, as in health ${elsewhere}`;
    default:
      if (source.startsWith('-')) return `${source} ${elsewhere}`;
      return source.endsWith(':') ? `${source} '${elsewhere}'` : `${source}=${elsewhere}`;
  }
}

function holderText(holder: PortHolder | undefined, protocol: string, port: number): string {
  if (holder?.kind === 'process') return `: held by ${holder.name} (pid ${holder.pid})`;
  if (process.platform !== 'linux') return '';
  const show = `sudo ss -l${protocol === 'udp' ? 'u' : 't'}np 'sport = :${port}'`;
  return `: held by another user's process (${show} shows which)`;
}

/** 53 → 1053, which needs no privilege; 1053 → 1054. */
function otherPort(port: number): number {
  if (port < 1024) return port + 1000;
  return port < MAX_PORT ? port + 1 : port - 1;
}
