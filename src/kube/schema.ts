import type { Document, ListItem, Path, WrittenObject } from './document.ts';
import { DEFAULT_NAMESPACE, dns1123Label } from './names.ts';
import type { Kind, Origin } from './objects.ts';
import type { Problem } from './problem.ts';
import { isMetallbConfig } from './schema/config-map.ts';
import { CollectedReading, type DocumentReading, readingOf } from './schema/document-reading.ts';
import { Field } from './schema/field.ts';
import { foreignReason } from './schema/foreign.ts';
import { isMapping, member } from './schema/json-type.ts';
import { apiVersionOf, impliedKind, passedOverName, recognise } from './schema/kinds.ts';
import { quickObject } from './schema/quick-object.ts';
import { READERS } from './schema/readers.ts';
import { removedVersionFault } from './schema/removed-versions.ts';
import { quote, Report } from './schema/report.ts';

/**
 * What an item of a List of `itemKind` is: what `read` returns, or what it has returned for the
 * same text before.
 */
export type ItemReader = (
  item: ListItem,
  itemKind: Kind | undefined,
  read: () => DocumentReading,
) => DocumentReading;

export interface ReadOptions {
  readonly readItem?: ItemReader;
  /** Called after each item of a List. */
  readonly step?: () => void;
  /** Is shown every object that is not refused, those without a part in DNS too. */
  readonly see?: ((written: WrittenObject) => void) | undefined;
}

/** Lists in lists; kubectl writes one level. Aliases could make any depth of a few lines. */
const MAX_LIST_DEPTH = 3;

/**
 * Reads the objects of a document, checking them as the API server would.
 *
 * All problems of a document are reported at once. An object that is refused costs only itself: the
 * other items of a List are used. Never throws, whatever the document's value is.
 */
export function readDocument(
  document: Document,
  { readItem = (_item, _itemKind, read) => read(), step = () => {}, see }: ReadOptions = {},
): DocumentReading {
  const reading = new CollectedReading(document.warnings);
  new Reader(document, { readItem, step, see }, reading).read(document.value, [], 0, undefined);
  return reading;
}

type ReaderOptions = Required<Pick<ReadOptions, 'readItem' | 'step'>> & ReadOptions;

class Reader {
  readonly #document: Document;
  readonly #options: ReaderOptions;
  readonly #reading: CollectedReading;

  constructor(document: Document, options: ReaderOptions, reading: CollectedReading) {
    this.#document = document;
    this.#options = options;
    this.#reading = reading;
  }

  /** `itemKind` is what the items of a ServiceList and its like may leave unsaid. */
  read(value: unknown, path: Path, depth: number, itemKind: Kind | undefined): void {
    if (value === null || value === undefined) return;
    this.#reading.seen++;
    const foreign = itemKind === undefined ? foreignReason(value) : undefined;
    if (this.#reading.isFull) this.#reading.tooManyObjects(this.#document.locate(path));
    else if (foreign !== undefined) this.#foreign(foreign, path);
    else if (isMapping(value)) this.#mapping(value, path, depth, itemKind);
    else this.#notAnObject(path, value);
  }

  #mapping(
    value: Record<string, unknown>,
    path: Path,
    depth: number,
    itemKind: Kind | undefined,
  ): void {
    const apiVersion = this.#header(value, 'apiVersion', path, itemKind && apiVersionOf(itemKind));
    const kind = this.#header(value, 'kind', path, itemKind);
    if (apiVersion === undefined || kind === undefined) return;
    const recognised = recognise(apiVersion, kind);
    switch (recognised.is) {
      case 'object':
        if (kind === 'ConfigMap' && !isMetallbConfig(value))
          this.#passOver(kind, apiVersion, value, path);
        else this.#object(recognised.kind, apiVersion, value, path);
        break;
      case 'list':
        this.#list(recognised.itemKind, kind, value, path, depth);
        break;
      case 'other':
        this.#passOver(kind, apiVersion, value, path);
        break;
      case 'mistake':
        if (kind === '') this.#withoutKind(apiVersion, recognised.message, value, path);
        else this.#error('MANIFEST_KIND', recognised.message, [...path, recognised.member]);
    }
  }

