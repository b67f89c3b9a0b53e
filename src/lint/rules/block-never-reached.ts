import type { BlockSettings } from '../../config/settings.ts';
import { directivesNamed } from '../../corefile/parse.ts';
import { zoneText } from '../../corefile/zone-name.ts';
import { lineText } from '../../kube/origin.ts';
import { zonesOf } from '../corefile.ts';
import type { Rule } from '../rule.ts';

/** Server blocks that are compared with each other; a Corefile has few. */
const MAX_BLOCKS = 200;

export const blockNeverReached: Rule = {
  id: 'block-never-reached',
  severity: 'warning',
  reason:
    'Of server blocks with the same zone the first that takes a question answers it: a view behind a block without one is never asked.',
  fix: 'Put the blocks with a view before the one without.',
  corefile({ blocks }, found) {
    const compared = blocks.slice(0, MAX_BLOCKS);
    for (const [at, later] of compared.entries()) {
      if (!hasView(later)) continue;
      const zones = zonesOf(later);
      const taking = compared
        .slice(0, at)
        .filter((one) => !hasView(one) && shareSocket(one, later));
      const takers = zones.map((zone) => taking.find((one) => zonesOf(one).includes(zone)));
      const [first] = takers;
      if (first === undefined || takers.includes(undefined)) continue;
      const message = `this server block is never reached: the one at ${lineText(first.block.origin)} takes all questions for ${zoneText(zones[0] ?? '')}: put blocks with a view before it`;
      found({ message, origin: later.block.origin });
    }
  },
};

function hasView({ block }: BlockSettings): boolean {
  return directivesNamed(block, 'view').length > 0;
}

function shareSocket(a: BlockSettings, b: BlockSettings): boolean {
  return a.listen.some((one) =>
    b.listen.some(
      (other) =>
        one.port === other.port &&
        (one.address === other.address || one.address === '' || other.address === ''),
    ),
  );
}
