import type { Problem } from '../../../kube/problem.ts';
import { renderedSource } from './rendered-source.ts';
import { Rendering, type RenderingWorld } from './rendering.ts';

/** All sources that other programs render, one at a time: each takes a core, and some memory. */
export class Renderings {
  readonly #all: readonly Rendering[];
  #last: Promise<unknown> = Promise.resolve();

  /** Takes its own among the items of the settings. */
  constructor(manifests: readonly string[], world: Omit<RenderingWorld, 'inTurn'>) {
    const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
      const result = this.#last.then(work);
      this.#last = result;
      return result;
    };
    this.#all = manifests.flatMap((item) => {
      const source = renderedSource(item);
      return source === undefined ? [] : [new Rendering(item, source, { ...world, inTurn })];
    });
  }

  /** Whether each has been rendered once, with success or without. */
  get isSynced(): boolean {
    return this.#all.every((one) => one.isSynced);
  }

  get problems(): readonly Problem[] {
    return this.#all.flatMap(({ problems }) => problems);
  }

  /** Resolves when each has been rendered once, or is not there. */
  async start(): Promise<void> {
    await Promise.all(this.#all.map((one) => one.start()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#all.map((one) => one.stop()));
  }
}
