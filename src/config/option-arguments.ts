import type { Line } from '../corefile/parse.ts';
import { quoted } from '../corefile/problems.ts';
import type { PluginProblems } from './plugin-problems.ts';

/**
 * Has an option as many arguments as it takes? Reports when not, in CoreDNS's words and with what
 * was expected.
 */
export function hasArgs(line: Line, least: number, most: number, report: PluginProblems): boolean {
  if (line.args.length >= least && line.args.length <= most) return true;
  const message = `Wrong argument count or unexpected line ending after ${quoted(line.name)}`;
  report.error(`${message}: ${countText(least, most)}`, line.args[most]?.origin ?? line.origin);
  return false;
}

function countText(least: number, most: number): string {
  if (most === 0) return 'expected no argument';
  if (least === most) return `expected ${least}`;
  return most === Number.POSITIVE_INFINITY
    ? `expected at least ${least}`
    : `expected ${least} or ${most}`;
}
