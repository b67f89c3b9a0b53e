import type { Document, ListItem, Path, WrittenObject } from './document.ts';
import { dns1123Label } from './names.ts';
import type { Kind, KubeObject, Origin } from './objects.ts';
import type { Problem } from './problem.ts';
import { isMetallbConfig, readConfigMap } from './schema/config-map.ts';
import { readDNSEndpoint } from './schema/dns-endpoint.ts';
import { readEndpointSlice } from './schema/endpoint-slice.ts';
import { readEndpoints } from './schema/endpoints.ts';
import { Field } from './schema/field.ts';
import { readGateway, readRoute } from './schema/gateway.ts';
import { readIngress } from './schema/ingress.ts';
import { readIPAddressPool } from './schema/ip-address-pool.ts';
import { isMapping, member } from './schema/json-type.ts';
import { apiVersionOf, impliedKind, passedOverName, recognise } from './schema/kinds.ts';
import { readNamespace } from './schema/metadata.ts';
import { readNode } from './schema/node.ts';
import { readPod } from './schema/pod.ts';
import { removedVersionFault } from './schema/removed-versions.ts';
import { quote, Report } from './schema/report.ts';
import { readService } from './schema/service.ts';
import { readServiceImport } from './schema/service-import.ts';
import { readWorkload } from './schema/workload.ts';

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

/**
 * Objects of one document: enough for the largest cluster's `kubectl get -o yaml`. None of a
 * document with more is used: the first of them would be a set of names that no one wrote.
 */
const MAX_OBJECTS = 500_000;

/** Errors kept of one document, and as many warnings and hints: no one reads more. */
const MAX_PROBLEMS = 1_000;

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
  const reader = new Reader(document, { readItem, step, see });
  reader.reading.problems.push(...(document.warnings ?? []));
  reader.read(document.value, [], 0, undefined);
  return reader.reading;
}

const READERS: { readonly [K in Kind]: (root: Field) => KubeObject } = {
  Service: readService,
  Endpoints: readEndpoints,
  EndpointSlice: readEndpointSlice,
  Pod: readPod,
  Namespace: readNamespace,
  Node: readNode,
  Deployment: readWorkload('Deployment'),
  StatefulSet: readWorkload('StatefulSet'),
  DaemonSet: readWorkload('DaemonSet'),
  ReplicaSet: readWorkload('ReplicaSet'),
  IPAddressPool: readIPAddressPool,
  ConfigMap: readConfigMap,
  Ingress: readIngress,
  Gateway: readGateway,
  HTTPRoute: readRoute('HTTPRoute'),
  TLSRoute: readRoute('TLSRoute'),
  GRPCRoute: readRoute('GRPCRoute'),
  DNSEndpoint: readDNSEndpoint,
  ServiceImport: readServiceImport,
};

type ReaderOptions = Required<Pick<ReadOptions, 'readItem' | 'step'>> & ReadOptions;

class Reader {
  readonly reading: DocumentReading = {
    objects: [],
    problems: [],
    passedOver: [],
    namespaces: new Set(),
    refused: 0,
    seen: 0,
  };
  readonly #document: Document;
  readonly #options: ReaderOptions;
  #errors = 0;
  #notes = 0;

  constructor(document: Document, options: ReaderOptions) {
    this.#document = document;
    this.#options = options;
  }

  /** `itemKind` is what the items of a ServiceList and its like may leave unsaid. */
  read(value: unknown, path: Path, depth: number, itemKind: Kind | undefined): void {
    if (value === null || value === undefined) return;
    this.reading.seen++;
    if (this.#isFull) this.#tooManyObjects(this.#document.locate(path));
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
    if (apiVersion === '' && kind === '' && !looksLikeKubernetes(value)) {
      this.#foreign(path);
      return;
    }
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
    for (const problem of report.problems) this.#keep(problem);
  }

  #passOver(kind: string, apiVersion: string, value: Record<string, unknown>, path: Path): void {
    this.reading.passedOver.push(passedOverName(apiVersion, kind).slice(0, 63));
    this.#noteNamespace(value);
    this.#show(kind, apiVersion, value, path);
    const fault = removedVersionFault(apiVersion, kind, false);
    if (fault === undefined) return;
    const report = new Report(this.#document, path, kind, apiVersion);
    const name = member(member(value, 'metadata'), 'name');
    if (typeof name === 'string') report.name = name;
    new Field(report, value).get('apiVersion').note('warning', 'MANIFEST_OLD_VERSION', fault);
    for (const problem of report.problems) this.#keep(problem);
  }

  #noteNamespace(value: Record<string, unknown>): void {
    const namespace = member(member(value, 'metadata'), 'namespace');
    if (typeof namespace === 'string' && dns1123Label(namespace).length === 0) {
      this.reading.namespaces.add(namespace);
    }
  }

