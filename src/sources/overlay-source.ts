import type { KubeObject } from '../kube/objects.ts';
import { placeText } from '../kube/origin.ts';
import { objectText, type Problem } from '../kube/problem.ts';
import type { ObjectKey } from '../registry/registry.ts';
import type { HoldReason, Source, SourceChange, SourceEvents, SourceReport } from './source.ts';

/** The code of the hint that an object is laid over another. */
export const OBJECT_OVERLAID = 'OBJECT_OVERLAID';

/** Makes one of two sources. */
type MakeSource = (events: SourceEvents) => Source;

/**
 * The objects of one source laid over those of another: of two with the same kind, namespace and
 * name it is the upper one that is delivered, for as long as there is one.
 */
export class OverlaySource implements Source {
  readonly #below: Source;
  readonly #above: Source;
  readonly #events: SourceEvents;
  readonly #objects = {
    below: new Map<string, KubeObject>(),
    above: new Map<string, KubeObject>(),
  };
  readonly #isSynced = { below: false, above: false };

  constructor(below: MakeSource, above: MakeSource, events: SourceEvents) {
    this.#events = events;
    this.#below = below({ ...events, onChange: (change) => this.#take('below', change) });
    this.#above = above({ ...events, onChange: (change) => this.#take('above', change) });
  }

  async start(): Promise<void> {
    await Promise.all([this.#above.start(), this.#below.start()]);
  }

  async stop(): Promise<void> {
    await Promise.all([this.#above.stop(), this.#below.stop()]);
  }

  report(): SourceReport {
    const [above, below] = [this.#above.report(), this.#below.report()];
    return {
      files: above.files,
      passedOver: above.passedOver,
      refusedDocuments: above.refusedDocuments + below.refusedDocuments,
      problems: [...below.problems, ...above.problems, ...this.#overlaid()],
      held: above.held,
    };
  }

  heldBack(object: KubeObject): HoldReason | undefined {
    return this.#above.heldBack?.(object) ?? this.#below.heldBack?.(object);
  }

  #take(from: 'below' | 'above', change: SourceChange): void {
    this.#isSynced[from] = change.isSynced;
    const { below, above } = this.#objects;
    const put: KubeObject[] = [];
    const gone: ObjectKey[] = [];
    for (const key of change.gone) {
      const text = objectText(key);
      this.#objects[from].delete(text);
      const other = from === 'above' ? below.get(text) : above.get(text);
      if (other === undefined) gone.push(key);
      else if (from === 'above') put.push(other);
    }
    for (const object of change.put) {
      const text = objectText(object);
      this.#objects[from].set(text, object);
      if (from === 'above' || !above.has(text)) put.push(object);
    }
    const isSynced = this.#isSynced.below && this.#isSynced.above;
    this.#events.onChange({ ...change, put, gone, isSynced });
  }

  *#overlaid(): Generator<Problem> {
    const { below, above } = this.#objects;
    for (const [object, { origin }] of above) {
      const hidden = below.get(object);
      if (hidden === undefined) continue;
      const message = `${object} is laid over that of the cluster (${placeText(hidden.origin)})`;
      yield { severity: 'hint', code: OBJECT_OVERLAID, message, origin, object };
    }
  }
}
