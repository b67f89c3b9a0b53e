import { isIP } from 'node:net';
import type { SocketAddress } from '../../../dns/query.ts';
import type { Logger } from '../../../observe/log.ts';
import type { Clock, Timer } from '../../../support/clock.ts';
import type { Machine } from '../transport/machine.ts';

/** An upstream's address, and how to reach it. */
export interface Target extends SocketAddress {
  readonly isTls: boolean;
  /** The name its certificate must have; undefined: the `tls_servername` of the line. */
  readonly servername: string | undefined;
  /** Where it is named, for logs: `Corefile:5:15`, `/etc/resolv.conf:2`. */
  readonly origin: string;
}

/** Where addresses of upstreams come from. */
export interface UpstreamSource {
  /** Those known now. */
  readonly targets: readonly Target[];
  /** Begins to follow changes; done when the first addresses are known, or will not come soon. */
  start(changed: () => void): Promise<void>;
  stop(): void;
}

/** What a source uses of the plugin. */
export interface SourceContext {
  readonly machine: Pick<Machine, 'files' | 'addressesOf'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** An address written in the Corefile. */
export function fixedSource(target: Target): UpstreamSource {
  return { targets: [target], start: async () => {}, stop: () => {} };
}

/** How often a file is looked at; ms. One `stat`. */
const FILE_POLL_MS = 2000;

/** The name servers of a file like resolv.conf, read again when it changes. It may come later. */
export class FileSource implements UpstreamSource {
  readonly #path: string;
  readonly #context: SourceContext;
  #targets: readonly Target[];
  #stamp: string | undefined;
  #timer: Timer | undefined;
  #isStopped = false;

  /** `text` is what the file held when the configuration was read; empty when it could not be. */
  constructor(path: string, text: string, context: SourceContext) {
    this.#path = path;
    this.#context = context;
    this.#targets = targetsIn(text, path);
  }

  get targets(): readonly Target[] {
    return this.#targets;
  }

  async start(changed: () => void): Promise<void> {
    if (this.#targets.length === 0) {
      const file = this.#path;
      const text = `${file} names no nameserver: names are not forwarded until it does`;
      this.#context.log.warn({ file }, text);
    }
    // The stamp is not known from when the text was read, so the first look reads once more.
    await this.#look(changed);
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  async #look(changed: () => void): Promise<void> {
    const { machine, clock } = this.#context;
    const stamp = await machine.files.stamp(this.#path);
    if (this.#isStopped) return;
    if (stamp !== undefined && stamp !== this.#stamp) {
      this.#stamp = stamp;
      this.#readAgain(changed);
    }
    this.#timer = clock.setTimeout(() => void this.#look(changed), FILE_POLL_MS);
  }

  #readAgain(changed: () => void): void {
    const { machine, log } = this.#context;
    const file = this.#path;
    try {
      if (!machine.files.isFile(file)) return;
      const targets = targetsIn(machine.files.read(file), file);
      if (targets.length === 0) {
        if (this.#targets.length === 0) return; // said at the start
        log.warn({ file }, 'no nameserver in the file: the upstreams stay as they were');
        return;
      }
      if (JSON.stringify(targets) === JSON.stringify(this.#targets)) return;
      this.#targets = targets;
      const upstreams = targets.map(({ address }) => address).join(' ');
      log.info({ file, upstreams }, 'upstreams read again');
      changed();
    } catch (error) {
      const { message } = error as Error;
      log.warn({ file, error: message }, 'cannot read the file of upstreams');
    }
  }
}

/** When the address of a host is looked up again: when it is known, and when it is not; ms. */
const HOST_REFRESH_MS = 60_000;
const HOST_RETRY_MS = 5000;
/** How long a start waits for it; ms. */
const HOST_WAIT_MS = 2000;

/** An upstream given by name. */
export interface UpstreamHost {
  readonly origin: string;
  readonly host: string;
  readonly port: number;
  readonly isTls: boolean;
  /** The name its certificate must have. */
  readonly servername: string;
}

/** The addresses of a host by name, looked up at the start and every minute. */
export class HostSource implements UpstreamSource {
  readonly #host: UpstreamHost;
  readonly #resolvers: readonly string[];
  readonly #context: SourceContext;
  #targets: readonly Target[] = [];
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(host: UpstreamHost, resolvers: readonly string[], context: SourceContext) {
    this.#host = host;
    this.#resolvers = resolvers;
    this.#context = context;
  }

  get targets(): readonly Target[] {
    return this.#targets;
  }

  start(changed: () => void): Promise<void> {
    return new Promise((resolve) => {
      const timeout = this.#context.clock.setTimeout(resolve, HOST_WAIT_MS);
      void this.#lookUp(changed).then(() => {
        timeout.cancel();
        resolve();
      });
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  async #lookUp(changed: () => void): Promise<void> {
    const { clock, log, machine } = this.#context;
    const { host, port, isTls, origin } = this.#host;
    const servername = isTls ? this.#host.servername : undefined;
    try {
      const addresses = await machine.addressesOf(host, this.#resolvers);
      const targets = addresses.map((address) => ({ address, port, isTls, servername, origin }));
      const isNew = JSON.stringify(targets) !== JSON.stringify(this.#targets);
      if (targets.length > 0) this.#targets = targets;
      if (isNew && !this.#isStopped) changed();
    } catch (error) {
      const { message } = error as Error;
      log.warn({ host, error: message }, 'cannot find the address of an upstream');
    }
    if (this.#isStopped) return;
    const again = this.#targets.length > 0 ? HOST_REFRESH_MS : HOST_RETRY_MS;
    this.#timer = clock.setTimeout(() => void this.#lookUp(changed), again);
  }
}

function targetsIn(text: string, path: string): Target[] {
  return nameserversIn(text).map(({ address, line }) => ({
    address,
    port: 53,
    isTls: false,
    servername: undefined,
    origin: `${path}:${line}`,
  }));
}

/** Name servers used of one file; the C library uses 3. */
const MAX_SERVERS = 15;

/** A `nameserver` line. */
interface Nameserver {
  readonly address: string;
  /** Counted from 1. */
  readonly line: number;
}

/**
 * The addresses in the `nameserver` lines of a file like resolv.conf, in order, each once.
 * The rest of it is for stub resolvers (`search`, `options`).
 */
export function nameserversIn(text: string): Nameserver[] {
  const found = new Map<string, Nameserver>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const address = /^\s*nameserver\s+(\S+)/.exec(line)?.[1];
    if (address === undefined || isIP(address) === 0 || found.has(address)) continue;
    found.set(address, { address, line: index + 1 });
    if (found.size === MAX_SERVERS) break;
  }
  return [...found.values()];
}
