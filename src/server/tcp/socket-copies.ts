import { Socket } from 'node:net';

/**
 * Makes sockets cheaper that are accepted from now on: with Node.js 20, one that has a query and is
 * closed costs a third less. To be called again and again while clients connect; takes 3 µs.
 *
 * Node.js makes a socket with `options = { ...options }`, and adds three more to the copy. As long
 * as V8 has seen nothing but plain objects there, it copies them shape by shape, and what is added
 * to such a copy gives it a shape that nobody has ever seen: each of 27 places that read an option
 * looks for it at length. One object with an accessor, and V8 copies all of them as it always did,
 * into known shapes. It takes no note of the first few, and may forget what has not run for long.
 * Node.js 24 and 26 neither need it nor lose by it.
 */
export function copyOptionsTheUsualWay(): void {
  new Socket(UNUSUAL);
}

const UNUSUAL = {
  get allowHalfOpen(): boolean {
    return false;
  },
};
