import { isIP } from 'node:net';
import { isHeadless } from '../../kube/headless.ts';
import type { NamespaceView, Service } from '../../kube/objects.ts';
import { closest } from '../../kube/spelling.ts';
import { first } from '../../support/collections.ts';
import { isExposed } from '../../zone/cluster.ts';
import { type ExplainedObjects, problemPlaceText } from '../objects.ts';
import { reason, type WeighedReason } from '../reason.ts';
import { emptyHeadless } from './endpoints.ts';

/** Namespaces looked through for a Service of the same name, and names compared for spelling. */
const MAX_COMPARED = 20_000;

/** The Service that a name is about; or why there is none, or why it has no names. */
export type FoundService =
  | { readonly view: NamespaceView; readonly service: Service }
  | WeighedReason;

/** Why a namespace has no names; its view when it has. */
export function exposedNamespace(
  namespace: string,
  { views, options, objects }: ExplainedObjects,
): NamespaceView | WeighedReason {
  const view = views.get(namespace);
  if (view === undefined) {
    const near = closest(namespace, first(MAX_COMPARED, views.keys()));
    return reason('NO_NAMESPACE', { namespace, near });
  }
  if (isExposed(view, options)) return view;
  const isNamed = options.namespaces.length === 0 || options.namespaces.includes(namespace);
  const why = !isNamed
    ? 'the option namespaces leaves it out'
    : view.isHidden === undefined || objects(namespace)?.object !== undefined
      ? 'its labels do not match namespace_labels'
      : 'there is no Namespace object of its name';
  return reason('NAMESPACE_HIDDEN', { namespace, why });
}

/** The Service of a name `service.namespace`. */
export function findService(
  service: string,
  namespace: string,
  all: ExplainedObjects,
): FoundService {
  const refused = refusal(`Service ${namespace}/${service}`, all);
  const view = exposedNamespace(namespace, all);
  const found = 'services' in view ? view.services.find(({ name }) => name === service) : undefined;
  if (found !== undefined && 'services' in view) {
    const isWanted = all.options.labels.matches(found.labels);
    if (isWanted) return { view, service: found };
    const text = `${namespace}/${service}`;
    return reason('SERVICE_LEFT_OUT', { service: text, option: 'the option labels' });
  }
  if (refused !== undefined) return refused;
  const others = namespacesWith(service, all);
  const isNamespaceMissing = 'code' in view && view.code === 'NO_NAMESPACE';
  // It tells more to name the namespace that was misspelt.
  const meant = isNamespaceMissing ? closest(namespace, others) : undefined;
  if (meant !== undefined) return reason('NO_NAMESPACE', { namespace, near: meant });
  if (others.length > 0 && (isNamespaceMissing || 'services' in view)) {
    return reason('SERVICE_ELSEWHERE', { service, namespace, isNamespaceMissing, others });
  }
  if (!('services' in view)) return view;
  const near = closest(
    service,
    first(
      MAX_COMPARED,
      view.services.map(({ name }) => name),
    ),
  );
  return reason('NO_SERVICE', { service, namespace, near, unread: unreadFile(all) });
}

/** Why the name of a Service that there is does not exist. */
export function missingService(
  { view, service }: Exclude<FoundService, WeighedReason>,
  all: ExplainedObjects,
): WeighedReason {
  const text = `${service.namespace}/${service.name}`;
  if (service.type === 'ExternalName') {
    const host = service.externalName;
    return isIP(host) !== 0
      ? reason('EXTERNAL_NAME_IS_IP', { service: text, address: host })
      : reason('EXTERNAL_NAME_INVALID', { service: text, host });
  }
  if (isHeadless(service)) return emptyHeadless(service, view, all);
  if (service.clusterIPs.length === 0) return reason('NO_CLUSTER_IP', { service: text });
  return reason('SERVICE_LEFT_OUT', {
    service: text,
    option: 'the option ignore empty_service, as it has no ready endpoint',
  });
}

/** The namespaces whose Service of this name is answered. */
function namespacesWith(service: string, { views, options }: ExplainedObjects): string[] {
  const found = [...first(MAX_COMPARED, views.values())].filter(
    (view) =>
      isExposed(view, options) &&
      view.services.some(({ name, labels }) => name === service && options.labels.matches(labels)),
  );
  return found.map(({ name }) => name).sort();
}

/** That an object is in a file, and was refused. */
function refusal(object: string, { problems }: ExplainedObjects): WeighedReason | undefined {
  const problem = problems.find((one) => one.severity === 'error' && one.object === object);
  return problem && reason('OBJECT_REFUSED', { object, problem: problemPlaceText(problem) });
}

/** What could not be read and may have had any object. */
function unreadFile({ problems }: ExplainedObjects): string | undefined {
  const problem = problems.find(
    ({ severity, object }) => severity === 'error' && object === undefined,
  );
  return problem && problemPlaceText(problem);
}
