import { addressAndPort, reachableAddress } from '../../../dns/address.ts';
import { type Check, info, ok, warn } from '../finding.ts';

const METRIC = /^svcdns_loop_detected\{([^}]*)\} (\d+)/gm;

/**
 * Whether upstreams send back what they are asked. Only a server can notice: the plugin `loop`
 * does, and its metric says so.
 */
export const loop: Check = {
  id: 'loop',
  async run({ settings, network }) {
    const [admin] = settings.admin;
    if (admin === undefined || admin.port === 0) return [];
    const address = { address: reachableAddress(admin.address), port: admin.port };
    const text = await network.metrics(address);
    const place = addressAndPort(address);
    if (text === undefined) {
      return [info(`whether upstreams send queries back is known once a server runs (${place})`)];
    }
    const found = [...text.matchAll(METRIC)].filter(([, , count]) => Number(count) > 0);
    if (found.length === 0) return [ok(`no upstream sends queries back (${place}/metrics)`)];
    return found.map(([, labels, count]) =>
      warn(
        `upstreams that send queries back, and are not asked: ${count} of {${labels}}`,
        'svcdns serve --forward ADDRESS, of a server that does not ask svcdns',
      ),
    );
  },
};
