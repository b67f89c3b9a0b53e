import { readFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import { addressText, unmapped } from '../../dns/address.ts';
import type { SocketAddress, Transport } from '../../dns/query.ts';

/** A bound socket, and the number by which `/proc/PID/fd` names it. */
export interface SocketRow extends SocketAddress {
  readonly inode: string;
}

/** Rows looked at in each table of the kernel. */
const MAX_ROWS = 100_000;

const LISTENING = '0A';
const INODE = 9;

/** The kernel's tables of bound sockets, for TCP of those that listen. Linux only; never throws. */
export async function socketRows(protocol: Transport, proc = '/proc'): Promise<SocketRow[]> {
  const tables = [`${proc}/self/net/${protocol}`, `${proc}/self/net/${protocol}6`];
  const texts = await Promise.all(tables.map((file) => readFile(file, 'latin1').catch(() => '')));
  return texts.flatMap((text) => text.split('\n', MAX_ROWS).slice(1).flatMap(readRow(protocol)));
}

function readRow(protocol: Transport): (line: string) => SocketRow[] {
  return (line) => {
    const fields = line.trim().split(/\s+/);
    const [, local = '', , state] = fields;
    const [host = '', port = ''] = local.split(':');
    if (port === '' || (protocol === 'tcp' && state !== LISTENING)) return [];
    const address = hostText(host);
    if (address === undefined) return [];
    return [{ address, port: Number.parseInt(port, 16), inode: fields[INODE] ?? '' }];
  };
}

/** 32-bit words in the machine's byte order, in hexadecimal. */
function hostText(words: string): string | undefined {
  const bytes = Buffer.from(words, 'hex');
  if (bytes.length !== 4 && bytes.length !== 16) return undefined;
  if (endianness() === 'LE') bytes.swap32();
  return addressText(unmapped(bytes));
}
