import { isIP } from 'node:net';
import { domainName, withoutFinalDot } from './names.ts';
import type { Service } from './objects.ts';
import { ENDPOINTS_DNS_ANNOTATION } from './well-known.ts';

/** Most host names of one Service: a query for the Service costs a query to upstreams for each. */
export const MAX_ENDPOINT_HOSTS = 16;

/** What the annotation of a Service says. */
export interface WrittenHosts {
  /** Lower case, without the final dot and without repetitions; at most `MAX_ENDPOINT_HOSTS`. */
  readonly hosts: readonly string[];
  /** What cannot be used: sentences that continue the name of the annotation. */
  readonly faults: readonly string[];
}

/**
 * The host names of `svcdns.dev/endpoints-dns: web-1,web-2`; undefined without the annotation. They
 * may be single labels with underscores and capitals, like the services of a compose file.
 */
export function writtenHosts({ annotations }: Service): WrittenHosts | undefined {
  const text = annotations.get(ENDPOINTS_DNS_ANNOTATION);
  if (text === undefined) return undefined;
  const words = text.split(',').map((word) => withoutFinalDot(word.trim()).toLowerCase());
  const named = [...new Set(words.filter((word) => word !== ''))];
  const faults: string[] = [];
  const good = named.filter((host) => {
    const fault = hostFault(host);
    if (fault !== undefined) faults.push(`${JSON.stringify(host.slice(0, 100))}: ${fault}`);
    return fault === undefined;
  });
  if (named.length === 0) faults.push('names no host: expected host names, as in web-1,web-2');
  const more = good.length - MAX_ENDPOINT_HOSTS;
  if (more > 0) faults.push(`names ${good.length} hosts: the last ${more} are left out`);
  return { hosts: good.slice(0, MAX_ENDPOINT_HOSTS), faults };
}

function hostFault(host: string): string | undefined {
  if (isIP(host) !== 0) {
    return 'is an address: expected a host name; addresses belong into an EndpointSlice or Endpoints';
  }
  return host.startsWith('*') || domainName(host).length > 0
    ? 'is no host name: expected one, as web-1 or web-1.example.com'
    : undefined;
}
