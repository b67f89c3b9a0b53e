import { domainName, withoutFinalDot } from '../../kube/names.ts';
import type { KubeObject, Labels } from '../../kube/objects.ts';
import {
  COREDNS_HOSTNAME_ANNOTATION,
  HOSTNAME_ANNOTATION,
  TARGET_ANNOTATION,
  TTL_ANNOTATION,
} from '../../kube/well-known.ts';
import type { HostProblems } from './host-problems.ts';
import { type HostTargets, hasNoTarget, targetsFromText } from './host-targets.ts';

type Annotated = KubeObject & { readonly annotations: Labels };

/** The host names that an object's annotations give it; undefined when they say nothing of it. */
export function annotatedHosts(
  object: Annotated,
  problems: HostProblems,
): readonly string[] | undefined {
  const { annotations } = object;
  const key = [COREDNS_HOSTNAME_ANNOTATION, HOSTNAME_ANNOTATION].find((one) =>
    annotations.has(one),
  );
  if (key === undefined) return undefined;
  return wordsOf(annotations.get(key)).flatMap((word) => {
    const name = withoutFinalDot(word).toLowerCase();
    const [fault] = domainName(name);
    if (fault === undefined) return name;
    problems.warning(object, 'GATEWAY_HOST_INVALID', `${key}: ${JSON.stringify(word)} ${fault}`);
    return [];
  });
}

/**
 * What an object's annotations say its hosts lead to, instead of its own addresses; undefined when
 * nothing.
 */
export function annotatedTargets(
  object: Annotated,
  problems: HostProblems,
): HostTargets | undefined {
  const text = object.annotations.get(TARGET_ANNOTATION);
  if (text === undefined) return undefined;
  const { unusable, ...targets } = targetsFromText(wordsOf(text));
  for (const word of unusable) {
    const message = `${TARGET_ANNOTATION}: ${JSON.stringify(word)} is neither an address nor a host name`;
    problems.warning(object, 'GATEWAY_TARGET_INVALID', message);
  }
  return hasNoTarget(targets) ? undefined : targets;
}

/** Longest TTL, seconds: RFC 2181 section 8. */
const MAX_TTL = 2 ** 31 - 1;

const UNIT_SECONDS: ReadonlyMap<string, number> = new Map([
  ['h', 3600],
  ['m', 60],
  ['s', 1],
]);

/** The TTL that an object's annotations give, in seconds: `300`, or a Go duration, `1h30m`. */
export function annotatedTtl(object: Annotated, problems: HostProblems): number | undefined {
  const text = object.annotations.get(TTL_ANNOTATION)?.trim();
  if (text === undefined) return undefined;
  const isDuration = /^(\d{1,9}[hms]){1,3}$/.test(text);
  const seconds = isDuration
    ? [...text.matchAll(/(\d+)([hms])/g)].reduce(
        (sum, [, count, unit = '']) => sum + Number(count) * (UNIT_SECONDS.get(unit) ?? 0),
        0,
      )
    : Number(/^\d{1,10}$/.test(text) ? text : Number.NaN);
  if (seconds >= 1 && seconds <= MAX_TTL) return seconds;
  const message = `${TTL_ANNOTATION}: ${JSON.stringify(text)} is no TTL: expected seconds, 1 to ${MAX_TTL}, or a duration, as in 10m`;
  problems.warning(object, 'GATEWAY_TTL_INVALID', message);
  return undefined;
}

function wordsOf(text = ''): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
}
