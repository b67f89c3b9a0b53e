import { nameSources } from '../../../config/name-sources.ts';
import { DEFAULT_SERVICE_RANGES } from '../../../controllers/addresses/cluster-ips.ts';
import { parseCidr } from '../../../dns/network.ts';
import { type Check, info, ok } from '../finding.ts';

/** Whether anything leads to the cluster IPs that are answered. In a Pod the node does. */
export const clusterIps: Check = {
  id: 'cluster IPs',
  run({ settings, machine }) {
    const sources = nameSources(settings).filter(({ zone }) => !zone.clusterIpEndpoints);
    if (machine.env['KUBERNETES_SERVICE_HOST'] || sources.length === 0) return [];
    const networks = machine.networks();
    const ranges = sources.flatMap(({ zone }) => {
      const { ipv4, ipv6 } = zone.serviceRanges ?? DEFAULT_SERVICE_RANGES;
      return [ipv4 ?? ipv6 ?? []].flat();
    });
    const all = [...new Set(ranges)];
    const lost = all.filter((range) => {
      const network = parseCidr(range);
      return network !== undefined && !networks.has(network.address);
    });
    if (lost.length === 0) return [ok(`${all.join(', ')}: an interface or a route leads there`)];
    const text = `no interface or route leads to ${lost.join(', ')}: cluster IPs resolve, and connections to them hang`;
    return [info(text, 'svcdns serve --clusterip endpoints')];
  },
};
