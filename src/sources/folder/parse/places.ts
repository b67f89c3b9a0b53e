import type { Path } from '../../../kube/document.ts';

/** Where the parts of a value begin, as offsets into its text. */
export interface Places {
  /** The value at `path`, or the nearest value around it that is written down. */
  find(path: Path): number;
  /** The key of the member at `path`; as `find` when it is not written down. */
  findKey(path: Path): number;
}

/** Places that are not looked for before one is asked for. */
export class LaterPlaces implements Places {
  readonly #all: () => Places;
  #one: ((path: Path) => number) | undefined;
  #known: Places | undefined;

  /** `one` finds the first place that is asked for, for less than `all` takes. */
  constructor(all: () => Places, one?: (path: Path) => number) {
    this.#all = all;
    this.#one = one;
  }

  find(path: Path): number {
    const one = this.#one;
    this.#one = undefined;
    return one === undefined ? this.#places.find(path) : one(path);
  }

  findKey(path: Path): number {
    return this.#places.findKey(path);
  }

  get #places(): Places {
    this.#known ??= this.#all();
    return this.#known;
  }
}
