import type { Rule } from '../rule.ts';
import { isTopLevelDomain, someNames } from '../search-path.ts';

export const namespaceNamedLikeTld: Rule = {
  id: 'namespace-named-like-tld',
  severity: 'hint',
  reason:
    'A namespace that is called like a top-level domain takes names from it: Pods try the cluster first, so web.dev is the Service web there.',
  fix: 'Call the namespace something else, or write names outside with a final dot.',
  objects({ views, registry }, found) {
    for (const { name, services } of views) {
      const [first] = services;
      if (first === undefined || !isTopLevelDomain(name)) continue;
      const namespace = registry.namespace(name)?.object;
      const whose = namespace === undefined ? `its namespace ${name} ` : '';
      const hosts = someNames(services.map((service) => `${service.name}.${name}`));
      const message = `${whose}is called like a top-level domain: every Pod that asks for ${hosts} gets the Service, and not the host outside`;
      found({ object: namespace ?? first, message });
    }
  },
};
