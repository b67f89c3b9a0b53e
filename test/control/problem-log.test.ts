import { beforeEach, describe, expect, test } from 'vitest';
import { ProblemLog } from '../../src/control/problem-log.ts';
import { wholeFile } from '../../src/kube/origin.ts';
import { type Problem, problemText } from '../../src/kube/problem.ts';

let lines: string[];
let log: ProblemLog;
beforeEach(() => {
  lines = [];
  log = new ProblemLog((_level, text) => void lines.push(text));
  log.take([]); // everything has been read
});

const link = (at: number): Problem => ({
  severity: 'warning',
  code: 'MANIFEST_LINK',
  message: 'Cannot follow this link',
  origin: wholeFile(`${at}.yaml`),
});
const links = (count: number, from = 0) =>
  Array.from({ length: count }, (_, at) => link(from + at));
const say = (problems: readonly Problem[]) => {
  for (const problem of problems) log.said(problemText(problem));
};

describe('ProblemLog', () => {
  test('leaves out what the source has said, however much that was before', () => {
    for (let from = 0; from < 5000; from += 100) {
      say(links(100, from));
      log.take(links(100, from));
    }
    expect(lines).toEqual([]);
  });

  test('says of what was said long ago, and comes back, that it does', () => {
    say(links(1));
    log.take(links(1));
    log.take([]);
    say(links(1000, 1));
    log.take(links(1));
    expect(lines).toEqual([problemText(link(0))]);
  });

  test('logs 1,500 that nobody has said as 20 and their number, and none again while they last', () => {
    for (let at = 0; at < 3; at++) log.take(links(1500));
    expect(lines).toHaveLength(21);
    expect(lines[20]).toBe('1480 more problems: run svcdns check');
  });

  test('repeats none of 1,500 that the source has said one after the other, and that last', () => {
    for (let count = 100; count <= 1500; count += 100) {
      say(links(100, count - 100));
      log.take(links(count));
    }
    expect(lines).toEqual([]);
  });
});
