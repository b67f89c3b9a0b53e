import type { KubeObject } from '../kube/objects.ts';

/** An object and its place in the order that decides between copies. */
export interface Entry {
  readonly object: KubeObject;
  readonly file: string;
  /** Counted from 0, in the file. */
  readonly document: number;
  /** Counted from 0, in the document. */
  readonly item: number;
}

/** What there may be only one of. Names hold no slash, so neither can the parts of a key. */
export function keyOf({ kind, namespace, name }: KubeObject): string {
  return `${kind}/${namespace}/${name}`;
}

/** The order in which copies of one object are preferred: file path, document, place in it. */
export function byPreference(a: Entry, b: Entry): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.document - b.document || a.item - b.item;
}
