import { type AskOptions, ask, type ServerAddress } from '../helpers/ask.ts';
import type { Reply } from '../helpers/reply.ts';
import type { TempFolder } from '../helpers/temp-folder.ts';

/** Writes what a server is to have, and returns its command line. */
export function writeServed(folder: TempFolder, corefile: string, manifests: string): string[] {
  const conf = folder.write('Corefile', corefile);
  folder.write('k8s/objects.yaml', manifests);
  const named = corefile.includes('manifests ') ? [] : ['--manifests', `${folder.path}/k8s`];
  return ['-conf', conf, ...named, '--admin', '127.0.0.1:0'];
}

/** A server with a Corefile and manifests in a folder of its own, and what is asked of it. */
export abstract class ServedFolder {
  readonly #folder: TempFolder;

  protected constructor(folder: TempFolder) {
    this.#folder = folder;
  }

  /** Start-up text and log. */
  abstract get printed(): string;

  protected get hasStarted(): boolean {
    return /^Try: dig /m.test(this.printed);
  }

  /** The folder of manifests; `objects.yaml` is what the server began with. */
  get manifests(): string {
    return `${this.#folder.path}/k8s`;
  }

  /** Rewrites the one manifest file. */
  setManifests(text: string): void {
    this.#folder.write('k8s/objects.yaml', text);
  }

  get address(): ServerAddress {
    const [, port] = /^Listening on 127\.0\.0\.1:(\d+) /m.exec(this.printed) ?? [];
    return { address: '127.0.0.1', port: Number(port) };
  }

  /** Where `/health`, `/ready` and `/metrics` are. */
  get admin(): ServerAddress {
    const [, port] = /^Admin: http:\/\/127\.0\.0\.1:(\d+)\//m.exec(this.printed) ?? [];
    return { address: '127.0.0.1', port: Number(port) };
  }

  ask(name: string, type: string | number, options: AskOptions = {}): Promise<Reply> {
    return ask(this.address, name, type, { edns: {}, ...options });
  }

  /**
   * The sum of a metric's series whose labels have all of `labels`, as `reason="id"`; 0 when there
   * is none yet.
   */
  async metric(name: string, ...labels: readonly string[]): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${this.admin.port}/metrics`)).text();
    const series = text.split('\n').filter((line) => {
      const end = line.charAt(name.length);
      return line.startsWith(name) && (end === ' ' || end === '{');
    });
    return series
      .filter((line) => labels.every((label) => line.includes(label)))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  protected dispose(): void {
    this.#folder.dispose();
  }
}
