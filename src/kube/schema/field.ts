import type { Path } from '../document.ts';
import type { NameRule } from '../names.ts';
import type { Origin } from '../objects.ts';
import { closest } from '../spelling.ts';
import { quote, type Report } from './report.ts';
import { isMapping, jsonType, typeAdvice, WHOLE_NUMBER } from './wrong-type.ts';

/** Members of one mapping looked at for typing errors: more were not typed. */
const MAX_TYPED_KEYS = 100;

/**
 * A place in a manifest: its raw value, the path to it, and typed ways to read it.
 *
 * Reading never throws. A value of the wrong JSON type is reported in the words of Go's decoder,
 * which is what the API server answers with, and counts as unreadable from then on. null counts as
 * absent, as it does for the API server.
 */
export class Field {
  readonly report: Report;
  /** Undefined when absent or null. */
  readonly value: unknown;
  /** It, or something it is part of, had the wrong type and has been reported. */
  unreadable: boolean;
  readonly #parent: Field | undefined;
  readonly #key: string | number;
  /** An entry of a map with the user's own keys, which Go's decoder does not name. */
  #isEntry = false;
  #shownAs: string | undefined;

  constructor(report: Report, value: unknown, parent?: Field, key: string | number = '') {
    this.report = report;
    this.value = value ?? undefined;
    this.#parent = parent;
    this.#key = key;
    this.unreadable = parent?.unreadable ?? false;
  }

  get present(): boolean {
    return this.value !== undefined;
  }

  /** Elements of a list, whether or not they can be used. */
  get count(): number {
    return Array.isArray(this.value) ? this.value.length : 0;
  }

  /** A member of a mapping. Own members only: a manifest without `constructor` has none. */
  get(key: string): Field {
    const { value } = this;
    const member = isMapping(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    return new Field(this.report, member, this, key);
  }

  /** A member whose key the user chose, like a label. */
  entry(key: string): Field {
    const entry = this.get(key);
    entry.#isEntry = true;
    return entry;
  }

  /** The names of a mapping's members. */
  keys(): string[] {
    return isMapping(this.value) ? Object.keys(this.value) : [];
  }

  /**
   * Checks that this is a mapping or absent. `go` is what Go calls it: `Service`, `v1.ServiceSpec`.
   */
  mapping(owner: string, go: string): this {
    if (this.present && !isMapping(this.value)) this.#wrongType(owner, go, 'a mapping');
    return this;
  }

  /** The elements of a list; none when absent. */
  list(owner: string, go: string): Field[] {
    if (!this.present) return [];
    if (Array.isArray(this.value)) {
      return this.value.map((item, index) => new Field(this.report, item, this, index));
    }
    this.#wrongType(owner, `[]${go}`, 'a list');
    return [];
  }

  /** Text; '' when absent. */
  string(owner: string, go = 'string'): string {
    if (!this.present) return '';
    if (typeof this.value === 'string') return this.value;
    this.#wrongType(owner, go, 'text');
    return '';
  }

  /** A 32-bit integer; undefined when absent. */
  integer(owner: string): number | undefined {
    const { value } = this;
    if (!this.present) return undefined;
    if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31) {
      return value;
    }
    this.#wrongType(owner, 'int32', WHOLE_NUMBER);
    return undefined;
  }

  boolean(owner: string): boolean | undefined {
    if (!this.present) return undefined;
    if (typeof this.value === 'boolean') return this.value;
    this.#wrongType(owner, 'bool', 'true or false');
    return undefined;
  }

  /** Text or a whole number, like `targetPort`; undefined when absent. */
  integerOrString(owner: string): number | string | undefined {
    return typeof this.value === 'string' ? this.value : this.integer(owner);
  }

