import { prepareThread, type ThreadProgram } from '../../support/thread.ts';

/**
 * What the control thread runs. New objects take 16 MiB in a large load only: see `LoadingHeap`.
 * Apart from what starts the thread, so that little has to be loaded to prepare it.
 */
export const CONTROL_PROGRAM: ThreadProgram = { file: 'worker.cjs', maxNewMib: 48 };

/** Has a control thread load its program while the first thread reads the configuration. */
export function prepareControlThread(): void {
  prepareThread(CONTROL_PROGRAM);
}
