import { EVENT_ID, type Event } from 'js-yaml';
import { MAX_ALIASES, MAX_REPEATED_VALUES } from '../limits.ts';
import { type Fault, limitFault, quoted } from '../report/fault.ts';

/**
 * Why the aliases of one document are refused, if they are: too many, one inside what it names, or
 * standing for too many values together ("billion laughs").
 *
 * Counted from the events in one pass, before anything is built. A cyclic value would trap every
 * reader after us; go-yaml refuses it too.
 */
export function aliasFault(events: readonly Event[], text: string): Fault | undefined {
  if (!events.some((event) => event.type === EVENT_ID.ALIAS)) return undefined;

  /** Values behind each anchor, aliases inside it counted in full; OPEN while still inside. */
  const sizes = new Map<string, number>();
  const open: { anchor: string | undefined; size: number }[] = [];
  let aliases = 0;
  let written = 0;

  for (const event of events) {
    if (event.type === EVENT_ID.POP) {
      const { anchor, size } = open.pop()!;
      if (anchor !== undefined) sizes.set(anchor, size);
      const parent = open.at(-1);
      if (parent !== undefined) parent.size += size;
      else if (size - written > MAX_REPEATED_VALUES) return tooManyValues(0);
      continue;
    }
    written += 1;
    if (event.type === EVENT_ID.DOCUMENT) {
      open.push({ anchor: undefined, size: 1 });
      continue;
    }
    const parent = open.at(-1)!;
    const name =
      event.anchorStart === -1 ? undefined : text.slice(event.anchorStart, event.anchorEnd);
    if (event.type === EVENT_ID.ALIAS) {
      const offset = event.anchorStart - 1;
      aliases += 1;
      if (aliases > MAX_ALIASES) {
        return limitFault(offset, `found over ${MAX_ALIASES} aliases, expected fewer`);
      }
      const size = sizes.get(name!) ?? 1;
      if (size === OPEN) {
        return limitFault(offset, `found alias ${quoted(`*${name}`)} inside what it names`);
      }
      if (size > MAX_REPEATED_VALUES) return tooManyValues(offset);
      parent.size += size;
    } else if (event.type === EVENT_ID.SCALAR) {
      if (name !== undefined) sizes.set(name, 1);
      parent.size += 1;
    } else {
      if (name !== undefined) sizes.set(name, OPEN);
      open.push({ anchor: name, size: 1 });
    }
  }
  return undefined;
}

const OPEN = -1;

function tooManyValues(offset: number): Fault {
  return limitFault(
    offset,
    `found aliases that stand for over ${MAX_REPEATED_VALUES} values, expected fewer`,
  );
}
