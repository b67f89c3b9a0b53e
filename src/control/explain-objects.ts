import { explainName } from '../explain/explain-names.ts';
import { podWith } from '../explain/missing/address.ts';
import type { ExplainedObjects } from '../explain/objects.ts';
import { problemPlaceText } from '../explain/objects.ts';
import type {
  ClientPod,
  ObjectPlace,
  ObjectsAnswer,
  ObjectsQuestion,
  RecordSource,
} from '../explain/objects-question.ts';
import { placeText } from '../kube/origin.ts';
import { objectText, type Problem } from '../kube/problem.ts';
import type { HoldReason } from '../sources/source.ts';
import type { Place, Provenances } from './provenance.ts';

/** What the source of the objects knows beside them. */
export interface SourceState {
  readonly problems: readonly Problem[];
  /** Why an object is still there that its source has no more. */
  heldBack(place: Place): HoldReason | undefined;
}

/** What objects say to a question about names and records. */
export function explainObjects(
  { names, records, client }: ObjectsQuestion,
  all: ExplainedObjects,
  provenances: Provenances,
  state: SourceState,
): ObjectsAnswer {
  return {
    reasons: names.map((name) => explainName(name, all)),
    sources: records.map(({ record, table }) => {
      const { named, by, from } = provenances.of(record, table);
      const held = named && state.heldBack(named);
      return {
        named: named && objectPlace(named),
        by,
        from: from.map(objectPlace),
        note: named && held && noteOf(held, named, state),
      };
    }),
    client: client === undefined ? undefined : clientPod(client, all),
  };
}

function noteOf(
  held: HoldReason,
  { origin }: Place,
  { problems }: SourceState,
): RecordSource['note'] {
  if (held === 'deleted') return 'held';
  const problem = problems.find(
    ({ severity, origin: { file } }) => severity === 'error' && file === origin.file,
  );
  return { kept: problem === undefined ? origin.file : problemPlaceText(problem) };
}

function clientPod(address: string, all: ExplainedObjects): ClientPod | undefined {
  const pod = podWith(address, all);
  if (pod === undefined) return undefined;
  const { origin } = pod.madeOf ?? pod;
  return { namespace: pod.namespace, ...objectPlace({ object: objectText(pod), origin }) };
}

/** An object and where it is, as text. */
export function objectPlace({ object, origin }: Pick<Place, 'object' | 'origin'>): ObjectPlace {
  return { object, origin: placeText(origin) };
}
