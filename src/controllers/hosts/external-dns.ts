import { MAX_TTL } from '../../dns/record.ts';
import { domainName, withoutFinalDot } from '../../kube/names.ts';
import type { Ingress, KubeObject, Labels } from '../../kube/objects.ts';
import {
  COREDNS_HOSTNAME_ANNOTATION,
  EXTERNAL_DNS_PREFIXES,
  type ExternalDnsWord,
} from '../../kube/well-known.ts';
import type { HostProblems } from './host-problems.ts';
import { type HostTargets, hasNoTarget, targetsFromText } from './host-targets.ts';

type Annotated = KubeObject & { readonly annotations?: Labels };

/** An annotation as it is written. */
interface Annotation {
  readonly key: string;
  readonly text: string;
}

function find({ annotations }: Annotated, keys: readonly string[]): Annotation | undefined {
  const key = keys.find((one) => annotations?.has(one));
  return key === undefined ? undefined : { key, text: annotations?.get(key) ?? '' };
}

function externalDns(word: ExternalDnsWord): string[] {
  return EXTERNAL_DNS_PREFIXES.map((prefix) => prefix + word);
}

/** Does an annotation give the object host names? */
export function hasHostAnnotation(object: Annotated): boolean {
  const keys = [...externalDns('hostname'), ...externalDns('internal-hostname')];
  return find(object, [COREDNS_HOSTNAME_ANNOTATION, ...keys]) !== undefined;
}

/** The host names that an object's annotations give it; undefined when they say nothing of it. */
export function annotatedHosts(
  object: Annotated,
  problems: HostProblems,
  word: 'hostname' | 'internal-hostname' = 'hostname',
): readonly string[] | undefined {
  const found =
    (word === 'hostname' ? find(object, [COREDNS_HOSTNAME_ANNOTATION]) : undefined) ??
    find(object, externalDns(word));
  if (found === undefined) return undefined;
  const { key, text } = found;
  return wordsOf(text).flatMap((one) => {
    const name = withoutFinalDot(one).toLowerCase();
    const [fault] = domainName(name);
    if (fault === undefined) return name;
    problems.warning(object, 'GATEWAY_HOST_INVALID', `${key}: ${JSON.stringify(one)} ${fault}`);
    return [];
  });
}

/**
 * One of a few words that an annotation may have. Undefined without it or, after a hint, when it
 * has another one.
 */
export function annotatedWord<Known extends string>(
  object: Annotated,
  word: ExternalDnsWord,
  known: readonly Known[],
  problems: HostProblems,
): Known | undefined {
  const found = find(object, externalDns(word));
  const meant = known.find((one) => one === found?.text);
  if (found === undefined || meant !== undefined) return meant;
  const message = `${found.key}: ${JSON.stringify(found.text)} is not used: expected ${known.join(' or ')}`;
  problems.hint(object, 'GATEWAY_ANNOTATION_UNUSED', message);
  return undefined;
}

/** Which host names of an Ingress count; with a word that external-dns does not know, none. */
export function ingressHostSource(
  ingress: Ingress,
  problems: HostProblems,
): { readonly isOfSpec: boolean; readonly isAnnotation: boolean } {
  const found = find(ingress, externalDns('ingress-hostname-source'));
  const text = found?.text.toLowerCase();
  const isOfSpec = text === undefined || text === 'defined-hosts-only';
  const isAnnotation = text === undefined || text === 'annotation-only';
  if (found !== undefined && !isOfSpec && !isAnnotation) {
    const message = `${found.key}: found ${JSON.stringify(found.text)}, so none of its hosts is answered: expected annotation-only or defined-hosts-only`;
    problems.warning(ingress, 'GATEWAY_HOST_SOURCE', message);
  }
  return { isOfSpec, isAnnotation };
}

/**
 * What an object's annotations say its hosts lead to, instead of its own addresses; undefined when
 * nothing.
 */
export function annotatedTargets(
  object: Annotated,
  problems: HostProblems,
): HostTargets | undefined {
  const found = find(object, externalDns('target'));
  if (found === undefined) return undefined;
  const { unusable, ...targets } = targetsFromText(wordsOf(found.text));
  for (const word of unusable) {
    const message = `${found.key}: ${JSON.stringify(word)} is neither an address nor a host name`;
    problems.warning(object, 'GATEWAY_TARGET_INVALID', message);
  }
  return hasNoTarget(targets) ? undefined : targets;
}

const UNIT_SECONDS: ReadonlyMap<string, number> = new Map([
  ['h', 3600],
  ['m', 60],
  ['s', 1],
]);

/** The TTL that an object's annotations give, in seconds: `300`, or a Go duration, `1h30m`. */
export function annotatedTtl(object: Annotated, problems: HostProblems): number | undefined {
  const found = find(object, externalDns('ttl'));
  if (found === undefined) return undefined;
  const text = found.text.trim();
  const isDuration = /^(\d{1,9}[hms]){1,3}$/.test(text);
  const seconds = isDuration
    ? [...text.matchAll(/(\d+)([hms])/g)].reduce(
        (sum, [, count, unit = '']) => sum + Number(count) * (UNIT_SECONDS.get(unit) ?? 0),
        0,
      )
    : Number(/^\d{1,10}$/.test(text) ? text : Number.NaN);
  if (seconds >= 1 && seconds <= MAX_TTL) return seconds;
  const message = `${found.key}: ${JSON.stringify(text)} is no TTL: expected seconds, 1 to ${MAX_TTL}, or a duration, as in 10m`;
  problems.warning(object, 'GATEWAY_TTL_INVALID', message);
  return undefined;
}

function wordsOf(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}
