import type { WrittenObject } from '../kube/document.ts';
import type { Origin, Service } from '../kube/objects.ts';
import type { NamedObject } from '../kube/problem.ts';
import { member } from '../kube/schema/json-type.ts';
import type { ReadingObserver } from '../sources/source.ts';
import { Comments } from './comments.ts';
import {
  type Mention,
  mentionsIn,
  mentionsInConfigMap,
  type PodSpec,
  podSpecOf,
  searchDomains,
} from './mentions.ts';

/** So many are kept; of what comes after that, rules know nothing. */
const MAX_ALIASES = 10_000;
const MAX_MENTIONS = 20_000;

/** Each wildcard is compared with all of these. */
const MAX_SEARCHES = 100;

/** A name as it is written in an ExternalName. */
export interface WrittenAlias {
  readonly hasFinalDot: boolean;
  readonly origin: Origin;
}

/** A host that a workload's own configuration names, and where it does. */
export interface KnownMention extends Mention {
  readonly object: NamedObject;
  readonly origin: Origin;
}

/** What rules need of the files that objects do not keep. Its size is bounded. */
export class ReadFacts implements ReadingObserver {
  readonly comments = new Comments();
  readonly #aliases = new Map<string, WrittenAlias>();
  readonly #mentions: KnownMention[] = [];
  readonly #searches = new Map<string, NamedObject>();

  readonly text = (file: string, text: string): void => this.comments.read(file, text);

  readonly object = (written: WrittenObject): void => {
    if (written.kind === 'Service') this.#service(written);
    if (written.kind === 'ConfigMap') this.#mention(written, mentionsInConfigMap(written));
    const pods = podSpecOf(written);
    if (pods !== undefined) this.#workload(written, pods);
  };

  /** The hosts that workloads name. */
  get mentions(): readonly KnownMention[] {
    return this.#mentions;
  }

  /** The domains that workloads add to their search path, with the first that does. */
  get searches(): ReadonlyMap<string, NamedObject> {
    return this.#searches;
  }

  /** What the ExternalName of a Service says; undefined for one that no file has. */
  alias({ origin }: Service): WrittenAlias | undefined {
    return this.#aliases.get(placeKey(origin));
  }

  #service({ value, locate }: WrittenObject): void {
    const text = member(member(value, 'spec'), 'externalName');
    if (typeof text !== 'string' || text === '' || this.#aliases.size >= MAX_ALIASES) return;
    const origin = locate(['spec', 'externalName']);
    this.#aliases.set(placeKey(locate([])), { hasFinalDot: text.endsWith('.'), origin });
  }

  #workload(written: WrittenObject, pods: PodSpec): void {
    const object = namedObject(written);
    for (const domain of searchDomains(pods)) {
      if (this.#searches.size < MAX_SEARCHES && !this.#searches.has(domain)) {
        this.#searches.set(domain, object);
      }
    }
    this.#mention(written, mentionsIn(pods));
  }

  #mention(written: WrittenObject, mentions: Iterable<Mention>): void {
    const object = namedObject(written);
    for (const mention of mentions) {
      if (this.#mentions.length >= MAX_MENTIONS) return;
      this.#mentions.push({ ...mention, object, origin: written.locate(mention.path) });
    }
  }
}

function namedObject({ kind, value, defaultNamespace, locate }: WrittenObject): NamedObject {
  const metadata = member(value, 'metadata');
  const [name, namespace] = [member(metadata, 'name'), member(metadata, 'namespace')];
  return {
    kind,
    name: typeof name === 'string' ? name : '',
    namespace: typeof namespace === 'string' && namespace !== '' ? namespace : defaultNamespace,
    origin: locate([]),
  };
}

/** Tells objects apart by where they begin: there may be other copies of each. */
function placeKey({ file, line, column }: Origin): string {
  return `${file}:${line}:${column}`;
}
