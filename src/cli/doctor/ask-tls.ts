import type { TLSSocket } from 'node:tls';
import { FrameReader, framed, MAX_MESSAGE_BYTES } from '../../dns/framing.ts';
import type { SocketAddress } from '../../dns/query.ts';
import { systemSockets, type TlsIdentity } from '../../plugins/forward/transport/sockets.ts';
import type { Clock } from '../../support/clock.ts';
import { reason } from '../query/dns-client.ts';
import { isReplyTo } from '../query/dns-question.ts';

export interface TlsQuestion {
  readonly server: SocketAddress;
  /** As the `forward` line says. */
  readonly tls: TlsIdentity;
  /** For the handshake and the reply together; ms. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** A reply, and ms from the connection to it; or why there is none. */
export type TlsReply =
  | { readonly bytes: Buffer; readonly ms: number }
  | { readonly fault: string; readonly fix?: string };

/** Asks over TLS, on a connection of its own, as the plugin `forward` does (RFC 7858). */
export function askTls(query: Buffer, question: TlsQuestion): Promise<TlsReply> {
  const { server, tls, timeoutMs, clock } = question;
  const start = clock.now();
  return new Promise((resolve) => {
    const frames = new FrameReader({ maxBytes: MAX_MESSAGE_BYTES, minBytes: 0 });
    let isOpen = false;
    const finish = (reply: TlsReply) => {
      timer.cancel();
      stream.close();
      resolve(reply);
    };
    const timer = clock.setTimeout(() => {
      const what = isOpen ? 'no reply' : 'the TLS handshake was not over';
      finish({ fault: `${what} within ${timeoutMs} ms` });
    }, timeoutMs);
    const stream = systemSockets.stream(server, undefined, tls, {
      opened: () => {
        isOpen = true;
        stream.write(framed(query));
      },
      received: (chunk) => {
        frames.push(chunk);
        const bytes = frames.next();
        if (bytes === undefined) return;
        if (isReplyTo(query, bytes)) finish({ bytes, ms: clock.now() - start });
        else finish({ fault: 'the reply is to another question' });
      },
      closed: (error) => finish(faultOf(error, tls.servername ?? server.address, isOpen)),
    });
  });
}

/** What Node.js adds to an error about the name in a certificate. */
type TlsError = NodeJS.ErrnoException & {
  readonly cert?: ReturnType<TLSSocket['getPeerCertificate']>;
};

/** Why there was no connection, or no reply on it, in the words of who must act. */
function faultOf(error: TlsError | undefined, name: string, isOpen: boolean): TlsReply {
  const code = error?.code ?? '';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const names = namesIn(error?.cert?.subjectaltname);
    const [first] = names;
    const found = first === undefined ? 'has no name' : `is for ${names.join(', ')}`;
    const servername = first === undefined ? 'NAME' : first.replace(/^\*/, 'NAME');
    return {
      fault: `its certificate ${found}, and not for ${name}`,
      fix: `tls_servername ${servername}, in the block of this forward line`,
    };
  }
  const certificate = CERTIFICATE_FAULTS.find(({ codes }) => codes.test(code));
  if (certificate !== undefined) {
    return { fault: `its certificate ${certificate.fault}`, fix: certificate.fix };
  }
  if (/^ERR_SSL_|^EPROTO$/.test(code)) {
    return { fault: `it does not speak TLS as we do (${code})`, fix: NO_TLS };
  }
  if (error !== undefined && code !== 'ECONNRESET') return { fault: reason(error) };
  return isOpen
    ? { fault: 'the connection was closed without a reply' }
    : { fault: 'the connection was closed during the TLS handshake', fix: NO_TLS };
}

const NO_TLS = 'forward . ADDRESS, without tls://, or the port on which it has TLS';

/** By the codes of OpenSSL. */
const CERTIFICATE_FAULTS = [
  {
    codes: /^CERT_HAS_EXPIRED$/,
    fault: 'has expired',
    fix: 'another server, until this one has a new certificate',
  },
  {
    codes: /^CERT_NOT_YET_VALID$/,
    fault: 'is not valid yet',
    fix: 'date, whether the clock is right',
  },
  {
    codes: /SELF_SIGNED|^UNABLE_TO_|^CERT_UNTRUSTED$|^INVALID_CA$/,
    fault: 'is of an authority that is not trusted here',
    fix: 'tls CA_FILE, in the block of this forward line',
  },
  {
    codes: /^CERT_|^ERR_TLS_CERT/,
    fault: 'is not accepted',
    fix: 'another server, until this one has a new certificate',
  },
] as const;

/** Names of a certificate that are told; some have hundreds. */
const MAX_NAMES = 3;

/** `DNS:dns.example, IP Address:192.0.2.9` → the names and addresses, some of many. */
function namesIn(altNames = ''): string[] {
  return altNames
    .split(', ')
    .flatMap((one) => /^(?:DNS|IP Address):(.+)$/.exec(one)?.[1] ?? [])
    .slice(0, MAX_NAMES);
}
