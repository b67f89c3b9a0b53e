import type {
  AskedCounts,
  ClientStats,
  MissingStats,
  SearchListCost,
  Stats,
} from '../../app/stats.ts';
import { oneLine } from '../../observe/text-line.ts';

/** How heads and the like are marked. */
export interface TopStyle {
  readonly head: (text: string) => string;
  readonly faint: (text: string) => string;
}

export const PLAIN: TopStyle = { head: (text) => text, faint: (text) => text };

/** Select Graphic Rendition (ECMA-48): bold and faint, which every theme of a terminal has. */
export const BRIGHT: TopStyle = {
  head: (text) => `\u001b[1m${text}\u001b[22m`,
  faint: (text) => `\u001b[2m${text}\u001b[22m`,
};

/** What there is room for. */
export interface TopSize {
  readonly columns: number;
  readonly rows: number;
}

/** Lines that are no rows of a table: the first two, three blank ones, heads, and the advice. */
const OTHER_LINES = 10;

/** Each table has at least so many rows, however low the terminal is. */
const LEAST_ROWS = 2;

/** What `svcdns top` shows, in lines that fit. */
export function topLines(
  stats: Stats,
  place: string,
  { columns, rows }: TopSize,
  style: TopStyle,
): string[] {
  const room = Math.max(rows - OTHER_LINES, 2 * LEAST_ROWS);
  const missing = stats.missing.slice(0, Math.max(room - stats.clients.length, room >> 1));
  const clients = stats.clients.slice(0, Math.max(room - missing.length, LEAST_ROWS));
  const fit = (line: string) => cut(line, columns);
  return [
    style.head(fit(`svcdns top  ${place}  ${rate(stats.all.perSecond)} queries a second`)),
    fit(totalsLine(stats)),
    '',
    ...table(CLIENT_COLUMNS, clients, columns, style),
    '',
    ...table(MISSING_COLUMNS, missing, columns, style),
    ...(stats.searchList === null ? [] : ['', ...costLines(stats.searchList)]),
  ];
}

/** A column: its head, its cells, and on which side they stand. */
interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => string;
  /** Text stands left. */
  readonly isText?: true;
}

const CLIENT_COLUMNS: readonly Column<ClientStats>[] = [
  { head: 'CLIENT', cell: clientText, isText: true },
  { head: 'QUERIES/S', cell: ({ perSecond }) => rate(perSecond) },
  { head: 'NXDOMAIN', cell: (row) => share(row.nxdomain, row) },
  { head: 'SEARCH LIST', cell: (row) => share(row.searchList, row) },
  { head: 'SERVFAIL', cell: (row) => share(row.servfail, row) },
  { head: 'QUERIES', cell: ({ queries }) => whole(queries) },
];

const MISSING_COLUMNS: readonly Column<MissingStats>[] = [
  { head: 'NAME THAT DOES NOT EXIST', cell: ({ name }) => oneLine(name), isText: true },
  { head: 'QUERIES/S', cell: ({ perSecond }) => rate(perSecond) },
  { head: 'QUERIES', cell: ({ queries }) => whole(queries) },
  { head: 'LAST CLIENT', cell: ({ client }) => oneLine(client), isText: true },
  { head: 'SEARCHED FOR', cell: ({ searchedFor }) => oneLine(searchedFor ?? '-'), isText: true },
];

function clientText({ address, object, name, namespace }: ClientStats): string {
  const known = object ?? name ?? (namespace === null ? '' : `namespace ${namespace}`);
  return oneLine(known === '' ? address : `${address} ${known}`);
}

/** The first column has at least this width, and others are left out for it. */
const LEAST_FIRST = 24;

/**
 * Columns as wide as their cells. When they are wider than the terminal the first is cut, and then
 * the last are left out.
 */
function table<Row>(
  all: readonly Column<Row>[],
  rows: readonly Row[],
  width: number,
  style: TopStyle,
): string[] {
  let columns = all;
  while (columns.length > 1 && width - widthOf(columns.slice(1), rows) < LEAST_FIRST) {
    columns = columns.slice(0, -1);
  }
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)));
  const widths = columns.map((column) => cellsWidth(column, rows));
  widths[0] = Math.min(widths[0]!, Math.max(width - widthOf(columns.slice(1), rows), 0));
  const line = (texts: readonly string[]) => {
    const padded = texts.map((text, at) => {
      const fitting = cut(text, widths[at]!);
      return columns[at]!.isText ? fitting.padEnd(widths[at]!) : fitting.padStart(widths[at]!);
    });
    return cut(padded.join(GAP).trimEnd(), width);
  };
  const heads = style.head(line(columns.map(({ head }) => head)));
  return [heads, ...(rows.length === 0 ? [style.faint('none')] : cells.map(line))];
}

const GAP = '  ';

/** Of some columns, with a gap before each. */
function widthOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): number {
  return columns.reduce((sum, column) => sum + GAP.length + cellsWidth(column, rows), 0);
}

function cellsWidth<Row>({ head, cell }: Column<Row>, rows: readonly Row[]): number {
  return Math.max(head.length, ...rows.map((row) => cell(row).length));
}

function totalsLine({ all, since, oneIn }: Stats): string {
  const counted = `${whole(all.queries)} since ${since.replace(/\.000Z$/, 'Z')}`;
  const parts = [
    counted,
    `NXDOMAIN ${share(all.nxdomain, all)}`,
    `SERVFAIL ${share(all.servfail, all)}`,
    `search list ${share(all.searchList, all)}`,
    ...(oneIn === 1 ? [] : [`looking at one query in ${oneIn}`]),
  ];
  return parts.join('  ');
}

/** As long as they are: they are to be copied. */
function costLines({ share: wasted, ndots, ended, patch }: SearchListCost): string[] {
  const first = `${percent(wasted)} of all queries are search-list steps that find nothing.`;
  if (ndots === null) return [first];
  return [
    `${first} ndots: ${ndots} in the Pods that ask them ends ${percent(ended)}:`,
    `kubectl patch deployment NAME --patch '${JSON.stringify(patch)}'`,
  ];
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(width - 1, 0))}…`;
}

function share(part: number, { queries }: AskedCounts): string {
  return part === 0 ? '-' : percent(part / queries);
}

function percent(part: number): string {
  const rounded = Math.round(part * 100);
  return rounded === 0 ? '<1 %' : `${rounded} %`;
}

function rate(perSecond: number): string {
  return perSecond >= 10 ? whole(Math.round(perSecond)) : perSecond.toFixed(1);
}

/** `1,234`, whatever the machine's language is. */
function whole(number: number): string {
  return `${Math.round(number)}`.replace(/\B(?=(\d{3})+$)/g, ',');
}
