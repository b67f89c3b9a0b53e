import { opendir, readFile, readlink } from 'node:fs/promises';
import { endianness } from 'node:os';
import { plainAddressBytes, withoutInterface } from '../../dns/address.ts';
import type { Transport } from '../../dns/query.ts';

/** What has a port: a process of ours, or one that only root may look into. */
export type PortHolder =
  | { readonly kind: 'process'; readonly pid: number; readonly name: string }
  | { readonly kind: 'hidden' };

/** File descriptors looked at before giving up: 0.2 s on a busy machine. */
const MAX_LINKS = 50_000;

/** Sockets looked at in each table of the kernel. */
const MAX_ROWS = 100_000;

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
  const tables = [`${proc}/self/net/${protocol}`, `${proc}/self/net/${protocol}6`];
  const inodes = new Set<string>();
  for (const table of tables) {
    for (const inode of await listeningInodes(table, protocol, address, port)) inodes.add(inode);
  }
  if (inodes.size === 0) return undefined;
  try {
    return await processWithSocket(proc, inodes);
  } catch {
    return { kind: 'hidden' };
  }
}

/** Inodes of the sockets in one of the kernel's tables that keep us from the address and port. */
async function listeningInodes(
  table: string,
  protocol: Transport,
  address: string,
  port: number,
): Promise<string[]> {
  const text = await readFile(table, 'latin1').catch(() => '');
  const wanted = tableAddress(address);
  return text
    .split('\n', MAX_ROWS)
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => {
      const [host = '', hexPort = ''] = local.split(':');
      if (Number.parseInt(hexPort, 16) !== port) return false;
      if (protocol === 'tcp' && state !== LISTENING) return false;
      return wanted === undefined || host === wanted || isWildcard(host);
    })
    .map((fields) => fields[INODE] ?? '');
}

const LISTENING = '0A';
const INODE = 9;

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

/** An address as the tables have it: 32-bit words in the machine's byte order, in hexadecimal. */
function tableAddress(address: string): string | undefined {
  const bytes = plainAddressBytes(withoutInterface(address));
  if (bytes === undefined) return undefined;
  const words = Buffer.from(bytes);
  if (endianness() === 'LE') words.swap32();
  return words.toString('hex').toUpperCase();
}

function isWildcard(host: string): boolean {
  return /^0+$/.test(host);
}

/** Any program may call itself what it likes; our error goes to a terminal. */
function printable(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, '?') || 'unknown';
}
