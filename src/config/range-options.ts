import { rangeFault, type ServiceRanges } from '../controllers/addresses/numbered-range.ts';
import type { Line, Word } from '../corefile/parse.ts';
import { quoted } from '../corefile/problems.ts';
import type { PluginProblems } from './plugin-problems.ts';

/** One CIDR, or one of each family. */
export function readRanges(
  words: readonly Word[],
  line: Line,
  report: PluginProblems,
): ServiceRanges | undefined {
  if (words.length === 0 || words.length > 2) {
    report.error(
      `Wrong argument count after ${line.name}: expected a CIDR, or one of each family`,
      line.origin,
    );
    return undefined;
  }
  const found: { ipv4: string | undefined; ipv6: string | undefined } = {
    ipv4: undefined,
    ipv6: undefined,
  };
  for (const { text, origin } of words) {
    const fault = rangeFault(text);
    const family = text.includes(':') ? 'ipv6' : 'ipv4';
    if (fault !== undefined) report.error(fault, origin);
    else if (found[family] !== undefined)
      report.error(`Two ranges of one family: ${quoted(text)}`, origin);
    else found[family] = text;
  }
  return report.failed ? undefined : found;
}
