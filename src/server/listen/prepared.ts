/**
 * Sockets that have been opened for a configuration that is not in service yet: on those of DNS,
 * queries are held and not answered. Either `commit` and then `closeOld`, or `abort`.
 */
export interface Prepared {
  /** Puts the new in service. Cannot fail and does not wait: nothing comes between two of them. */
  commit(): void;
  /** Closes what is not wanted any more; replies that are due get up to `graceMs`. */
  closeOld(graceMs: number): Promise<void>;
  /** Closes what has been opened: everything is as it was. */
  abort(): Promise<void>;
}

/**
 * Prepares one after the other, and makes one of all. When one of them cannot be, those before it
 * are aborted, and its error is thrown.
 */
export async function prepareAll(
  preparations: readonly (() => Promise<Prepared>)[],
): Promise<Prepared> {
  const prepared: Prepared[] = [];
  const abort = async () => {
    for (const one of prepared.toReversed()) await one.abort();
  };
  try {
    for (const prepare of preparations) prepared.push(await prepare());
  } catch (error) {
    await abort();
    throw error;
  }
  return {
    commit: () => {
      for (const one of prepared) one.commit();
    },
    closeOld: async (graceMs) => {
      for (const one of prepared) await one.closeOld(graceMs);
    },
    abort,
  };
}
