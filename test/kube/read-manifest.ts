import type { KubeObject } from '../../src/kube/objects.ts';
import type { Problem } from '../../src/kube/problem.ts';
import { readDocument } from '../../src/kube/schema.ts';
import { parseManifest } from '../../src/sources/folder/parse/parse.ts';

/** What a manifest's text yields, through the real parser. */
export interface Reading {
  readonly objects: readonly KubeObject[];
  readonly problems: readonly Problem[];
  readonly passedOver: readonly string[];
}

export function readManifest(text: string, file = 'x.yaml'): Reading {
  const { documents, problems } = parseManifest(file, new TextEncoder().encode(text));
  if (problems.length > 0) throw new Error(`The test's own YAML is wrong: ${problems[0]?.message}`);
  const readings = documents.map((document) => readDocument(document));
  return {
    objects: readings.flatMap((reading) => reading.objects),
    problems: readings.flatMap((reading) => reading.problems),
    passedOver: readings.flatMap((reading) => reading.passedOver),
  };
}

/** `8:11 error Service "web" is invalid: …`, one line a problem. */
export function problemLines(text: string): string[] {
  return readManifest(text).problems.map(
    ({ severity, message, origin }) => `${origin.line}:${origin.column} ${severity} ${message}`,
  );
}

/** The only object of a manifest that has no errors. */
export function readOne<K extends KubeObject['kind']>(
  kind: K,
  text: string,
): KubeObject & { readonly kind: K } {
  const { objects, problems } = readManifest(text);
  const [object] = objects;
  if (object?.kind !== kind || objects.length !== 1) {
    throw new Error(`Expected one ${kind}: ${problems.map(({ message }) => message).join('\n')}`);
  }
  return object as KubeObject & { readonly kind: K };
}
