import type { Document, Path } from '../document.ts';
import type { Origin } from '../objects.ts';
import type { Problem, Severity } from '../problem.ts';

/** What a report says of a field. */
interface Place {
  /** Steps from the object to the field. */
  path(): Path;
  /** `spec.ports[0].port` */
  text(): string;
  /** It had the wrong type, which has been reported. */
  readonly unreadable: boolean;
}

/** Problems kept for one object; a manifest with more than this is not being read by a person. */
const MAX_PROBLEMS = 50;

/** Characters of a user's value that a message repeats. */
const MAX_QUOTED = 120;
const MAX_QUOTED_ITEMS = 5;

/**
 * Collects what is wrong with one object, in the API server's words.
 *
 * The verbs are those of apimachinery's `field.Error`, so that a message can be found by searching
 * for it: `Service "echo" is invalid: spec.ports[0].port: Invalid value: 0: must be …`.
 */
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

  /** Where a field stands. */
  placeOf(field: Place): Origin {
    return this.#document.locate([...this.#prefix, ...field.path()]);
  }

  invalid(field: Place, value: unknown, detail: string): void {
    this.#error(field, `Invalid value: ${quote(value)}: ${detail}`);
  }

  required(field: Place, detail = ''): void {
    // What could not be read has been reported already; it is not missing.
    if (field.unreadable) return;
    this.#error(field, detail === '' ? 'Required value' : `Required value: ${detail}`);
  }

  forbidden(field: Place, detail: string): void {
    this.#error(field, `Forbidden: ${detail}`);
  }

  duplicate(field: Place, value: unknown): void {
    this.#error(field, `Duplicate value: ${quote(value)}`);
  }

  unsupported(field: Place, value: string, supported: readonly string[], advice = ''): void {
    const values = supported.map((item) => `"${item}"`).join(', ');
    const tail = advice === '' ? '' : `: ${advice}`;
    this.#error(field, `Unsupported value: ${quote(value)}: supported values: ${values}${tail}`);
  }

  tooMany(field: Place, found: number, most: number): void {
    this.#error(field, `Too many: ${found}: must have at most ${most} items`);
  }

  /** `most` in characters. */
  tooLong(field: Place, most: number): void {
    this.#error(field, `Too long: may not be more than ${most} bytes`);
  }

  /** The JSON decoder's complaint, and what to do about it. */
  wrongType(field: Place, message: string, advice: string): void {
    const { kind, apiVersion } = this;
    // The API server names the version without its group.
    const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
    this.#add(
      'error',
      'MANIFEST_TYPE',
      `${kind} in version "${version}" cannot be handled as a ${kind}: ${message}: ${advice}`,
      this.placeOf(field),
    );
  }

  /**
   * A member that the API does not have: kubectl refuses the object, in these words; here it is
   * used without the member.
   */
  unknownField(severity: 'warning' | 'hint', field: Place, advice: string): void {
    const message = `${this.#subject()}: strict decoding error: unknown field ${quote(field.text())}: ${advice}`;
    const origin = this.#document.locateKey([...this.#prefix, ...field.path()]);
    this.#add(severity, 'MANIFEST_UNKNOWN_FIELD', message, origin);
  }

  /** Something that does not refuse the object. `field` is where; the message names it itself. */
  note(severity: 'warning' | 'hint', code: string, field: Place, message: string): void {
    this.#add(severity, code, `${this.#subject()}: ${message}`, this.placeOf(field));
  }

  #error(field: Place, message: string): void {
    const code = `${this.kind.toUpperCase()}_INVALID`;
    const subject = `${this.#subject()} is invalid`;
    this.#add('error', code, `${subject}: ${field.text()}: ${message}`, this.placeOf(field));
  }

  #add(severity: Severity, code: string, message: string, origin: Origin): void {
    if (severity === 'error') this.refused = true;
    if (this.problems.length > MAX_PROBLEMS) return;
    const full = this.problems.length === MAX_PROBLEMS;
    this.problems.push({
      severity,
      code: full ? 'MANIFEST_TOO_MANY_PROBLEMS' : code,
      message: full ? `${this.#subject()} has more problems than these ${MAX_PROBLEMS}` : message,
      origin,
      ...this.#object(),
    });
  }

  #subject(): string {
    return `${this.kind} ${quote(this.name ?? '')}`;
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
 * Labels, which are a Map, are shown whole. Of what is inside another mapping nothing is said: that
 * may be deep, go in circles, or have a `toString`.
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
