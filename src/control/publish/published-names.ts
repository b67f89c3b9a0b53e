import type { NameKey } from '../../dns/name.ts';
import type { NameChanges } from '../../zone/compiler.ts';
import type { PackedName } from '../../zone/packed-name.ts';

/** The names that are published, each as it was sent last. */
export class PublishedNames {
  #names = new Map<NameKey, PackedName>();

  get all(): ReadonlyMap<NameKey, PackedName> {
    return this.#names;
  }

  /**
   * Follows a change. What there is at the start is that change itself, not a copy: to copy 900,000
   * names took 4 % of a load. Later changes are written into it, so whoever else has it has to know
   * of these.
   */
  take(changes: NameChanges): void {
    if (this.#names.size === 0 && isOnlyNames(changes)) {
      this.#names = changes;
      return;
    }
    for (const [key, name] of changes) {
      if (name === null) this.#names.delete(key);
      else this.#names.set(key, name);
    }
  }
}

function isOnlyNames(changes: NameChanges): changes is Map<NameKey, PackedName> {
  for (const name of changes.values()) {
    if (name === null) return false;
  }
  return true;
}
