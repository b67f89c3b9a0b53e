import { typeName } from '../../dns/codes.ts';
import { lineText, originText } from '../../kube/origin.ts';
import { counted, visibleText } from '../report/problem-text.ts';
import { type Expectation, outcomeText, questionText } from './expectation.ts';
import type { Judged } from './judge.ts';
import { junitReport } from './junit.ts';

export const VERIFY_FORMATS = ['text', 'json', 'junit'] as const;
export type VerifyFormat = (typeof VERIFY_FORMATS)[number];

/** What `verify` prints of questions that have been asked. */
export function verifyReport(format: VerifyFormat, all: readonly Judged[]): string {
  switch (format) {
    case 'text':
      return `${[...all.flatMap(textOf), summaryLine(all), ''].join('\n')}`;
    case 'json':
      return `${JSON.stringify(jsonReport(all), undefined, 2)}\n`;
    case 'junit':
      return junitReport(bySuite(all));
  }
}

/** A question that was not answered as expected, or not asked, in three lines. */
function textOf({ expectation, outcome, got }: Judged): string[] {
  if (outcome === 'met') return [];
  return [
    `${originText(expectation.origin)}: ${questionText(expectation)}${searchText(expectation)}`,
    `  expected  ${expectedText(expectation)}`,
    `  got       ${gotText(got, expectation)}`,
  ].map(visibleText);
}

function searchText({ search }: Expectation): string {
  return search.length === 0 ? '' : `, searched in ${search.join(' ')}`;
}

function expectedText({ rcode, answers, ttl }: Expectation): string {
  return outcomeText(rcode, answers && [...answers].sort(), ttl);
}

/** With the TTL where one was expected, and the name where another one was searched. */
function gotText(got: Judged['got'], { name, ttl }: Expectation): string {
  if ('fault' in got) return `no answer: ${got.fault}`;
  if (got.isNotAsked) return NOT_ASKED;
  const seconds = ttl === undefined || got.ttls.length === 0 ? '' : ` (TTL ${got.ttls.join(', ')})`;
  const asked = got.name === name ? '' : `, of ${got.name}`;
  return `${outcomeText(got.rcode, got.answers, undefined)}${seconds}${asked}`;
}

const NOT_ASKED = 'not asked: a server would ask its upstreams, so ask one with --server';

function summaryLine(all: readonly Judged[]): string {
  const questions = counted(all.length, 'question');
  const [met, differs, notAsked] = (['met', 'differs', 'not asked'] as const).map((outcome) =>
    countOf(all, outcome),
  );
  if (met === all.length) return `${questions}: all answered as expected`;
  const not = differs === 0 ? '' : `, ${differs} not`;
  return `${questions}: ${met} answered as expected${not}${notAsked === 0 ? '' : `, ${notAsked} not asked`}`;
}

function countOf(all: readonly Judged[], outcome: Judged['outcome']): number {
  return all.filter((one) => one.outcome === outcome).length;
}

function jsonReport(all: readonly Judged[]) {
  const differing = all.filter(({ outcome }) => outcome === 'differs');
  return {
    questions: all.length,
    asExpected: countOf(all, 'met'),
    notAsked: countOf(all, 'not asked'),
    differing: differing.map(({ expectation, got }) => {
      const { origin, name, type, search, rcode, answers, ttl } = expectation;
      const { file, line, column } = origin;
      const expected = { rcode, answers, ttl };
      return { file, line, column, name, type: typeName(type), search, expected, got: plain(got) };
    }),
  };
}

/** Questions that differ were asked: that is not said. */
function plain(got: Judged['got']): object {
  if ('fault' in got) return got;
  const { isNotAsked: _, ...said } = got;
  return said;
}

/** A test suite a file, a test case a question. */
function bySuite(all: readonly Judged[]) {
  const files = [...new Set(all.map(({ expectation }) => expectation.origin.file))];
  return files.map((file) => ({
    name: file,
    cases: all
      .filter(({ expectation }) => expectation.origin.file === file)
      .map(({ expectation, outcome, got, ms }) => ({
        name: `${questionText(expectation)}${searchText(expectation)}`,
        place: lineText(expectation.origin),
        file,
        line: expectation.origin.line,
        seconds: ms / 1000,
        failure:
          outcome === 'differs'
            ? `expected ${expectedText(expectation)}, got ${gotText(got, expectation)}`
            : undefined,
        skipped: outcome === 'not asked' ? NOT_ASKED : undefined,
      })),
  }));
}
