import { rangeFault } from '../../controllers/addresses/numbered-range.ts';
import { quoted } from '../../corefile/problems.ts';
import { ipFamily } from '../../dns/address.ts';
import { globFault } from '../../sources/folder/read/selection.ts';
import type { Flag, Reading } from '../flag.ts';
import { kubernetesOption, kubernetesSwitch, kubernetesZones } from './edits.ts';

/** Options of the command line that stand for what `kubernetes` says. */
export const KUBERNETES_FLAGS = {
  /** Files and folders among the manifests that are left out. */
  exclude: {
    flag: '--exclude',
    argument: 'GLOB',
    help: [
      'leave out files and folders that this matches, as in .gitignore;',
      'may be given more than once',
    ],
    variable: 'SVCDNS_EXCLUDE',
    variableHelp: "files and folders to leave out, with ',' between several",
    separator: ',',
    code: 'CONFIG_EXCLUDE',
    isOfNames: true,
    edit: kubernetesOption('exclude', globWords),
  },
  /** Cluster domains, and reverse zones instead of all. */
  zone: {
    flag: '--zone',
    argument: 'ZONE',
    help: [
      'cluster domain; may be given more than once, also for reverse',
      'zones. Default: cluster.local, and all reverse names',
    ],
    variable: 'SVCDNS_ZONE',
    variableHelp: "cluster domains and reverse zones, with ',' between several",
    separator: ',',
    code: 'CONFIG_ZONE',
    elsewhere: ['domain', 'cluster-domain'],
    isOfNames: true,
    edit: kubernetesZones,
  },
  ttl: {
    flag: '--ttl',
    argument: 'SECONDS',
    help: ['how long others may keep an answer, 0 to 3600. Default: 5'],
    variable: 'SVCDNS_TTL',
    variableHelp: 'seconds that others may keep an answer',
    code: 'CONFIG_TTL',
    isOfNames: true,
    edit: kubernetesOption('ttl', ttlWords),
  },
  /** How `1-2-3-4.NAMESPACE.pod` is answered. */
  pods: {
    flag: '--pods',
    argument: 'MODE',
    help: [
      '1-2-3-4.NAMESPACE.pod: insecure answers any address, the default;',
      'verified only those of Pods; disabled none',
    ],
    variable: 'SVCDNS_PODS',
    variableHelp: 'names of Pods: insecure, verified or disabled',
    code: 'CONFIG_PODS',
    isOfNames: true,
    edit: kubernetesOption('pods', wordOf('disabled', 'insecure', 'verified')),
  },
  /** Pods for workloads that have none. */
  workloads: {
    flag: '--workloads',
    argument: 'simulate[=CIDR]',
    help: [
      'make up Pods for Deployments and other workloads without any.',
      'Default of CIDR: 10.244.0.0/16,fd00:10:244::/108',
    ],
    variable: 'SVCDNS_WORKLOADS',
    variableHelp: 'simulate, or simulate=CIDR: Pods for workloads without any',
    code: 'CONFIG_WORKLOADS',
    isOfNames: true,
    edit: kubernetesOption('workloads', workloadWords),
  },
  /** Ready endpoints instead of cluster IPs, for networks without kube-proxy. */
  clusterip: {
    flag: '--clusterip',
    argument: 'endpoints',
    help: ['a Service with a cluster IP has the addresses of its endpoints'],
    variable: 'SVCDNS_CLUSTERIP',
    variableHelp: 'endpoints: a Service with a cluster IP has those of its endpoints',
    code: 'CONFIG_CLUSTERIP',
    isOfNames: true,
    edit: kubernetesOption('clusterip', wordOf('endpoints')),
  },
  /** Endpoints may be host names. */
  endpoints: {
    flag: '--endpoints',
    argument: 'dns',
    help: ['endpoints may be host names, which are looked up where names', 'are forwarded'],
    variable: 'SVCDNS_ENDPOINTS',
    variableHelp: 'dns: endpoints may be host names',
    code: 'CONFIG_ENDPOINTS',
    isOfNames: true,
    edit: kubernetesOption('endpoints', wordOf('dns')),
  },
  /** Where cluster IPs come from for Services that name none. */
  serviceRange: {
    flag: '--service-range',
    argument: 'CIDR',
    help: [
      'where cluster IPs come from for Services that name none, one',
      'range for each family. Default: 10.96.0.0/12,fd00:10:96::/108',
    ],
    variable: 'SVCDNS_SERVICE_RANGE',
    variableHelp: 'where cluster IPs come from for Services that name none',
    separator: ',',
    code: 'CONFIG_SERVICE_RANGE',
    elsewhere: ['service-cidr', 'service-cluster-ip-range'],
    isOfNames: true,
    edit: kubernetesOption('service_range', rangeWords),
  },
  /** The Services kubernetes and kube-dns. */
  clusterBasics: {
    flag: '--cluster-basics',
    help: [
      'add the Services kubernetes and kube-dns, which every cluster has,',
      'where the manifests do not have them',
    ],
    variable: 'SVCDNS_CLUSTER_BASICS',
    variableHelp: 'on adds the Services kubernetes and kube-dns',
    code: 'CONFIG_CLUSTER_BASICS',
    isOfNames: true,
    edit: kubernetesSwitch('cluster_basics'),
  },
} as const satisfies Record<string, Flag>;

/** The words behind `ttl` in a Corefile. */
function ttlWords(text: string): Reading<readonly string[]> {
  if (/^\d{1,4}$/.test(text) && Number(text) <= 3600) return { value: [text] };
  return { fault: `Cannot use ${quoted(text)}: expected a whole number from 0 to 3600` };
}

/** Reads one of a few words, which a Corefile has in the same place. */
function wordOf(...words: readonly string[]): (text: string) => Reading<readonly string[]> {
  return (text) => {
    if (words.includes(text)) return { value: [text] };
    const expected = [words.slice(0, -1).join(', '), words.at(-1)].filter(Boolean).join(' or ');
    return { fault: `Cannot use ${quoted(text)}: expected ${expected}` };
  };
}

/** Globs of files and folders. */
function globWords(texts: readonly string[]): Reading<readonly string[]> {
  const [fault] = texts.flatMap((text) => globFault(text) ?? []);
  return fault === undefined ? { value: texts } : { fault };
}

/** One range a family. */
function rangeWords(texts: readonly string[]): Reading<readonly string[]> {
  const [fault] = texts.flatMap((text) => rangeFault(text) ?? []);
  if (fault !== undefined) return { fault };
  const families = new Set(texts.map(ipFamily));
  if (texts.length > 0 && families.size === texts.length) return { value: texts };
  return { fault: `Cannot use ${quoted(texts.join(','))}: expected a CIDR, or one of each family` };
}

/**
 * Ranges for simulated Pods when none are named: kubeadm's and flannel's usual one, and its IPv6
 * counterpart for Services of both families. Neither meets the default `service_range`.
 */
const POD_RANGES = ['10.244.0.0/16', 'fd00:10:244::/108'];

/** `simulate`, or `simulate=CIDR[,CIDR]`: the words behind `workloads` in a Corefile. */
function workloadWords(text: string): Reading<readonly string[]> {
  const [word, ...cidrs] = text.split(/[=,]/);
  if (word !== 'simulate') {
    return { fault: `Cannot use ${quoted(text)}: expected simulate or simulate=CIDR` };
  }
  const ranges = rangeWords(cidrs.length > 0 ? cidrs : POD_RANGES);
  return 'fault' in ranges ? ranges : { value: ['simulate', ...ranges.value] };
}
