import { Rcode, rcodeName, Type, typeName } from '../dns/codes.ts';
import { keyOfWire, textOf } from '../dns/name.ts';
import type { ResourceRecord } from '../dns/record.ts';
import { recordText } from '../dns/text.ts';
import type { ExplainedRecord, ExplainedStep } from './explanation.ts';
import {
  type AskedName,
  MAX_RECORDS,
  type ObjectsAnswer,
  type ObjectsQuestion,
  type RecordSource,
} from './objects-question.ts';
import { pluginDeed } from './plugin-deeds.ts';
import { hasAnswer, noteOf, reasonOf } from './reason-of.ts';
import type { SearchStep } from './search-list.ts';
import type { TracedQuestion } from './trace.ts';
import { ttlOf } from './ttl.ts';

/** A step with the weight of its reason. */
export interface WeighedStep extends ExplainedStep {
  readonly weight: number;
  /** It has records of the type asked: a resolver ends its search here. */
  readonly isAnswer: boolean;
}

/** What the objects are asked about one question: why it is missing, or where records are from. */
export function objectsQuestion(traced: TracedQuestion): ObjectsQuestion {
  const { published, answer } = traced;
  const name = hasAnswer(traced) ? undefined : missedName(traced);
  const table = published?.table ?? 'cluster';
  const records = published === undefined ? [] : answer.slice(0, MAX_RECORDS);
  return {
    names: name === undefined ? [] : [name],
    records: records.map((record) => ({ record: asDecided(record, traced), table })),
    client: undefined,
  };
}

/** Where a plugin asked for another name, its records have got the name of the question. */
function asDecided(record: ResourceRecord, { question, decided }: TracedQuestion): ResourceRecord {
  const isRenamed = question.key !== decided.key && keyOfWire(record.owner) === question.key;
  return isRenamed ? { ...record, owner: decided.key } : record;
}

/** The step as it is told. `objects` answers `objectsQuestion`; undefined when it could not. */
export function explainedStep(
  { domain }: SearchStep,
  traced: TracedQuestion,
  objects: ObjectsAnswer | undefined,
): WeighedStep {
  const { question, answer, block, plugin } = traced;
  const told = reasonOf(traced, objects, domain);
  const shown = answer.slice(0, MAX_RECORDS);
  return {
    name: textOf(question.key),
    type: typeName(question.type),
    searchDomain: domain ?? null,
    rcode: outcome(traced),
    block: block === undefined ? null : { ...placeOf(block), origin: block.line ?? null },
    answeredBy: plugin === '' ? null : plugin,
    plugins: traced.plugins.map(pluginDeed),
    records: shown.map((record, at) => explainedRecord(record, objects?.sources[at], traced)),
    moreRecords: answer.length - shown.length,
    ttl: ttlOf(traced) ?? null,
    reason: { code: told.code, text: told.text },
    weight: told.weight,
    isAnswer: hasAnswer(traced),
  };
}

/** The rcode, or `NODATA` for NOERROR without an answer; null when no server was asked. */
function outcome(traced: TracedQuestion): string | null {
  if (traced.isSilent || noteOf(traced, 'not asked') !== undefined) return null;
  const isEmpty = traced.rcode === Rcode.NOERROR && !hasAnswer(traced);
  return isEmpty ? 'NODATA' : rcodeName(traced.rcode);
}

function placeOf({ zones, view }: NonNullable<TracedQuestion['block']>) {
  return { zones: zones.map((zone) => `${zone}.`), view };
}

/**
 * What is missing: the name asked for below the plugins, or the target of its last alias. Undefined
 * when objects have no part in it: a plugin above them has answered, or there was no answer at all.
 */
function missedName(traced: TracedQuestion): AskedName | undefined {
  const { decided, published, passed, answer, rcode, plugin, block } = traced;
  const isDenied = rcode === Rcode.NXDOMAIN || rcode === Rcode.NOERROR;
  if (published !== undefined && !isDenied) return undefined;
  const isAbove = published === undefined && passed.length === 0 && plugin !== '';
  if (isAbove && block?.live !== undefined) return undefined;
  const alias = answer.findLast(({ type }) => type === Type.CNAME);
  const key = alias?.data.kind === 'name' ? keyOfWire(alias.data.name) : decided.key;
  const { type } = decided;
  const candidates = published === undefined ? passed : [published];
  const names = candidates.find((one) => one.zoneOf(key) !== undefined);
  const zone = names?.zoneOf(key);
  if (names === undefined || zone === undefined) {
    return { key, type, table: undefined, types: undefined };
  }
  const found = names.find(key, zone);
  const types = found && [...new Set(found.answers.map((each) => each.type))];
  return { key, type, table: names.table, types };
}

function explainedRecord(
  record: ResourceRecord,
  source: RecordSource | undefined,
  traced: TracedQuestion,
): ExplainedRecord {
  // NAME TTL CLASS TYPE DATA: a blank inside a name is written \032.
  const [name = '', , , , ...data] = recordText(record).split(' ');
  const upstream = noteOf(traced, 'upstream');
  return {
    name,
    ttl: record.ttl,
    type: typeName(record.type),
    data: data.join(' '),
    object: source?.named?.object ?? null,
    origin: source?.named?.origin ?? null,
    by: source?.by ?? (upstream === undefined ? traced.plugin : `upstream ${upstream.upstream}`),
    from: source?.from ?? [],
  };
}
