import {
  besideKubernetes,
  kubernetesOption,
  kubernetesSwitch,
  kubernetesZones,
  logQueries,
  ownHosts,
} from './corefile-edits.ts';
import { rangeWords, ttlWords, wordOf, workloadWords } from './option-readers.ts';
import type { OptionRow } from './option-row.ts';

/** Which names there are, and who answers them: each stands for lines of a Corefile. */
export const NAME_OPTIONS = {
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
      'makes up Pods for Deployments and other workloads without any.',
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
      'range a family. Default: 10.96.0.0/12,fd00:10:96::/108',
    ],
    variable: 'SVCDNS_SERVICE_RANGE',
    variableHelp: 'where cluster IPs come from for Services that name none',
    separator: ',',
    code: 'CONFIG_SERVICE_RANGE',
    isOfNames: true,
    edit: kubernetesOption('service_range', rangeWords),
  },
  /** The Services kubernetes and kube-dns. */
  clusterBasics: {
    flag: '--cluster-basics',
    help: [
      'adds the Services kubernetes and kube-dns, which every cluster has,',
      'where manifests do not have them',
    ],
    variable: 'SVCDNS_CLUSTER_BASICS',
    variableHelp: 'on adds the Services kubernetes and kube-dns',
    code: 'CONFIG_CLUSTER_BASICS',
    isOfNames: true,
    edit: kubernetesSwitch('cluster_basics'),
  },
  /** Zones of load balancers and external IPs. */
  external: {
    flag: '--external',
    argument: 'ZONE',
    help: ['NAME.NAMESPACE.ZONE has the external addresses of the Service'],
    variable: 'SVCDNS_EXTERNAL',
    variableHelp: 'zones of the external addresses of Services',
    separator: ',',
    code: 'CONFIG_EXTERNAL',
    isOfNames: true,
    edit: besideKubernetes('k8s_external'),
  },
  /** Zones of the hosts of Ingresses, Gateways, Services and DNSEndpoints. */
  gateway: {
    flag: '--gateway',
    argument: 'ZONE',
    help: [
      'answers the host names of Ingresses, Gateways, Services and',
      'DNSEndpoints in this zone',
    ],
    variable: 'SVCDNS_GATEWAY',
    variableHelp: 'zones of the host names of Ingresses, Gateways and others',
    separator: ',',
    code: 'CONFIG_GATEWAY',
    isOfNames: true,
    edit: besideKubernetes('k8s_gateway'),
  },
  /** Names of one's own, before those of the cluster. */
  host: {
    flag: '--host',
    argument: 'NAME=IP',
    help: ['a name of your own, before all others; may be given more than once'],
    variable: 'SVCDNS_HOST',
    variableHelp: "names of your own as NAME=IP, with ',' between several",
    separator: ',',
    code: 'CONFIG_HOST',
    edit: ownHosts,
  },
  /** A line for each query. */
  log: {
    flag: '--log',
    help: ['writes a line for each query'],
    variable: 'SVCDNS_LOG',
    variableHelp: 'on writes a line for each query',
    code: 'CONFIG_LOG',
    edit: logQueries,
  },
} as const satisfies Record<string, OptionRow>;
