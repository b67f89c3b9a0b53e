import type { ViewChange } from '../../controllers/view-change.ts';
import { isHeadless } from '../../kube/headless.ts';
import type { Service } from '../../kube/objects.ts';

/** Services whose change is timed, in CoreDNS's words. */
export type ServiceKind = 'cluster_ip' | 'headless_with_selector';

/** How many Services of each kind a change was about. */
export type ServiceCounts = Readonly<Record<ServiceKind, number>>;

/** A change that is answered from now on, and how long that took. */
export interface Programmed {
  readonly services: ServiceCounts;
  /** From the change of the file to its last name being published. */
  readonly seconds: number;
}

/** Changes that wait to be published, at most; what comes beyond is taken for part of the last. */
const MAX_WAITING = 100;

/** Measures how long changes take: from the files' times to the last name being published. */
export class ProgrammingTimes {
  readonly #waiting: { readonly since: number; services: ServiceCounts }[] = [];

  /** A change made at `since`, monotonic ms, is on its way. */
  begin(since: number, services: ServiceCounts): void {
    if (services.cluster_ip + services.headless_with_selector === 0) return;
    const last = this.#waiting.at(-1);
    if (last === undefined || this.#waiting.length < MAX_WAITING) {
      this.#waiting.push({ since, services });
    } else last.services = sum(last.services, services);
  }

  /** Everything that was on its way has been published. */
  end(now: number): Programmed[] {
    return this.#waiting
      .splice(0)
      .map(({ since, services }) => ({ services, seconds: Math.max(0, now - since) / 1000 }));
  }
}

export const NO_SERVICES: ServiceCounts = { cluster_ip: 0, headless_with_selector: 0 };

export function sum(a: ServiceCounts, b: ServiceCounts): ServiceCounts {
  return {
    cluster_ip: a.cluster_ip + b.cluster_ip,
    headless_with_selector: a.headless_with_selector + b.headless_with_selector,
  };
}

/** The Services of a namespace that are new, or that have other fields or endpoints than before. */
export function changedServices({ services }: ViewChange): ServiceCounts {
  const counts = { ...NO_SERVICES };
  for (const { after } of services.values()) {
    const kind = after && kindOf(after.service);
    if (kind !== undefined) counts[kind]++;
  }
  return counts;
}

/** CoreDNS times no headless Service without a selector, and an ExternalName has no endpoints. */
function kindOf(service: Service): ServiceKind | undefined {
  if (service.type === 'ExternalName') return undefined;
  if (!isHeadless(service)) return 'cluster_ip';
  return service.selector === undefined ? undefined : 'headless_with_selector';
}
