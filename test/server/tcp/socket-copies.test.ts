import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { expect, onTestFinished, test } from 'vitest';
import { copyOptionsTheUsualWay } from '../../../src/server/tcp/socket-copies.ts';

/** Whether V8 gives both objects one shape; its tests have this function. */
function shapeComparison(): (one: object, other: object) => boolean {
  setFlagsFromString('--allow-natives-syntax');
  try {
    return new Function('one', 'other', 'return %HaveSameMap(one, other)') as never;
  } finally {
    setFlagsFromString('--no-allow-natives-syntax');
  }
}

/** Makes a socket, and returns the copy that Node.js makes of its options. */
function copiedOptions(): object {
  const emitters = EventEmitter as unknown as { init: (options?: object) => void };
  const { init } = emitters;
  let copy: object | undefined;
  emitters.init = function (this: unknown, options) {
    copy ??= options;
    init.call(this, options);
  };
  try {
    new Socket({ readable: true, writable: true });
  } finally {
    emitters.init = init;
  }
  return copy!;
}

test('copyOptionsTheUsualWay: copies of options have one shape, and keep it', () => {
  const haveOneShape = shapeComparison();
  onTestFinished(() => setFlagsFromString('--no-allow-natives-syntax'));
  for (let at = 0; at < 100; at++) copiedOptions(); // V8 takes note of none of the first few
  copyOptionsTheUsualWay();
  const first = copiedOptions();
  expect(first).toMatchObject({ readable: true, writable: true, decodeStrings: false });
  for (let at = 0; at < 10; at++) expect(haveOneShape(first, copiedOptions())).toBe(true);
});
