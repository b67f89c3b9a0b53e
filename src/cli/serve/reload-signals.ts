import type { ProcessEvents } from '../command.ts';

/** The signals to reload. One that comes during the start is kept for later. */
export function reloadSignals(process: ProcessEvents): { to(reload: () => void): void } {
  let isWanted = false;
  let reload = () => {
    isWanted = true;
  };
  for (const signal of ['SIGHUP', 'SIGUSR1'] as const) process.onSignal(signal, () => reload());
  return {
    to: (given) => {
      reload = given;
      if (isWanted) reload();
    },
  };
}
