import { isIP } from 'node:net';

/** Names that no one can register: those of containers, of local machines and of a cluster. */
const PRIVATE_NAME = /^[a-z0-9_-]+$|\.svc$|\.svc\.cluster\.local$/;

/**
 * Whether the admin server answers requests with this Host header: localhost, any literal address,
 * a name without dots (`http://svcdns:9153` in docker-compose), the name of a Service in a cluster,
 * or one of `names`; with any port.
 *
 * This stops DNS rebinding: when the name of a web page, evil.example, is made to point to
 * 127.0.0.1, the page can send requests here from its reader's browser, but they say `Host:
 * evil.example`. A page cannot have one of our literal addresses as its name. Requests without the
 * header are HTTP/1.0, which no browser speaks.
 */
export function isAllowedHost(header: string | undefined, names: readonly string[]): boolean {
  if (header === undefined) return true;
  const host = /^(\[[^\]]*\]|[^:[\]]*)(?::\d*)?$/.exec(header)?.[1]?.toLowerCase();
  if (host === undefined || host === '') return false;
  if (isIP(host.replace(/^\[(.*)\]$/, '$1')) !== 0) return true;
  return PRIVATE_NAME.test(host) || names.some((name) => name.toLowerCase() === host);
}
