import { addressText } from '../../dns/address.ts';
import type { PassingAddress, SocketAddress } from '../../dns/query.ts';
import { SLOT } from './native-binding.ts';

type Family = 'IPv4' | 'IPv6';

/**
 * Who sent the datagram of a slot: read from the kernel's sockaddr when it is needed. For most
 * queries it is not.
 */
export class SlotPeer implements PassingAddress {
  readonly family: Family;
  readonly #memory: Buffer;
  #slot = 0;
  #address: string | undefined;

  constructor(memory: Buffer, family: Family) {
    this.#memory = memory;
    this.family = family;
  }

  /** Stands for the peer of another slot from now on. */
  moveTo(slot: number): void {
    this.#slot = slot;
    this.#address = undefined;
  }

  get address(): string {
    this.#address ??= this.#read();
    return this.#address;
  }

  get port(): number {
    const at = this.#slot + SLOT.peer + 2;
    return (this.#memory[at]! << 8) | this.#memory[at + 1]!;
  }

  readInto(bytes: Uint8Array): number {
    const length = this.family === 'IPv4' ? 4 : 16;
    const at = this.#slot + SLOT.peer + (length === 4 ? 4 : 8);
    for (let i = 0; i < length; i++) bytes[i] = this.#memory[at + i]!;
    return length;
  }

  keep(): KeptPeer {
    const head = Buffer.from(this.#memory.subarray(this.#slot, this.#slot + SLOT.bytes));
    return new KeptPeer(this.address, this.port, this.family, head);
  }

  #read(): string {
    const memory = this.#memory;
    const at = this.#slot + SLOT.peer;
    if (this.family === 'IPv4') return dotted(memory, at + 4);
    const text = addressText(memory.subarray(at + 8, at + 24));
    const scope = memory.readUInt32LE(at + 24);
    return scope === 0 ? text : `${text}%${scope}`;
  }
}

/** The same for a query that is answered later. */
export class KeptPeer implements SocketAddress {
  readonly address: string;
  readonly port: number;
  readonly family: Family;
  /** What its slot had before the message: where a reply goes, and where it leaves from. */
  readonly head: Uint8Array;

  constructor(address: string, port: number, family: Family, head: Uint8Array) {
    this.address = address;
    this.port = port;
    this.family = family;
    this.head = head;
  }
}

/** The address of ours that the datagram of a slot was sent to, on a socket bound to all. */
export class SlotLocal implements PassingAddress {
  readonly port: number;
  readonly #memory: Buffer;
  readonly #family: Family;
  #slot = 0;

  constructor(memory: Buffer, family: Family, port: number) {
    this.#memory = memory;
    this.#family = family;
    this.port = port;
  }

  moveTo(slot: number): void {
    this.#slot = slot;
  }

  get address(): string {
    const at = this.#slot + SLOT.local;
    if (this.#family === 'IPv4') return dotted(this.#memory, at);
    return addressText(this.#memory.subarray(at, at + 16));
  }

  keep(): SocketAddress {
    return { address: this.address, port: this.port };
  }
}

function dotted(bytes: Uint8Array, at: number): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`;
}
