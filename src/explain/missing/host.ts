import type { NameKey } from '../../dns/name.ts';
import { objectText } from '../../kube/problem.ts';
import { nameText } from '../cluster-name.ts';
import type { ExplainedObjects } from '../objects.ts';
import { reason, type WeighedReason } from '../reason.ts';

/** Why a host name in a zone of `k8s_gateway` does not exist; undefined when no object gives it. */
export function missingHost(key: NameKey, all: ExplainedObjects): WeighedReason | undefined {
  const host = nameText(key);
  const named = all.host(host);
  if (named === undefined) return undefined;
  const fault =
    named.fault === '' ? 'k8s_gateway leaves out its kind, its class or its labels' : named.fault;
  return reason('HOST_WITHOUT_ADDRESS', { object: objectText(named.object), host, fault });
}

/** The object that gives a host name which no zone has; undefined when there is none. */
export function unansweredHost(key: NameKey, all: ExplainedObjects): WeighedReason | undefined {
  const host = nameText(key);
  const named = all.host(host);
  if (named === undefined) return undefined;
  const zone = host.split('.').slice(-2).join('.');
  return reason('HOST_UNANSWERED', { object: objectText(named.object), host, zone });
}
