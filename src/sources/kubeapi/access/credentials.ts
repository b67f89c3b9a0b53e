import type { Clock } from '../../../support/clock.ts';
import { type AccessWorld, type ClusterAccess, readConnection } from './access.ts';
import type { Connection, ExecPlugin } from './connection.ts';
import { type ExecCredential, execCredential, type RunProgram } from './exec-plugin.ts';
import { checkIdentity } from './identity.ts';

export interface CredentialsWorld extends AccessWorld {
  readonly clock: Clock;
  readonly run: RunProgram;
}

interface Given {
  readonly of: string;
  readonly credential: Promise<ExecCredential>;
  /** What `credential` came to. */
  known?: ExecCredential;
}

/** What a plugin gave is asked for again this long before it ends, ms. */
const EARLY_MS = 10_000;

/**
 * The credentials of one API server. Files are read again for every request, as there are few of
 * those: tokens, certificates and whole kubeconfigs are exchanged while we run. A plugin is asked
 * again when what it gave is about to end.
 */
export class Credentials {
  readonly #access: ClusterAccess;
  readonly #world: CredentialsWorld;
  /** What a plugin gave, and the plugin as it was then. */
  #given: Given | undefined;

  constructor(access: ClusterAccess, world: CredentialsWorld) {
    this.#access = access;
    this.#world = world;
  }

  /** @throws AccessError */
  async current(): Promise<Connection> {
    const connection = readConnection(this.#access, this.#world);
    const { exec } = connection;
    if (exec === undefined) return connection;
    const of = JSON.stringify(exec);
    if (this.#given?.of !== of) this.#given = undefined;
    const known = await (this.#given?.credential ?? this.#ask(of, exec));
    const isFresh = known.expiresAt - EARLY_MS > this.#now();
    const given = isFresh ? known : await this.#ask(of, exec);
    const { authorization } = given;
    const tls = { ...connection.tls, ...definedOnly(given.tls) };
    checkIdentity(tls, `exec: ${JSON.stringify(exec.command)}`);
    return { ...connection, authorization, tls };
  }

  /**
   * The server has refused these: a plugin is asked anew, unless it has been meanwhile for another
   * request.
   */
  refused({ authorization, tls }: Connection): void {
    const known = this.#given?.known;
    if (known === undefined || known.authorization !== authorization) return;
    if ((known.tls.cert ?? tls.cert) === tls.cert) this.#given = undefined;
  }

  /** Requests that come while the plugin runs wait for the same run. */
  #ask(of: string, exec: ExecPlugin): Promise<ExecCredential> {
    const credential = execCredential(exec, this.#world.run);
    const given: Given = { of, credential };
    this.#given = given;
    credential.then(
      (known) => {
        given.known = known;
      },
      () => {
        if (this.#given === given) this.#given = undefined;
      },
    );
    return credential;
  }

  /** Milliseconds since 1970, as expiry is written. */
  #now(): number {
    return this.#world.clock.wallSeconds() * 1000;
  }
}

function definedOnly<T extends object>(values: T): Partial<T> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}
