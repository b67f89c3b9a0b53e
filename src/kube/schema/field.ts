import type { Path } from '../document.ts';
import type { NameRule } from '../names.ts';
import type { Origin } from '../objects.ts';
import { closest } from '../spelling.ts';
import { isMapping, jsonType, member, typeAdvice, WHOLE_NUMBER } from './json-type.ts';
import { quote, type Report } from './report.ts';
import type { FieldNames, Struct } from './struct.ts';

/** Members of one mapping that are checked for typing errors: no one types more. */
const MAX_TYPED_KEYS = 100;

/**
 * A place in a manifest: its raw value, the path to it, typed ways to read it, and the API server's
 * words for what is wrong with it.
 *
 * Reading never throws. A value of the wrong JSON type is reported in the words of Go's decoder,
 * which is what the API server answers with, and counts as unreadable from then on. null counts as
 * absent, as it does for the API server.
 */
export class Field {
  readonly report: Report;
  /** Undefined when absent or null. */
  readonly value: unknown;
  /** This value, or one that contains it, had the wrong type and has been reported. */
  unreadable: boolean;
  readonly #parent: Field | undefined;
  readonly #key: string | number;
  /** What Go calls the struct that is read here, without its package: `ServiceSpec`. */
  #struct: string | undefined;
  /** An entry of a map with the user's own keys, which Go's decoder does not name. */
  #isEntry = false;
  #shownAs: string | undefined;

  constructor(report: Report, value: unknown, parent?: Field, key: string | number = '') {
    this.report = report;
    this.value = value ?? undefined;
    this.#parent = parent;
    this.#key = key;
    this.#struct = parent === undefined ? report.kind : undefined;
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
    return new Field(this.report, member(this.value, key), this, key);
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

  /** Checks that this is a mapping or absent; `go` is its type: `v1.ServiceSpec`, `map[…]…`. */
  mapping(go: string): this {
    if (!go.startsWith('map[')) this.#struct = go.slice(go.indexOf('.') + 1);
    if (this.present && !isMapping(this.value)) this.#wrongType(go, 'a mapping');
    return this;
  }

  /** The same, with warnings of misspelt and unknown members. */
  struct(struct: Struct): this {
    return this.mapping(struct.go).warnOfTypos(struct);
  }

  /** The elements of a list; none when absent or, after a report, when there are over `most`. */
  list(go: string, most = Number.POSITIVE_INFINITY): Field[] {
    const items = this.first(go, most);
    return this.count > most ? [] : items;
  }

  /** The first `most` elements of a list; that there are more is reported. */
  first(go: string, most: number): Field[] {
    if (this.present && !Array.isArray(this.value)) this.#wrongType(`[]${go}`, 'a list');
    if (!Array.isArray(this.value)) return [];
    if (this.count > most) this.tooMany(this.count, most);
    const items = this.value.slice(0, most);
    return items.map((item, index) => new Field(this.report, item, this, index));
  }

  /** What `read` makes of each element of a list of mappings; as `list` otherwise. */
  structs<T>(struct: Struct, read: (item: Field) => T, most?: number): T[] {
    return this.list(struct.go, most).map((item) => read(item.struct(struct)));
  }

  /** Text; '' when absent. */
  string(go = 'string'): string {
    if (!this.present) return '';
    if (typeof this.value === 'string') return this.value;
    this.#wrongType(go, 'text');
    return '';
  }

  /** Text that is checked against a rule unless it is ''; '' when absent. */
  name(rule: NameRule): string {
    const name = this.string();
    if (name !== '') this.obeys(rule, name);
    return name;
  }

  /** One of a few words; undefined when absent or '' or, after a report, another one. */
  oneOf<T extends string>(go: string, words: readonly T[], advice?: string): T | undefined {
    const text = this.string(go);
    const word = words.find((known) => known === text);
    if (word === undefined && text !== '') this.unsupported(text, words, advice);
    return word;
  }

  /** A 32-bit integer; undefined when absent. */
  integer(): number | undefined {
    const { value } = this;
    if (!this.present) return undefined;
    if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) < 2 ** 31) {
      return value;
    }
    this.#wrongType('int32', WHOLE_NUMBER);
    return undefined;
  }

  boolean(): boolean | undefined {
    if (!this.present) return undefined;
    if (typeof this.value === 'boolean') return this.value;
    this.#wrongType('bool', 'true or false');
    return undefined;
  }

  /** Text or a whole number, like `targetPort`; undefined when absent. */
  integerOrString(): number | string | undefined {
    return typeof this.value === 'string' ? this.value : this.integer();
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
   * Warns of members that look like a misspelling of one that matters and, where every member is
   * known, of all others too, as `kubectl --validate=strict` does.
   */
  warnOfTypos(known: FieldNames): this {
    for (const key of this.keys().slice(0, MAX_TYPED_KEYS)) {
      if (known.all.has(key)) continue;
      const meant = known.elsewhere.get(key) ?? closest(key, known.read);
      if (meant !== undefined) this.get(key).unknown('warning', didYouMean(meant));
      else if (known.isWhole) {
        this.get(key).unknown('warning', 'Kubernetes has no such field here, so it is not used');
      }
    }
    return this;
  }

  // The verbs are those of apimachinery's `field.Error`, so that people find a message when they
  // search for it: `Service "echo" is invalid: spec.ports[0].port: Invalid value: 0: must be …`.

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

  /** Without other advice, the word that was probably meant is named. */
  unsupported(value: string, supported: readonly string[], advice = ''): void {
    const meant = closest(value, supported);
    const values = supported.map((item) => `"${item}"`).join(', ');
    const hint = advice === '' && meant !== undefined ? didYouMean(meant) : advice;
    const tail = hint === '' ? '' : `: ${hint}`;
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

  #wrongType(go: string, wanted: string): void {
    this.unreadable = true;
    // Go's decoder names the path without the places in lists and maps.
    const steps = this.#isEntry ? this.path().slice(0, -1) : this.path();
    const path = steps.filter((step) => typeof step === 'string');
    const place = path.length === 0 ? 'value' : `struct field ${this.#owner()}.${path.join('.')}`;
    this.wrongType(
      `json: cannot unmarshal ${jsonType(this.value, wanted)} into Go ${place} of type ${go}`,
      typeAdvice(this.value, wanted),
    );
  }

  /** The struct that this is a field of. */
  #owner(): string {
    let at = this.#parent;
    while (at !== undefined && at.#struct === undefined) at = at.#parent;
    return at === undefined ? this.report.kind : at.#struct!;
  }
}

function didYouMean(meant: string): string {
  return `did you mean "${meant}"?`;
}

function pathText(path: Path): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += text === '' ? step : `.${step}`;
  }
  return text;
}
