import { prepareControlThread } from '../control/thread/control-program.ts';
import { systemClock } from '../support/clock.ts';
import { processHeap } from '../support/heap.ts';
import { shareArenas } from '../support/native-memory.ts';
import { endPreparedThreads } from '../support/thread.ts';
import type { CommandIo } from './command.ts';
import { terminalOf } from './terminal.ts';

/** The real world of a command: this process, its streams, its environment. */
export function processIo(): CommandIo {
  return {
    stdout: writerTo(process.stdout),
    stderr: writerTo(process.stderr),
    // https://no-color.org: any text but an empty one switches colours off.
    hasColours: process.stdout.isTTY === true && !process.env['NO_COLOR'],
    showsProgress: process.stderr.isTTY === true,
    env: process.env,
    cwd: process.cwd(),
    // Looked at by few commands only: each of the streams is made when it is first used.
    get terminal() {
      return terminalOf(process.stdin, process.stdout);
    },
    clock: systemClock,
    process: {
      onSignal: (signal, listener) => void process.on(signal, listener),
      onUncaught: (listener) => {
        process.on('uncaughtException', listener);
        process.on('unhandledRejection', listener);
      },
      exit: (code) => process.exit(code),
      keepHeapSmall: () => {
        processHeap.keepSmall();
        shareArenas();
      },
      prepareControlThread,
      endPreparedThreads,
    },
  };
}

/**
 * A stream that may lose its reader, as in `svcdns records | head`: the rest is dropped, without
 * the `write EPIPE` that would otherwise end the process with a stack.
 */
export function writerTo(stream: NodeJS.WritableStream): (text: string) => void {
  let isBroken = false;
  stream.on('error', () => {
    isBroken = true;
  });
  return (text) => {
    if (!isBroken) stream.write(text);
  };
}
