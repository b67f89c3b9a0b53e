import type { Document } from '../../src/kube/document.ts';
import type { Kind, KubeObject, Origin } from '../../src/kube/objects.ts';
import type { Problem } from '../../src/kube/problem.ts';
import { Field } from '../../src/kube/schema/field.ts';
import { READERS } from '../../src/kube/schema/readers.ts';
import { Report } from '../../src/kube/schema/report.ts';

/**
 * An object by the reader of its kind that has a place for each field, never by a quick one. Places
 * are all `origin`.
 */
export function readByFields(
  kind: Kind,
  apiVersion: string,
  value: object,
  origin: Origin,
): { readonly object: KubeObject | undefined; readonly problems: readonly Problem[] } {
  const written = { ...value, kind, apiVersion };
  const document: Document = {
    ...{ value: written, origin, locate: () => origin, locateKey: () => origin },
  };
  const report = new Report(document, [], kind, apiVersion);
  const object = READERS[kind](new Field(report, written));
  return { object: report.refused ? undefined : object, problems: report.problems };
}
