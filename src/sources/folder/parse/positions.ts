import { EVENT_ID, type Event, getScalarValue, SCALAR_STYLE, type ScalarEvent } from 'js-yaml';
import type { Document, Path } from '../../../kube/document.ts';
import type { Origin } from '../../../kube/objects.ts';
import type { Problem } from '../../../kube/problem.ts';
import type { Places } from './places.ts';

/**
 * Where every value of one document begins. Built only when a position is needed, because it costs
 * as much as parsing.
 *
 * Nodes lie in the order of the text, each followed by what is inside it; in a mapping, keys and
 * values take turns.
 */
export class PositionIndex implements Places {
  readonly #kinds: NodeKind[] = [];
  readonly #offsets: number[] = [];
  /** The node after this one and everything inside it. */
  readonly #nexts: number[] = [];
  readonly #keys: (string | undefined)[] = [];
  readonly #open: { readonly node: number; readonly isMap: boolean; children: number }[] = [];
  /** The items of lists that were looked into, so that each item in turn takes linear time. */
  readonly #items = new Map<number, readonly number[]>();

  /** Whether the next node is a mapping's key. */
  get atKey(): boolean {
    const parent = this.#open.at(-1);
    return parent?.isMap === true && parent.children % 2 === 0;
  }

  begin(kind: 'map' | 'list', offset: number): void {
    const node = this.#add(kind, offset, undefined);
    this.#open.push({ node, isMap: kind === 'map', children: 0 });
  }

  end(): void {
    const { node } = this.#open.pop()!;
    this.#nexts[node] = this.#kinds.length;
  }

  /** A scalar or alias; no offset when it is not written down, and `key` only where `atKey`. */
  leaf(offset: number | undefined, key: string | undefined): void {
    // A value that is not written down (`port:`) is where its key is.
    this.#add('leaf', offset ?? this.#offsets.at(-1) ?? 0, key);
  }

  find(path: Path): number {
    let node = 0;
    for (const step of path) {
      const inner = this.#inner(node, step);
      if (inner === undefined) break;
      node = inner;
    }
    return this.#offsets[node] ?? 0;
  }

  findKey(path: Path): number {
    const key = path.at(-1);
    if (typeof key !== 'string') return this.find(path);
    const parent = this.#node(path.slice(0, -1));
    const node = parent === undefined ? undefined : this.#key(parent, key);
    return node === undefined ? this.find(path) : (this.#offsets[node] ?? 0);
  }

  #add(kind: NodeKind, offset: number, key: string | undefined): number {
    const parent = this.#open.at(-1);
    if (parent !== undefined) parent.children += 1;
    const node = this.#kinds.push(kind) - 1;
    this.#offsets.push(offset);
    this.#nexts.push(node + 1);
    this.#keys.push(key);
    return node;
  }

  #item(node: number, index: number): number | undefined {
    if (this.#kinds[node] !== 'list') return undefined;
    let items = this.#items.get(node);
    if (items === undefined) {
      items = [...this.#children(node)];
      this.#items.set(node, items);
    }
    return items[index];
  }

  #node(path: Path): number | undefined {
    let node: number | undefined = 0;
    for (const step of path) {
      if (node === undefined) return undefined;
      node = this.#inner(node, step);
    }
    return node;
  }

  #inner(node: number, step: string | number): number | undefined {
    if (typeof step === 'number') return this.#item(node, step);
    const key = this.#key(node, step);
    return key === undefined ? undefined : this.#nexts[key];
  }

  #key(node: number, key: string): number | undefined {
    if (this.#kinds[node] !== 'map') return undefined;
    let isKey = true;
    for (const child of this.#children(node)) {
      if (isKey && this.#keys[child] === key) return child;
      isKey = !isKey;
    }
    return undefined;
  }

  *#children(node: number): Generator<number> {
    const end = this.#nexts[node]!;
    for (let child = node + 1; child < end; child = this.#nexts[child]!) yield child;
  }
}

type NodeKind = 'map' | 'list' | 'leaf';

/** A value that was read, with the way back to its text. */
interface LocatedValue {
  readonly value: unknown;
  /** The offset where it begins. */
  readonly root: number;
  /** Of its parts. */
  readonly places: Places;
}

/** `originAt` makes an Origin of an offset. */
export function locatedDocument(
  { value, root, places }: LocatedValue,
  originAt: (offset: number) => Origin,
  warnings: readonly Problem[],
): Document {
  return {
    value,
    origin: originAt(root),
    locate: (path) => originAt(places.find(path)),
    locateKey: (path) => originAt(places.findKey(path)),
    warnings,
  };
}

/** Where the values of one YAML document begin. The events' offsets point into `text`. */
export function yamlPositions(events: readonly Event[], text: string): PositionIndex {
  const index = new PositionIndex();
  let depth = 0;
  for (const event of events) {
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        break;
      case EVENT_ID.MAPPING:
      case EVENT_ID.SEQUENCE:
        index.begin(event.type === EVENT_ID.MAPPING ? 'map' : 'list', event.start);
        depth += 1;
        break;
      case EVENT_ID.SCALAR:
        index.leaf(
          scalarOffset(event, text),
          index.atKey ? getScalarValue(text, event) : undefined,
        );
        break;
      case EVENT_ID.ALIAS:
        index.leaf(event.anchorStart - 1, undefined);
        break;
      case EVENT_ID.POP:
        // The last one closes the document.
        if (depth > 0) index.end();
        depth -= 1;
        break;
    }
  }
  return index;
}

/** Where the first node of a document begins. */
export function rootOffset(events: readonly Event[], text: string): number {
  for (const event of events) {
    if (event.type === EVENT_ID.MAPPING || event.type === EVENT_ID.SEQUENCE) return event.start;
    if (event.type === EVENT_ID.SCALAR) return scalarOffset(event, text) ?? 0;
  }
  return 0;
}

function scalarOffset(event: ScalarEvent, text: string): number | undefined {
  if (event.valueStart === -1) {
    if (event.tagStart !== -1) return event.tagStart;
    return event.anchorStart === -1 ? undefined : event.anchorStart - 1;
  }
  switch (event.style) {
    case SCALAR_STYLE.SINGLE_QUOTED:
    case SCALAR_STYLE.DOUBLE_QUOTED:
      return event.valueStart - 1;
    case SCALAR_STYLE.LITERAL_BLOCK:
    case SCALAR_STYLE.FOLDED_BLOCK:
      return blockHeader(text, event.valueStart);
    default:
      return event.valueStart;
  }
}

/** The `|` or `>` on the line above a block scalar's text. */
function blockHeader(text: string, valueStart: number): number {
  let end = valueStart;
  while (end > 0 && (text[end - 1] === '\n' || text[end - 1] === '\r')) end -= 1;
  let start = end;
  while (start > 0 && text[start - 1] !== '\n' && text[start - 1] !== '\r') start -= 1;
  const header = /[|>][-+0-9]*[ \t]*(?:#.*)?$/.exec(text.slice(start, end));
  return header === null ? valueStart : start + header.index;
}
