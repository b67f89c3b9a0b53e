import { type Event, parseEvents, YAMLException } from 'js-yaml';

/**
 * The events of a text, also where lines in quotes or brackets stand further left than YAML 1.2
 * wants them. kubectl reads such lines, and go-yaml writes them when it breaks a long text. They
 * are read with spaces before them, which mean nothing there; offsets are those of the text itself.
 */
export function lenientEvents(text: string, maxDepth: number): Event[] {
  const pads: number[] = [];
  let source = text;
  let first: unknown;
  for (let read = 0; ; read += source.length) {
    try {
      const events = parseEvents(source, { maxDepth });
      return pads.length === 0 ? events : events.map((event) => withoutPads(event, pads));
    } catch (error) {
      first ??= error;
      const place = farLeft(error);
      const isNew = place !== undefined && place > (pads.at(-1) ?? -Infinity) + PAD.length;
      if (!isNew || pads.length === MAX_LINES || read > MAX_READ_AGAIN) throw first;
      pads.push(place);
      source = source.slice(0, place) + PAD + source.slice(place);
    }
  }
}

const PAD = ' '.repeat(128);

/** Every such line has the text read once more. A text of 5,000 characters is broken this often. */
const MAX_LINES = 64;

/** What reading again may come to in one document, characters: a quarter of a second. */
const MAX_READ_AGAIN = 8 * 1024 * 1024;

function farLeft(error: unknown): number | undefined {
  if (!(error instanceof YAMLException) || error.reason !== 'deficient indentation') return;
  return error.mark?.position;
}

function withoutPads(event: Event, pads: readonly number[]): Event {
  const moved = Object.entries(event).map(([key, value]) => {
    const isOffset = key === 'start' || key.endsWith('Start') || key.endsWith('End');
    if (!isOffset || typeof value !== 'number') return [key, value];
    const before = pads.findLastIndex((pad) => pad + PAD.length <= value) + 1;
    return [key, value - before * PAD.length];
  });
  return Object.fromEntries(moved) as Event;
}
