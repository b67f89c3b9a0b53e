import type { KubeObject, Origin } from '../objects.ts';
import type { Problem } from '../problem.ts';

/** What one document holds. */
export interface DocumentReading {
  /** Valid objects, with the API server's defaults filled in, in the order written. */
  readonly objects: KubeObject[];
  /** Everything found wrong; an object with an error is not among `objects`. */
  readonly problems: Problem[];
  /** The kinds of objects that have no part in DNS, one entry an object. */
  readonly passedOver: string[];
  /** Namespaces that those name: a namespace exists when any object names it. */
  readonly namespaces: Set<string>;
  /** How many objects have an error. */
  refused: number;
  /** How many values were looked at, Lists among them. */
  seen: number;
}

/** What a document holds that is one object, about which nothing is said. */
export function readingOf(object: KubeObject): DocumentReading {
  return {
    objects: [object],
    problems: [],
    passedOver: [],
    namespaces: new Set(),
    refused: 0,
    seen: 1,
  };
}

/**
 * Objects of one document: enough for the largest cluster's `kubectl get -o yaml`. None of a
 * document with more is used: the first of them would be a set of names that no one wrote.
 */
const MAX_OBJECTS = 500_000;

/** Errors kept of one document, and as many warnings and hints: no one reads more. */
const MAX_PROBLEMS = 1_000;

/** What has been found in a document so far. */
export class CollectedReading implements DocumentReading {
  readonly objects: KubeObject[] = [];
  readonly problems: Problem[];
  readonly passedOver: string[] = [];
  readonly namespaces = new Set<string>();
  refused = 0;
  seen = 0;
  #errors = 0;
  #notes = 0;

  /** `warnings` are about the text of the document. */
  constructor(warnings: readonly Problem[] = []) {
    this.problems = [...warnings];
  }

  /** Adds what an item of a List holds. */
  merge({ objects, problems, passedOver, namespaces, refused, seen }: DocumentReading): void {
    // One by one, as an item may be a List of more than fit on a stack.
    for (const object of objects) this.objects.push(object);
    for (const kind of passedOver) this.passedOver.push(kind);
    for (const namespace of namespaces) this.namespaces.add(namespace);
    for (const problem of problems) this.keep(problem);
    this.refused += refused;
    this.seen += seen;
  }

  /** It has more objects than are read. */
  get isFull(): boolean {
    return this.seen > MAX_OBJECTS;
  }

  /** Drops all of its objects. */
  tooManyObjects(origin: Origin): void {
    this.objects.length = 0;
    this.passedOver.length = 0;
    this.namespaces.clear();
    const message = `Cannot read more than ${MAX_OBJECTS} objects of one document: split it`;
    this.refused++;
    this.keep({ severity: 'error', code: 'MANIFEST_TOO_LARGE', message, origin });
  }

  /** Notes what is wrong, up to a limit. */
  keep(problem: Problem): void {
    const count = problem.severity === 'error' ? ++this.#errors : ++this.#notes;
    if (count <= MAX_PROBLEMS) this.problems.push(problem);
    if (count !== MAX_PROBLEMS + 1) return;
    const what = problem.severity === 'error' ? 'errors' : 'warnings and hints';
    this.problems.push({
      severity: problem.severity,
      code: 'MANIFEST_TOO_MANY_PROBLEMS',
      message: `this document has more ${what} than the first ${MAX_PROBLEMS}`,
      origin: problem.origin,
    });
  }
}
