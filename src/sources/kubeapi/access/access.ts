import { AccessError, type Connection, shownServer } from './connection.ts';
import { checkIdentity } from './identity.ts';
import { type KubeconfigAccess, kubeconfigConnection, readFile, tokenIn } from './kubeconfig.ts';

/** How an API server is reached, and as whom. Plain data; nothing of it is a secret. */
export type ClusterAccess = KubeconfigAccess | EndpointAccess | PodAccess;

/** `endpoint` and `tls` of a `kubernetes` block. */
interface EndpointAccess {
  readonly by: 'endpoint';
  /** A URL, or `HOST:PORT` for HTTPS, as client-go takes it. */
  readonly server: string;
  /** Paths; '' for none. */
  readonly tls:
    | { readonly certificate: string; readonly key: string; readonly authority: string }
    | undefined;
}

/** Inside a Pod: its service account. */
export interface PodAccess {
  readonly by: 'pod';
  readonly server: string;
}

/** Where the kubelet puts the service account of a Pod. */
const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/** What reading credentials uses of the world. */
export interface AccessWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The text of a file; throws what Node does. */
  readonly readText: (path: string) => string;
}

/** The access of a Pod, as client-go finds it; undefined outside of Pods. */
export function podAccess(
  env: AccessWorld['env'],
  exists: (path: string) => boolean,
): PodAccess | undefined {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '' } = env;
  if (host === '' || port === '' || !exists(`${ACCOUNT}/token`)) return undefined;
  return { by: 'pod', server: `https://${host.includes(':') ? `[${host}]` : host}:${port}` };
}

/**
 * Reads where to connect and with which credentials, from files that may have changed since.
 *
 * @throws AccessError when they cannot be used.
 */
export function readConnection(access: ClusterAccess, world: AccessWorld): Connection {
  const connection = connectionOf(access, world);
  checkIdentity(connection.tls, accessText(access));
  return connection;
}

function connectionOf(access: ClusterAccess, world: AccessWorld): Connection {
  switch (access.by) {
    case 'kubeconfig':
      return kubeconfigConnection(access, world.readText);
    case 'pod': {
      const token = tokenIn(`${ACCOUNT}/token`, world.readText);
      const ca = readFile(`${ACCOUNT}/ca.crt`, world.readText);
      return { server: access.server, tls: { ca }, authorization: `Bearer ${token}` };
    }
    case 'endpoint':
      return endpointConnection(access, world);
  }
}

function endpointConnection({ server, tls }: EndpointAccess, world: AccessWorld): Connection {
  const file = (path: string) => (path === '' ? undefined : readFile(path, world.readText));
  const [cert, key] = [file(tls?.certificate ?? ''), file(tls?.key ?? '')];
  // Go's own variable: what runs CoreDNS without `tls` has it for a cluster's own authority.
  const ca = file(tls?.authority ?? '') ?? file(world.env['SSL_CERT_FILE'] ?? '');
  return { server: serverUrl(server), tls: { cert, key, ca } };
}

/** As client-go's DefaultServerURL: without a scheme it is HTTPS. */
function serverUrl(server: string): string {
  const text = server.includes('://') ? server : `https://${server}`;
  if (URL.canParse(text) && /^https?:/.test(text)) return text.replace(/\/+$/, '');
  const shown = JSON.stringify(shownServer(server));
  throw new AccessError(`Cannot use ${shown} as a server: expected a URL`);
}

/** For messages: where the access is described. */
export function accessText(access: ClusterAccess): string {
  if (access.by !== 'kubeconfig') return shownServer(access.server);
  const context = access.context === undefined ? '' : `, context ${access.context}`;
  return `${access.files.join(':')}${context}`;
}
