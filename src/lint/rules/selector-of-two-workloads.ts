import { SelectorSearch } from '../../controllers/endpoints/selector-search.ts';
import type { Workload } from '../../kube/objects.ts';
import type { Rule } from '../rule.ts';
import { someNames } from '../search-path.ts';

/**
 * Labels that say which program a Pod runs. Where two workloads differ in none of them they are
 * releases of one, as for a canary.
 */
const IDENTITY = ['app.kubernetes.io/name', 'k8s-app', 'app', 'name'] as const;

/** Of all that a selector matches, so many are compared. */
const MAX_COMPARED = 50;

export const selectorOfTwoWorkloads: Rule = {
  id: 'selector-of-two-workloads',
  severity: 'hint',
  reason:
    'A selector that matches Pods of different programs mixes them in one answer: clients get one or the other.',
  fix: 'Add a label to the selector that only one of the workloads has.',
  objects({ views, registry }, found) {
    for (const view of views) {
      const objects = registry.namespace(view.name);
      if (objects === undefined || objects.workloads.length < 2) continue;
      const search = new SelectorSearch(objects, view.pods);
      for (const object of view.services) {
        if (object.selector === undefined || object.type === 'ExternalName') continue;
        const workloads = search.workloads(object.selector).slice(0, MAX_COMPARED);
        const [first] = workloads;
        const other = first && workloads.find((one) => isOther(first, one));
        if (first === undefined || other === undefined) continue;
        const selector = someNames([...object.selector].map((label) => label.join('=')));
        const message = `its selector ${selector} matches Pods of ${nameOf(first)} and of ${nameOf(other)}, which are different programs: clients get one or the other`;
        found({ object, message });
      }
    }
  },
};

/** Whether some label says that the Pods run another program. */
function isOther({ template: { labels } }: Workload, { template }: Workload): boolean {
  return IDENTITY.some((key) => {
    const [one, other] = [labels.get(key), template.labels.get(key)];
    return one !== undefined && other !== undefined && one !== other;
  });
}

function nameOf({ kind, name }: Workload): string {
  return `${kind} ${name}`;
}
