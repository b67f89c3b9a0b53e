import type { Line } from '../../corefile/parse.ts';
import type { ProblemList } from '../../corefile/problems.ts';
import { Directive } from '../directive.ts';
import type { PluginContext } from '../plugin.ts';
import { blockZones } from '../zone-match.ts';
import { type LabelSource, Metadata } from './index.ts';

/**
 * Reads `metadata [ZONES...]`; undefined when there is no such line, or something is wrong with it.
 * `sources` are the plugins of the block that have something to say.
 */
export function parseMetadata(
  lines: readonly Line[],
  context: Pick<PluginContext, 'zones'>,
  sources: readonly LabelSource[],
  problems: ProblemList,
): Metadata | undefined {
  if (lines.length === 0) return undefined;
  const directive = new Directive('metadata', problems);
  const line = directive.single(lines);
  const zones = directive.zones(line.args, blockZones(context));
  directive.hasNoOptions(line);
  return directive.failed ? undefined : new Metadata(zones, sources);
}
