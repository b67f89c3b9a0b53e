import type { Clock } from '../../support/clock.ts';
import type { ProcessEvents, StopSignal } from '../command.ts';

const NUMBERS: Readonly<Record<StopSignal, number>> = { SIGINT: 2, SIGTERM: 15 };

/**
 * Two signals this near count as one: on Ctrl-C the terminal signals every process in the
 * foreground, and then `npm start` passes it on to us again. No person presses twice this quickly;
 * ms.
 */
const SAME_MS = 300;

/**
 * Resolves at the first SIGTERM or SIGINT, to stop in good order. A second one ends the process at
 * once, with the code that shells give for it.
 */
export function stopSignal(process: ProcessEvents, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    let first: number | undefined;
    for (const signal of Object.keys(NUMBERS) as StopSignal[]) {
      process.onSignal(signal, () => {
        const now = clock.now();
        if (first === undefined) {
          first = now;
          resolve();
        } else if (now - first >= SAME_MS) {
          process.exit(128 + NUMBERS[signal]);
        }
      });
    }
  });
}
