import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { eventuallyTrue } from '../helpers/eventually.ts';
import type { Reply } from '../helpers/reply.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { ServedFolder, writeServed } from './served-folder.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const KUBEADM = readFileSync(new URL('../fixtures/corefiles/kubeadm', import.meta.url), 'utf8');

/** The Service of the tests; its name must be answered whatever happens to upstreams. */
export const WEB = 'web.shop.svc.cluster.local.';
export const MANIFESTS = `apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { clusterIP: 10.96.0.7, ports: [{ name: http, port: 80 }] }
`;

/**
 * The Corefile that kubeadm writes, changed only in what a test on loopback cannot have: a port
 * that needs a privilege on every address, and /etc/resolv.conf. test/system/kubeadm.test.ts runs
 * it as it is.
 */
export function stockCorefile(...upstreamPorts: readonly number[]): string {
  const upstreams = upstreamPorts.map((port) => `127.0.0.1:${port}`).join(' ');
  return KUBEADM.replace('.:53 {\n', '.:0 {\n    bind 127.0.0.1\n').replace(
    '/etc/resolv.conf',
    upstreams,
  );
}

/** The built program, with a Corefile and manifests in a folder of its own. */
export class ServerProcess extends ServedFolder {
  readonly #child: ChildProcess;
  #printed = '';

  private constructor(child: ChildProcess, folder: TempFolder) {
    super(folder);
    this.#child = child;
    const keep = (bytes: Buffer): void => {
      this.#printed += bytes;
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
  }

  /** Ends with the test. */
  static async start(corefile: string, manifests = MANIFESTS): Promise<ServerProcess> {
    const server = await ServerProcess.launch(corefile, manifests);
    onTestFinished(() => server.kill());
    return server;
  }

  /** For a server that several tests share: whoever calls this kills it. */
  static async launch(corefile: string, manifests = MANIFESTS): Promise<ServerProcess> {
    const folder = new TempFolder();
    const args = writeServed(folder, corefile, manifests);
    const kept = Object.entries(process.env).filter(
      ([name]) => !/^(SVCDNS_|LOG_LEVEL$)/.test(name),
    );
    // Nothing is kept in the home of whoever runs the tests.
    const env = { ...Object.fromEntries(kept), SVCDNS_STATE: 'off' };
    const child = spawn(process.execPath, [MAIN, ...args], { env });
    const server = new ServerProcess(child, folder);
    try {
      await eventuallyTrue(() => {
        if (!server.isRunning) throw new Error(`The server ended:\n${server.printed}`);
        return server.hasStarted;
      });
    } catch (error) {
      await server.kill();
      throw error;
    }
    return server;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get printed(): string {
    return this.#printed;
  }

  /** Asks it to end in good order; resolves with its exit status. */
  async terminate(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    const [status] = (await once(this.#child, 'exit')) as [number | null];
    return status;
  }

  async kill(): Promise<void> {
    if (this.isRunning) {
      const ended = once(this.#child, 'exit');
      this.#child.kill('SIGKILL');
      await ended;
    }
    this.dispose();
  }
}

/** EDE codes of a reply. */
export function extendedErrors({ opt }: Reply): number[] {
  const errors = opt?.options.filter(({ code }) => code === 15) ?? [];
  return errors.map(({ data }) => Buffer.from(data).readUInt16BE(0));
}
