/** Where an API server is, and what is shown to it. Holds secrets: it never leaves this folder. */
export interface Connection {
  /** `https://10.96.0.1:443`, without a final slash. */
  readonly server: string;
  readonly tls: TlsIdentity;
  /** The header of that name. */
  readonly authorization?: string | undefined;
  /** Headers that say for whom the server is asked (`as`). */
  readonly impersonation?: Readonly<Record<string, string | string[]>>;
  /** Gives the header or the client certificate instead: a program of the user's. */
  readonly exec?: ExecPlugin | undefined;
}

/** The server for messages: not with a user and a password, which a URL may have. */
export function shownServer(server: string): string {
  return server.replace(/^([a-z]+:\/\/)?[^/]*@/i, '$1');
}

/** Options of node:tls, PEM where they are certificates. */
export interface TlsIdentity {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** The name in the server's certificate, when it is not that of the URL. */
  readonly servername?: string | undefined;
  /** False: whoever answers is believed. */
  readonly rejectUnauthorized?: boolean | undefined;
}

/** A user's `exec` (client.authentication.k8s.io). */
export interface ExecPlugin {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly apiVersion: string;
  /** What it is told of the cluster, with `provideClusterInfo`. */
  readonly cluster: Readonly<Record<string, unknown>> | undefined;
  /** Where a relative command is found: beside the kubeconfig. */
  readonly folder: string;
  readonly installHint: string;
  /** `interactiveMode: Always`: it cannot do without a person. */
  readonly needsTerminal: boolean;
}

/** Credentials that cannot be used. Its message holds nothing of what is in them. */
export class AccessError extends Error {
  override readonly name = 'AccessError';
}
