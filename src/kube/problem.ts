import type { Origin } from './objects.ts';
import { originText } from './origin.ts';

/** An error refuses the object or the document; the others only inform. */
export type Severity = 'error' | 'warning' | 'hint';

/**
 * One thing found wrong with a manifest, for the person who must act on it.
 *
 * Printed as `file:line:column: severity: message [CODE]`.
 */
export interface Problem {
  readonly severity: Severity;
  /** Stable, searchable, upper case: `MANIFEST_SYNTAX`, `SERVICE_INVALID` … */
  readonly code: string;
  readonly message: string;
  readonly origin: Origin;
  /** The object concerned, as kubectl would name it: `Service default/redis`. */
  readonly object?: string;
  /** Nothing of the file could be read: its names are missing, or as they were before. */
  readonly isWholeFile?: true;
}

/** `zones/web.yaml:8:11: error: … [CODE]`; without the numbers for a place that has no line (0). */
export function problemText(problem: Problem): string {
  return `${originText(problem.origin)}: ${problem.severity}: ${problem.message} [${problem.code}]`;
}

/** The level at which a running server logs it: the server goes on, whatever is wrong. */
export function logLevelOf({ severity }: Problem): 'warn' | 'info' {
  return severity === 'hint' ? 'info' : 'warn';
}

/** What a problem says of the object concerned. */
export interface NamedObject {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly origin: Origin;
}

/** A problem of one object, found at `origin`: `Service "web": MESSAGE`. */
export function objectProblem(
  severity: Severity,
  code: string,
  object: NamedObject,
  message: string,
  origin = object.origin,
): Problem {
  const text = `${object.kind} ${JSON.stringify(object.name)}: ${message}`;
  return { severity, code, message: text, origin, object: objectText(object) };
}

/** `Ingress shop/web`; `Node n1` for what is in no namespace. */
export function objectText({ kind, namespace, name }: Omit<NamedObject, 'origin'>): string {
  return namespace === '' ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}