  #show(kind: string, apiVersion: string, value: Record<string, unknown>, path: Path): void {
    const document = this.#document;
    this.#options.see?.({
      apiVersion,
      kind,
      value,
      defaultNamespace: document.namespace ?? 'default',
      locate: (within) =>
        path.length + within.length === 0 ? document.origin : document.locate([...path, ...within]),
    });
  }

  #object(kind: Kind, apiVersion: string, value: Record<string, unknown>, path: Path): void {
    const report = new Report(this.#document, path, kind, apiVersion);
    const root = new Field(report, value);
    const object = READERS[kind](root);
    const fault = removedVersionFault(apiVersion, kind, true);
    if (fault !== undefined) {
      root.get('apiVersion').note('warning', 'MANIFEST_OLD_VERSION', fault);
    }
    if (report.refused) this.reading.refused++;
    else {
      this.reading.objects.push(object);
      this.#show(kind, apiVersion, value, path);
    }
    for (const problem of report.problems) this.#keep(problem);
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
      if (this.#isFull) break;
      this.read(item, [...itemsPath, index], depth + 1, itemKind);
      this.#options.step();
      index++;
    }
  }

  #items(items: Iterable<ListItem>, itemKind: Kind | undefined): void {
    for (const item of items) {
      const read = () => {
        const document = item.read();
        const reader = new Reader(document, this.#options);
        reader.read(document.value, [], 1, itemKind);
        return reader.reading;
      };
      this.#merge(this.#options.readItem(item, itemKind, read));
      this.#options.step();
      if (!this.#isFull) continue;
      this.#tooManyObjects(item.origin);
      return;
    }
  }

  #merge({ objects, problems, passedOver, namespaces, refused, seen }: DocumentReading): void {
    const { reading } = this;
    // One by one, as an item may be a List of more than fit on a stack.
    for (const object of objects) reading.objects.push(object);
    for (const kind of passedOver) reading.passedOver.push(kind);
    for (const namespace of namespaces) reading.namespaces.add(namespace);
    for (const problem of problems) this.#keep(problem);
    reading.refused += refused;
    reading.seen += seen;
  }

  get #isFull(): boolean {
    return this.reading.seen > MAX_OBJECTS;
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

  /** A folder may hold other YAML, such as Compose files and Helm values. */
  #foreign(path: Path): void {
    this.#problem(
      'hint',
      'MANIFEST_NOT_AN_OBJECT',
      'apiVersion and kind are not set: not a Kubernetes object, passed over',
      path,
    );
  }

  #tooManyObjects(origin: Origin): void {
    const { objects, passedOver, namespaces } = this.reading;
    objects.length = 0;
    passedOver.length = 0;
    namespaces.clear();
    const message = `Cannot read more than ${MAX_OBJECTS} objects of one document: split it`;
    this.reading.refused++;
    this.#keep({ severity: 'error', code: 'MANIFEST_TOO_LARGE', message, origin });
  }

  #error(code: string, message: string, path: Path): void {
    this.reading.refused++;
    this.#problem('error', code, message, path);
  }

  #problem(severity: Problem['severity'], code: string, message: string, path: Path): void {
    this.#keep({ severity, code, message, origin: this.#document.locate(path) });
  }

  #keep(problem: Problem): void {
    const count = problem.severity === 'error' ? ++this.#errors : ++this.#notes;
    if (count <= MAX_PROBLEMS) this.reading.problems.push(problem);
    if (count !== MAX_PROBLEMS + 1) return;
    const what = problem.severity === 'error' ? 'errors' : 'warnings and hints';
    this.reading.problems.push({
      severity: problem.severity,
      code: 'MANIFEST_TOO_MANY_PROBLEMS',
      message: `this document has more ${what} than the first ${MAX_PROBLEMS}`,
      origin: problem.origin,
    });
  }
}

/** The text may be a secret that was put among the manifests: no more than one word is shown. */
function firstWord(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const [first = '', ...more] = value.trim().split(/\s+/, 2);
  return more.length === 0 ? first : `${first} …`;
}

function looksLikeKubernetes(value: Record<string, unknown>): boolean {
  return Object.hasOwn(value, 'metadata') || Object.hasOwn(value, 'spec');
}
