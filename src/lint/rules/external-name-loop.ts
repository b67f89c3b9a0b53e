import type { Service } from '../../kube/objects.ts';
import { objectText } from '../../kube/problem.ts';
import { aliasedService } from '../aliases.ts';
import type { LintedObjects, Rule } from '../rule.ts';

export const externalNameLoop: Rule = {
  id: 'external-name-loop',
  severity: 'warning',
  reason: 'An ExternalName that leads back to itself, directly or through others, has no address.',
  fix: 'Let one Service of the circle name the host, or the Service with endpoints, that is meant.',
  objects(linted, found) {
    // Each alias leads to one Service at most, so every one is walked through once.
    const done = new Set<Service>();
    for (const start of linted.services()) {
      const path: Service[] = [];
      const onPath = new Set<Service>();
      let service: Service | undefined = start;
      while (service?.type === 'ExternalName' && !done.has(service)) {
        done.add(service);
        path.push(service);
        onPath.add(service);
        service = aliasedService(linted, service);
      }
      if (service !== undefined && onPath.has(service)) {
        const circle = path.slice(path.indexOf(service));
        report(linted, circle, found);
      }
    }
  },
};

/** Services named in a finding. */
const MAX_SHOWN = 5;

function report(
  { facts }: LintedObjects,
  circle: readonly Service[],
  found: Parameters<NonNullable<Rule['objects']>>[1],
): void {
  const object = circle[0] as Service;
  const names = circle.slice(0, MAX_SHOWN).map(objectText);
  const way = [...names, ...(circle.length > MAX_SHOWN ? ['…'] : []), names[0]].join(' → ');
  const message = `its alias leads back to it, so it has no address (${way}): name the host that is meant`;
  found({ object, message, origin: facts.alias(object)?.origin });
}
