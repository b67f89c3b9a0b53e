import { directivesNamed } from '../../corefile/parse.ts';
import { destinationFrom } from '../../plugins/forward/options/destination.ts';
import { isOwnAddress } from '../../plugins/forward/upstream/own-address.ts';
import type { Rule } from '../rule.ts';

/**
 * Of all addresses of the machine those that are sure to be its own: 127.0.0.11 is Docker's.
 */
const LOOPBACK = ['127.0.0.1', '::1'];

export const forwardToItself: Rule = {
  id: 'forward-to-itself',
  severity: 'warning',
  reason:
    'A server block that forwards to its own address asks itself: in CoreDNS each question goes round until it times out; svcdns leaves the address out.',
  fix: 'Name the servers of your network, or another port where another server listens.',
  corefile({ blocks }, found) {
    for (const { block, listen } of blocks) {
      const own = listen.flatMap(({ address, port }) =>
        (address === '' ? LOOPBACK : [address]).map((one) => ({ address: one, port })),
      );
      for (const { args } of directivesNamed(block, 'forward')) {
        for (const { text, origin } of args.slice(1)) {
          const to = destinationFrom(text, () => false);
          if (to.kind !== 'address' || !isOwnAddress(to, own, () => [])) continue;
          const message = `forward: ${text} is where this server block listens, so its questions come back: name another server`;
          found({ message, origin });
        }
      }
    }
  },
};
