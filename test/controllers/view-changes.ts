import type { Controllers } from '../../src/controllers/controllers.ts';
import type { ViewChange } from '../../src/controllers/view-change.ts';
import type { NamespaceDelta } from '../../src/registry/namespace-delta.ts';
import type { Registry } from '../../src/registry/registry.ts';

/** What changed in namespaces, and which are gone: what a compiler takes. */
export interface ViewChanges {
  readonly views: readonly ViewChange[];
  readonly gone: readonly string[];
}

/** What a change of the registry comes to. */
export function viewChanges(
  controllers: Controllers,
  registry: Registry,
  deltas: ReadonlyMap<string, NamespaceDelta>,
): ViewChanges {
  const all = [...controllers.update(registry, deltas)].map(([name, delta]) => {
    return { name, change: controllers.view(registry, name, delta) };
  });
  return {
    views: all.flatMap(({ change }) => change ?? []),
    gone: all.flatMap(({ name, change }) => (change === undefined ? [name] : [])),
  };
}
