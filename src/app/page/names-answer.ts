import type { AdminAnswer } from '../../admin/http-server.ts';
import { jsonAnswer } from '../../admin/http-server.ts';
import {
  type BrowseQuestion,
  NAME_KINDS,
  type NameKind,
  type NamesPage,
} from '../../control/listing/browse.ts';
import type { NameSet } from '../name-set.ts';

/** Rows of a page when nothing is said. */
const DEFAULT_COUNT = 100;

type Sets = readonly Pick<NameSet, 'browse'>[];

/** Answers `/api/names?search=…&namespace=…&kind=…&from=…&count=…`: a part of a list of names. */
export async function namesAnswer(query: URLSearchParams, sets: Sets): Promise<AdminAnswer> {
  const of = query.get('kind') ?? '';
  if (of !== '' && !isKind(of)) return wrong(`Unknown kind: expected ${NAME_KINDS.join(', ')}`);
  const from = numberIn(query, 'from', 0);
  const count = numberIn(query, 'count', DEFAULT_COUNT);
  if (from === undefined || count === undefined) return wrong('Expected whole numbers');
  const search = (query.get('search') ?? '').toLowerCase();
  const namespace = query.get('namespace') ?? '';
  let all: NamesPage = { total: 0, rows: [], namespaces: [] };
  for (const set of sets) {
    const text = await set.browse({
      kind: 'names',
      search,
      namespace,
      of,
      from: Math.max(from - all.total, 0),
      count: count - all.rows.length,
    });
    if (text === undefined) return BUSY;
    const { total, rows, namespaces } = JSON.parse(text) as NamesPage;
    all = {
      total: all.total + total,
      rows: [...all.rows, ...rows],
      namespaces: [...new Set([...all.namespaces, ...namespaces])].sort(),
    };
  }
  return jsonAnswer(JSON.stringify(all));
}

/** Answers `/api/service?namespace=…&name=…`: a Service, its slices and their Pods. */
export async function serviceAnswer(query: URLSearchParams, sets: Sets): Promise<AdminAnswer> {
  const [namespace, name] = [query.get('namespace') ?? '', query.get('name') ?? ''];
  const question: BrowseQuestion = { kind: 'service', namespace, name };
  for (const set of sets) {
    const text = await set.browse(question);
    if (text === undefined) return BUSY;
    if (text !== '') return jsonAnswer(text);
  }
  return { status: 404, body: 'There is no such Service\n' };
}

function isKind(text: string): text is NameKind {
  return (NAME_KINDS as readonly string[]).includes(text);
}

/** Undefined for what is no number. */
function numberIn(query: URLSearchParams, name: string, usual: number): number | undefined {
  const text = query.get(name) ?? `${usual}`;
  return /^\d{1,7}$/.test(text) ? Number(text) : undefined;
}

function wrong(reason: string): AdminAnswer {
  return { status: 400, body: `${reason}\n` };
}

const BUSY: AdminAnswer = { status: 503, body: 'Busy reading manifests: try again\n' };
