import type { AdminAnswer } from '../admin/http-server.ts';
import { jsonAnswer } from '../admin/http-server.ts';
import { withoutInterface } from '../dns/address.ts';
import type { Askers } from '../server/askers/askers.ts';
import type { LiveZone } from '../zone/live-zone.ts';
import type { OwnerNames } from './owner-names.ts';
import { MAX_ROWS, statsOf } from './stats.ts';

const DEFAULT_ROWS = 20;

/** Answers `/api/stats?rows=…` of the admin server: who asks what, as JSON (`Stats`). */
export async function statsAnswer(
  query: URLSearchParams,
  askers: Askers | undefined,
  zones: readonly LiveZone[],
  owners: Pick<OwnerNames, 'of'>,
): Promise<AdminAnswer> {
  if (askers === undefined) return SWITCHED_OFF;
  if ([...query.keys()].some((key) => key !== 'rows')) return UNKNOWN;
  const text = query.get('rows') ?? `${DEFAULT_ROWS}`;
  const rows = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (rows < 1 || rows > MAX_ROWS) return WRONG_ROWS;
  const addresses = askers.clients(rows).map(({ key }) => withoutInterface(key));
  const stats = statsOf(askers, zones, rows, await owners.of(addresses));
  return jsonAnswer(JSON.stringify(stats));
}

const SWITCHED_OFF: AdminAnswer = {
  status: 404,
  body: 'No account is kept of who asks what: --askers off\n',
};
const UNKNOWN: AdminAnswer = { status: 400, body: 'Unknown parameter: expected rows\n' };
const WRONG_ROWS: AdminAnswer = {
  status: 400,
  body: `Cannot use rows: expected a whole number from 1 to ${MAX_ROWS}\n`,
};
