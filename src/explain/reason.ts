import { oneLine } from '../observe/text-line.ts';
import type { ReasonDetails } from './reason-details.ts';

export type ReasonCode = keyof ReasonDetails;

/** Why a question has the answer that it has. Plain data. */
export interface Reason {
  /** Stable, for programs. */
  readonly code: ReasonCode;
  /** One line. */
  readonly text: string;
}

/** How much a reason tells, among those of all names of a search list: more comes first. */
export const Weight = {
  /** A guess that says no more than the rcode does. */
  NOTHING: 0,
  /** True, but it may be about a name that was not meant. */
  LITTLE: 1,
  /** What was probably meant instead. */
  HINT: 2,
  /** An object that there is, and what it lacks. */
  OBJECT: 3,
} as const;

interface Row<Code extends ReasonCode> {
  readonly weight: number | ((details: ReasonDetails[Code]) => number);
  readonly text: (details: ReasonDetails[Code]) => string;
}

/** Texts, one a reason. */
const REASONS: { readonly [Code in ReasonCode]: Row<Code> } = {
  FOUND: { weight: Weight.OBJECT, text: ({ what }) => what },
  FOUND_HELD: {
    weight: Weight.OBJECT,
    text: ({ what }) =>
      `${what}, which is deleted, and held until a second look at the folder confirms it (--hold-deletions)`,
  },
  FOUND_KEPT: {
    weight: Weight.OBJECT,
    text: ({ what, problem }) => `${what} as last read, as its file cannot be used: ${problem}`,
  },
  NOT_LOADED: { weight: Weight.OBJECT, text: ({ text }) => text },
  UNKNOWN: { weight: Weight.NOTHING, text: ({ rcode }) => `${rcode}, for a reason not known` },
  TRANSFER: { weight: Weight.OBJECT, text: () => 'zone transfers are not offered' },
  NO_NAME: {
    weight: Weight.LITTLE,
    text: ({ zone }) => `the zone ${zone} has no names of this form`,
  },
  SEARCH_LIST: {
    weight: Weight.NOTHING,
    text: ({ domain }) => `no such name: the search list added ${domain}`,
  },
  NAMELESS: {
    weight: Weight.LITTLE,
    text: ({ what, near, others, service }) =>
      others.length > 0
        ? `there are no names of ${what}; ${placed(service, others, '')}`
        : `there are no names of ${what}${meant(near)}`,
  },
  NOT_BESIDE: {
    weight: Weight.LITTLE,
    text: ({ plugin, name }) => `${plugin} has no name ${name}`,
  },
  NO_NAMESPACE: {
    weight: ({ near }) => (near === undefined ? Weight.LITTLE : Weight.HINT),
    text: ({ namespace, near }) => `there is no namespace ${namespace}${meant(near)}`,
  },
  NAMESPACE_HIDDEN: {
    weight: Weight.OBJECT,
    text: ({ namespace, why }) => `namespace ${namespace} is not exposed: ${why}`,
  },
  NO_SERVICE: {
    weight: ({ near, unread }) =>
      near === undefined && unread === undefined ? Weight.LITTLE : Weight.HINT,
    text: ({ service, namespace, near, unread }) => {
      const nothing = `there is no Service ${service} in namespace ${namespace}${meant(near)}`;
      return unread === undefined ? nothing : `${nothing}, unless in a file not read: ${unread}`;
    },
  },
  SERVICE_ELSEWHERE: {
    weight: Weight.OBJECT,
    text: ({ service, namespace, isNamespaceMissing, others }) =>
      isNamespaceMissing
        ? `there is no namespace ${namespace}; ${placed(service, others, '')}`
        : placed(service, others, `, not in ${namespace}`),
  },
  SERVICE_LEFT_OUT: {
    weight: Weight.OBJECT,
    text: ({ service, option }) => `Service ${service} is left out by ${option}`,
  },
  OBJECT_REFUSED: {
    weight: Weight.OBJECT,
    text: ({ object, problem }) => `${object} was refused: ${problem}`,
  },
  NO_CLUSTER_IP: {
    weight: Weight.OBJECT,
    text: ({ service }) => `Service ${service} has no cluster IP, and none could be given`,
  },
  NO_ENDPOINTS: {
    weight: Weight.OBJECT,
    text: ({ service, why }) => `headless Service ${service} has no endpoints: ${why}`,
  },
  ENDPOINTS_NOT_READY: {
    weight: Weight.OBJECT,
    text: ({ service, endpoints, states }) =>
      `0 of ${endpoints} ${endpoints === 1 ? 'endpoint' : 'endpoints'} of headless Service ${service} ready: ${listed(states)}`,
  },
  NO_ENDPOINT: {
    weight: Weight.HINT,
    text: ({ endpoint, service, known, near }) =>
      `Service ${service} has no ready endpoint ${endpoint}${near === undefined ? there(known) : meant(near)}`,
  },
  ENDPOINT_NOT_READY: {
    weight: Weight.OBJECT,
    text: ({ service, state }) => `the endpoint of Service ${service} is not ready: ${state}`,
  },
  PORT_UNNAMED: {
    weight: Weight.OBJECT,
    text: ({ service, port, name }) =>
      `port ${port} of Service ${service} has no name, so it has no SRV record: expected name: ${name}`,
  },
  NO_PORT: {
    weight: Weight.OBJECT,
    text: ({ service, port, protocol, known, near }) =>
      `Service ${service} has no ${protocol} port called ${port}${near === undefined ? there(known) : meant(near)}`,
  },
  BELOW_ALIAS: {
    weight: Weight.OBJECT,
    text: ({ service, target }) =>
      `Service ${service} is an alias to ${target}, and there are no names below an alias`,
  },
  EXTERNAL_NAME_IS_IP: {
    weight: Weight.OBJECT,
    text: ({ service, address }) =>
      `externalName of Service ${service} is the address ${address}, and no alias can lead to an address: expected a host name`,
  },
  EXTERNAL_NAME_INVALID: {
    weight: Weight.OBJECT,
    text: ({ service, host }) =>
      `externalName of Service ${service}, ${host}, is no name that a message can carry`,
  },
  PODS_DISABLED: {
    weight: Weight.OBJECT,
    text: () => 'names of Pods are not answered: pods disabled',
  },
  NO_POD: {
    weight: Weight.LITTLE,
    text: ({ namespace, label, isAddress }) =>
      isAddress
        ? `no running Pod of namespace ${namespace} has the address of ${label}`
        : `${label} is no address with dashes, as in 10-1-2-3.${namespace}.pod`,
  },
  NO_ADDRESS: {
    weight: Weight.LITTLE,
    text: ({ address, pod }) =>
      pod === undefined
        ? `no Service and no ready endpoint has the address ${address}`
        : `${address} is the address of ${pod}, which is a ready endpoint of no Service`,
  },
  NO_FAMILY: {
    weight: Weight.OBJECT,
    text: ({ service, lacking, has }) =>
      `Service ${service} has no ${lacking} address, only ${has}`,
  },
  NO_TYPE: {
    weight: Weight.OBJECT,
    text: ({ type, name, has }) => `${name} has no ${type} records, only ${listed(has)}`,
  },
  EMPTY_NAME: {
    weight: Weight.LITTLE,
    text: ({ name }) => `${name} has no records: there are only names below it`,
  },
  ALIAS: {
    weight: Weight.OBJECT,
    text: ({ target, what, why }) => `an alias to ${target} (${what}), and ${why}`,
  },
  HOST_WITHOUT_ADDRESS: {
    weight: Weight.OBJECT,
    text: ({ object, host, fault }) =>
      `${object} has the host ${host}, without an address: ${fault}`,
  },
  HOST_UNANSWERED: {
    weight: Weight.OBJECT,
    text: ({ object, host, zone }) =>
      `${object} has the host ${host}, but no zone of k8s_gateway does: --gateway ${zone} answers it`,
  },
  UPSTREAM: {
    weight: Weight.LITTLE,
    text: ({ rcode, upstream }) => `upstream ${upstream} says ${rcode}`,
  },
  UPSTREAM_KEPT: {
    weight: Weight.LITTLE,
    text: ({ rcode, ageSeconds, upstreams }) => {
      const which = upstreams.length === 0 ? '' : ` (upstreams: ${listed(upstreams)})`;
      return `${rcode} came from upstream ${ageSeconds} s ago, and is kept by cache${which}`;
    },
  },
  PLUGIN: {
    weight: ({ text }) => (text === '' ? Weight.LITTLE : Weight.HINT),
    text: ({ plugin, rcode, text }) =>
      text === '' ? `plugin ${plugin} says ${rcode}` : `plugin ${plugin} says ${rcode}: ${text}`,
  },
  OUTSIDE: {
    weight: Weight.LITTLE,
    text: () => 'not a name of the cluster zones, and nothing is forwarded',
  },
  NO_BLOCK: { weight: Weight.LITTLE, text: () => 'no server block of the Corefile has the name' },
  NOT_ASKED: {
    weight: Weight.LITTLE,
    text: ({ upstreams }) =>
      `not a name of the cluster: upstreams would be asked, and are not by this command${upstreams.length === 0 ? '' : ` (${listed(upstreams)})`}`,
  },
};

