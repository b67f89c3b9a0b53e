import { execFile } from 'node:child_process';
import { isAbsolute, join } from 'node:path';
import { member } from '../../../kube/schema/json-type.ts';
import { AccessError, type ExecPlugin, type TlsIdentity } from './connection.ts';

/** What a plugin has said, and until when it holds. */
export interface ExecCredential {
  readonly authorization: string | undefined;
  readonly tls: Pick<TlsIdentity, 'cert' | 'key'>;
  /** Milliseconds since 1970; infinite when it does not say. */
  readonly expiresAt: number;
}

/** Runs a program to its end, and gives its standard output; rejects when it fails. */
export type RunProgram = (
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
) => Promise<string>;

/** Plugins ask over networks, some a person: longer than any that still answers. Ms. */
const EXEC_MS = 60_000;

/** Longest output, bytes: a token and a certificate chain. */
const MAX_OUTPUT = 1024 * 1024;

const VERSIONS = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

/** The machine's programs. They cannot ask the user: standard input is closed. */
export function runProgram(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  timeout = EXEC_MS,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(
      command,
      args,
      // A script that is asked to end may wait for what it has started.
      {
        env: { ...process.env, ...env },
        timeout,
        killSignal: 'SIGKILL',
        maxBuffer: MAX_OUTPUT,
      },
      (error, stdout) => (error === null ? resolve(stdout) : reject(error)),
    );
    child.stdin?.on('error', () => {}); // it may have ended without reading
    child.stdin?.end();
  });
}

/**
 * Asks a plugin for credentials, as KEP-541 has it.
 *
 * @throws AccessError without anything that the plugin has written, as that may be secret.
 */
export async function execCredential(plugin: ExecPlugin, run: RunProgram): Promise<ExecCredential> {
  const { command, args, env, apiVersion, cluster, folder, installHint } = plugin;
  if (!VERSIONS.includes(apiVersion)) {
    throw new AccessError(
      `exec: apiVersion ${JSON.stringify(apiVersion)}: expected ${VERSIONS[0]}`,
    );
  }
  if (command === '') throw new AccessError('exec has no command: expected one');
  if (plugin.needsTerminal) {
    throw new AccessError(
      `exec: ${JSON.stringify(command)} asks at a terminal (interactiveMode: Always): expected IfAvailable or Never`,
    );
  }
  const spec = { interactive: false, ...(cluster === undefined ? {} : { cluster }) };
  const info = JSON.stringify({ apiVersion, kind: 'ExecCredential', spec });
  const isRelative = !isAbsolute(command) && command.includes('/');
  const program = isRelative ? join(folder, command) : command;
  let output: string;
  try {
    output = await run(program, args, { ...env, KUBERNETES_EXEC_INFO: info });
  } catch (error) {
    throw new AccessError(`exec: ${JSON.stringify(command)} ${failure(error, installHint)}`);
  }
  return credentialIn(output, command);
}

function failure(error: unknown, installHint: string): string {
  const { code, killed } = error as { code?: unknown; killed?: boolean };
  if (killed) return 'did not end in time';
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return `wrote over ${MAX_OUTPUT} bytes`;
  if (code === 'ENOENT') return `failed with ENOENT${installHint === '' ? '' : `: ${installHint}`}`;
  return `failed with ${String(code)}: what it writes may be secret: run it yourself to see why`;
}

function credentialIn(output: string, command: string): ExecCredential {
  let status: unknown;
  try {
    status = member(JSON.parse(output), 'status');
  } catch {
    // What it has written may hold a token, so it is not shown.
  }
  const text = (name: string) => {
    const value = member(status, name);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const [token, cert] = [text('token'), text('clientCertificateData')];
  if (token === undefined && cert === undefined) {
    const wanted = 'an ExecCredential with status.token or status.clientCertificateData';
    throw new AccessError(
      `exec: ${JSON.stringify(command)} wrote something else: expected ${wanted}`,
    );
  }
  const expires = Date.parse(text('expirationTimestamp') ?? '');
  return {
    authorization: token && `Bearer ${token}`,
    tls: { cert, key: text('clientKeyData') },
    expiresAt: Number.isNaN(expires) ? Number.POSITIVE_INFINITY : expires,
  };
}
