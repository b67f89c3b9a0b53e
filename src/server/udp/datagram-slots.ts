import { isIPv6 } from 'node:net';
import { isWildcard } from '../../dns/address.ts';
import type { SocketAddress } from '../../dns/query.ts';
import { BATCH, HEAD, LATER, REPLIES, SLOT, SLOT_BYTES, slotAt, TAKEN } from './native-binding.ts';
import { type KeptPeer, SlotLocal, SlotPeer } from './native-peer.ts';

/**
 * The datagrams of one native socket: memory that native/batch.c reads and writes too. All that is
 * needed to look at them is made once.
 */
export class DatagramSlots {
  readonly memory: Buffer;
  readonly numbers: Int32Array;
  /** Who sent the datagram that it is moved to. */
  readonly peer: SlotPeer;
  /** Where that was sent, of a socket bound to all addresses. */
  readonly local: SlotLocal | undefined;
  /** Where the reply to the datagram of each place is written. */
  readonly replies: readonly Buffer[];
  #dropped = 0;

  /** `address` is what the socket is bound to. */
  constructor(memory: ArrayBuffer, address: string) {
    this.memory = Buffer.from(memory);
    this.numbers = new Int32Array(memory);
    const family = isIPv6(address) ? 'IPv6' : 'IPv4';
    this.peer = new SlotPeer(this.memory, family);
    if (isWildcard(address)) this.local = new SlotLocal(this.memory, family, this.port);
    this.replies = Array.from({ length: BATCH }, (_, place) => {
      const at = slotAt(REPLIES, place) + SLOT.bytes;
      return this.memory.subarray(at, at + SLOT_BYTES);
    });
  }

  get port(): number {
    return this.numbers[HEAD.port >> 2]!;
  }

  get receiveBufferBytes(): number {
    return this.numbers[HEAD.receiveBuffer >> 2]!;
  }

  /** How many datagrams more than at the last call the kernel had no room for. */
  newlyDropped(): number {
    const dropped = this.numbers[HEAD.dropped >> 2]!;
    const more = (dropped - this.#dropped) >>> 0; // the kernel's counter has 32 bits
    this.#dropped = dropped;
    return more;
  }

  /** Puts a reply that came later where it is sent from; at most `SLOT_BYTES`. */
  put(place: number, message: Uint8Array, { head }: KeptPeer): void {
    const slot = slotAt(LATER, place);
    this.memory.set(head, slot);
    this.memory.set(message, slot + SLOT.bytes);
    this.numbers[slot >> 2] = message.length;
  }

  /** The errno of a reply that the kernel refused, once; 0 for others. */
  takeFault(group: number, place: number): number {
    const at = slotAt(group, place) >> 2;
    const length = this.numbers[at]!;
    if (length >= 0) return 0;
    this.numbers[at] = 0;
    return -length;
  }

  /** Who a reply was for. */
  peerOf(group: number, place: number): SocketAddress {
    this.peer.moveTo(slotAt(group === REPLIES ? TAKEN : group, place));
    return this.peer;
  }

  /** Replies among the first `count` that wait for room. */
  waiting(group: number, count: number): number {
    let waiting = 0;
    for (let i = 0; i < count; i++) if (this.numbers[slotAt(group, i) >> 2]! > 0) waiting++;
    return waiting;
  }
}
