import type { Rule } from '../rule.ts';
import { endpointHostNames, isTopLevelDomain, someNames } from '../search-path.ts';

export const serviceNamedLikeTld: Rule = {
  id: 'service-named-like-tld',
  severity: 'hint',
  reason:
    'Endpoints of a Service that is called like a top-level domain have names like hosts outside, and Pods of its namespace try them first.',
  fix: 'Call the Service something else.',
  objects({ views }, found) {
    for (const view of views) {
      for (const object of view.services) {
        if (!isTopLevelDomain(object.name)) continue;
        const hosts = [...endpointHostNames(object, view)].map((host) => `${host}.${object.name}`);
        if (hosts.length === 0) continue;
        const message = `is called like a top-level domain: Pods of namespace ${view.name} that ask for ${someNames(hosts)} get its endpoint, and not the host outside`;
        found({ object, message });
      }
    }
  },
};
