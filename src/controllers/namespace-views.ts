import type { EndpointSlice, NamespaceView, Pod, Service } from '../kube/objects.ts';
import type { NamespaceDelta } from '../registry/namespace-delta.ts';
import type { NamespaceObjects } from '../registry/namespace-objects.ts';
import type { Registry } from '../registry/registry.ts';
import { findNamed, setNamed } from '../support/collections.ts';
import { slicesOf } from './endpoints/endpoints.ts';
import {
  isAddressable,
  isHidden,
  type LiveView,
  type ServiceResolver,
  viewNamespace,
} from './namespace-view.ts';
import {
  addChange,
  changedView,
  newView,
  type SeenPodChange,
  type ServiceChange,
  seenIn,
  type ViewChange,
} from './view-change.ts';

/** A Service to be brought up to date. */
interface Update {
  readonly name: string;
  readonly service: Service | undefined;
  /** Undefined when there is no list of them. */
  readonly slices: readonly EndpointSlice[] | undefined;
  /** They are those of the Pods that it selects, of which there are none. */
  readonly isOfPods: boolean;
}

/**
 * The namespaces as DNS sees them, kept up to date: a change costs time in proportion to itself as
 * long as no controller of ours has a part in it.
 */
export class NamespaceViews {
  readonly #views = new Map<string, LiveView>();

  /** Those that exist, by name. */
  get all(): ReadonlyMap<string, NamespaceView> {
    return this.#views;
  }

  /**
   * Takes what `delta` says has changed, and `resolver` gives a Service anew; returns what that
   * comes to. Undefined when the namespace does not exist (any longer).
   */
  update(
    registry: Registry,
    resolver: ServiceResolver,
    name: string,
    delta: NamespaceDelta,
    simulatedPods: readonly Pod[] = [],
  ): ViewChange | undefined {
    const before = this.#views.get(name);
    const objects = registry.namespace(name);
    const canFollow =
      objects !== undefined &&
      before !== undefined &&
      !(delta.concernsAll || delta.hasOthers) &&
      !(delta.hasWrittenPods && before.isMadeOfPods) &&
      (before.isHidden ?? false) === isHidden(registry, name) &&
      (simulatedPods.length === 0 || delta.pods.size === 0);
    const updates = canFollow ? updatesOf(objects, delta, resolver, simulatedPods) : undefined;
    if (canFollow && updates !== undefined) return follow(before, objects, updates, delta);
    const view = viewNamespace(registry, resolver, name, simulatedPods);
    if (view === undefined) {
      this.#views.delete(name);
      return undefined;
    }
    this.#views.set(name, view);
    return before === undefined ? newView(view) : changedView(before, view, delta.hasOthers);
  }
}

/** Undefined when Pods make endpoints: then those of other Services may be others too. */
function updatesOf(
  objects: NamespaceObjects,
  { services, served }: NamespaceDelta,
  resolver: ServiceResolver,
  simulatedPods: readonly Pod[],
): Update[] | undefined {
  const updates: Update[] = [];
  for (const name of [...new Set([...services, ...served])].sort()) {
    const written = objects.services.get(name);
    const service = written && resolver.resolve(written);
    const slices = slicesOf(objects, name, service);
    const isOfPods = slices === 'pods';
    if (isOfPods && objects.pods.size + simulatedPods.length > 0) return undefined;
    updates.push({ name, service, slices: isOfPods ? [] : slices, isOfPods });
  }
  return updates;
}

/** Brings a view up to date. */
function follow(
  view: LiveView,
  objects: NamespaceObjects,
  updates: readonly Update[],
  { pods }: NamespaceDelta,
): ViewChange {
  const services = new Map<string, ServiceChange>();
  for (const { name, service, slices, isOfPods } of updates) {
    const before = seenIn(view, name);
    setNamed(view.services, name, service);
    if (slices === undefined) view.slices.delete(name);
    else view.slices.set(name, slices);
    if (isOfPods) view.isMadeOfPods = true;
    addChange(services, name, before, seenIn(view, name));
  }
  const changedPods = new Map<string, SeenPodChange>();
  for (const name of pods) {
    const pod = objects.pods.get(name);
    const [before, after] = [
      findNamed(view.pods, name),
      pod && isAddressable(pod) ? pod : undefined,
    ];
    setNamed(view.pods, name, after);
    if (before !== after) changedPods.set(name, { before, after });
  }
  return {
    view,
    isOther: false,
    services,
    pods: changedPods,
    hasOtherObjects: false,
  };
}
