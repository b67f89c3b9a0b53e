import { isIP } from 'node:net';
import { quoted } from '../../../corefile/problems.ts';
import { isPort, splitHostAndPort, withoutInterface } from '../../../dns/address.ts';
import type { SocketAddress } from '../../../dns/query.ts';
import { splitOnce } from '../../../support/text.ts';

/** A TO of a `forward` line, read. */
export type Destination =
  | (SocketAddress & {
      readonly kind: 'address';
      readonly isTls: boolean;
      /** From `tls://IP%NAME`. */
      readonly servername: string | undefined;
    })
  | { readonly kind: 'host'; readonly host: string; readonly port: number; readonly isTls: boolean }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'fault'; readonly text: string };

/** Of NodeLocal DNSCache's template. CoreDNS takes it for a name too, and fails to look it up. */
const PLACEHOLDER = /^__PILLAR__\w+__$/i;

const NOT_FILLED_IN =
  "it is a placeholder of NodeLocal DNSCache's template: expected an address in its place, that of the Service kube-dns-upstream or of other servers";

const PORTS: Readonly<Record<string, number>> = { dns: 53, tls: 853 };

/**
 * Reads a TO: an address with or without a port, `dns://` or `tls://` in front; a file like
 * resolv.conf, if `isFile` knows it; the name of a host.
 */
export function destinationFrom(text: string, isFile: (path: string) => boolean): Destination {
  const [, scheme = '', rest = text] = /^([a-z0-9]+):\/\/(.*)$/s.exec(text) ?? [];
  // `/…` and `./…` can be nothing else, whether the file exists or not.
  const isPath = /^\.{0,2}\//.test(text) || (scheme === '' && isIP(text) === 0 && isFile(text));
  if (isPath) return { kind: 'file', path: text };
  const defaultPort = scheme === '' ? 53 : PORTS[scheme];
  if (defaultPort === undefined) return { kind: 'fault', text: schemeFault(scheme) };
  const isTls = scheme === 'tls';
  // CoreDNS takes the name behind the port too: tls://10.0.0.1:853%NAME.
  const [, front = rest, last] = (isTls && /^(.*:\d+)%([^%:\]]*)$/s.exec(rest)) || [];
  const parts = hostAndPort(front, defaultPort);
  if (parts === undefined) return fault(text);
  const { host, port } = parts;
  const [bare = '', percent = last] = splitOnce(host, '%');
  if (isTls && isIP(bare) !== 0) {
    if (percent !== undefined && !isHostName(percent)) return fault(text);
    return { kind: 'address', address: bare, port, isTls, servername: percent };
  }
  if (last !== undefined) return fault(text);
  if (isIP(host) !== 0) {
    return { kind: 'address', address: host, port, isTls, servername: undefined };
  }
  if (PLACEHOLDER.test(host)) {
    return { kind: 'fault', text: `failed to resolve ${doubleQuoted(text)}: ${NOT_FILLED_IN}` };
  }
  return isHostName(host) ? { kind: 'host', host, port, isTls } : fault(text);
}

function hostAndPort(text: string, port: number): { host: string; port: number } | undefined {
  // An IPv6 address without brackets has many colons, and none of them begins a port.
  const { host, isBracketed, port: given = port } = splitHostAndPort(text) ?? { host: text };
  if (isBracketed && isIP(withoutInterface(host)) !== 6) return undefined;
  return isPort(given) ? { host, port: given } : undefined;
}

/** Letters, digits, hyphens and underscores; not all numbers, which is a mistyped address. */
function isHostName(text: string): boolean {
  const name = text.replace(/\.$/, '');
  if (name.length > 253 || /(^|\.)\d+$/.test(name)) return false;
  return name.split('.').every((label) => /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i.test(label));
}

function fault(text: string): Destination {
  return {
    kind: 'fault',
    text: `not an IP address, file, or valid domain: ${doubleQuoted(text)}`,
  };
}

function doubleQuoted(text: string): string {
  return quoted(text).replace(/^'|'$/g, '"');
}

function schemeFault(scheme: string): string {
  const known = ['https', 'https3', 'quic', 'grpc'];
  const expected = 'expected an address, dns://, tls:// or a file like resolv.conf';
  return known.includes(scheme)
    ? `${scheme}:// upstreams are not offered: ${expected}`
    : `unknown protocol ${quoted(`${scheme}://`)}: ${expected}`;
}