/** A reason as it is told. */
export function reason<Code extends ReasonCode>(
  code: Code,
  details: ReasonDetails[Code],
): WeighedReason {
  const { weight, text } = REASONS[code];
  return {
    code,
    text: oneLine(text(details)),
    weight: typeof weight === 'number' ? weight : weight(details),
  };
}

/** A reason with its `Weight`. */
export interface WeighedReason extends Reason {
  readonly weight: number;
}

/** Names listed in a text before "and more". */
const MAX_LISTED = 3;

function listed(names: readonly string[]): string {
  const more = names.length - MAX_LISTED;
  const some = names.slice(0, MAX_LISTED).join(', ');
  return more > 0 ? `${some} and ${more} more` : some;
}

/** Where a Service is that is not where it was looked for. */
function placed(
  service: string,
  [first = '', ...more]: readonly string[],
  notWhere: string,
): string {
  const where = more.length === 0 ? `namespace ${first}` : `namespaces ${first}, ${listed(more)}`;
  return `Service ${service} is in ${where}${notWhere}: ask for ${service}.${first}`;
}

function meant(near: string | undefined): string {
  return near === undefined ? '' : `, did you mean ${near}?`;
}

function there(known: readonly string[]): string {
  return known.length === 0 ? '' : `: there are ${listed(known)}`;
}
