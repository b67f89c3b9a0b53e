import { resolve } from 'node:path';
import type { Environment } from '../corefile/reader.ts';
import type { LogFormat } from '../observe/log.ts';
import type { TransportChoice } from '../server/udp/transport.ts';
import {
  besideKubernetes,
  type EditOf,
  forwardTo,
  kubernetesOption,
  kubernetesSwitch,
  kubernetesZones,
  logQueries,
  ownHosts,
} from './corefile-edits.ts';
import {
  globWords,
  OFF,
  type Reading,
  rangeWords,
  readLogFormat,
  readLogLevel,
  readPort,
  readRescan,
  readStaleAfter,
  readSwitch,
  readTransport,
  stateFolder,
  ttlWords,
  wordOf,
  workloadWords,
} from './option-readers.ts';

/** What a reader or a default may look at besides the text. */
export interface OptionWorld {
  readonly env: Environment;
  /** Folder that relative paths start from, absolute. */
  readonly cwd: string;
}

/** One option, however it is given. */
export interface OptionRow {
  /** `--listen`; `-dns.port` is CoreDNS's spelling. */
  readonly flag?: string;
  /** What stands behind the flag in the help; a flag without it takes no value, and means `on`. */
  readonly argument?: string;
  /** Lines of `svcdns serve --help`; CoreDNS's own flags have none. */
  readonly help?: readonly string[];
  readonly variable?: string;
  /** The line of `svcdns --help`. */
  readonly variableHelp?: string;
  /** What the image sets the variable to: then a Corefile that says otherwise is not reported. */
  readonly inImage?: string;
  /** Between the values in the variable; the flag may then be given more than once. */
  readonly separator?: string;
  /** Code of its problems. */
  readonly code?: string;
  /** Reads the text. Without it the Corefile decides what the text means: see load.ts. */
  readonly read?: (text: string, world: OptionWorld) => Reading<unknown>;
  /** Says the same in the words of a Corefile, and changes one accordingly. */
  readonly edit?: EditOf<never>;
  /** What holds without the option; with it the option is one of `Settings.options`. */
  readonly fallback?: (world: OptionWorld) => unknown;
  /** Decides which names there are: `check` and `records` have the flag too. */
  readonly isOfNames?: true;
}

/** A switch that is on by default. */
const SWITCH = { argument: OFF, read: readSwitch, fallback: () => true } as const;

/**
 * Every option, a row each: flag, variable, help, reader, and default with its reason. Settings,
 * `serve` with its help, the variables and the library's options all come from here; the README's
 * table is checked against it. In the order of the help.
 */
