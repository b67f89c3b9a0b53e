import { prepareControlThread } from '../control/thread/control-program.ts';
import { systemClock } from '../support/clock.ts';
import { errorCode } from '../support/file-error.ts';
import { processHeap } from '../support/heap.ts';
import { shareArenas } from '../support/native-memory.ts';
import { endPreparedThreads } from '../support/thread.ts';
import { type CommandIo, Exit } from './command.ts';
import { terminalOf } from './terminal.ts';

/** The real world of a command: this process, its streams, its environment. */
export function processIo(): CommandIo {
  const stderr = writerTo(process.stderr);
  let isServer = false;
  return {
    stdout: writerTo(process.stdout, ({ message }) => {
      // A server answers on without its start-up text.
      if (isServer) return;
      stderr(`svcdns: Cannot write to standard output: ${message}\n`);
      process.once('exit', () => {
        process.exitCode ||= Exit.TROUBLE;
      });
    }),
    stderr,
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
        isServer = true;
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
 * the `write EPIPE` that would otherwise end the process with a stack. `onLost` hears, once, when
 * text is lost for another reason, such as a disk that is full.
 */
export function writerTo(
  stream: NodeJS.WritableStream,
  onLost: (error: Error) => void = () => {},
): (text: string) => void {
  let isBroken = false;
  stream.on('error', (error) => {
    if (!isBroken && errorCode(error) !== 'EPIPE') onLost(error);
    isBroken = true;
  });
  return (text) => {
    if (!isBroken) stream.write(text);
  };
}
