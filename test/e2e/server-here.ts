import { onTestFinished } from 'vitest';
import { ServeHere } from '../helpers/serve-here.ts';
import { TempFolder } from '../helpers/temp-folder.ts';
import { ServedFolder, writeServed } from './served-folder.ts';
import { MANIFESTS } from './server-process.ts';

/**
 * What a `ServerProcess` is, in the test's own process, for a third of the CPU time. It ends at
 * once: a Corefile's `lameduck` is left out.
 */
export class ServerHere extends ServedFolder {
  readonly #server: ServeHere;

  private constructor(server: ServeHere, folder: TempFolder) {
    super(folder);
    this.#server = server;
  }

  /** Ends with the test. */
  static async start(corefile: string, manifests = MANIFESTS): Promise<ServerHere> {
    const server = await ServerHere.launch(corefile, manifests);
    onTestFinished(() => server.stop());
    return server;
  }

  /** For a server that several tests share: whoever calls this stops it. */
  static async launch(corefile: string, manifests = MANIFESTS): Promise<ServerHere> {
    const folder = new TempFolder();
    const args = writeServed(folder, corefile.replace(/lameduck \S+/, ''), manifests);
    const serving = new ServeHere(args);
    const server = new ServerHere(serving, folder);
    try {
      await serving.until(() => server.hasStarted, 'start-up text');
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  get printed(): string {
    return this.#server.written + this.#server.stderr;
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    this.dispose();
  }
}
