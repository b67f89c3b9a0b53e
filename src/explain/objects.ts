import type { KubeObject, NamespaceView } from '../kube/objects.ts';
import { lineText, placeText } from '../kube/origin.ts';
import { objectText, type Problem } from '../kube/problem.ts';
import type { NamespaceObjects } from '../registry/namespace-objects.ts';
import type { ZoneOptions } from '../zone/options.ts';

/** A host name that an object gives, and why it has no address; '' when that is not known. */
export interface NamedHost {
  readonly object: KubeObject;
  readonly fault: string;
}

/** All that the reasons of one source of names are found in. */
export interface ExplainedObjects {
  readonly options: ZoneOptions;
  /** The namespaces as DNS sees them, exposed or not. */
  readonly views: ReadonlyMap<string, NamespaceView>;
  /** What was read of a namespace; undefined for one without objects. */
  objects(namespace: string): NamespaceObjects | undefined;
  /** Everything that is wrong with the objects. */
  readonly problems: readonly Problem[];
  /** The object that gives a host name: text, lower case, without the final dot. */
  host(name: string): NamedHost | undefined;
}

/** `Service shop/web (web.yaml:3:1)` */
export function placedText(object: KubeObject): string {
  const made = object.madeOf ?? object;
  return `${objectText(made)} (${placeText(made.origin)})`;
}

/** `web.yaml:14: spec.ports[0].port: …`; what the file had is not known when it is whole. */
export function problemPlaceText({ origin, message }: Problem): string {
  return `${lineText(origin)}: ${message}`;
}
