import { MAX_ZONES } from '../corefile/limits.ts';
import type { Word } from '../corefile/parse.ts';
import type { ProblemList } from '../corefile/problems.ts';
import { serverKeys } from '../corefile/server-key.ts';
import type { Origin } from '../kube/objects.ts';

/**
 * Problems of one plugin: with its name in front, as in CoreDNS. Remembers whether any was an
 * error.
 */
export class PluginProblems {
  readonly #plugin: string;
  readonly #problems: ProblemList;
  #failed = false;

  constructor(plugin: string, problems: ProblemList) {
    this.#plugin = plugin;
    this.#problems = problems;
  }

  get isFull(): boolean {
    return this.#problems.isFull;
  }

  get failed(): boolean {
    return this.#failed;
  }

  error(message: string, origin: Origin, code = 'COREFILE_OPTION'): void {
    this.#failed = true;
    this.#problems.error(code, `plugin/${this.#plugin}: ${message}`, origin);
  }

  warning(message: string, origin: Origin, code = 'COREFILE_OPTION'): void {
    this.#problems.warning(code, `plugin/${this.#plugin}: ${message}`, origin);
  }

  /** Zones given as arguments, in normal form; networks expanded to their reverse zones. */
  zones(args: readonly Word[]): string[] {
    const found = new Set<string>();
    for (const word of args) {
      const keys = serverKeys({ ...word, kind: 'word', startsLine: false }, this.#problems);
      if (keys.length === 0) this.#failed = true;
      for (const { zone } of keys) found.add(zone);
      if (found.size > MAX_ZONES) {
        this.error(`more than ${MAX_ZONES} zones`, word.origin, 'COREFILE_LIMIT');
        break;
      }
    }
    return [...found];
  }
}
