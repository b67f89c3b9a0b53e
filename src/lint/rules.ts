import { closest } from '../kube/spelling.ts';
import { LOUD_CODES, PLAIN_CODES } from './plain-codes.ts';
import type { Rule } from './rule.ts';
import { codeOf, idOf } from './rule-id.ts';
import { answerOverUdpLimit } from './rules/answer-over-udp-limit.ts';
import { blockNeverReached } from './rules/block-never-reached.ts';
import { cacheOutlivesTtl } from './rules/cache-outlives-ttl.ts';
import { endpointHostNameTaken } from './rules/endpoint-host-name-taken.ts';
import { externalNameFinalDot } from './rules/external-name-final-dot.ts';
import { externalNameLoop } from './rules/external-name-loop.ts';
import { externalNameMissingService } from './rules/external-name-missing-service.ts';
import { forwardToItself } from './rules/forward-to-itself.ts';
import { hostsWithoutFallthrough } from './rules/hosts-without-fallthrough.ts';
import { KNOWN_PROBLEMS } from './rules/known-problems.ts';
import { nameTooLong } from './rules/name-too-long.ts';
import { namespaceNamedLikeTld } from './rules/namespace-named-like-tld.ts';
import { pluginNeverReached } from './rules/plugin-never-reached.ts';
import { podsInsecure } from './rules/pods-insecure.ts';
import { publishNotReadyWithClusterIp } from './rules/publish-not-ready-with-cluster-ip.ts';
import { selectorOfTwoWorkloads } from './rules/selector-of-two-workloads.ts';
import { serviceNamedLikeNamespace } from './rules/service-named-like-namespace.ts';
import { serviceNamedLikeTld } from './rules/service-named-like-tld.ts';
import { slicePortUnnamed } from './rules/slice-port-unnamed.ts';
import { unknownServiceReference } from './rules/unknown-service-reference.ts';
import { wildcardOverSearchDomain } from './rules/wildcard-over-search-domain.ts';

/** All rules, in the order of their ids. */
export const RULES: readonly Rule[] = [
  ...KNOWN_PROBLEMS,
  answerOverUdpLimit,
  blockNeverReached,
  cacheOutlivesTtl,
  endpointHostNameTaken,
  externalNameFinalDot,
  externalNameLoop,
  externalNameMissingService,
  forwardToItself,
  hostsWithoutFallthrough,
  nameTooLong,
  namespaceNamedLikeTld,
  pluginNeverReached,
  podsInsecure,
  publishNotReadyWithClusterIp,
  selectorOfTwoWorkloads,
  serviceNamedLikeNamespace,
  serviceNamedLikeTld,
  slicePortUnnamed,
  unknownServiceReference,
  wildcardOverSearchDomain,
].sort((a, b) => (a.id < b.id ? -1 : 1));

const BY_CODE = new Map(RULES.map((rule) => [codeOf(rule.id), rule]));

/** The rule whose findings have this code. */
export function ruleOf(code: string): Rule | undefined {
  return BY_CODE.get(code);
}

/** The id by which problems with this code are silenced; undefined when they cannot be. */
export function silencingId(code: string): string | undefined {
  return BY_CODE.has(code) || code in PLAIN_CODES ? idOf(code) : undefined;
}

/** Why no problem is silenced by this id; undefined when some are. */
export function silencingFault(id: string): string | undefined {
  const code = codeOf(id);
  if (silencingId(code) !== undefined) return undefined;
  const loud = LOUD_CODES[code];
  return loud === undefined ? unknownRule(id) : `${id} cannot be silenced: ${loud}`;
}

/** `there is no rule "external-name-lop": did you mean external-name-loop?` */
function unknownRule(id: string): string {
  const known = [...RULES.map((rule) => rule.id), ...Object.keys(PLAIN_CODES).map(idOf)];
  const near = closest(id, known);
  const list = 'docs/lint/README.md lists them, and errors cannot be silenced';
  const advice = near === undefined ? list : `did you mean ${near}?`;
  return `there is no rule ${JSON.stringify(id.slice(0, 60))}: ${advice}`;
}
