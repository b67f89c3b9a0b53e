import type { PodMode } from '../zone/options.ts';
import type { OptionName } from './options.ts';

/** What a program says; each option is the row of the same name. */
export interface ServerOptions {
  /**
   * Folders or files of manifests, or `kustomize:DIR`, or
   * `helm:CHART?values=FILE&release=NAME&namespace=NS`; relative ones from the working folder. They
   * are watched. Default `zones`, where there is such a folder.
   */
  readonly manifests?: string | readonly string[];
  /** A kubeconfig: serve the names of its cluster, with the manifests laid over its objects. */
  readonly kubeconfig?: string;
  /** The same with `KUBECONFIG`, else `~/.kube/config`; default false. */
  readonly kube?: boolean;
  /** Which context of the kubeconfig; default its current one. */
  readonly context?: string;
  /** Mark answers as stale after so many seconds without the API server; 0: never. Default 60. */
  readonly staleSeconds?: number;
  /** Files and folders among them that are left out: globs as in `.gitignore`. */
  readonly exclude?: string | readonly string[];
  /** Serve the manifests that come with svcdns, to try it out; default false. */
  readonly samples?: boolean;
  /**
   * Where to listen, over UDP and TCP: `ADDRESS:PORT`, port 0 for any free one. Default
   * `127.0.0.1:0`.
   */
  readonly listen?: string | readonly string[];
  /** Path of a Corefile, which then says where to listen and what to serve. */
  readonly config?: string;
  /** Where `/health`, `/ready` and `/metrics` are; default nowhere. */
  readonly admin?: string;
  /**
   * Servers that are asked for names outside the zones: `127.0.0.1:5353`, `10.0.0.2`, a file like
   * `/etc/resolv.conf`. Default none: such names are refused, so that a test leaves its machine
   * only when it says so.
   */
  readonly forward?: string | readonly string[];
  /** Cluster domains, default `cluster.local`, and reverse zones, default all. */
  readonly zone?: string | readonly string[];
  /** TTL of every record, seconds, 0 to 3600; default 5. */
  readonly ttl?: number;
  /** How `1-2-3-4.NAMESPACE.pod.ZONE` is answered; default `insecure`. */
  readonly pods?: PodMode;
  /** Makes up Pods for workloads without any: `simulate`, or `simulate=CIDR`. */
  readonly workloads?: string;
  /** A Service with a cluster IP has the addresses of its endpoints. */
  readonly clusterip?: 'endpoints';
  /** Endpoints may be host names, which are looked up where names are forwarded. */
  readonly endpoints?: 'dns';
  /** Where cluster IPs come from for Services that name none: a CIDR, or one of each family. */
  readonly serviceRange?: string | readonly string[];
  /** Add the Services kubernetes and kube-dns where manifests do not have them; default false. */
  readonly clusterBasics?: boolean;
  /** Zones in which `NAME.NAMESPACE` has the external addresses of a Service. */
  readonly external?: string | readonly string[];
  /** Zones of the host names of Ingresses, Gateways, Services and DNSEndpoints. */
  readonly gateway?: string | readonly string[];
  /** Names of your own, before all others: `NAME=IP`. */
  readonly host?: string | readonly string[];
  /** Write a line for each query to the log, at level `info`; default false. */
  readonly log?: boolean;
  /** Look at once when the system reports a change; default true. */
  readonly watch?: boolean;
  /** Compare the folders with what is loaded this often, whatever was reported; default 30. */
  readonly rescanSeconds?: number;
  /** Threads that answer queries over UDP; more than one need the native transport. Default 1. */
  readonly threads?: number;
  /** Level of the JSON log on stdout; default `silent`. */
  readonly logLevel?: string;
}

/**
 * The options that a program has, in the order of messages.
 *
 * @internal
 */
export const LIBRARY_OPTIONS = Object.keys({
  manifests: true,
  kubeconfig: true,
  kube: true,
  context: true,
  staleSeconds: true,
  exclude: true,
  samples: true,
  listen: true,
  config: true,
  admin: true,
  forward: true,
  zone: true,
  ttl: true,
  pods: true,
  workloads: true,
  clusterip: true,
  endpoints: true,
  serviceRange: true,
  clusterBasics: true,
  external: true,
  gateway: true,
  host: true,
  log: true,
  watch: true,
  rescanSeconds: true,
  threads: true,
  logLevel: true,
} satisfies Record<keyof ServerOptions, true>) as readonly (keyof ServerOptions & OptionName)[];
