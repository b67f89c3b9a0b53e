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

/** A question that was not answered as expected, in three lines. */
function textOf({ expectation, isMet, got }: Judged): string[] {
  if (isMet) return [];
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
  const seconds = ttl === undefined || got.ttls.length === 0 ? '' : ` (TTL ${got.ttls.join(', ')})`;
  const asked = got.name === name ? '' : `, of ${got.name}`;
  return `${outcomeText(got.rcode, got.answers, undefined)}${seconds}${asked}`;
}

function summaryLine(all: readonly Judged[]): string {
  const unmet = all.filter(({ isMet }) => !isMet).length;
  const questions = counted(all.length, 'question');
  if (unmet === 0) return `${questions}: all answered as expected`;
  return `${questions}: ${all.length - unmet} answered as expected, ${unmet} not`;
}

function jsonReport(all: readonly Judged[]) {
  const unmet = all.filter(({ isMet }) => !isMet);
  return {
    questions: all.length,
    asExpected: all.length - unmet.length,
    differing: unmet.map(({ expectation, got }) => {
      const { origin, name, type, search, rcode, answers, ttl } = expectation;
      const { file, line, column } = origin;
      const expected = { rcode, answers, ttl };
      return { file, line, column, name, type: typeName(type), search, expected, got };
    }),
  };
}

/** A test suite a file, a test case a question. */
function bySuite(all: readonly Judged[]) {
  const files = [...new Set(all.map(({ expectation }) => expectation.origin.file))];
  return files.map((file) => ({
    name: file,
    cases: all
      .filter(({ expectation }) => expectation.origin.file === file)
      .map(({ expectation, isMet, got, ms }) => ({
        name: `${questionText(expectation)}${searchText(expectation)}`,
        place: lineText(expectation.origin),
        file,
        line: expectation.origin.line,
        seconds: ms / 1000,
        failure: isMet
          ? undefined
          : `expected ${expectedText(expectation)}, got ${gotText(got, expectation)}`,
      })),
  }));
}
