import { isBasic } from '../controllers/cluster-basics.ts';
import { closest } from '../kube/spelling.ts';
import type { NamespaceObjects } from '../registry/namespace-objects.ts';
import { type ClusterName, serviceNamed } from './aliases.ts';
import type { LintedObjects } from './rule.ts';

/** Names that a missing one is compared with: a namespace with more is a dump. */
const MAX_COMPARED = 1000;

/** Where a name leads that leads nowhere. */
interface Missing {
  /** Words that follow `leads to`. */
  readonly text: string;
  /** Something similar is there. Else it may be in manifests that are not among these. */
  readonly isSure: boolean;
}

/**
 * Why a name leads nowhere; undefined when it leads somewhere, or
 * when that cannot be known: the manifests may be only those of one team, and a namespace without
 * Services another's.
 */
export function missingService(
  name: ClusterName,
  linted: Pick<LintedObjects, 'registry'>,
): Missing | undefined {
  const { namespace, service } = name;
  if (serviceNamed(linted, name) !== undefined || isBasic({ namespace, name: service })) {
    return undefined;
  }
  const { registry } = linted;
  const objects = registry.namespace(namespace);
  if (objects !== undefined && objects.services.size > 0) {
    const near = nearestService(service, objects);
    const advice = near === undefined ? '' : `: did you mean ${near}?`;
    const text = `Service ${namespace}/${service}, which does not exist${advice}`;
    return { text, isSure: near !== undefined };
  }
  const known = registry.namespaces().slice(0, MAX_COMPARED);
  const near = registry.exists(namespace) ? undefined : closest(namespace, known);
  if (near === undefined) return undefined;
  const text = `namespace ${namespace}, which no manifest has: did you mean ${near}?`;
  return { text, isSure: true };
}

/** The Service of the namespace whose name was probably meant. */
export function nearestService(name: string, { services }: NamespaceObjects): string | undefined {
  return closest(name, [...services.keys()].slice(0, MAX_COMPARED));
}
