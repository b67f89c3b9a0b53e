import { directivesNamed } from '../../corefile/parse.ts';
import { isReverseZone, zoneText } from '../../corefile/zone-name.ts';
import { optionsNamed } from '../corefile.ts';
import type { Rule } from '../rule.ts';

export const podsInsecure: Rule = {
  id: 'pods-insecure',
  severity: 'hint',
  reason:
    'With pods insecure whoever reaches the server gets a name in the zone for any address, one of their own too: certificates for *.ZONE then prove nothing.',
  fix: 'Write pods verified, or pods disabled if these names are not needed; or let only the cluster ask, with acl or bind.',
  corefile({ blocks }, found) {
    for (const { block, listen, kubernetes } of blocks) {
      if (kubernetes?.zone.pods !== 'insecure') continue;
      const isLocal = listen.every(({ address }) => /^(127\.|::1$)/.test(address));
      if (isLocal || directivesNamed(block, 'acl').length > 0) continue;
      const [line] = directivesNamed(block, 'kubernetes');
      const [option] = line === undefined ? [] : optionsNamed(line, 'pods');
      const zone = zoneText(kubernetes.zone.zones.find((one) => !isReverseZone(one)) ?? '');
      if (option === undefined) continue;
      const message = `kubernetes: pods insecure answers 192-0-2-1.ANY.pod.${zone} with whatever address stands in the name, and other machines can ask: expected pods verified`;
      found({ message, origin: option.origin });
    }
  },
};
