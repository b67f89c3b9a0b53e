import type { Document, Path } from '../../../kube/document.ts';
import type { Origin } from '../../../kube/objects.ts';
import type { Problem } from '../../../kube/problem.ts';
import { PositionIndex } from './positions.ts';

/**
 * A value that was read, with the way back to its text. `tell` tells the places of all its parts,
 * and is not asked before somebody wants to know one; `originAt` makes an Origin of an offset.
 */
export function locatedDocument(
  value: unknown,
  root: number,
  tell: (index: PositionIndex) => void,
  originAt: (offset: number) => Origin,
  warnings: readonly Problem[] = [],
): Document {
  let known: PositionIndex | undefined;
  const index = (): PositionIndex => {
    if (known === undefined) {
      known = new PositionIndex();
      tell(known);
    }
    return known;
  };
  return {
    value,
    origin: originAt(root),
    locate: (path: Path) => originAt(index().find(path)),
    locateKey: (path: Path) => originAt(index().findKey(path)),
    warnings,
  };
}
