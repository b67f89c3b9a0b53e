import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Argv, output } from './command.ts';

let made = 0;

/**
 * A host of the test's own: a network namespace with a loopback interface and what the test adds.
 * No packet leaves it but to namespaces it is linked with.
 */
export class NetworkNamespace {
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  static async create(): Promise<NetworkNamespace> {
    made++;
    const namespace = new NetworkNamespace(`svcdns-${process.pid}-${made}`);
    await output(['ip', 'netns', 'add', namespace.name]);
    await namespace.ip('link', 'set', 'lo', 'up');
    return namespace;
  }

  /** Runs `ip` with these arguments inside. */
  async ip(...args: readonly string[]): Promise<void> {
    await output(['ip', '-netns', this.name, ...args]);
  }

  /** Joins this one and another by a cable; each gets an interface of this name. */
  async connect(other: NetworkNamespace, device: string): Promise<void> {
    const peer = ['peer', 'name', device, 'netns', other.name];
    await this.ip('link', 'add', device, 'type', 'veth', ...peer);
    for (const end of [this, other]) await end.ip('link', 'set', device, 'up');
  }

  /** A switch: everything connected to it through `plug` is on one network. */
  async addBridge(device: string): Promise<void> {
    await this.ip('link', 'add', device, 'type', 'bridge');
    await this.ip('link', 'set', device, 'up');
  }

  /** Connects `other` to a bridge of this one. The interface has the same name on both ends. */
  async plug(other: NetworkNamespace, device: string, bridge: string): Promise<void> {
    await this.connect(other, device);
    await this.ip('link', 'set', device, 'master', bridge);
  }

  /**
   * Gives it an address, as `10.9.0.1/24`. IPv6 ones work at once, without a search for duplicates.
   */
  async addAddress(address: string, device: string): Promise<void> {
    const options = address.includes(':') ? ['nodad'] : [];
    await this.ip('address', 'add', address, 'dev', device, ...options);
  }

  /** The command that runs `argv` inside. */
  command(argv: Argv): Argv {
    return ['ip', 'netns', 'exec', this.name, ...argv];
  }

  /** Ends the namespace, with its interfaces. */
  async remove(): Promise<void> {
    await output(['ip', 'netns', 'delete', this.name]);
  }
}

/** The files that tell a libc how to look names up, seen by single commands only. */
export class ResolverFiles {
  readonly #folder = mkdtempSync(join(tmpdir(), 'svcdns-resolver-'));

  constructor(resolvConf: string) {
    writeFileSync(join(this.#folder, 'resolv.conf'), resolvConf);
    // No /etc/hosts, no other source: what is found was found by DNS.
    writeFileSync(join(this.#folder, 'nsswitch.conf'), 'hosts: dns\n');
  }

  /** The command that runs `argv` with these files in /etc, in a mount namespace of its own. */
  command(argv: Argv): Argv {
    const mounts = ['resolv.conf', 'nsswitch.conf'].map(
      (file) => `mount --bind ${join(this.#folder, file)} ${realpathSync(`/etc/${file}`)}`,
    );
    const script = [...mounts, 'exec "$@"'].join(' && ');
    return ['unshare', '--mount', 'sh', '-c', script, 'sh', ...argv];
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}
