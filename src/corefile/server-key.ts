import { MAX_PORT } from '../dns/address.ts';
import type { Origin } from '../kube/objects.ts';
import type { Token } from './lex.ts';
import { didYouMean, type ProblemList, quoted } from './problems.ts';
import { zonesFromText } from './zone-name.ts';

/** How queries of a server block arrive. Only `dns` (UDP and TCP) is offered. */
type KeyTransport = (typeof TRANSPORTS)[number];

const TRANSPORTS = ['dns', 'tls', 'quic', 'grpc', 'https', 'https3'] as const;

/** One `[dns://]ZONE[:PORT]` in front of a server block. */
export interface ServerKey {
  /** Lower case, without the final dot; '' for the root. */
  readonly zone: string;
  /** Undefined when the key names none: then it is the default port. */
  readonly port: number | undefined;
  readonly transport: KeyTransport;
  readonly origin: Origin;
}

/** The keys of one word: a network in CIDR notation can be several zones. */
export function serverKeys(token: Token, problems: ProblemList): ServerKey[] {
  const { origin } = token;
  const refuse = (message: string): ServerKey[] => {
    problems.error('COREFILE_ZONE', message, origin);
    return [];
  };
  const [, scheme, rest = ''] = /^(?:([^:/]*):\/\/)?(.*)$/s.exec(token.text) ?? [];
  const transport = TRANSPORTS.find((known) => known === (scheme ?? 'dns').toLowerCase());
  if (transport === undefined) {
    const meant = didYouMean(scheme ?? '', TRANSPORTS);
    return refuse(`Unknown transport ${quoted(scheme ?? '')} of ${quoted(token.text)}${meant}`);
  }
  if (transport !== 'dns') {
    const message = `Cannot serve ${quoted(token.text)}: ${transport}:// is known from CoreDNS but not offered: only dns:// is (UDP and TCP)`;
    problems.error('COREFILE_NOT_OFFERED', message, origin);
  }
  if (rest.endsWith(':') && !rest.endsWith('::')) {
    return refuse(`expecting data after last colon: "${rest}"`);
  }
  const [, name = rest, digits] = /^(.*):(\d+)$/s.exec(rest) ?? [];
  const port = digits === undefined ? undefined : Number(digits);
  if (port !== undefined && port > MAX_PORT) {
    const shown = `${quoted(digits ?? '')} of ${quoted(token.text)}`;
    return refuse(`Cannot use port ${shown}: expected 0 to ${MAX_PORT}`);
  }
  // `:53` alone is CoreDNS's short form for the root zone.
  const found = zonesFromText(name === '' && digits !== undefined ? '.' : name);
  if ('fault' in found) return refuse(found.fault);
  return found.zones.map((zone) => ({ zone, port, transport, origin }));
}

/** `dns://cluster.local.:53`, as CoreDNS prints a key. */
export function serverKeyText(key: ServerKey, defaultPort: number): string {
  return `${key.transport}://${key.zone}.:${key.port ?? defaultPort}`;
}
