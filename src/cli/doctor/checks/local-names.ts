import { isInZone } from '../../../corefile/zone-name.ts';
import { type Check, type Finding, info, ok, warn } from '../finding.ts';
import { forwardZones } from '../own-places.ts';
import { RESOLV_CONF, readResolvConf } from '../resolv-conf.ts';

const NSSWITCH = '/etc/nsswitch.conf';

/** Multicast DNS has it (RFC 6762 section 3). */
const MDNS_ZONE = 'local';

/** Whether names below `.local` reach a DNS server at all. */
export const localNames: Check = {
  id: '.local',
  run(examination) {
    const zone = forwardZones(examination).find((one) => isInZone(one, MDNS_ZONE));
    if (zone === undefined) return [ok('no zone is below .local')];
    const { machine } = examination;
    if (machine.platform !== 'linux') {
      const text = `${zone} is below .local, which Multicast DNS has on this system`;
      return [info(text, 'svcdns query asks svcdns itself; --zone cluster.test is out of its way')];
    }
    const hosts = /^\s*hosts:(.*)$/m.exec(machine.read(NSSWITCH) ?? '')?.[1] ?? '';
    const { nameservers } = readResolvConf(machine.read(RESOLV_CONF) ?? '');
    return [moduleFinding(hosts, zone), ...resolvedFindings(nameservers, zone)];
  },
};

function moduleFinding(hosts: string, zone: string): Finding {
  const before = /^(.*?)(?:\bdns\b|$)/.exec(hosts)?.[1] ?? '';
  const module = /\bmdns[46]?(_minimal)?\b/.exec(before);
  if (module === null) return ok(`${NSSWITCH} sends names of ${zone} to DNS`);
  if (module[1] !== undefined) {
    const text = `${NSSWITCH} asks ${module[0]} before DNS: it takes names of two labels, so those of ${zone} reach DNS`;
    return info(text);
  }
  const text = `${NSSWITCH} asks ${module[0]} before DNS: it may take every name of ${zone}`;
  return warn(text, `sudo sed -i '/^hosts:/s/${module[0]}/${module[0]}_minimal/' ${NSSWITCH}`);
}

function resolvedFindings(nameservers: readonly string[], zone: string): Finding[] {
  if (!nameservers.includes('127.0.0.53')) return [];
  const text = `systemd-resolved sends ${zone} to DNS where it is told to`;
  return [info(text, `resolvectl query dns-version.${zone} -t TXT`)];
}
