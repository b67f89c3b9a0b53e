/**
 * How long a test waits for what another process, the kernel, a disk or a watcher does, ms. Far
 * longer than it takes: a busy machine may stand still for a minute, and only a test that fails
 * waits to the end.
 */
export const PATIENCE_MS = 180_000;

/** How long it waits for one reply, ms: several times fit into that. */
export const REPLY_MS = PATIENCE_MS / 6;

/** How long a whole test, or a hook, may take, ms, unless it has a bound of its own. */
export const TEST_MS = 3 * PATIENCE_MS;
