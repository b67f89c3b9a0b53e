import { resolve } from 'node:path';
import type { LoadResult } from '../../config/load.ts';
import type { NameSource } from '../../config/name-sources.ts';
import type { Loaded } from '../../control/load-once.ts';
import { DISK, MAX_BYTES } from '../../corefile/files.ts';
import type { Problem } from '../../kube/problem.ts';
import { ReadFacts } from '../../lint/facts.ts';
import { lintCorefile, lintObjects } from '../../lint/lint.ts';
import type { Rule } from '../../lint/rule.ts';
import { idOf } from '../../lint/rule-id.ts';
import { RULES, silencingFault, silencingId } from '../../lint/rules.ts';
import { UsageError } from '../command.ts';

/** Problems, without those that were switched off. */
interface Judged {
  readonly shown: readonly Problem[];
  /** By a comment. */
  readonly silenced: readonly Problem[];
}

/** The rules of one run of `check`: which are in use, what they find, and what stays silent. */
export class Linting {
  /** Is to see all files while they are read. */
  readonly facts = new ReadFacts();
  readonly #rules: readonly Rule[];
  readonly #disabled: ReadonlySet<string>;
  readonly #cwd: string;

  /**
   * `disabled` are the values of `--disable`: ids joined by commas.
   *
   * @throws {UsageError} when there is no such rule.
   */
  constructor(disabled: readonly string[], cwd: string) {
    const words = disabled.flatMap((value) => value.split(',')).map((word) => word.trim());
    const ids = new Set(words.filter((word) => word !== '').map(idOf));
    for (const id of ids) {
      const fault = silencingFault(id);
      if (fault !== undefined) throw new UsageError(`Cannot use --disable: ${fault}`);
    }
    this.#disabled = ids;
    this.#rules = RULES.filter(({ id }) => !ids.has(id));
    this.#cwd = cwd;
  }

  /** What rules find in the manifests of a source. */
  objects({ zone }: NameSource, { live, objects }: Pick<Loaded, 'live' | 'objects'>): Problem[] {
    return lintObjects({ ...objects(), zone, live, facts: this.facts }, this.#rules);
  }

  /** What rules find in a Corefile; nothing in the built-in one. */
  corefile(result: LoadResult): Problem[] {
    const settings = result.settings ?? result.draft;
    if (settings === undefined || settings.corefile.isBuiltIn) return [];
    return lintCorefile(settings, this.#rules);
  }

  /** What is shown of the problems, with what is wrong with comments. */
  judge(problems: readonly Problem[]): Judged {
    const { comments } = this.facts;
    const shown: Problem[] = [];
    const silenced: Problem[] = [];
    for (const problem of problems) {
      const { severity, code, origin } = problem;
      const id = severity === 'error' ? undefined : silencingId(code);
      if (id !== undefined && this.#disabled.has(id)) continue;
      if (id !== undefined) this.#readComments(origin.file);
      const isSilenced = id !== undefined && comments.silences(id, origin);
      (isSilenced ? silenced : shown).push(problem);
    }
    const unknown = comments.named.flatMap(({ id, origin }) => {
      const fault = silencingFault(id);
      return fault === undefined ? [] : commentProblem(fault, origin);
    });
    return { shown: [...shown, ...comments.problems, ...unknown], silenced };
  }

  /** Manifests have been seen as they were read; a Corefile, or a file that it imports, has not. */
  #readComments(file: string): void {
    const { comments } = this.facts;
    if (comments.has(file)) return;
    let text = '';
    try {
      text = DISK.read(resolve(this.#cwd, file), MAX_BYTES);
    } catch {
      // An option, a folder, an object of a cluster: what has no text has no comments.
    }
    comments.read(file, text);
  }
}

function commentProblem(fault: string, origin: Problem['origin']): Problem {
  const message = `svcdns-lint: ${fault}`;
  return { severity: 'warning', code: 'LINT_COMMENT', message, origin };
}
