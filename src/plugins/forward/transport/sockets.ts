import { X509Certificate } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { isIPv6, connect as tcpConnect } from 'node:net';
import { withoutInterface } from '../../../dns/address.ts';
import type { SocketAddress } from '../../../dns/query.ts';
import type { Datagram, DatagramEvents, OpenDatagram } from '../../datagram.ts';

/** How an encrypted upstream is verified. Files are read when the plugin is set up. */
export interface TlsIdentity {
  /** The name its certificate must have; without it, the address. */
  readonly servername: string | undefined;
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

export interface StreamEvents {
  opened(): void;
  received(chunk: Buffer): void;
  /** Once, whichever side closed it. */
  closed(error: Error | undefined): void;
}

export interface Stream {
  write(bytes: Buffer): void;
  close(): void;
}

/**
 * The network as the plugin uses it; a test gives its own. Nothing here throws. An IPv6 address may
 * have a zone (`fe80::1%eth0`).
 */
export interface Sockets {
  readonly datagram: OpenDatagram;
  /** A TCP connection, with TLS when it is given an identity to verify. */
  stream(
    to: SocketAddress,
    source: string | undefined,
    tls: TlsIdentity | undefined,
    events: StreamEvents,
  ): Stream;
  /** Why this identity cannot be used: text that is no certificate, a key of another. */
  tlsFault(tls: TlsIdentity): string | undefined;
}

/** The machine's network. */
export const systemSockets: Sockets = { datagram, stream, tlsFault };

function datagram(to: SocketAddress, source: string | undefined, events: DatagramEvents): Datagram {
  const socket = createSocket(isIPv6(to.address) ? 'udp6' : 'udp4');
  const waiting: Buffer[] = [];
  let peer: SocketAddress | undefined;
  let isClosed = false;
  const close = () => {
    if (isClosed) return;
    isClosed = true;
    socket.close();
  };
  const fail = (error: Error) => {
    if (isClosed) return;
    close();
    events.failed(error);
  };
  // Only the callback tells what the kernel refuses at once: no route, a filter.
  const sent = (error: Error | null) => {
    if (error !== null) fail(error);
  };
  socket.on('error', fail);
  socket.on('message', (bytes, from) => {
    if (isClosed) return;
    // The kernel drops what others send once the socket is connected; what came before is queued.
    if (peer !== undefined && isFrom(peer, from)) events.received(bytes);
    else events.strayed();
  });
  // Port 0: the kernel picks a random one from its ephemeral range.
  socket.bind({ port: 0, ...(source === undefined ? {} : { address: source }) }, () => {
    if (isClosed) return;
    // Called with an error too, which its type does not say.
    socket.connect(to.port, to.address, (error?: Error) => {
      if (isClosed) return;
      if (error) {
        fail(error);
        return;
      }
      peer = socket.remoteAddress();
      for (const bytes of waiting) socket.send(bytes, sent);
    });
  });
  return {
    send: (bytes) => {
      if (isClosed) return;
      if (peer === undefined) waiting.push(bytes);
      else socket.send(bytes, sent);
    },
    close,
  };
}

/** Zones of link-local addresses do not count: they are written by number or by name. */
function isFrom(peer: SocketAddress, from: SocketAddress): boolean {
  if (peer.port !== from.port) return false;
  return (
    peer.address === from.address ||
    withoutInterface(peer.address) === withoutInterface(from.address)
  );
}

function stream(
  to: SocketAddress,
  source: string | undefined,
  tls: TlsIdentity | undefined,
  events: StreamEvents,
): Stream {
  const target = {
    host: to.address,
    port: to.port,
    ...(source === undefined ? {} : { localAddress: source }),
  };
  const socket =
    tls === undefined ? tcpConnect(target) : nodeTls().connect({ ...target, ...tlsOptions(tls) });
  let failure: Error | undefined;
  socket.setNoDelay(true);
  socket.on(tls === undefined ? 'connect' : 'secureConnect', () => events.opened());
  socket.on('data', (chunk) => events.received(chunk));
  socket.on('error', (error) => {
    failure = error;
  });
  // A server that sends no more is of no use.
  socket.on('end', () => socket.destroy());
  socket.on('close', () => events.closed(failure));
  return { write: (bytes) => void socket.write(bytes), close: () => void socket.destroy() };
}

/** Loaded when the first upstream has TLS: it takes as long as all sockets together. */
function nodeTls(): typeof import('node:tls') {
  return process.getBuiltinModule('node:tls');
}

function tlsOptions({ servername, ca, cert, key }: TlsIdentity) {
  return {
    minVersion: 'TLSv1.2' as const, // RFC 8310, and CoreDNS's least
    ...(servername === undefined ? {} : { servername }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

function tlsFault(tls: TlsIdentity): string | undefined {
  try {
    nodeTls().createSecureContext(tlsOptions(tls));
    // It accepts a CA that is no certificate, and then trusts no server.
    if (tls.ca !== undefined) new X509Certificate(tls.ca);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
