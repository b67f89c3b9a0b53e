import { groupBy } from '../../support/collections.ts';
import { counted, visibleText } from '../report/problem-text.ts';
import type { ComparedReply, FoundDifference } from './compare.ts';
import { NOERROR, outcomeText } from './expectation.ts';
import { junitReport } from './junit.ts';
import type { VerifyFormat } from './verify-report.ts';

/** What came of putting every question to two servers. */
export interface Comparison {
  readonly questions: number;
  readonly differences: readonly FoundDifference[];
  /** Differences that are not among these, as there are too many. */
  readonly more: number;
  /** What the servers are called. */
  readonly ours: string;
  readonly theirs: string;
}

/** Where the rows are. */
const PAGE = 'docs/compatibility.md';

/** Of one row, as text; JSON has all. */
const MAX_SHOWN = 10;

export function differenceReport(format: VerifyFormat, comparison: Comparison): string {
  switch (format) {
    case 'text':
      return `${textLines(comparison).map(visibleText).join('\n')}\n`;
    case 'json':
      return `${JSON.stringify(jsonReport(comparison), undefined, 2)}\n`;
    case 'junit':
      return junitReport([
        { name: `${comparison.ours} and ${comparison.theirs}`, cases: cases(comparison) },
      ]);
  }
}

/** Whether all is the same but what has its reason in the table. */
export function isAsDocumented({ differences, more }: Comparison): boolean {
  return more === 0 && differences.every(({ row }) => row !== undefined);
}

function textLines(comparison: Comparison): string[] {
  const { differences, ours, theirs } = comparison;
  const width = Math.max(ours.length, theirs.length);
  const unknown = differences.filter(({ row, isTtlOnly }) => row === undefined && !isTtlOnly);
  return [
    ...alike(unknown).flatMap(({ asked, our, their }) => [
      asked,
      `  ${theirs.padEnd(width)}  ${their}`,
      `  ${ours.padEnd(width)}  ${our}`,
    ]),
    ...ttlLines(comparison),
    ...knownLines(comparison),
    summaryLine(comparison),
  ];
}

/** Questions about one name that differ in the same way. */
interface Alike {
  /** The name, and the types. */
  readonly asked: string;
  readonly our: string;
  readonly their: string;
}

function alike(differences: readonly FoundDifference[]): Alike[] {
  const groups = groupBy(differences, (one) => [one.question.name, ...sides(one)].join('\n'));
  return [...groups.values()].map((group) => {
    const [first] = group as [FoundDifference];
    const [our, their] = sides(first);
    const types = group.map(({ question }) => question.type);
    return { asked: `${first.question.name} ${types.join(' ')}`, our, their };
  });
}

/** Where one server gives other TTLs, it does so everywhere: one example will do. */
function ttlLines({ differences, ours, theirs }: Comparison): string[] {
  const byTtls = groupBy(
    differences.filter(({ isTtlOnly }) => isTtlOnly),
    (one) => sides(one).join(),
  );
  return [...byTtls.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const [our, their] = sides(first);
    const { name, type } = first.question;
    const words = `TTL ${their} from ${theirs}, ${our} from ${ours}`;
    return [
      `${counted(same.length, 'answer')} with ${words}: ${name} ${type}${same.length > 1 ? ' …' : ''}`,
    ];
  });
}

function knownLines({ differences }: Comparison): string[] {
  const known = differences.filter(({ row }) => row !== undefined);
  const byRow = groupBy(known, ({ row }) => row as string);
  return [...byRow].flatMap(([row, some]) => {
    const lines = alike(some);
    const more = lines.length - MAX_SHOWN;
    return [
      `In ${PAGE}: ${row}`,
      ...lines
        .slice(0, MAX_SHOWN)
        .map(({ asked, our, their }) => `  ${asked}: ${their} there, ${our} here`),
      ...(more > 0 ? [`  and ${more} more, all in --format json`] : []),
    ];
  });
}

function summaryLine({ questions, differences, more, ours, theirs }: Comparison): string {
  const count = (is: (one: FoundDifference) => boolean) => differences.filter(is).length;
  const ttl = count(({ isTtlOnly }) => isTtlOnly);
  const known = count(({ row }) => row !== undefined);
  const other = differences.length + more - ttl - known;
  const same = questions - differences.length - more;
  return [
    `${counted(questions, 'question')} to ${theirs} and ${ours}: ${same} answered the same`,
    ...(known > 0 ? [`${known} as ${PAGE} says`] : []),
    ...(ttl > 0 ? [`${ttl} with other TTLs`] : []),
    `${other} otherwise`,
  ].join(', ');
}

/** What ours and theirs say, as far as it is not the same. */
function sides({ ours, theirs, isTtlOnly }: FoundDifference): readonly [string, string] {
  if ('fault' in ours || 'fault' in theirs) {
    const text = (one: FoundDifference['ours']) =>
      'fault' in one ? `no answer: ${one.fault}` : answerOf(one);
    return [text(ours), text(theirs)];
  }
  if (isTtlOnly) return [ours.ttls, theirs.ttls];
  const parts = [
    ...(answerOf(ours) === answerOf(theirs) ? [] : [answerOf]),
    ...(ours.isAuthoritative === theirs.isAuthoritative ? [] : [authorityOf]),
    ...(['authority', 'additional'] as const)
      .filter((name) => ours[name].toSorted().join() !== theirs[name].toSorted().join())
      .map((name) => (one: ComparedReply) => `${name}: ${sectionText(one[name])}`),
  ];
  // The authority section follows from the rcode, and says nothing more than that.
  const shown = parts[0] === answerOf ? [answerOf] : parts;
  const text = (one: ComparedReply) => shown.map((part) => part(one)).join('; ');
  return [text(ours), text(theirs)];
}

function answerOf({ rcode, answer }: ComparedReply): string {
  const data = answer.map((line) => line.split(' ').slice(3).join(' ')).sort();
  return outcomeText(rcode, rcode === NOERROR || data.length > 0 ? data : undefined, undefined);
}

function authorityOf({ isAuthoritative }: ComparedReply): string {
  return isAuthoritative ? 'authoritative' : 'not authoritative';
}

function sectionText(lines: readonly string[]): string {
  if (lines.length === 0) return 'empty';
  return lines
    .map((line) => {
      const [name, , , ...rest] = line.split(' ');
      return [name, ...rest].join(' ');
    })
    .sort()
    .join(', ');
}

function jsonReport({ questions, differences, more, ours, theirs }: Comparison) {
  return {
    questions,
    ours,
    theirs,
    differences: differences.map((one) => {
      const { question, row, isTtlOnly } = one;
      const { name, type } = question;
      return { name, type, known: row ?? null, isTtlOnly, ours: one.ours, theirs: one.theirs };
    }),
    notListed: more,
  };
}

/** What is as the table says has not failed. */
function cases({ differences, ours, theirs }: Comparison) {
  return differences.map((one) => {
    const [our, their] = sides(one);
    const { name, type } = one.question;
    const failure = `${their} from ${theirs}, ${our} from ${ours}`;
    return {
      name: `${name} ${type}`,
      place: 'svcdns verify --against',
      file: '',
      line: 0,
      seconds: 0,
      failure: one.row === undefined ? failure : undefined,
    };
  });
}
