import { EVENT_ID, type Event } from 'js-yaml';
import type { Document, Path } from '../../../kube/document.ts';
import type { Origin } from '../../../kube/objects.ts';
import { MAX_DEPTH } from '../limits.ts';
import { cutList, type ListDump, type ListPiece } from './list-dump.ts';
import { type PositionIndex, rootOffset, yamlPositions } from './positions.ts';
import { readYaml } from './yaml.ts';

/** A piece of a List that cannot be read by itself: the document has to be parsed whole. */
export class UncutError extends Error {
  override readonly name = 'UncutError';
}

/**
 * A List whose items are parsed a few at a time, as they are needed: 38 MB of YAML parsed whole
 * are 700 MB of events and values. Undefined when the text is no such list. `tick` is
 * called with how much has been read, in characters.
 *
 * Iterating over the items throws `UncutError` where some cannot be read without the others.
 */
export function listDocument(
  text: string,
  originAt: (offset: number) => Origin,
  tick: (chars: number) => void,
): Document | undefined {
  const dump = cutList(text);
  const frame = dump && readFrame(dump);
  if (dump === undefined || frame === undefined) return undefined;
  const reader = new PieceReader(text, dump.pieces);
  const offsetOf = (path: Path, find: 'find' | 'findKey'): number => {
    const [key, at, ...rest] = path;
    if (key === 'items' && typeof at === 'number') return reader.offsetOf(at, rest, find);
    return dump.unframed(frame.positions()[find](path));
  };
  return {
    value: frame.value,
    items: reader.items(tick),
    origin: originAt(frame.root),
    locate: (path) => originAt(offsetOf(path, 'find')),
    locateKey: (path) => originAt(offsetOf(path, 'findKey')),
    warnings: [],
  };
}

interface Frame {
  readonly value: object;
  readonly root: number;
  positions(): PositionIndex;
}

/** What stands around the items; undefined when that is not the mapping of a List. */
function readFrame({ frame }: ListDump): Frame | undefined {
  const outcome = readYaml(frame);
  const [document, ...others] = outcome.kind === 'documents' ? outcome.documents : [];
  if (document === undefined || others.length > 0) return undefined;
  const { value, events } = document;
  if (typeof value !== 'object' || value === null || !isListKind(value)) return undefined;
  return { value, root: rootOffset(events, frame), positions: () => yamlPositions(events, frame) };
}

function isListKind(value: object): boolean {
  const kind = 'kind' in value ? value.kind : undefined;
  return typeof kind === 'string' && kind.endsWith('List');
}

/** Reads pieces, and keeps the events of the last one: places are those of its items, mostly. */
class PieceReader {
  readonly #text: string;
  readonly #pieces: readonly ListPiece[];
  #piece: ListPiece | undefined;
  #pieceText = '';
  #events: readonly Event[] = [];
  #positions: PositionIndex | undefined;

  constructor(text: string, pieces: readonly ListPiece[]) {
    this.#text = text;
    this.#pieces = pieces;
  }

  *items(tick: (chars: number) => void): Generator<unknown> {
    for (const piece of this.#pieces) {
      yield* this.#read(piece);
      tick(piece.end - piece.start);
    }
  }

  offsetOf(item: number, rest: Path, find: 'find' | 'findKey'): number {
    let piece = this.#piece;
    if (piece === undefined || item < piece.first || item >= piece.first + piece.count) {
      piece = this.#pieces.find(({ first, count }) => item < first + count) ?? this.#pieces[0]!;
      this.#read(piece);
    }
    this.#positions ??= yamlPositions(this.#events, this.#pieceText);
    return piece.start + this.#positions[find]([item - piece.first, ...rest]);
  }

  #read(piece: ListPiece): readonly unknown[] {
    // A copy, as a slice leads every look at a character through the whole text.
    const text = Buffer.from(this.#text.slice(piece.start, piece.end)).toString();
    // Inside the document, each stands one mapping deeper.
    const outcome = readYaml(text, MAX_DEPTH - 1);
    const [document, ...others] = outcome.kind === 'documents' ? outcome.documents : [];
    if (document === undefined || others.length > 0) throw new UncutError();
    const { value, events } = document;
    // An alias may name what stands in another piece, and is counted over the whole document.
    const hasAlias = events.some(({ type }) => type === EVENT_ID.ALIAS);
    if (hasAlias || !Array.isArray(value) || value.length !== piece.count) throw new UncutError();
    this.#piece = piece;
    this.#pieceText = text;
    this.#events = events;
    this.#positions = undefined;
    return value;
  }
}
