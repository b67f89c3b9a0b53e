import { NDOTS } from '../../../explain/search-list.ts';
import { type Check, type Examination, type Finding, info, ok, warn } from '../finding.ts';
import { forwardZones, holdings, servesZone } from '../own-places.ts';
import { RESOLV_CONF, readResolvConf } from '../resolv-conf.ts';

const NAMESPACE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

/** Whether short names resolve in this Pod: its search list and `ndots`. */
export const pod: Check = {
  id: 'pod',
  async run(examination) {
    const { machine } = examination;
    if (!machine.env['KUBERNETES_SERVICE_HOST']) return [];
    const { search, ndots } = readResolvConf(machine.read(RESOLV_CONF) ?? '');
    const [zone = ''] = forwardZones(examination);
    const namespace = machine.read(NAMESPACE)?.trim();
    const wanted = [...(namespace ? [`${namespace}.svc.${zone}`] : []), `svc.${zone}`, zone];
    const missing = wanted.filter((domain) => !search.includes(domain));
    const findings: Finding[] = [];
    if (missing.length > 0) findings.push(await missingDomains(missing, examination));
    else if (ndots !== NDOTS) {
      const text = `ndots:${ndots}: a name with ${ndots} dots or more is asked as it is first, and in the search list after`;
      findings.push(info(text, 'dnsConfig: { options: [{ name: ndots, value: "5" }] } in the Pod'));
    }
    return findings.length > 0 ? findings : [ok(`search ${wanted.join(' ')}, ndots:${ndots}`)];
  },
};

async function missingDomains(missing: readonly string[], examination: Examination) {
  const text = `the search list lacks ${missing.join(', ')}: short names do not resolve here`;
  const fix = 'dnsPolicy: ClusterFirst in the Pod, ClusterFirstWithHostNet with hostNetwork';
  const held = await holdings(examination);
  const served = await Promise.all(
    held.map(({ place, holder }) => servesZone(place, holder, examination)),
  );
  // The DNS server's own Pod has that of the node (dnsPolicy: Default), so as not to ask itself.
  return served.includes(true) ? info(`${text}; right for the DNS server itself`) : warn(text, fix);
}