export const OPTIONS = {
  /** Folders or files of manifests, or what is rendered, for every `kubernetes` that names none. */
  manifests: {
    flag: '--manifests',
    argument: 'DIR',
    help: [
      'folder or file of manifests, kustomize:DIR or helm:CHART for what',
      'these render, or - for standard input; may be given more than once.',
      'Default: the folder zones, where there is one',
    ],
    variable: 'SVCDNS_MANIFESTS',
    variableHelp: "folders or files of manifests, with ':' between them",
    inImage: '/manifests',
    separator: ':',
    code: 'CONFIG_MANIFESTS',
  },
  /** A cluster whose objects are served, for every `kubernetes` block that names no source. */
  kubeconfig: {
    flag: '--kubeconfig',
    argument: 'FILE',
    help: [
      "serve a cluster's names, from its API server, as whom this says;",
      'manifests, if any are named, are laid over its objects',
    ],
    variable: 'SVCDNS_KUBECONFIG',
    variableHelp: 'kubeconfig of a cluster whose names are served',
    code: 'CONFIG_KUBECONFIG',
    isOfNames: true,
  },
  /** The same with kubectl's own kubeconfig. */
  kube: {
    flag: '--kube',
    help: ['the same with KUBECONFIG, else ~/.kube/config'],
    variable: 'SVCDNS_KUBE',
    variableHelp: 'on serves the cluster of KUBECONFIG, else of ~/.kube/config',
    code: 'CONFIG_KUBE',
    read: readSwitch,
    isOfNames: true,
  },
  /** The context of the kubeconfig of these options. */
  context: {
    flag: '--context',
    argument: 'NAME',
    help: ['which context of the kubeconfig. Default: its current one'],
    variable: 'SVCDNS_CONTEXT',
    variableHelp: 'which context of the kubeconfig',
    code: 'CONFIG_CONTEXT',
    isOfNames: true,
  },
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
  /** The manifests of this package, which are made for trying it out. */
  samples: {
    flag: '--samples',
    help: ['the manifests that come with svcdns, to try it out'],
    variable: 'SVCDNS_SAMPLES',
    variableHelp: 'on serves the manifests that come with svcdns',
    code: 'CONFIG_SAMPLES',
    read: readSwitch,
    isOfNames: true,
  },
  /** A folder of manifests that is not there may come; without the option it is a mistake. */
  wait: {
    flag: '--wait',
    help: ['start although manifests are not there yet, and wait for them'],
    variable: 'SVCDNS_WAIT',
    variableHelp: 'on waits for manifests that are not there yet',
    code: 'CONFIG_WAIT',
    read: readSwitch,
  },
  /** Path of a Corefile, `stdin`, or `off` for the built-in one. */
  config: {
    flag: '--config',
    argument: 'FILE',
    help: [
      "a Corefile, in CoreDNS's language; stdin reads it from there.",
      'Default: ./Corefile, where there is one; off leaves that out',
    ],
    variable: 'SVCDNS_CONFIG',
    variableHelp: 'path of a Corefile, or off',
  },
  /** Addresses to listen on instead of the default ones. */
  listen: {
    flag: '--listen',
    argument: 'ADDR:PORT',
    help: [
      'where to listen, over UDP and TCP; may be given more than once;',
      ':53 is every address. Default: 127.0.0.1:1053 and [::1]:1053.',
      'Beside a Corefile, where that has no port and no bind',
    ],
    variable: 'SVCDNS_LISTEN',
    variableHelp: "ADDRESS:PORT to listen on, with ',' between several",
    inImage: ':53',
    separator: ',',
    code: 'CONFIG_LISTEN',
  },
  /** Address of the admin server, or `off`. */
  admin: {
    flag: '--admin',
    argument: 'ADDR:PORT',
    help: [
      'where /health, /ready, /metrics, /objects and /api are, or off.',
      'Default: 127.0.0.1:8053',
    ],
    variable: 'SVCDNS_ADMIN',
    variableHelp: 'ADDRESS:PORT of /health, /ready, /metrics, /objects and /api, or off',
  },
  /**
   * Upstreams that the default configuration forwards to instead of /etc/resolv.conf, as behind
   * `forward .`; or `off`.
   */
  forward: {
    flag: '--forward',
    argument: 'SERVER',
    help: [
      'where names outside the zones are sent: an address, or a file like',
      '/etc/resolv.conf, the default; may be given more than once; off',
      'refuses them. Beside a Corefile, where that has no forward line',
    ],
    variable: 'SVCDNS_FORWARD',
    variableHelp: "servers for names outside the zones, with ',' between several, or off",
    separator: ',',
    code: 'CONFIG_FORWARD',
    edit: forwardTo,
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
  /** Port of zones that name none. */
  dnsPort: { flag: '-dns.port', argument: 'N', code: 'CONFIG_PORT', read: readPort },
  /** How often the folders are compared with what is loaded, whatever the watcher said; seconds. */
  rescanSeconds: {
    variable: 'SVCDNS_RESCAN',
    variableHelp: 'seconds between two comparisons of the folders with what is loaded',
    code: 'CONFIG_RESCAN',
    read: readRescan,
    // Makes up for missed events and network file systems; CoreDNS's `reload` takes as long.
    fallback: (): number => 30,
  },
  /**
   * Answers say so (RFC 8914, code 3) when the API server has not been heard of for so long;
   * seconds, 0 for never. A restart of the API server takes less.
   */
  staleSeconds: {
    variable: 'SVCDNS_STALE_AFTER',
    variableHelp:
      'seconds without the API server after which answers are marked as stale; 0: never',
    code: 'CONFIG_STALE_AFTER',
    read: readStaleAfter,
    fallback: (): number => 60,
  },
  /** Use the system's reports of changes as a doorbell between rescans. */
  watch: { code: 'CONFIG_WATCH', read: readSwitch, fallback: (): boolean => true },
  /**
   * A change that would remove many Services waits until a rescan has seen it too: an emptied or
   * half-copied folder looks just like a mass deletion.
   */
  holdDeletions: {
    ...SWITCH,
    flag: '--hold-deletions',
    help: [
      'take a change at once that removes over 30 % of the Services, and at',
      'least 10. By default it waits until the next rescan has seen it too',
    ],
    variable: 'SVCDNS_HOLD_DELETIONS',
    variableHelp: 'off takes a change at once that removes over 30 % of the Services',
    code: 'CONFIG_HOLD_DELETIONS',
  },
  /** Objects of a file that has become broken stay: yesterday's address is better than none. */
  keepLastGood: {
    ...SWITCH,
    flag: '--keep-last-good',
    help: [
      'let the objects of a file that has become broken go with it. By',
      'default they stay as they were last read',
    ],
    variable: 'SVCDNS_KEEP_LAST_GOOD',
    variableHelp: 'off lets the objects of a file that has become broken go with it',
    code: 'CONFIG_KEEP_LAST_GOOD',
  },
  /**
   * A file that hung the parser is left out until it changes: one file must not keep all others
   * from being read.
   */
  quarantine: {
    ...SWITCH,
    flag: '--quarantine',
    help: ['read a file again that hung the parser. By default it is left out', 'until it changes'],
    variable: 'SVCDNS_QUARANTINE',
    variableHelp: 'off reads a file again that hung the parser',
    code: 'CONFIG_QUARANTINE',
  },
  /** Folder for what is kept from one run to the next, absolute; undefined to keep nothing. */
  state: {
    flag: '--state',
    argument: 'DIR',
    help: [
      'where addresses given out and the last good names are kept from one',
      'run to the next, or off. Default: STATE_DIRECTORY, else svcdns in',
      'XDG_STATE_HOME, else ~/.local/state/svcdns',
    ],
    variable: 'SVCDNS_STATE',
    variableHelp: 'folder for what is kept from one run to the next, or off',
    read: (text: string, { cwd }: OptionWorld) => ({
      value: text === OFF ? undefined : resolve(cwd, text),
    }),
    fallback: ({ env }: OptionWorld) => stateFolder(env),
  },
  /** The page at the admin address. */
  page: {
    ...SWITCH,
    flag: '--page',
    help: ['no page at the admin address, and nothing that only the page asks for'],
    variable: 'SVCDNS_PAGE',
    variableHelp: 'off: no page at the admin address',
    code: 'CONFIG_PAGE',
  },
  /** Account of who asks what: `svcdns top`, `/api/stats`. */
  askers: {
    ...SWITCH,
    flag: '--askers',
    help: ['keep no account of which clients ask what, which svcdns top shows'],
    variable: 'SVCDNS_ASKERS',
    variableHelp: 'off keeps no account of which clients ask what',
    code: 'CONFIG_ASKERS',
  },
  /** What carries queries over UDP; `auto` is the native transport where it can be loaded. */
  transport: {
    flag: '--transport',
    argument: 'NAME',
    help: [
      'how queries come over UDP: native takes them in batches, dgram is',
      "Node.js's own way. Default: auto, native where it can be loaded",
    ],
    variable: 'SVCDNS_TRANSPORT',
    variableHelp: 'how queries come over UDP: auto, native or dgram',
    code: 'CONFIG_TRANSPORT',
    read: readTransport,
    fallback: (): TransportChoice => 'auto',
  },
  logLevel: {
    variable: 'LOG_LEVEL',
    variableHelp: 'trace, debug, info, warn, error, fatal or silent',
    code: 'CONFIG_LOG_LEVEL',
    read: readLogLevel,
    fallback: (): string => 'info',
  },
  logFormat: {
    variable: 'LOG_FORMAT',
    variableHelp: 'json, or text for lines as CoreDNS writes them',
    code: 'CONFIG_LOG_FORMAT',
    read: readLogFormat,
    fallback: (): LogFormat => 'json', // what log collectors read, with every fact as a field
  },
} as const satisfies Record<string, OptionRow>;

type Table = typeof OPTIONS;

export type OptionName = keyof Table;

/** Options that are settings by themselves, whatever the Corefile says. */
export type OptionSettings = {
  readonly [N in OptionName as Table[N] extends { readonly fallback: unknown }
    ? N
    : never]: Table[N] extends { readonly fallback: (world: OptionWorld) => infer T } ? T : never;
};

/** What the command line or a variable gives for an option. */
export type OptionText<N extends OptionName> = Table[N] extends { readonly separator: string }
  ? readonly string[]
  : string;

/** The command line's options as texts; a caller in a program says the same. */
export type CommandLineOptions = {
  readonly [N in OptionName as Table[N] extends { readonly flag: string }
    ? N
    : never]?: OptionText<N>;
};

/** The table as rows; the order is the table's. */
export const OPTION_ROWS = Object.entries(OPTIONS) as readonly (readonly [OptionName, OptionRow])[];

/** The settings that hold without any option. */
export function defaultOptions(world: OptionWorld): OptionSettings {
  const settings = OPTION_ROWS.flatMap(([name, { fallback }]) =>
    fallback === undefined ? [] : [[name, fallback(world)]],
  );
  return Object.fromEntries(settings);
}
