import { lookup, Resolver } from 'node:dns/promises';
import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { DISK } from '../../../corefile/files.ts';
import { plainAddress, withoutInterface } from '../../../dns/address.ts';
import { type Sockets, systemSockets } from './sockets.ts';

/** What the plugin uses of the machine; a test gives its own. */
export interface Machine {
  readonly sockets: Sockets;
  readonly files: UpstreamFiles;
  /** The addresses of a host, from `servers`, or the system without any; rejects without one. */
  readonly addressesOf: (host: string, servers: readonly string[]) => Promise<readonly string[]>;
  /** The addresses of its interfaces, IPv4 ones never mapped. */
  readonly localAddresses: () => readonly string[];
}

/** Files like resolv.conf, and those of a TLS identity. */
export interface UpstreamFiles {
  isFile(path: string): boolean;
  /** @throws when it cannot be read, or is too long. */
  read(path: string): string;
  /** Changes when the file does; undefined when there is none. */
  stamp(path: string): Promise<string | undefined>;
}

/** A resolv.conf has a few lines, a bundle of certificates about 250 KB. */
const MAX_FILE_BYTES = 1024 * 1024;

/** How long a `resolver` has to find the address of an upstream; ms. */
const LOOKUP_MS = 2000;

export const thisMachine: Machine = {
  sockets: systemSockets,
  files: { isFile, read: (path) => DISK.read(path, MAX_FILE_BYTES), stamp },
  addressesOf,
  localAddresses,
};

/** Only a regular file: opening a pipe could wait for ever. */
function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false;
  }
}

async function stamp(path: string): Promise<string | undefined> {
  try {
    const { size, mtimeMs, ino } = await stat(path);
    return `${size} ${mtimeMs} ${ino}`;
  } catch {
    return undefined;
  }
}

function localAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.map(({ address }) => plainAddress(withoutInterface(address))),
  );
}

async function addressesOf(host: string, servers: readonly string[]): Promise<readonly string[]> {
  if (servers.length === 0) {
    const found = await lookup(host, { all: true, verbatim: true });
    return found.map(({ address }) => address);
  }
  const resolver = new Resolver({ timeout: LOOKUP_MS, tries: 1 });
  resolver.setServers([...servers]);
  const [first, second] = await Promise.allSettled([
    resolver.resolve4(host),
    resolver.resolve6(host),
  ]);
  const found = [first, second].flatMap((result) =>
    result.status === 'fulfilled' ? result.value : [],
  );
  if (found.length === 0 && first.status === 'rejected') throw first.reason;
  return found;
}
