import type { Document, Path } from '../document.ts';
import { DEFAULT_NAMESPACE } from '../names.ts';
import type { Origin } from '../objects.ts';
import type { Problem, Severity } from '../problem.ts';

/** Problems kept for one object; a manifest with more than this is not being read by a person. */
const MAX_PROBLEMS = 50;

/** Characters of a user's value that a message repeats. */
const MAX_QUOTED = 120;
const MAX_QUOTED_ITEMS = 5;

/** Collects what is wrong with one object. */
export class Report {
  readonly kind: string;
  readonly apiVersion: string;
  readonly problems: Problem[] = [];
  /** An error was found: the object cannot be used. */
  refused = false;
  /** Filled in as soon as they are read, so that every later message can say whose it is. */
  name: string | undefined;
  namespace = '';
  readonly #document: Document;
  readonly #prefix: Path;

  /** `prefix` leads from the document's root to the object: empty, or `['items', 3]` in a List. */
  constructor(document: Document, prefix: Path, kind: string, apiVersion: string) {
    this.#document = document;
    this.#prefix = prefix;
    this.kind = kind;
    this.apiVersion = apiVersion;
  }

  /** Where the object begins. */
  get origin(): Origin {
    return this.#prefix.length === 0 ? this.#document.origin : this.#document.locate(this.#prefix);
  }

  /** Of an object that names none. */
  get defaultNamespace(): string {
    return this.#document.namespace ?? DEFAULT_NAMESPACE;
  }

  /** `Service "web"`, as messages begin. */
  get subject(): string {
    return `${this.kind} ${quote(this.name ?? '')}`;
  }

  /** Where the value stands that `path` leads to from the object. */
  placeOf(path: Path): Origin {
    return this.#document.locate([...this.#prefix, ...path]);
  }

  /** Where the key of that value stands. */
  placeOfKey(path: Path): Origin {
    return this.#document.locateKey([...this.#prefix, ...path]);
  }

  /** Keeps a problem, up to a limit. An error refuses the object. */
  add(severity: Severity, code: string, message: string, origin: Origin): void {
    if (severity === 'error') this.refused = true;
    if (this.problems.length > MAX_PROBLEMS) return;
    const full = this.problems.length === MAX_PROBLEMS;
    this.problems.push({
      severity,
      code: full ? 'MANIFEST_TOO_MANY_PROBLEMS' : code,
      message: full ? `${this.subject} has more problems than these ${MAX_PROBLEMS}` : message,
      origin,
      ...this.#object(),
    });
  }

  #object(): { object?: string } {
    if (this.name === undefined || this.name === '') return {};
    const scope = this.namespace === '' ? '' : `${shorten(this.namespace)}/`;
    return { object: `${this.kind} ${scope}${shorten(this.name)}` };
  }
}

/** A value as JSON, cut short: a message is one readable line whatever the manifest holds. */
export function quote(value: unknown): string {
  if (!Array.isArray(value)) return quoteOne(value);
  const more = value.length > MAX_QUOTED_ITEMS ? ',…' : '';
  return `[${value.slice(0, MAX_QUOTED_ITEMS).map(quoteOne).join(',')}${more}]`;
}

/**
 * Labels, which are a Map, are shown whole. What is inside another mapping is not shown: it may be
 * deep, contain itself, or have a `toString`.
 */
function quoteOne(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(shorten(value));
  if (value instanceof Map) return shorten(JSON.stringify(Object.fromEntries(value)));
  if (typeof value !== 'object' || value === null) return shorten(String(value));
  return Array.isArray(value) ? 'a list' : 'a mapping';
}

function shorten(text: string): string {
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
}
