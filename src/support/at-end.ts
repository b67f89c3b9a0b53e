/** Signals that end a process unless it listens to them. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

const works = new Set<() => void>();

/**
 * Has something done when this process ends, by itself or by one of those signals: for what would
 * outlive it. Not when it is killed, nor at a signal that others listen to, who end it then.
 * Returns what calls it off.
 */
export function atEnd(work: () => void): () => void {
  if (works.size === 0) {
    process.on('exit', doAll);
    for (const signal of SIGNALS) process.on(signal, onSignal);
  }
  works.add(work);
  return () => {
    if (works.delete(work) && works.size === 0) forget();
  };
}

function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  doAll();
  forget();
  // As without a listener.
  process.kill(process.pid, signal);
}

function doAll(): void {
  for (const work of works) work();
}

function forget(): void {
  process.off('exit', doAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}
