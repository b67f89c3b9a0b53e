import { isIP } from 'node:net';

/**
 * Names that cannot be registered: of a container or a machine of the own network, and those of a
 * cluster.
 */
const PRIVATE_NAME = /^[a-z0-9_-]+$|\.svc$|\.svc\.cluster\.local$/;

/**
 * Whether a request's Host header is one that the admin server goes by: localhost, any literal
 * address, a name without dots (`http://svcdns:9153` in docker-compose), the name of a Service in a
 * cluster, or one of `names`; with any port.
 *
 * This stops DNS rebinding: a web page on evil.example whose name is made to point to 127.0.0.1 can
 * send requests here from the browser of whoever reads it, but they say `Host: evil.example`.
 * A page cannot have a literal address of ours for its name. No header at all is HTTP/1.0, which no
 * browser speaks.
 */
export function isAllowedHost(header: string | undefined, names: readonly string[]): boolean {
  if (header === undefined) return true;
  const host = /^(\[[^\]]*\]|[^:[\]]*)(?::\d*)?$/.exec(header)?.[1]?.toLowerCase();
  if (host === undefined || host === '') return false;
  if (isIP(host.replace(/^\[(.*)\]$/, '$1')) !== 0) return true;
  return PRIVATE_NAME.test(host) || names.some((name) => name.toLowerCase() === host);
}
