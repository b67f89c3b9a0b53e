/** The value of a key; when there is none, `make` makes it. */
export function getOrAdd<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** Items by key, in their order. */
export function groupBy<Key, Item>(
  items: Iterable<Item>,
  keyOf: (item: Item) => Key,
): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) pushTo(groups, keyOf(item), item);
  return groups;
}

/** Adds an item to those of a key. Most keys have one, and an empty list grows to room for 17. */
export function pushTo<Key, Item>(groups: Map<Key, Item[]>, key: Key, item: Item): void {
  const known = groups.get(key);
  if (known === undefined) groups.set(key, [item]);
  else known.push(item);
}

/** Adds an item to a list that may not be there yet: most have one item, as in `pushTo`. */
export function added<Item>(list: Item[] | undefined, item: Item): Item[] {
  if (list === undefined) return [item];
  list.push(item);
  return list;
}

/** What `pick` makes of each item, where it makes something. */
export function mapDefined<Item, Made>(
  items: readonly Item[],
  pick: (item: Item) => Made | undefined,
): readonly Made[] {
  let found: Made[] | undefined;
  for (const item of items) {
    const made = pick(item);
    if (made !== undefined) found = added(found, made);
  }
  return found ?? [];
}

/** Are these the very same items, in the same order? */
export function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, at) => item === b[at]);
}

/** For `sort`. */
export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

/** So many items are a quick piece of work. */
const PIECE_ITEMS = 500;

/** A list in parts of at most 500. */
export function* pieceByPiece<Item>(list: readonly Item[]): Generator<Item[]> {
  for (let at = 0; at < list.length; at += PIECE_ITEMS) yield list.slice(at, at + PIECE_ITEMS);
}

interface Named {
  readonly name: string;
}

/** The item of a list in order of name that has this name; undefined when there is none. */
export function findNamed<Item extends Named>(
  list: readonly Item[],
  name: string,
): Item | undefined {
  const item = list[placeOf(list, name)];
  return item?.name === name ? item : undefined;
}

/** A list in order of name, with this item in the place of the one that has its name. */
export function withNamed<Item extends Named>(list: readonly Item[], item: Item): Item[] {
  const copy = [...list];
  setNamed(copy, item.name, item);
  return copy;
}

/** A list in order of name, without the item that has this one's name. */
export function withoutNamed<Item extends Named>(list: readonly Item[], { name }: Named): Item[] {
  return list.filter((item) => item.name !== name);
}

/** Puts an item into a list in order of name, or takes out what is there: undefined. */
export function setNamed<Item extends Named>(
  list: Item[],
  name: string,
  item: Item | undefined,
): void {
  const at = placeOf(list, name);
  const known = list[at]?.name === name ? 1 : 0;
  if (known === 1 && item !== undefined) list[at] = item;
  else list.splice(at, known, ...(item === undefined ? [] : [item]));
}

/** Where a name is, or would be, in a list in order of name. */
function placeOf(list: readonly Named[], name: string): number {
  let [least, most] = [0, list.length];
  while (least < most) {
    const middle = (least + most) >> 1;
    if (list[middle]!.name < name) least = middle + 1;
    else most = middle;
  }
  return least;
}

/** At most so many items, those that come first. */
export function* first<Item>(count: number, items: Iterable<Item>): Generator<Item> {
  let left = count;
  for (const item of items) {
    if (left-- <= 0) return;
    yield item;
  }
}
