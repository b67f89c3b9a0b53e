import type { SeenService, ViewChange } from '../controllers/view-change.ts';
import type { EndpointSlice, KubeObject, Service } from '../kube/objects.ts';
import { objectText } from '../kube/problem.ts';
import type { ObjectChange, ObjectKey, Registry } from '../registry/registry.ts';

/** Lines of one change in the log; what is beyond is counted. */
export const MAX_LINES = 20;

/** Objects that are seen in the endpoints of their Services. */
const SEEN_ELSEWHERE: ReadonlySet<string> = new Set(['EndpointSlice', 'Endpoints']);

/** Fields of Services that controllers fill in: what they come to is said of the views. */
const RESOLVED = ['clusterIPs', 'loadBalancerPoints'];

/** Our words for fields where they are not the API's. */
const FIELDS: ReadonlyMap<string, string> = new Map([
  ['loadBalancerPoints', 'status.loadBalancer'],
  ['points', 'addresses'],
  ['records', 'endpoints'],
  ['parents', 'parentRefs'],
  ['terminating', 'deletionTimestamp'],
  ['unready', 'the reason why it is not ready'],
  ['hasTls', 'tls'],
  ['config', 'data'],
]);

/** What a change of manifests came to, in a line each, for the log. */
export class ChangeReport {
  readonly #lines: string[] = [];
  #left = 0;

  /** At most 21, of which the last counts the others. */
  get lines(): readonly string[] {
    return this.#left === 0 ? this.#lines : [...this.#lines, `… and ${this.#left} more changes`];
  }

  /** Which objects come and go, and what is new in others. Call it before the registry changes. */
  objects({ put, gone }: ObjectChange, registry: Registry): void {
    for (const key of gone) {
      if (registry.find(key) !== undefined) this.#object(key, 'gone');
    }
    for (const object of put) {
      if (SEEN_ELSEWHERE.has(object.kind)) continue;
      const before = registry.find(object);
      if (before === undefined) this.#object(object, 'added');
      else if (before !== object) this.#changed(before, object);
    }
  }

  /** What controllers made of it: other addresses and endpoints of Services that stay. */
  view({ services }: ViewChange): void {
    for (const { before, after } of services.values()) {
      if (before === undefined || after === undefined) continue;
      if (before.service !== after.service) this.#addresses(before.service, after.service);
      this.#endpoints(before, after);
    }
  }

  #changed(before: KubeObject, after: KubeObject): void {
    const fields = differentFields(before, after);
    if ('replicas' in before && 'replicas' in after && fields.delete('replicas')) {
      this.#object(after, `scaled from ${before.replicas} to ${after.replicas}`);
    }
    if (after.kind === 'Pod' && fields.delete('ready')) {
      this.#object(after, after.ready ? 'ready' : 'not ready');
      fields.delete('unready');
    }
    if (after.kind === 'Service') for (const field of RESOLVED) fields.delete(field);
    if (fields.size === 0) return;
    const words = [...fields].map((field) => FIELDS.get(field) ?? field);
    this.#object(after, `changed: ${words.join(', ')}`);
  }

  #addresses(before: Service, after: Service): void {
    const lists = [before, after].map(({ clusterIPs, loadBalancerPoints }) => ({
      'cluster IP': clusterIPs.join(),
      'load balancer': loadBalancerPoints.map(({ ip, hostname }) => ip || hostname).join(),
    }));
    const [old, now] = lists;
    for (const what of ['cluster IP', 'load balancer'] as const) {
      if (old?.[what] === now?.[what]) continue;
      this.#object(after, `${what} ${now?.[what] || 'none'}, before ${old?.[what] || 'none'}`);
    }
  }

  #endpoints(before: SeenService, after: SeenService): void {
    const [old, now] = [readyEndpoints(before.slices), readyEndpoints(after.slices)];
    if (old.join() === now.join()) return;
    const same = old.length === now.length;
    const text = same ? ', others than before' : `, before ${old.length}`;
    this.#object(after.service, `ready endpoints: ${now.length}${text}`);
  }

  #object(key: ObjectKey, text: string): void {
    if (this.#lines.length < MAX_LINES) this.#lines.push(`${objectText(key)} ${text}`);
    else this.#left++;
  }
}

function readyEndpoints(slices: readonly EndpointSlice[]): string[] {
  const ready = slices.flatMap(({ endpoints }) => endpoints.filter((endpoint) => endpoint.ready));
  return ready.flatMap(({ addresses }) => addresses).sort();
}

/** An object that has only moved within its file has none. */
function differentFields(before: object, after: object): Set<string> {
  const [old, now] = [before as Fields, after as Fields];
  const fields = new Set<string>();
  for (const field in now) if (differs(field, old[field], now[field])) fields.add(field);
  for (const field in old) {
    if (!(field in now) && differs(field, old[field], undefined)) fields.add(field);
  }
  return fields;
}

/** An object, or what is in one, by its members. */
interface Fields {
  readonly [field: string]: unknown;
}

function differs(field: string, a: unknown, b: unknown): boolean {
  return a !== b && !isOrigin(field) && !isSameContent(a, b);
}

/** Whether values are the same but for where they are written. */
function isSameContent(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof Map) return b instanceof Map && isSameContent([...a], [...b]);
  if (Array.isArray(a)) {
    const isAlike = Array.isArray(b) && a.length === b.length;
    return isAlike && a.every((item, at) => isSameContent(item, b[at]));
  }
  return isSameObject(a, b);
}

function isSameObject(before: object, after: object): boolean {
  const [old, now] = [before as Fields, after as Fields];
  for (const field in now) if (differs(field, old[field], now[field])) return false;
  for (const field in old)
    if (!(field in now) && differs(field, old[field], undefined)) return false;
  return true;
}

function isOrigin(field: string): boolean {
  return /origin$/i.test(field);
}
