import type { Piece } from '../../sources/source.ts';

/** Pieces left out because they hung or killed the thread; the oldest is forgotten first. */
const MAX_QUARANTINE = 100;

/** Pieces of a source that are not read as long as they are as they were. */
export class Quarantine {
  /** By name. */
  readonly #pieces = new Map<string, Piece>();

  get pieces(): readonly Piece[] {
    return [...this.#pieces.values()];
  }

  add(piece: Piece): void {
    this.#pieces.delete(piece.name);
    this.#pieces.set(piece.name, piece);
    const [oldest] = this.#pieces.keys();
    if (this.#pieces.size > MAX_QUARANTINE && oldest) this.#pieces.delete(oldest);
  }
}