  /** Refuses it, with all the mistakes that it has as an object of the kind it seems to be. */
  #withoutKind(
    apiVersion: string,
    message: string,
    value: Record<string, unknown>,
    path: Path,
  ): void {
    const kind = impliedKind(apiVersion, value);
    if (kind === undefined) {
      this.#error('MANIFEST_KIND', message, [...path, 'kind']);
      return;
    }
    this.#error('MANIFEST_KIND', `kind not set: write kind: ${kind}`, [...path, 'kind']);
    const report = new Report(this.#document, path, kind, apiVersion);
    READERS[kind](new Field(report, value));
    for (const problem of report.problems) this.#reading.keep(problem);
  }

  #passOver(kind: string, apiVersion: string, value: Record<string, unknown>, path: Path): void {
    this.#reading.passedOver.push(passedOverName(apiVersion, kind).slice(0, 63));
    this.#noteNamespace(value);
    this.#show(kind, apiVersion, value, path);
    const fault = removedVersionFault(apiVersion, kind, false);
    if (fault === undefined) return;
    const report = new Report(this.#document, path, kind, apiVersion);
    const name = member(member(value, 'metadata'), 'name');
    if (typeof name === 'string') report.name = name;
    new Field(report, value).get('apiVersion').note('warning', 'MANIFEST_OLD_VERSION', fault);
    for (const problem of report.problems) this.#reading.keep(problem);
  }

  #noteNamespace(value: Record<string, unknown>): void {
    const namespace = member(member(value, 'metadata'), 'namespace');
    if (typeof namespace === 'string' && dns1123Label(namespace).length === 0) {
      this.#reading.namespaces.add(namespace);
    }
  }

  #show(kind: string, apiVersion: string, value: Record<string, unknown>, path: Path): void {
    const document = this.#document;
    this.#options.see?.({
      apiVersion,
      kind,
      value,
      defaultNamespace: document.namespace ?? DEFAULT_NAMESPACE,
      locate: (within) => this.#originAt(path, within),
    });
  }

  #originAt(path: Path, within: Path): Origin {
    const document = this.#document;
    const isRoot = path.length + within.length === 0;
    return isRoot ? document.origin : document.locate([...path, ...within]);
  }

  #object(kind: Kind, apiVersion: string, value: Record<string, unknown>, path: Path): void {
    const originAt = (within: Path) => this.#originAt(path, within);
    const quick = quickObject(kind, apiVersion, value, originAt);
    if (quick !== undefined) {
      this.#reading.objects.push(quick);
      this.#show(kind, apiVersion, value, path);
      return;
    }
    const report = new Report(this.#document, path, kind, apiVersion);
    const root = new Field(report, value);
    const object = READERS[kind](root);
    const fault = removedVersionFault(apiVersion, kind, true);
    if (fault !== undefined) {
      root.get('apiVersion').note('warning', 'MANIFEST_OLD_VERSION', fault);
    }
    if (report.refused) this.#reading.refused++;
    else {
      this.#reading.objects.push(object);
      this.#show(kind, apiVersion, value, path);
    }
    for (const problem of report.problems) this.#reading.keep(problem);
  }

  #list(
    itemKind: Kind | undefined,
    kind: string,
    value: Record<string, unknown>,
    path: Path,
    depth: number,
  ): void {
    const written = member(value, 'items');
    if (written === null || written === undefined) return;
    const itemsPath = [...path, 'items'];
    if (!Array.isArray(written)) {
      this.#error(
        'MANIFEST_TYPE',
        `items of a ${kind} must be a list: write "- " before each object`,
        itemsPath,
      );
      return;
    }
    if (depth >= MAX_LIST_DEPTH) {
      this.#error(
        'MANIFEST_TOO_LARGE',
        `Cannot read a List within ${depth} others: write its items side by side`,
        itemsPath,
      );
      return;
    }
    if (depth === 0 && this.#document.items !== undefined) {
      this.#items(this.#document.items, itemKind);
      return;
    }
    let index = 0;
    for (const item of written) {
      if (this.#reading.isFull) break;
      this.read(item, [...itemsPath, index], depth + 1, itemKind);
      this.#options.step();
      index++;
    }
  }

  #items(items: Iterable<ListItem>, itemKind: Kind | undefined): void {
    for (const item of items) {
      const read = () => {
        const object = this.#options.see === undefined ? item.quickObject() : undefined;
        if (object !== undefined) return readingOf(object);
        const document = item.read();
        const reading = new CollectedReading();
        new Reader(document, this.#options, reading).read(document.value, [], 1, itemKind);
        return reading;
      };
      this.#reading.merge(this.#options.readItem(item, itemKind, read));
      this.#options.step();
      if (!this.#reading.isFull) continue;
      this.#reading.tooManyObjects(item.origin);
      return;
    }
  }

  /**
   * `apiVersion` or `kind`; '' when absent, undefined when reported as something else than text.
   */
  #header(
    value: Record<string, unknown>,
    key: 'apiVersion' | 'kind',
    path: Path,
    otherwise = '',
  ): string | undefined {
    const text = member(value, key) ?? otherwise;
    if (typeof text === 'string') return text;
    this.#error('MANIFEST_KIND', `${key} must be text, found ${quote(text)}`, [...path, key]);
    return undefined;
  }

  #notAnObject(path: Path, value: unknown): void {
    const found = Array.isArray(value) ? 'a list' : `only ${quote(firstWord(value))}`;
    const space = typeof value === 'string' && /^\w+:\S/.test(value);
    const advice = space
      ? 'put a space after the colon'
      : 'expected a mapping that begins with apiVersion and kind';
    this.#error(
      'MANIFEST_NOT_AN_OBJECT',
      `not a Kubernetes object: found ${found}: ${advice}`,
      path,
    );
  }

  #foreign(reason: string, path: Path): void {
    const message = `${reason}: not a Kubernetes object, passed over`;
    this.#problem('hint', 'MANIFEST_NOT_AN_OBJECT', message, path);
  }

  #error(code: string, message: string, path: Path): void {
    this.#reading.refused++;
    this.#problem('error', code, message, path);
  }

  #problem(severity: Problem['severity'], code: string, message: string, path: Path): void {
    this.#reading.keep({ severity, code, message, origin: this.#document.locate(path) });
  }
}

/** The text may be a secret that was put among the manifests: no more than one word is shown. */
function firstWord(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const [first = '', ...more] = value.trim().split(/\s+/, 2);
  return more.length === 0 ? first : `${first} …`;
}
