import { isIP } from 'node:net';
import { canonicalAddress } from '../dns/address.ts';
import { Type, typeCode } from '../dns/codes.ts';
import { NameError, wireFromText } from '../dns/name.ts';
import { DEFAULT_NAMESPACE, dns1123Label } from '../kube/names.ts';
import { closest } from '../kube/spelling.ts';
import type { ExplainRequest } from './engine.ts';

/** A request as a person or a program writes it. */
export interface WrittenRequest {
  readonly name: string;
  /** By default A. */
  readonly type?: string | undefined;
  /** A namespace or a Pod's address; by default the namespace `default`. */
  readonly from?: string | undefined;
}

/** Longer texts are no names, with each byte written as an escape. */
const MAX_TEXT = 4 * 255;

/** Reads a request; `fault` says in one line what is wrong with it. */
export function readRequest({
  name,
  type = 'A',
  from = DEFAULT_NAMESPACE,
}: WrittenRequest): ExplainRequest | { readonly fault: string } {
  const code = typeCode(type);
  if (code === undefined || code === 0) {
    const near = closest(type.toUpperCase(), Object.keys(Type));
    const hint =
      near === undefined ? 'expected a name like A or SRV, or TYPE65' : `did you mean ${near}?`;
    return { fault: `Unknown type ${quoted(type)}: ${hint}` };
  }
  const client = clientOf(from);
  if (client === undefined) {
    return { fault: `Cannot use ${quoted(from)}: expected a namespace, or the address of a Pod` };
  }
  try {
    if (name.length > MAX_TEXT) throw new NameError('Cannot use a name this long');
    const wire = wireFromText(name);
    const isAbsolute = /(^|[^\\])(\\\\)*\.$/.test(name);
    return { name: wire, text: name, type: code, isAbsolute, from: client };
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
    return { fault: `Cannot explain ${quoted(name)}: ${error.message}` };
  }
}

function clientOf(from: string): ExplainRequest['from'] | undefined {
  if (isIP(from) !== 0) {
    const address = canonicalAddress(from);
    return address === undefined ? undefined : { address };
  }
  return dns1123Label(from).length === 0 ? { namespace: from } : undefined;
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
