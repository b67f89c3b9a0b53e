import type { Origin } from './objects.ts';

/** Something that has an origin. */
interface Placed {
  readonly origin: Origin;
}

/** A file as a whole, for problems that concern no single line. */
export function wholeFile(file: string): Origin {
  return { file, document: 0, line: 1, column: 1 };
}

/**
 * Whether it is an object of an API server: its cluster's controllers have seen to it, and ours
 * leave it alone.
 */
export function isOfCluster({ origin }: Placed): boolean {
  return origin.resourceVersion !== undefined;
}

/** For `sort`: by file, then by place in it. */
export function byOrigin({ origin: a }: Placed, { origin: b }: Placed): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.document - b.document || a.line - b.line || a.column - b.column;
}

/** `web.yaml:3:1`; `Service shop/web, resourceVersion 7` for an object of an API server. */
export function originText(origin: Origin): string {
  return origin.line === 0 ? lineText(origin) : `${lineText(origin)}:${origin.column}`;
}

/** The same for an object that has just been named: `web.yaml:3:1`, or `resourceVersion 7`. */
export function placeText(origin: Origin): string {
  const { resourceVersion } = origin;
  return resourceVersion === undefined ? originText(origin) : `resourceVersion ${resourceVersion}`;
}

/** The same as `originText` without the column: `web.yaml:3`. */
export function lineText({ file, line, resourceVersion }: Origin): string {
  if (resourceVersion !== undefined) return `${file}, resourceVersion ${resourceVersion}`;
  return line === 0 ? file : `${file}:${line}`;
}
