import { oneLine } from '../../observe/text-line.ts';
import { counted } from '../report/problem-text.ts';
import type { CheckedFinding } from './checks.ts';
import type { Level } from './finding.ts';

export const FORMATS = ['text', 'json'] as const;
export type Format = (typeof FORMATS)[number];

/** `resolv.conf`, the longest name of a check. */
const CHECK_WIDTH = 11;

const LEVEL_WIDTH = 4;

/** Green, blue, yellow, red. */
const COLOURS: Readonly<Record<Level, number>> = { ok: 32, info: 34, warn: 33, fail: 31 };

/** A line, and below it what fixes it. Names of files may hold any character. */
export function findingLines(
  { level, check, text, fix }: CheckedFinding,
  hasColours: boolean,
): string {
  const word = level.padEnd(LEVEL_WIDTH);
  const shown = hasColours ? `\u001b[${COLOURS[level]}m${word}\u001b[0m` : word;
  const lines = [`${shown}  ${check.padEnd(CHECK_WIDTH)}  ${oneLine(text)}`];
  if (fix !== undefined) {
    const indent = ' '.repeat(LEVEL_WIDTH + CHECK_WIDTH + 4);
    lines.push(`${indent}${level === 'info' ? 'see' : 'fix'}: ${oneLine(fix)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** `3 ok, 1 info, 1 warning, 0 failures`. */
export function summaryLine(findings: readonly CheckedFinding[]): string {
  const { ok, info, warn, fail } = countsOf(findings);
  return `${ok} ok, ${info} info, ${counted(warn, 'warning')}, ${counted(fail, 'failure')}\n`;
}

export function jsonReport(findings: readonly CheckedFinding[]): string {
  return `${JSON.stringify({ findings, summary: countsOf(findings) }, undefined, 2)}\n`;
}

function countsOf(findings: readonly CheckedFinding[]): Record<Level, number> {
  const count = (level: Level) => findings.filter((finding) => finding.level === level).length;
  return { ok: count('ok'), info: count('info'), warn: count('warn'), fail: count('fail') };
}
