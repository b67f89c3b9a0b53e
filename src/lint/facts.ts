import type { WrittenObject } from '../kube/document.ts';
import type { Origin, Service } from '../kube/objects.ts';
import { member } from '../kube/schema/json-type.ts';
import type { ReadingObserver } from '../sources/source.ts';
import { Comments } from './comments.ts';

/** How many of each kind are kept; of what comes after that, rules know nothing. */
const MAX_KEPT = 10_000;

/** A name as it is written in an ExternalName. */
export interface WrittenAlias {
  readonly hasFinalDot: boolean;
  readonly origin: Origin;
}

/** What rules need of the files that objects do not keep. Its size is bounded. */
export class ReadFacts implements ReadingObserver {
  readonly comments = new Comments();
  readonly #aliases = new Map<string, WrittenAlias>();

  readonly text = (file: string, text: string): void => this.comments.read(file, text);

  readonly object = (written: WrittenObject): void => {
    if (written.kind === 'Service') this.#service(written);
  };

  /** What the ExternalName of a Service says; undefined for one that no file has. */
  alias({ origin }: Service): WrittenAlias | undefined {
    return this.#aliases.get(placeKey(origin));
  }

  #service({ value, locate }: WrittenObject): void {
    const text = member(member(value, 'spec'), 'externalName');
    if (typeof text !== 'string' || text === '' || this.#aliases.size >= MAX_KEPT) return;
    const origin = locate(['spec', 'externalName']);
    this.#aliases.set(placeKey(locate([])), { hasFinalDot: text.endsWith('.'), origin });
  }
}

/** Tells objects apart by where they begin: there may be other copies of each. */
function placeKey({ file, line, column }: Origin): string {
  return `${file}:${line}:${column}`;
}
