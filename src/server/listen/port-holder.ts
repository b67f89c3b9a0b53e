import { opendir, readFile, readlink } from 'node:fs/promises';
import { isWildcard, plainAddress, withoutInterface } from '../../dns/address.ts';
import type { Transport } from '../../dns/query.ts';
import { socketRows } from './socket-table.ts';

/** What has a port: a process of ours, or one that only root may look into. */
export type PortHolder =
  | { readonly kind: 'process'; readonly pid: number; readonly name: string }
  | { readonly kind: 'hidden' };

/** File descriptors looked at before giving up: 0.2 s on a busy machine. */
const MAX_LINKS = 50_000;

/**
 * Finds what listens on a port, so that "address already in use" can say by which process. Linux
 * only, and only as far as we may look; undefined when none is found. Never throws.
 */
export async function findPortHolder(
  protocol: Transport,
  address: string,
  port: number,
  proc = '/proc',
): Promise<PortHolder | undefined> {
  const plain = plainAddress(withoutInterface(address));
  const rows = (await socketRows(protocol, proc)).filter(
    (row) => row.port === port && (row.address === plain || isWildcard(row.address)),
  );
  const inodes = new Set(rows.map(({ inode }) => inode));
  if (inodes.size === 0) return undefined;
  try {
    return await processWithSocket(proc, inodes);
  } catch {
    return { kind: 'hidden' };
  }
}

async function processWithSocket(proc: string, inodes: Set<string>): Promise<PortHolder> {
  let left = MAX_LINKS;
  for await (const { name: pid } of await opendir(proc)) {
    if (!/^\d+$/.test(pid)) continue;
    for (const link of await socketLinks(`${proc}/${pid}/fd`, left)) {
      left--;
      if (!inodes.has(link)) continue;
      const name = await readFile(`${proc}/${pid}/comm`, 'utf8').catch(() => '');
      return { kind: 'process', pid: Number(pid), name: printable(name.trim()) };
    }
    if (left <= 0) break;
  }
  return { kind: 'hidden' };
}

/** Inodes of the files a process has open, `''` for those that are no sockets. */
async function socketLinks(folder: string, most: number): Promise<string[]> {
  const links: string[] = [];
  try {
    for await (const { name } of await opendir(folder)) {
      if (links.length >= most) break;
      const target = await readlink(`${folder}/${name}`).catch(() => '');
      links.push(/^socket:\[(\d+)\]$/.exec(target)?.[1] ?? '');
    }
  } catch {
    // Another user's process, or one that has just ended.
  }
  return links;
}

/** Any program may call itself what it likes; our error goes to a terminal. */
function printable(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, '?') || 'unknown';
}
