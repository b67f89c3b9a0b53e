import { join } from 'node:path';
import { loadNativeFile } from '../../support/native-file.ts';
import { NATIVE_FILE } from '../../support/native-memory.ts';
import { PACKAGE_ROOT } from '../../support/process.ts';

/** What the library gives; every number below 0 is `-errno`. */
export interface NativeBinding extends ListeningBinding, AskingBinding {}

/** What native/udp.c gives: sockets that others ask. */
export interface ListeningBinding {
  /** Which `SLOT` and functions it is made for. */
  readonly layout: number;
  /**
   * Opens a socket on an address with its `%interface` and on a port. `ready` is called with
   * the number of datagrams taken, with 0 when there is room again for what waits to be sent, or
   * with `-errno`. `fd` is an open socket to take over, whose buffers stay.
   */
  open(
    address: string,
    port: number,
    flags: number,
    bufferBytes: number,
    ready: (count: number) => void,
    fd?: number,
  ): NativeSocket | number;
  /**
   * Sends what the first `count` slots of an area hold: how many of them the kernel refused, or
   * `-EAGAIN` when it has no room for the rest. Then they wait, and the next call goes on.
   */
  send(socket: NativeSocket['socket'], area: number, count: number): number;
  /** Takes no more datagrams, and goes on sending. */
  pause(socket: NativeSocket['socket']): void;
  /** Lets others be opened at the same address with `REUSE_PORT`: 0, or `-errno`. */
  share(socket: NativeSocket['socket']): number;
  /** Closes at once; harmless when repeated. */
  close(socket: NativeSocket['socket']): void;
}

/** What native/asking.c gives: sockets that each ask one other server. */
export interface AskingBinding {
  /** What several sockets share. `ready` is called with how many arrivals lie in its memory. */
  startAsking(ready: (arrivals: number) => void): Asking | number;
  /**
   * Opens a socket, connected to an address with its `%interface` and a port, and bound to
   * `source`, '' for any address. Its number.
   */
  connect(asking: Asking['asking'], address: string, port: number, source: string): number;
  /** Sends so many bytes of the query in the memory from a socket. */
  ask(asking: Asking['asking'], socket: number, bytes: number): number;
  /** Closes a socket at once; harmless when repeated. */
  hangUp(asking: Asking['asking'], socket: number): void;
  /** Closes all for good; harmless when repeated. */
  stopAsking(asking: Asking['asking']): void;
}

/** Sockets that ask, and what they share. */
export interface Asking {
  readonly asking: object;
  readonly memory: ArrayBuffer;
}

/** Places in the memory of `Asking`, bytes, as structs of native/asking.c have them. */
export const ASKING = {
  /** An arrival is four numbers: which socket, bytes or `-errno`, their place, is it astray. */
  arrivalBytes: 16,
  query: 1024,
  queryBytes: 1280,
  bytes: 2304,
} as const;

/** An open socket. */
export interface NativeSocket {
  readonly socket: object;
  /** Where datagrams lie: see `DatagramSlots`. */
  readonly memory: ArrayBuffer;
}

/** What must be the same here and in native/batch.h: an old file may lie in a checkout. */
const LAYOUT = 5;

/** Opens a socket beside one that is shared: `flags` of `open`. */
export const REUSE_PORT = 1;

/** Most datagrams in a batch. */
export const BATCH = 64;

/** Bytes of the longest datagram that is sent; a longer one that comes is cut here. */
export const SLOT_BYTES = 4160;

/** Places in `memory`, bytes, as structs of native/batch.h have them; numbers are of 32 bits. */
export const SLOT = {
  /** Of the message; 0 for none and once it is sent, `-errno` of one that was refused. */
  length: 0,
  /** The sockaddr of the peer. */
  peer: 8,
  /** The address of ours that was asked, where the socket is bound to all. */
  local: 36,
  bytes: 64,
} as const;

/** What stands before the slots. */
export const HEAD = { port: 0, receiveBuffer: 4, dropped: 8, bytes: 64 } as const;

const SLOT_STRIDE = SLOT.bytes + SLOT_BYTES;

/** The groups of `BATCH` slots, in this order; `send` counts areas from `REPLIES`. */
export const TAKEN = 0;
export const REPLIES = 1;
export const LATER = 2;

/** Where the slot of a group begins, bytes. */
export function slotAt(group: number, place: number): number {
  return HEAD.bytes + (group * BATCH + place) * SLOT_STRIDE;
}

/** The binding, or why there is none. */
export type FoundBinding = { readonly binding: NativeBinding } | { readonly missing: string };

/** Loads the binding. It is optional: without it `dgram` carries the datagrams. */
export function findNativeBinding(path = NATIVE_FILE): FoundBinding {
  const file = join(PACKAGE_ROOT, path);
  try {
    const binding = loadNativeFile(file) as NativeBinding;
    if (binding.layout === LAYOUT) return { binding };
    return { missing: `${path} is of another version` };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { missing: code === 'MODULE_NOT_FOUND' ? `there is no ${path}` : message };
  }
}
