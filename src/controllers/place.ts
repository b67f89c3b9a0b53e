import type { Origin } from '../kube/objects.ts';

/** Something that was written somewhere. */
interface Placed {
  readonly origin: Origin;
}

/** Sorts into the order in which things were written: by file, then by place in it. */
export function byOrigin({ origin: a }: Placed, { origin: b }: Placed): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.document - b.document || a.line - b.line || a.column - b.column;
}

/** `web.yaml:3:1`. */
export function placeOf({ origin: { file, line, column } }: Placed): string {
  return `${file}:${line}:${column}`;
}
