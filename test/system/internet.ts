import { fileURLToPath } from 'node:url';
import { Running } from './command.ts';
import type { NetworkNamespace } from './namespace.ts';

/**
 * A resolver in a namespace, at port 53 of an address; it knows `www.example.org` and what else it
 * is given, and says what it was asked.
 */
export class Internet {
  readonly #resolver: Running;

  private constructor(resolver: Running) {
    this.#resolver = resolver;
  }

  /** `names` are names with their address: `web=10.9.0.2`. */
  static async start(
    namespace: NetworkNamespace,
    address: string,
    names: readonly string[] = [],
  ): Promise<Internet> {
    const script = fileURLToPath(new URL('upstream.mjs', import.meta.url));
    const resolver = new Running(namespace.command([process.execPath, script, address, ...names]));
    await resolver.until(() => resolver.printed.startsWith('ready\n'));
    return new Internet(resolver);
  }

  /** `www.example.org A udp`, in order; without what `loop` asks. */
  get asked(): string[] {
    const lines = this.#resolver.printed.split('\n').slice(1, -1);
    return lines.filter((line) => !line.includes(' HINFO '));
  }

  stop(): Promise<void> {
    return this.#resolver.stop();
  }
}
