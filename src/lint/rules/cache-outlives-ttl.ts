import { directivesNamed } from '../../corefile/parse.ts';
import { optionsNamed } from '../corefile.ts';
import type { Rule } from '../rule.ts';

/** CoreDNS's own floor, seconds: it keeps nothing for less. */
const USUAL_SECONDS = 5;

export const cacheOutlivesTtl: Rule = {
  id: 'cache-outlives-ttl',
  severity: 'warning',
  reason:
    'A cache with a least TTL, or with keepttl, gives answers for longer than their owner allows: clients go on with old addresses.',
  fix: 'Leave MINTTL out of success and denial, and leave keepttl out.',
  corefile({ blocks }, found) {
    for (const { block } of blocks) {
      for (const line of directivesNamed(block, 'cache')) {
        for (const option of line.block ?? []) {
          const [, , least] = option.args;
          const isStore = option.name === 'success' || option.name === 'denial';
          if (!isStore || least === undefined || !(Number(least.text) > USUAL_SECONDS)) continue;
          const message = `cache: ${option.name} keeps what has a shorter TTL for ${least.text} s all the same, when its owner may have changed it: leave the last number out`;
          found({ message, origin: least.origin });
        }
        for (const { origin } of optionsNamed(line, 'keepttl')) {
          const message =
            'cache: keepttl gives an answer of which the TTL is nearly over as if it were new, so that the caches of clients keep it for up to twice as long: leave it out';
          found({ message, origin });
        }
      }
    }
  },
};