  /** Steps from the object to here. */
  path(): Path {
    const steps: (string | number)[] = [];
    for (let at: Field = this; at.#parent !== undefined; at = at.#parent) steps.unshift(at.#key);
    return steps;
  }

  /** `spec.ports[0].port` */
  text(): string {
    return this.#shownAs ?? pathText(this.path());
  }

  /** Where it stands. */
  get origin(): Origin {
    return this.report.placeOf(this.path());
  }

  /** Messages call this place something else, as the API server would. */
  shownAs(text: string): this {
    this.#shownAs = text;
    return this;
  }

  /**
   * Warns of members that look like a slip for one that matters. Other unknown members are passed
   * over, as newer Kubernetes versions than we know will have them.
   */
  warnOfTypos(known: FieldNames): void {
    for (const key of this.keys().slice(0, MAX_TYPED_KEYS)) {
      if (known.all.has(key)) continue;
      const meant = known.elsewhere.get(key) ?? closest(key, known.read);
      if (meant === undefined) continue;
      this.get(key).unknown('warning', `did you mean "${meant}"?`);
    }
  }

  // The verbs are those of apimachinery's `field.Error`, so that a message can be found by searching
  // for it: `Service "echo" is invalid: spec.ports[0].port: Invalid value: 0: must be …`.

  invalid(value: unknown, detail: string): void {
    this.#error(`Invalid value: ${quote(value)}: ${detail}`);
  }

  /** Reports each sentence of a rule that a text breaks; true when it breaks none. */
  obeys(rule: NameRule, text: string): boolean {
    const faults = rule(text);
    for (const fault of faults) this.invalid(text, fault);
    return faults.length === 0;
  }

  required(detail = ''): void {
    // What could not be read has been reported already; it is not missing.
    if (this.unreadable) return;
    this.#error(detail === '' ? 'Required value' : `Required value: ${detail}`);
  }

  forbidden(detail: string): void {
    this.#error(`Forbidden: ${detail}`);
  }

  duplicate(value: unknown): void {
    this.#error(`Duplicate value: ${quote(value)}`);
  }

  unsupported(value: string, supported: readonly string[], advice = ''): void {
    const values = supported.map((item) => `"${item}"`).join(', ');
    const tail = advice === '' ? '' : `: ${advice}`;
    this.#error(`Unsupported value: ${quote(value)}: supported values: ${values}${tail}`);
  }

  tooMany(found: number, most: number): void {
    this.#error(`Too many: ${found}: must have at most ${most} items`);
  }

  /** `most` in characters. */
  tooLong(most: number): void {
    this.#error(`Too long: may not be more than ${most} bytes`);
  }

  /** The JSON decoder's complaint, and what to do about it. */
  wrongType(message: string, advice: string): void {
    const { kind, apiVersion } = this.report;
    // The API server names the version without its group.
    const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
    const text = `${kind} in version "${version}" cannot be handled as a ${kind}: ${message}: ${advice}`;
    this.report.add('error', 'MANIFEST_TYPE', text, this.origin);
  }

  /**
   * The API does not have this member: kubectl refuses the object, in these words; here it is used
   * without the member.
   */
  unknown(severity: 'warning' | 'hint', advice: string): void {
    const { report } = this;
    const message = `${report.subject}: strict decoding error: unknown field ${quote(this.text())}: ${advice}`;
    report.add(severity, 'MANIFEST_UNKNOWN_FIELD', message, report.placeOfKey(this.path()));
  }

  /** Something that does not refuse the object; the message says itself which field it is about. */
  note(severity: 'warning' | 'hint', code: string, message: string): void {
    this.report.add(severity, code, `${this.report.subject}: ${message}`, this.origin);
  }

  #error(message: string): void {
    const { report } = this;
    const text = `${report.subject} is invalid: ${this.text()}: ${message}`;
    report.add('error', `${report.kind.toUpperCase()}_INVALID`, text, this.origin);
  }

  #wrongType(owner: string, go: string, wanted: string): void {
    this.unreadable = true;
    const found = jsonType(this.value, wanted);
    // Go's decoder names the path without the places in lists and maps.
    const steps = this.#isEntry ? this.path().slice(0, -1) : this.path();
    const path = steps.filter((step) => typeof step === 'string');
    const place = path.length === 0 ? 'value' : `struct field ${owner}.${path.join('.')}`;
    this.wrongType(
      `json: cannot unmarshal ${found} into Go ${place} of type ${go}`,
      typeAdvice(this.value, wanted),
    );
  }
}

/** The members of one mapping: those the API has, and those that are read here. */
export interface FieldNames {
  readonly all: ReadonlySet<string>;
  readonly read: readonly string[];
  /** Members that people put here but belong somewhere else, and where. */
  readonly elsewhere: ReadonlyMap<string, string>;
}

/** `read` are worth a typo warning; `others` exist in the API and must not be taken for typos. */
export function fieldNames(
  read: string,
  others = '',
  elsewhere: Readonly<Record<string, string>> = {},
): FieldNames {
  const readNames = read.split(' ');
  return {
    read: readNames,
    all: new Set([...readNames, ...others.split(' ')]),
    elsewhere: new Map(Object.entries(elsewhere)),
  };
}

function pathText(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}
