import { isDeepStrictEqual } from 'node:util';
import type { Document } from '../../kube/document.ts';
import type { KubeObject } from '../../kube/objects.ts';
import { objectText, type Problem } from '../../kube/problem.ts';
import { isMapping, member } from '../../kube/schema/json-type.ts';
import { quickSlice } from '../../kube/schema/quick-slice.ts';
import { readDocument } from '../../kube/schema.ts';
import { CHANGE_TIME_ANNOTATION } from '../../kube/well-known.ts';
import { ApiError } from './client/api-error.ts';
import type { Resource } from './resources.ts';

/** An object of an API server, reduced to what DNS needs. */
export interface ReadObject {
  /** `NAMESPACE/NAME`. */
  readonly key: string;
  readonly resourceVersion: string;
  /** Undefined when it cannot be used: then `problems` say why. */
  readonly object: KubeObject | undefined;
  readonly problems: readonly Problem[];
  /** When what it is about happened, Unix ms; 0 when the cluster does not say. */
  readonly triggeredAt: number;
}

/** What every object of the API has, whichever kind. */
export interface RawObject {
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
}

/**
 * The metadata of an object.
 *
 * @throws ApiError when it has no name or version: the server sends something else than objects.
 */
export function rawObject(value: unknown): RawObject {
  const metadata = member(value, 'metadata');
  const text = (name: string) => {
    const found = member(metadata, name);
    return typeof found === 'string' ? found : '';
  };
  const [namespace, name, resourceVersion] = [
    text('namespace'),
    text('name'),
    text('resourceVersion'),
  ];
  if (name === '' || resourceVersion === '') {
    throw new ApiError('malformed', 'an object without a name or a resourceVersion');
  }
  return { key: `${namespace}/${name}`, namespace, name, resourceVersion };
}

/**
 * Reads an object as those of manifests are read. The server has judged it already, so only what
 * keeps it from being used is reported. When nothing has changed that DNS sees, it is the very
 * object `known`, so that the layers above can tell by identity.
 *
 * @throws ApiError as `rawObject`.
 */
export function readObject(
  value: unknown,
  { kind, apiVersion }: Resource,
  known?: KubeObject,
): ReadObject {
  const { key, namespace, name, resourceVersion } = rawObject(value);
  const triggeredAt = triggerTime(value);
  const file = kind === 'Namespace' ? `${kind} ${name}` : objectText({ kind, namespace, name });
  if (kind === 'EndpointSlice') {
    const origin = { file, document: 0, line: 0, column: 0, resourceVersion };
    const former = known?.kind === 'EndpointSlice' ? known : undefined;
    const object = quickSlice(value, origin, former);
    if (object) return { key, resourceVersion, object, problems: [], triggeredAt };
  }
  // With the version of `known` until they have been compared: all of an object has one origin.
  const version = known?.origin.resourceVersion ?? resourceVersion;
  const origin = { file, document: 0, line: 0, column: 0, resourceVersion: version };
  const document: Document = {
    // Items of a list leave out both.
    value: { ...(isMapping(value) ? value : {}), kind, apiVersion },
    origin,
    locate: () => origin,
    locateKey: () => origin,
  };
  const { objects, problems } = readDocument(document);
  const isSame = known !== undefined && isDeepStrictEqual(objects[0], known);
  origin.resourceVersion = resourceVersion;
  return {
    key,
    resourceVersion,
    object: isSame ? known : objects[0],
    problems: problems.filter(({ severity }) => severity === 'error'),
    triggeredAt,
  };
}

/** When the Pod or Service changed that an EndpointSlice was written for (RFC 3339). */
function triggerTime(value: unknown): number {
  const annotations = member(member(value, 'metadata'), 'annotations');
  const text = member(annotations, CHANGE_TIME_ANNOTATION);
  return (typeof text === 'string' && Date.parse(text)) || 0;
}
