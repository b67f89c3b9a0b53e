import type { AdminAddress } from '../admin/admin-request.ts';
import { WrongServerError } from '../admin/admin-request.ts';
import { visibleTexts } from '../report/problem-text.ts';
import type { Paint } from './explanation-text.ts';

/** What a name had at a time, as far as the server remembers. */
export interface EarlierName {
  readonly name: string;
  /** Lines of a zone file, each with the places of its objects. */
  readonly records: readonly { readonly record: string; readonly places: readonly string[] }[];
  /** False: something of what has changed since is forgotten, and there may have been others. */
  readonly isComplete: boolean;
  /** Since when the server remembers, Unix seconds; null: it has not read everything yet. */
  readonly since: number | null;
}

/**
 * The time of day, today or else yesterday, or a time with its date; in Unix seconds. `14:03` is
 * that of this machine's clock. Undefined for what is neither, and for the future.
 */
export function earlierTime(text: string, nowSeconds: number): number | undefined {
  const [, hours, minutes, seconds = '0'] = /^(\d\d?):(\d\d)(?::(\d\d))?$/.exec(text) ?? [];
  if (hours === undefined) {
    const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?$/.test(text);
    const at = isTime ? Math.floor(Date.parse(text) / 1000) : Number.NaN;
    return at >= 0 && at <= nowSeconds ? at : undefined;
  }
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  const day = new Date(nowSeconds * 1000);
  day.setHours(Number(hours), Number(minutes), Number(seconds), 0);
  if (day.getTime() > nowSeconds * 1000) day.setDate(day.getDate() - 1);
  return Math.floor(day.getTime() / 1000);
}

/** What `/api/history` says, as far as it is read here. */
interface HistoryAnswer {
  readonly sources: readonly {
    readonly history: {
      readonly since: number | null;
      readonly earlier?: Pick<EarlierName, 'records' | 'isComplete'>;
    };
  }[];
}

/** Whether the server remembers that time: what it has from before says nothing. */
export function isRemembered({ since }: Pick<EarlierName, 'since'>, at: number): boolean {
  return since !== null && since <= at;
}

/**
 * What each name had at `at`, Unix seconds, up to the first that had records of the type: there a
 * Pod's search ended.
 *
 * @throws NoServerError, NotNowError or WrongServerError.
 */
export async function earlierNames(
  admin: AdminAddress,
  names: readonly string[],
  type: string,
  at: number,
): Promise<EarlierName[]> {
  const found: EarlierName[] = [];
  for (const name of names) {
    const query = new URLSearchParams({ name, at: String(at) });
    const { text } = await admin.get(`/api/history?${query}`);
    const told = read(text);
    if (told === undefined) {
      throw new WrongServerError(`${admin.place} remembers nothing: expected a svcdns`);
    }
    const earlier: EarlierName = {
      name,
      records: told.flatMap(({ records }) => records),
      isComplete: told.every(({ isComplete }) => isComplete),
      since: latest(told.map(({ since }) => since)),
    };
    found.push(earlier);
    if (!isRemembered(earlier, at) || isAnswer(earlier, type)) return found;
  }
  return found;
}

/** Null when one is: then not everything has been read. */
function latest(times: readonly (number | null)[]): number | null {
  return times.reduce((last, time) =>
    last === null || time === null ? null : Math.max(last, time),
  );
}

/** Whether a question of this type ended at the name. */
export function isAnswer({ records }: Pick<EarlierName, 'records'>, type: string): boolean {
  return records.some(({ record }) => answers(record, type));
}

function answers(record: string, type: string): boolean {
  const [, , , found] = record.split(' ');
  return found === type || found === 'CNAME' || type === 'ANY';
}

/** For people: each name with the records of the type that it had. */
export function earlierText(
  names: readonly EarlierName[],
  type: string,
  at: number,
  paint: Paint,
): string {
  const when = new Date(at * 1000).toISOString();
  return visibleTexts(names)
    .flatMap((one) => {
      const { name, records, isComplete } = one;
      if (!isRemembered(one, at)) return [`${name}: not known at ${when}: ${memoryText(one)}`];
      const has = records.filter(({ record }) => answers(record, type));
      const none = records.length > 0 ? `no ${type} records, others only` : 'no records';
      return [
        ...(has.length === 0 ? [`${name} had ${none} at ${when}`] : []),
        ...has.map(({ record, places }) => `${paint.strong(record)}${placesText(places)}`),
        ...(isComplete ? [] : [paint.faint('what changed since is not remembered whole')]),
      ];
    })
    .map((line) => `${line}\n`)
    .join('');
}

function memoryText({ since }: EarlierName): string {
  if (since === null) return 'the server has not read everything yet';
  return `the server remembers since ${new Date(since * 1000).toISOString()}`;
}

function placesText(places: readonly string[]): string {
  return places.length === 0 ? '' : `  (${places.join(', ')})`;
}

/** What each set of names says; undefined for what no server of ours says. */
function read(text: string): Omit<EarlierName, 'name'>[] | undefined {
  try {
    const { sources } = JSON.parse(text) as HistoryAnswer;
    const told = sources.map(({ history: { since, earlier } }) => {
      return { since, records: [], isComplete: false, ...earlier };
    });
    return told.length > 0 && told.every(isHistory) ? told : undefined;
  } catch {
    return undefined;
  }
}

function isHistory({ since, records }: Omit<EarlierName, 'name'>): boolean {
  return (since === null || typeof since === 'number') && Array.isArray(records);
}
