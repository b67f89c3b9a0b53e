import { Rcode, rcodeName, Type } from '../dns/codes.ts';
import { keyOfWire, ROOT } from '../dns/name.ts';
import type { PublishedNames } from '../zone/lookup.ts';
import { nameText, readClusterName } from './cluster-name.ts';
import type { ObjectsAnswer, RecordSource } from './objects-question.ts';
import { reason, type WeighedReason } from './reason.ts';
import type { ChainNote, TracedName, TracedQuestion } from './trace.ts';

/** It has records of the type asked: a resolver ends its search with it. */
export function hasAnswer({ rcode, answer, question: { type } }: TracedQuestion): boolean {
  if (rcode !== Rcode.NOERROR) return false;
  return answer.some((record) => record.type === type || type === Type.ANY);
}

/** Why the question has its answer. `domain` is what the search list added. */
export function reasonOf(
  traced: TracedQuestion,
  objects: ObjectsAnswer | undefined,
  domain: string | undefined,
): WeighedReason {
  if (hasAnswer(traced)) return foundReason(traced, objects?.sources ?? []);
  const ofChain = chainReason(traced);
  if (ofChain?.code === 'NOT_LOADED') return ofChain;
  const ofObjects = objects?.reasons[0];
  const why = joined(ofObjects, ofChain) ?? unknown(traced);
  const [alias] = traced.answer;
  if (alias?.type === Type.CNAME) return aliasReason(traced, objects, why);
  return domain !== undefined && why.code === 'NO_NAME' ? reason('SEARCH_LIST', { domain }) : why;
}

function unknown({ rcode }: TracedQuestion): WeighedReason {
  return reason('UNKNOWN', { rcode: rcodeName(rcode) });
}

/** What the objects lack, and what others say of the name, each where there is something. */
function joined(
  ofObjects: WeighedReason | undefined,
  ofChain: WeighedReason | undefined,
): WeighedReason | undefined {
  if (ofObjects === undefined || ofChain === undefined) return ofObjects ?? ofChain;
  return { ...ofObjects, text: `${ofObjects.text}; ${ofChain.text}` };
}

/** What the plugins say, as far as it is not about objects. */
function chainReason(traced: TracedQuestion): WeighedReason | undefined {
  const { block, published, plugin, text, plugins } = traced;
  const rcode = traced.isSilent ? 'nothing' : rcodeName(traced.rcode);
  if (block === undefined) return reason('NO_BLOCK', {});
  const notAsked = noteOf(traced, 'not asked');
  if (notAsked !== undefined) return reason('NOT_ASKED', { upstreams: notAsked.upstreams });
  const kept = noteOf(traced, 'kept');
  if (kept !== undefined) {
    const ageSeconds = Math.round(kept.ageMs / 1000);
    return reason('UPSTREAM_KEPT', { rcode, ageSeconds, upstreams: block.upstreams });
  }
  const upstream = noteOf(traced, 'upstream');
  if (upstream !== undefined) return reason('UPSTREAM', { rcode, upstream: upstream.upstream });
  if (published !== undefined) return publishedReason(traced, published);
  if (plugin === '') {
    return plugins.at(-1)?.asked.length === 0
      ? reason('PLUGIN', { plugin: plugins.at(-1)?.plugin ?? '', rcode, text })
      : reason('OUTSIDE', {});
  }
  return reason('PLUGIN', { plugin, rcode, text });
}

function publishedReason(
  { rcode, plugin, text }: TracedQuestion,
  { isSynced }: PublishedNames,
): WeighedReason | undefined {
  if (rcode === Rcode.REFUSED) return reason('TRANSFER', {});
  if (rcode !== Rcode.SERVFAIL) return undefined;
  return isSynced
    ? reason('PLUGIN', { plugin, rcode: rcodeName(rcode), text })
    : reason('NOT_LOADED', { text });
}

function foundReason(traced: TracedQuestion, sources: readonly RecordSource[]): WeighedReason {
  const named = sources.flatMap((source) => (source.named === undefined ? [] : source));
  const [first] = named;
  if (first?.named === undefined) return reason('FOUND', { what: foundBy(traced) });
  const texts = new Set(named.map(({ named }) => `${named?.object} (${named?.origin})`));
  const what = [...texts].slice(0, MAX_OBJECTS).join(', ');
  if (first.note === 'held') return reason('FOUND_HELD', { what });
  if (first.note !== undefined) return reason('FOUND_KEPT', { what, problem: first.note.kept });
  return reason('FOUND', { what });
}

/** Objects named in the reason of an answer. */
const MAX_OBJECTS = 3;

function foundBy(traced: TracedQuestion): string {
  if (traced.published !== undefined) return foundWithoutObject(traced.decided, traced.published);
  const kept = noteOf(traced, 'kept');
  if (kept !== undefined) return `an upstream said so ${Math.round(kept.ageMs / 1000)} s ago`;
  const upstream = noteOf(traced, 'upstream');
  return upstream === undefined ? `plugin ${traced.plugin}` : `upstream ${upstream.upstream}`;
}

function foundWithoutObject({ key }: TracedName, published: PublishedNames): string {
  const zone = published.zoneOf(key);
  const name = zone === undefined ? undefined : readClusterName(key, zone);
  return name?.kind === 'pod'
    ? 'pods insecure answers the address that stands in the name, whether a Pod has it or not'
    : 'a name that every zone has';
}

function aliasReason(
  { answer }: TracedQuestion,
  objects: ObjectsAnswer | undefined,
  why: WeighedReason,
): WeighedReason {
  const last = answer.findLast(({ type }) => type === Type.CNAME);
  const target = last?.data.kind === 'name' ? keyOfWire(last.data.name) : ROOT;
  const what = objects?.sources[0]?.named?.object ?? 'a CNAME record';
  return reason('ALIAS', { target: nameText(target), what, why: why.text });
}

/** What a plugin noted, of this kind; undefined when none did. */
export function noteOf<Kind extends ChainNote['kind']>(
  { plugins }: TracedQuestion,
  kind: Kind,
): Extract<ChainNote, { kind: Kind }> | undefined {
  const notes = plugins.flatMap((step) => step.notes);
  return notes.find((note): note is Extract<ChainNote, { kind: Kind }> => note.kind === kind);
}
