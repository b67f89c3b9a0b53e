import type { AdminAnswer } from '../admin/http-server.ts';
import { jsonAnswer } from '../admin/http-server.ts';
import type { HistoryQuestion } from '../control/history/change-recorder.ts';
import { NameError, recordName } from '../dns/name.ts';
import { sourceLabels } from './cluster-meter.ts';
import type { NameSet } from './name-set.ts';

const PARAMETERS = ['name', 'at'];

/** Unix seconds: until the year 2286. */
const MAX_AT = 9_999_999_999;

/**
 * Answers `/api/history?name=…&at=…` of the admin server: which records have changed, the newest
 * changes first, of one name or of all; and with `at`, what the name had then. The control threads
 * remember it; here it is only passed on.
 */
export async function historyAnswer(
  query: URLSearchParams,
  sets: Iterable<Pick<NameSet, 'source' | 'history'>>,
): Promise<AdminAnswer> {
  const question = readQuestion(query);
  if ('fault' in question) return json(400, JSON.stringify({ error: question.fault }));
  const sources = [];
  for (const set of sets) {
    const text = await set.history(question);
    if (text === undefined) return BUSY;
    sources.push(`{"source":${JSON.stringify(sourceLabels(set.source))},"history":${text}}`);
  }
  return json(200, `{"sources":[${sources.join(',')}]}`);
}

function readQuestion(query: URLSearchParams): HistoryQuestion | { readonly fault: string } {
  const unknown = [...query.keys()].find((key) => !PARAMETERS.includes(key));
  if (unknown !== undefined)
    return { fault: `Unknown parameter: expected ${PARAMETERS.join(', ')}` };
  const [name, at] = PARAMETERS.map((key) => query.get(key) ?? undefined);
  const time = at === undefined ? undefined : secondsOf(at);
  if (at !== undefined && time === undefined) {
    return { fault: 'Cannot read at: expected seconds since 1970, or 2026-11-29T14:03:00Z' };
  }
  if (name === undefined) {
    return at === undefined ? { name, at: undefined } : { fault: 'Expected a name beside at' };
  }
  try {
    return { name: recordName(name), at: time };
  } catch (error) {
    if (!(error instanceof NameError)) throw error;
    return { fault: error.message };
  }
}

/** A time without a zone would be another one on each machine. */
function secondsOf(text: string): number | undefined {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/.test(text)) {
    return undefined;
  }
  const ms = Date.parse(text);
  const seconds = Math.floor(ms / 1000);
  return Number.isNaN(ms) || seconds < 0 || seconds > MAX_AT ? undefined : seconds;
}

function json(status: number, body: string): AdminAnswer {
  return jsonAnswer(body, status);
}

const BUSY: AdminAnswer = { status: 503, body: 'Busy reading manifests: try again\n' };
