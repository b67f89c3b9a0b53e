import { constants } from 'node:os';
import { addressAndPort } from '../../dns/address.ts';
import type { SocketAddress } from '../../dns/query.ts';
import type { Datagram, DatagramEvents, OpenDatagram } from '../../plugins/datagram.ts';
import { ASKING, type Asking, type AskingBinding } from './native-binding.ts';
import { systemError } from './system-error.ts';

/**
 * Sockets that ask other servers, by the system calls of native/asking.c. They share what they
 * receive into, which is made with the first of them and stays for this thread.
 */
export function askingSockets(binding: AskingBinding): OpenDatagram {
  const known = ofBinding.get(binding) ?? new AskingSockets(binding);
  ofBinding.set(binding, known);
  return known.open;
}

const ofBinding = new WeakMap<AskingBinding, AskingSockets>();

class AskingSockets {
  readonly #binding: AskingBinding;
  /** By their numbers. */
  readonly #sockets = new Map<number, AskingSocket>();
  #shared: Shared | undefined;

  constructor(binding: AskingBinding) {
    this.#binding = binding;
  }

  readonly open: OpenDatagram = (to, source, events) => {
    const socket = new AskingSocket(this, events, to);
    const shared = this.#share();
    const number =
      typeof shared === 'number'
        ? shared
        : this.#binding.connect(shared.asking, to.address, to.port, source ?? '');
    if (number < 0) socket.failLater(-number, 'connect');
    else {
      socket.number = number;
      this.#sockets.set(number, socket);
    }
    return socket;
  };

  /** Sends from an open socket. 0 or `-errno`. */
  send(socket: AskingSocket, bytes: Buffer): number {
    const { asking, memory } = this.#shared!;
    if (bytes.length > ASKING.queryBytes) return -constants.errno.EMSGSIZE;
    memory.set(bytes, ASKING.query);
    return this.#binding.ask(asking, socket.number, bytes.length);
  }

  close({ number }: AskingSocket): void {
    if (this.#sockets.delete(number)) this.#binding.hangUp(this.#shared!.asking, number);
  }

  #share(): Shared | number {
    if (this.#shared !== undefined) return this.#shared;
    const made = this.#binding.startAsking((arrivals) => this.#ready(arrivals));
    if (typeof made === 'number') return made;
    const numbers = new Int32Array(made.memory);
    this.#shared = { asking: made.asking, memory: Buffer.from(made.memory), numbers };
    return this.#shared;
  }

  /**
   * Called by native/asking.c. What came to others is handed over although one throws.
   *
   * @throws what the first of those threw.
   */
  #ready(arrivals: number): void {
    let thrown: { readonly error: unknown } | undefined;
    for (let i = 0; i < arrivals; i++) {
      try {
        this.#arrived((i * ASKING.arrivalBytes) >> 2);
      } catch (error) {
        thrown ??= { error };
      }
    }
    if (thrown !== undefined) throw thrown.error;
  }

  /** A socket may be closed by what came to one before it. `at`: the first number of an arrival. */
  #arrived(at: number): void {
    const { memory, numbers } = this.#shared!;
    const socket = this.#sockets.get(numbers[at]!);
    if (socket === undefined) return;
    const length = numbers[at + 1]!;
    if (length < 0) socket.fail(-length, 'recv');
    else if (numbers[at + 3] !== 0) socket.events.strayed();
    else {
      const start = ASKING.bytes + numbers[at + 2]!;
      const bytes = Buffer.allocUnsafe(length);
      memory.copy(bytes, 0, start, start + length);
      socket.events.received(bytes);
    }
  }
}

interface Shared extends Pick<Asking, 'asking'> {
  readonly memory: Buffer;
  readonly numbers: Int32Array;
}

/** No number of a socket. */
const NONE = -1;

class AskingSocket implements Datagram {
  readonly events: DatagramEvents;
  readonly #owner: AskingSockets;
  readonly #to: SocketAddress;
  #isOver = false;
  number = NONE;

  constructor(owner: AskingSockets, events: DatagramEvents, to: SocketAddress) {
    this.#owner = owner;
    this.events = events;
    this.#to = to;
  }

  send(bytes: Buffer): void {
    if (this.#isOver || this.number === NONE) return;
    const status = this.#owner.send(this, bytes);
    if (status < 0) this.failLater(-status, 'send');
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#owner.close(this);
  }

  fail(errno: number, syscall: string): void {
    if (this.#isOver) return;
    this.close();
    this.events.failed(systemError(errno, syscall, addressAndPort(this.#to)));
  }

  /** In a microtask: whoever has opened it, or sends, does not expect it to fail meanwhile. */
  failLater(errno: number, syscall: string): void {
    queueMicrotask(() => this.fail(errno, syscall));
  }
}
