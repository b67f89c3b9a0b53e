import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { DISK, MAX_BYTES } from '../../corefile/files.ts';
import type { Environment } from '../../corefile/reader.ts';
import type { NetworkSet } from '../../dns/network.ts';
import type { Transport } from '../../dns/query.ts';
import type { Interfaces } from '../../server/listen/addresses.ts';
import { findPortHolder, type PortHolder } from '../../server/listen/port-holder.ts';
import { realDisk } from '../../sources/folder/read/disk.ts';
import { type Scan, scanFolders } from '../../sources/folder/read/scan.ts';
import { machineNetworks } from '../serve/routed-networks.ts';

/** What is read of the machine that this runs on; a test gives its own. Nothing throws. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  /** `24.14.1`. */
  readonly nodeVersion: string;
  readonly env: Environment;
  /** The text of a file of at most 1 MiB; undefined when it cannot be read. */
  read(path: string): string | undefined;
  kind(path: string): 'file' | 'folder' | undefined;
  /** When the file was changed last, seconds since 1970. */
  changedAt(path: string): number | undefined;
  interfaces(): Interfaces;
  /** Where packets go by more than a default route. */
  networks(): NetworkSet;
  /** Who listens there. Linux only. */
  holder(protocol: Transport, address: string, port: number): Promise<PortHolder | undefined>;
  /** The manifests below these paths, by name. */
  scan(paths: readonly string[]): Pick<Scan, 'files' | 'folders'>;
  /** Hexadecimal digits that cannot be guessed. */
  random(): string;
}

/** The machine itself. */
export function thisMachine(env: Environment, cwd: string): Machine {
  return {
    platform: process.platform,
    nodeVersion: process.versions.node,
    env,
    read: (path) => tried(() => DISK.read(path, MAX_BYTES)),
    kind: (path) => tried(() => kindOf(path)),
    changedAt: (path) => tried(() => statSync(path).mtimeMs / 1000),
    interfaces: networkInterfaces,
    networks: machineNetworks,
    holder: findPortHolder,
    scan: (paths) => scanFolders(paths, realDisk, cwd),
    random: () => randomBytes(8).toString('hex'),
  };
}

function kindOf(path: string): 'file' | 'folder' | undefined {
  const stats = statSync(path);
  if (stats.isFile()) return 'file';
  return stats.isDirectory() ? 'folder' : undefined;
}

function tried<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined; // not there, or not for us
  }
}
