import { isPort } from '../../dns/address.ts';
import type { NameRule } from '../names.ts';
import type { Protocol } from '../objects.ts';
import type { Field } from './field.ts';

/** The API server lists supported values in alphabetical order. */
export const PROTOCOLS: readonly Protocol[] = ['SCTP', 'TCP', 'UDP'];

/** kube-apiserver's `--service-node-port-range`. */
const NODE_PORTS = { first: 30_000, last: 32_767 };

/** Reads `protocol`; the API server's default is TCP. Case matters, as it does there. */
export function readProtocol(field: Field): Protocol {
  return field.oneOf('v1.Protocol', PROTOCOLS) ?? 'TCP';
}

/** Reads a port that must be there. The API server takes a missing one for port 0. */
export function readPortNumber(field: Field): number {
  const port = field.integer() ?? 0;
  if (!field.unreadable) checkPortNumber(field, port);
  return port;
}

/** 1 to 65535. */
export function checkPortNumber(field: Field, port: number): void {
  if (!isPort(port)) field.invalid(port, 'must be between 1 and 65535, inclusive');
}

/** A port that the cluster can open on its nodes. */
export function checkNodePortRange(field: Field, port: number): void {
  if (port >= NODE_PORTS.first && port <= NODE_PORTS.last) return;
  const range = `${NODE_PORTS.first}-${NODE_PORTS.last}`;
  const detail = `provided port is not in the valid range. The range of valid ports is ${range}`;
  field.invalid(port, detail);
}

/** Reads and checks the names of the items of one list: each name once. */
export class UniqueNames {
  readonly #taken = new Set<string>();
  readonly #rule: NameRule;

  constructor(rule: NameRule) {
    this.#rule = rule;
  }

  /** '' when the item has no name. */
  read(field: Field): string {
    const name = field.name(this.#rule);
    if (name !== '') this.claim(field, name);
    return name;
  }

  /** In an EndpointSlice only one port may be without a name. */
  claim(field: Field, name: string): void {
    if (this.#taken.has(name)) field.duplicate(name);
    this.#taken.add(name);
  }
}
