import type { Problem } from '../../kube/problem.ts';
import { isGone } from '../../support/file-error.ts';
import { decodeState, encodeState, type State } from './state.ts';
import { errorText, replaceFile, type StateDisk } from './state-disk.ts';

/** Longest state file, bytes: room for 200,000 addresses. */
const MAX_BYTES = 16 * 1024 * 1024;

/** What a state file holds; nothing at all when there is none yet. */
export interface StateReading {
  readonly state?: State;
  /**
   * Why it cannot be used. Addresses are then worked out anew, and the next write replaces the
   * file.
   */
  readonly problem?: Problem;
}

/** Reads a state file. Never throws, whatever is there. */
export function readState(path: string, disk: StateDisk): StateReading {
  let text: string;
  try {
    const found = disk.read(path, MAX_BYTES);
    if ('refused' in found) return unusable(path, `found ${found.refused}: ${EXPECTED}`, 0);
    text = found.text;
  } catch (error) {
    return isGone(error) ? {} : unusable(path, errorText(error), 0);
  }
  const decoded = decodeState(text);
  return 'state' in decoded ? decoded : unusable(path, decoded.fault, decoded.line);
}

const EXPECTED = `expected a regular file of at most ${MAX_BYTES} bytes`;

function unusable(path: string, fault: string, line: number): StateReading {
  const message = `Cannot use this state: ${fault}. Addresses are worked out anew, and it is written again`;
  return { problem: problem('STATE_UNREADABLE', message, path, line) };
}

/**
 * Keeps the state in a file. A write happens as a whole or not at all. Processes that share a file
 * may lose each other's state, but never mix it.
 *
 * The caller decides how often: each write of something new costs two waits for the disk.
 */
export class StateFile {
  readonly #path: string;
  readonly #disk: StateDisk;
  #written: string | undefined;
  #writing: Promise<Problem | undefined> | undefined;
  /** The latest state that came while another was being written. */
  #next: State | undefined;

  /** `current` is what `readState` found: it need not be written again. */
  constructor(path: string, disk: StateDisk, current?: State) {
    this.#path = path;
    this.#disk = disk;
    this.#written = current && encodeState(current);
  }

  /**
   * Writes a state, unless it is what was written last. Of those that come while one is being
   * written only the latest is written. Resolves when all is done, with a problem when it could not
   * be; the next write tries again. Never rejects.
   */
  write(state: State): Promise<Problem | undefined> {
    this.#next = state;
    this.#writing ??= this.#writeAll();
    return this.#writing;
  }

  async #writeAll(): Promise<Problem | undefined> {
    // Not at once: `#writing` has to be set before it can be cleared below.
    await Promise.resolve();
    let trouble: string | undefined;
    while (this.#next !== undefined) {
      const text = encodeState(this.#next);
      this.#next = undefined;
      trouble = text === this.#written ? undefined : await this.#replace(text);
    }
    this.#writing = undefined;
    if (trouble === undefined) return undefined;
    return problem('STATE_NOT_WRITTEN', trouble, this.#path, 0);
  }

  /** Returns what went wrong. */
  async #replace(text: string): Promise<string | undefined> {
    const bytes = Buffer.from(text);
    if (bytes.length > MAX_BYTES) {
      return `Cannot write the state: it would have ${bytes.length} bytes: ${EXPECTED}. Addresses may change at the next start`;
    }
    try {
      await replaceFile(this.#path, bytes, this.#disk);
    } catch (error) {
      return `Cannot write the state: ${errorText(error)}. Addresses may change at the next start`;
    }
    this.#written = text;
    return undefined;
  }
}

function problem(code: string, message: string, path: string, line: number): Problem {
  const origin = { file: path, document: 0, line, column: line === 0 ? 0 : 1 };
  return { severity: 'warning', code, message, origin };
}
