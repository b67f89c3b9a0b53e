import { EVENT_ID, type Event } from 'js-yaml';
import type { Document, ListItem } from '../../../kube/document.ts';
import type { Origin } from '../../../kube/objects.ts';
import { MAX_DEPTH } from '../limits.ts';
import { skipBlank } from './documents.ts';
import { cutList, type ListDump } from './list-dump.ts';
import { LaterPlaces, type Places } from './places.ts';
import { rootOffset, yamlPositions } from './positions.ts';
import { type QuickYaml, UNREAD } from './quick-yaml.ts';
import type { SliceText } from './slice-text.ts';
import { readYaml } from './yaml.ts';

/** An item of a List that cannot be read by itself: the document has to be parsed whole. */
export class UncutError extends Error {
  override readonly name = 'UncutError';
}

/** What a List is read with. */
export interface ListReading {
  /** Undefined where the text is not for it. Its offsets are those of the file. */
  readonly quick: QuickYaml | undefined;
  /** The same for EndpointSlices alone. */
  readonly slices?: SliceText | undefined;
  /** An Origin of an offset into the document. */
  readonly originAt: (offset: number) => Origin;
  /** Called for each item that is parsed. */
  readonly onRead: () => void;
  /** Called with how much has been passed, in characters. */
  readonly tick: (chars: number) => void;
}

/**
 * A List whose items are parsed one by one, as they are needed: 38 MB of YAML parsed whole are
 * 700 MB of events and values. Undefined when the text, which begins at `start` of the file, is no
 * such list.
 *
 * Reading an item throws `UncutError` where it cannot be read without the others.
 */
export function listDocument(
  text: string,
  start: number,
  reading: ListReading,
): Document | undefined {
  const dump = cutList(text);
  const frame = dump && readFrame(dump);
  if (dump === undefined || frame === undefined) return undefined;
  const { originAt } = reading;
  return {
    value: frame.value,
    items: items(text, start, dump, reading),
    origin: originAt(frame.root),
    locate: (path) => originAt(dump.unframed(frame.places.find(path))),
    locateKey: (path) => originAt(dump.unframed(frame.places.findKey(path))),
    warnings: [],
  };
}

interface Frame {
  readonly value: object;
  readonly root: number;
  readonly places: Places;
}

/** What stands around the items; undefined when that is not the mapping of a List. */
function readFrame({ frame }: ListDump): Frame | undefined {
  const outcome = readYaml(frame);
  const [document, ...others] = outcome.kind === 'documents' ? outcome.documents : [];
  if (document === undefined || others.length > 0) return undefined;
  const { value, events } = document;
  if (typeof value !== 'object' || value === null || !isListKind(value)) return undefined;
  const places = new LaterPlaces(() => yamlPositions(events, frame));
  return { value, root: rootOffset(events, frame), places };
}

function isListKind(value: object): boolean {
  const kind = 'kind' in value ? value.kind : undefined;
  return typeof kind === 'string' && kind.endsWith('List');
}

function* items(
  text: string,
  start: number,
  { bounds }: ListDump,
  { quick, slices, originAt, onRead, tick }: ListReading,
): Generator<ListItem> {
  for (let index = 0; index + 1 < bounds.length; index += 1) {
    const begin = bounds[index]!;
    const end = bounds[index + 1]!;
    const piece = text.slice(begin, end);
    const root = skipBlank(text, text.indexOf('-', begin) + 1, end);
    const origin = originAt(root);
    const read = (): Document => {
      onRead();
      const list = quick?.read(start + begin, start + end) ?? UNREAD;
      if (quick === undefined || list === UNREAD)
        return slowItem(piece, (offset) => originAt(begin + offset));
      const [value] = list as readonly unknown[];
      const places = quick.places(start + begin, start + end);
      return itemDocument({ value, origin, places }, (offset) => originAt(offset - start));
    };
    const quickObject = () => {
      const object = slices?.read(start + begin, start + end, origin);
      if (object !== undefined) onRead();
      return object;
    };
    yield { text: piece, origin, read, quickObject };
    tick(end - begin);
  }
}

/** An item by js-yaml. */
function slowItem(piece: string, originAt: (offset: number) => Origin): Document {
  // A copy, as a slice leads every look at a character through the whole text.
  const text = Buffer.from(piece).toString();
  // Inside the document, each stands one mapping deeper.
  const outcome = readYaml(text, MAX_DEPTH - 1);
  const [document, ...others] = outcome.kind === 'documents' ? outcome.documents : [];
  if (document === undefined || others.length > 0) throw new UncutError();
  const { value, events } = document;
  if (!isOneItem(value, events)) throw new UncutError();
  const places = yamlPositions(events, text);
  const origin = originAt(places.find([0]));
  return itemDocument({ value: value[0], origin, places }, originAt);
}

/** An alias may name what stands in another item, and is counted over the whole document. */
function isOneItem(value: unknown, events: readonly Event[]): value is readonly [unknown] {
  const hasAlias = events.some(({ type }) => type === EVENT_ID.ALIAS);
  return !hasAlias && Array.isArray(value) && value.length === 1;
}

/** `places` are those of a list with this one item. */
function itemDocument(
  { value, origin, places }: Pick<Document, 'value' | 'origin'> & { readonly places: Places },
  originAt: (offset: number) => Origin,
): Document {
  return {
    value,
    origin,
    locate: (path) => originAt(places.find([0, ...path])),
    locateKey: (path) => originAt(places.findKey([0, ...path])),
  };
}
