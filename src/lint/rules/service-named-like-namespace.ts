import { isHeadless } from '../../kube/headless.ts';
import type { NamespaceView, Service } from '../../kube/objects.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Rule } from '../rule.ts';
import { endpointHostNames, someNames } from '../search-path.ts';

export const serviceNamedLikeNamespace: Rule = {
  id: 'service-named-like-namespace',
  severity: 'hint',
  reason:
    'Endpoints of a headless Service that is called like another namespace have the short names of the Services there, and Pods beside it try them first.',
  fix: 'Call the Service something else, or write SERVICE.NAMESPACE.svc for Services of the namespace.',
  objects({ views, registry }, found) {
    for (const view of views) {
      for (const object of view.services) {
        const namespace = registry.namespace(object.name);
        if (view.name === object.name || namespace === undefined) continue;
        if (namespace.services.size === 0) continue;
        const captured = capturedNames(object, view, registry);
        if (captured.length > 0) {
          const message = `is called like namespace ${object.name}, so Pods of namespace ${view.name} that ask for ${someNames(captured)} get its endpoint, and not the Service there`;
          found({ object, message, severity: 'warning' });
        } else if (isHeadless(object)) {
          const message = `is headless and called like namespace ${object.name}: in namespace ${view.name} a Pod of it takes the short name of a Service there that is called like the Pod`;
          found({ object, message });
        }
      }
    }
  },
};

/** Names like `api.prod` that are an endpoint's here, and a Service's in the namespace `prod`. */
function capturedNames(service: Service, view: NamespaceView, registry: Registry): string[] {
  const services = registry.namespace(service.name)?.services;
  return [...endpointHostNames(service, view)]
    .filter((host) => services?.has(host))
    .map((host) => `${host}.${service.name}`);
}
