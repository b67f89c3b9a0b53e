import { directivesNamed, type ServerBlock } from '../../corefile/parse.ts';
import { zonesFromText } from '../../corefile/zone-name.ts';
import { KUBERNETES } from './metrics.ts';

// Loaded by each health check: this file must not import the declarations of plugins.

/** The first zone of the cluster's names, when the block has any. */
export function clusterZone(block: ServerBlock): string | undefined {
  const [line] = directivesNamed(block, KUBERNETES);
  if (line === undefined) return undefined;
  const [first] = line.args;
  if (first === undefined) return block.keys[0]?.zone;
  const read = zonesFromText(first.text);
  return 'zones' in read ? read.zones[0] : undefined;
}
