import { rangeFault, type ServiceRanges } from '../../controllers/addresses/numbered-range.ts';
import { parseDuration } from '../../corefile/duration.ts';
import type { Line, Word } from '../../corefile/parse.ts';
import { didYouMean, quoted } from '../../corefile/problems.ts';
import { ipFamily } from '../../dns/address.ts';
import { type LabelSelector, parseSelector } from '../../kube/selector.ts';
import { globFault } from '../../sources/folder/read/selection.ts';
import { ZONE_DEFAULTS, type ZoneOptions } from '../../zone/options.ts';
import type { Directive } from '../directive.ts';

/** Options that only a Kubernetes API source needs: read, kept, and of no use to a folder. */
export interface ApiOptions {
  readonly endpoints: readonly string[];
  readonly tls: { certificate: string; key: string; authority: string } | undefined;
  readonly kubeconfig: { file: string; context: string | undefined } | undefined;
  /** Requests a second, and in a burst; undefined for the client's own default. */
  readonly qps: number | undefined;
  readonly burst: number | undefined;
  /** Requests at once; 0 for no limit. */
  readonly maxInFlight: number;
  readonly startupTimeoutMs: number;
  /** Which of these the Corefile names, and where. */
  readonly written: readonly Word[];
}

/** What the options of one block have said so far. */
export interface KubernetesDraft {
  readonly zone: { -readonly [Option in keyof ZoneOptions]: ZoneOptions[Option] };
  readonly namespaces: Set<string>;
  fallthrough: readonly string[] | undefined;
  readonly manifests: Word[];
  readonly exclude: Set<string>;
  api: ApiOptions;
}

/** What CoreDNS does for a block that says nothing. */
export const newDraft = (zones: readonly string[]): KubernetesDraft => ({
  zone: { zones, ...ZONE_DEFAULTS }, // in this order: state files are named by it
  namespaces: new Set(),
  fallthrough: undefined,
  manifests: [],
  exclude: new Set(),
  api: {
    endpoints: [],
    tls: undefined,
    kubeconfig: undefined,
    qps: undefined,
    burst: undefined,
    maxInFlight: 0,
    startupTimeoutMs: 5000, // CoreDNS's; a start without the API is better than none
    written: [],
  },
});

type ReadOption = (line: Line, draft: KubernetesDraft, directive: Directive) => void;

/** How each option is read; CoreDNS's, and our own `manifests`. */
export const KUBERNETES_OPTIONS: ReadonlyMap<string, ReadOption> = new Map(
  Object.entries<ReadOption>({
    manifests: (line, draft, directive) => {
      if (directive.hasArgs(line, 1, Number.POSITIVE_INFINITY)) draft.manifests.push(...line.args);
    },
    exclude: readExclude,
    service_range: (line, draft, directive) => {
      draft.zone.serviceRanges = readRanges(line.args, line, directive) ?? draft.zone.serviceRanges;
    },
    cluster_basics: (line, draft, directive) => {
      draft.zone.clusterBasics = directive.hasArgs(line, 0, 0) || undefined;
    },
    workloads: readWorkloads,
    clusterip: (line, draft, directive) => {
      draft.zone.clusterIpEndpoints = isWord('endpoints', line, directive);
    },
    endpoints: (line, draft, directive) => {
      draft.zone.endpointsDns = isWord('dns', line, directive);
    },
    ttl: readTtl,
    pods: readPods,
    namespaces: readNamespaces,
    namespace_labels: (line, draft, directive) => {
      draft.zone.namespaceLabels = selector(line, directive) ?? draft.zone.namespaceLabels;
    },
    labels: (line, draft, directive) => {
      draft.zone.labels = selector(line, directive) ?? draft.zone.labels;
    },
    endpoint_pod_names: (line, draft, directive) => {
      draft.zone.endpointPodNames = directive.hasArgs(line, 0, 0);
    },
    noendpoints: (line, draft, directive) => {
      draft.zone.noEndpoints = directive.hasArgs(line, 0, 0);
    },
    ignore: readIgnore,
    fallthrough: readFallthrough,
    endpoint: apiOption(1, Number.POSITIVE_INFINITY, (line) => ({ endpoints: texts(line) })),
    tls: apiOption(3, 3, readTls),
    kubeconfig: apiOption(1, 2, readKubeconfig, '1 or 2'),
    apiserver_qps: apiOption(1, 1, (line, directive) => ({
      qps: amount(line, directive, /^\d+(\.\d+)?$/),
    })),
    apiserver_burst: apiOption(1, 1, (line, directive) => ({ burst: amount(line, directive) })),
    apiserver_max_inflight: apiOption(1, 1, (line, directive) => ({
      maxInFlight: amount(line, directive) ?? 0,
    })),
    startup_timeout: apiOption(1, 1, readStartupTimeout),
    multicluster: readMulticluster,
    zonal: notOffered('names by topology zone (_zone) are not served'),
  }),
);

/** Options that CoreDNS once had: they still stand in old Corefiles. */
const REMOVED = ['upstream', 'resyncperiod', 'transfer', 'federation', 'autopath', 'cidr'];

/** Code and message for a word that is no option. */
export function unknownOption(
  name: string,
  isDirective: (word: string) => boolean,
): [code: string, message: string] {
  const unknown = `unknown property ${quoted(name)}`;
  const code = 'COREFILE_UNKNOWN_OPTION';
  if (REMOVED.includes(name)) return [code, `${unknown}: CoreDNS removed it: delete the line`];
  if (isDirective(name)) {
    return [code, `${unknown}: it is a directive: is a '}' missing before it?`];
  }
  return [code, `${unknown}${didYouMean(name, KUBERNETES_OPTIONS.keys())}`];
}

/** Our own option: `exclude GLOB...`, files and folders of manifests that are left out. */
function readExclude(line: Line, draft: KubernetesDraft, directive: Directive): void {
  if (!directive.hasArgs(line, 1, Number.POSITIVE_INFINITY)) return;
  for (const { text, origin } of line.args) {
    const fault = globFault(text);
    if (fault !== undefined) directive.error(fault, origin);
    else draft.exclude.add(text);
  }
}

/** CoreDNS: each must be one of the plugin's zones. */
function readMulticluster(line: Line, draft: KubernetesDraft, directive: Directive): void {
  const { zones } = draft.zone;
  const named = directive.zoneTexts(line.args);
  for (const [at, zone] of named.entries()) {
    if (zones.includes(zone)) continue;
    const known = `authoritative zones: ${zones.join(', ')}`;
    const text = `is not authoritative for the multicluster zone ${zone} (${known})`;
    directive.error(text, line.args[at]?.origin ?? line.origin);
  }
  draft.zone.multicluster = named.length === 0 ? undefined : named;
}

function readTtl(line: Line, draft: KubernetesDraft, directive: Directive): void {
  if (!directive.hasArgs(line, 1, Number.POSITIVE_INFINITY)) return;
  const ttl = directive.ttl(line);
  if (ttl === undefined) return;
  draft.zone.ttl = ttl;
  for (const word of line.args.slice(1, 2)) {
    directive.warning(`Ignored ${quoted(word.text)} after ttl ${ttl}`, word.origin);
  }
}

/** `workloads simulate CIDR [CIDR]` */
function readWorkloads(line: Line, draft: KubernetesDraft, directive: Directive): void {
  if (!directive.hasArgs(line, 2, 3, '2 or 3')) return;
  const [word, ...cidrs] = line.args as [Word, ...Word[]];
  if (word.text !== 'simulate') {
    directive.error(
      `Unknown word ${quoted(word.text)}: expected workloads simulate CIDR`,
      word.origin,
    );
    return;
  }
  draft.zone.simulatedPods = readRanges(cidrs, line, directive) ?? draft.zone.simulatedPods;
}

/** Is the only word behind the option this one? */
function isWord(wanted: string, line: Line, directive: Directive): boolean {
  if (!directive.hasArgs(line, 1, 1)) return false;
  const { text, origin } = line.args[0] as Word;
  if (text !== wanted)
    directive.error(`Unknown word ${quoted(text)}: expected ${line.name} ${wanted}`, origin);
  return text === wanted;
}

function readPods(line: Line, draft: KubernetesDraft, directive: Directive): void {
  if (!directive.hasArgs(line, 1, 1)) return;
  const { text, origin } = line.args[0] as Word;
  const mode = (['disabled', 'verified', 'insecure'] as const).find((known) => known === text);
  if (mode !== undefined) {
    draft.zone.pods = mode;
    return;
  }
  // Two spaces before "must": CoreDNS's own text, which people search for.
  const message = `wrong value for pods: ${quoted(text).slice(1, -1)},  must be one of: disabled, verified, insecure`;
  directive.error(message, origin);
}

function readNamespaces(line: Line, draft: KubernetesDraft, directive: Directive): void {
  if (!directive.hasArgs(line, 1, Number.POSITIVE_INFINITY)) return;
  for (const { text } of line.args) draft.namespaces.add(text);
}

function readIgnore(line: Line, draft: KubernetesDraft, directive: Directive): void {
  // CoreDNS takes `ignore` without a word, and then ignores nothing.
  const [word] = line.args;
  if (word === undefined) return;
  if (word.text === 'empty_service') draft.zone.ignoreEmptyService = true;
  else directive.error(`unable to parse ignore value: ${quoted(word.text)}`, word.origin);
}

function readFallthrough(line: Line, draft: KubernetesDraft, directive: Directive): void {
  draft.fallthrough = line.args.length === 0 ? [''] : directive.zoneTexts(line.args);
}

function readTls(line: Line): Partial<ApiOptions> {
  const [certificate = '', key = '', authority = ''] = texts(line);
  return { tls: { certificate, key, authority } };
}

function readKubeconfig(line: Line): Partial<ApiOptions> {
  return { kubeconfig: { file: texts(line)[0] ?? '', context: line.args[1]?.text } };
}

function readStartupTimeout(line: Line, directive: Directive): Partial<ApiOptions> {
  const { text, origin } = line.args[0] as Word;
  const startupTimeoutMs = parseDuration(text);
  if (startupTimeoutMs !== undefined) return { startupTimeoutMs };
  const message = `Cannot read ${quoted(text)} as startup_timeout: expected a duration, as in 5s`;
  directive.error(message, origin);
  return {};
}

/** An option of the API source: kept in `api`, with the place where it is written. */
function apiOption(
  least: number,
  most: number,
  read: (line: Line, directive: Directive) => Partial<ApiOptions>,
  expected?: string,
): ReadOption {
  return (line, draft, directive) => {
    if (!directive.hasArgs(line, least, most, expected)) return;
    const written = [...draft.api.written, { text: line.name, origin: line.origin }];
    draft.api = { ...draft.api, ...read(line, directive), written };
  };
}

function notOffered(reason: string): ReadOption {
  return (line, _draft, directive) => {
    const message = `${line.name}: known from CoreDNS but not offered yet: ${reason}`;
    directive.error(message, line.origin, 'COREFILE_NOT_OFFERED');
  };
}

function selector(line: Line, directive: Directive): LabelSelector | undefined {
  if (!directive.hasArgs(line, 1, Number.POSITIVE_INFINITY)) return undefined;
  const parsed = parseSelector(texts(line).join(' '));
  if (parsed.kind === 'selector') return parsed.selector;
  const message = `unable to parse ${line.name} selector value: ${quoted(texts(line).join(' '))}: ${parsed.message}`;
  directive.error(message, (line.args[0] as Word).origin);
  return undefined;
}

/** A number that is not negative; whole unless `form` says otherwise. */
function amount(line: Line, directive: Directive, form = /^\d+$/): number | undefined {
  const { text, origin } = line.args[0] as Word;
  if (form.test(text) && text.length <= 15) return Number(text);
  directive.error(`Cannot read ${quoted(text)} as ${line.name}: expected 0 or more`, origin);
  return undefined;
}

function texts(line: Line): string[] {
  return line.args.map((word) => word.text);
}

/** One CIDR, or one of each family. */
function readRanges(
  words: readonly Word[],
  line: Line,
  directive: Directive,
): ServiceRanges | undefined {
  if (words.length === 0 || words.length > 2) {
    directive.error(
      `Wrong argument count after ${line.name}: expected a CIDR, or one of each family`,
      line.origin,
    );
    return undefined;
  }
  const found: { ipv4: string | undefined; ipv6: string | undefined } = {
    ipv4: undefined,
    ipv6: undefined,
  };
  for (const { text, origin } of words) {
    const fault = rangeFault(text);
    const family = ipFamily(text) === 'IPv6' ? 'ipv6' : 'ipv4';
    if (fault !== undefined) directive.error(fault, origin);
    else if (found[family] !== undefined)
      directive.error(`Two ranges of one family: ${quoted(text)}`, origin);
    else found[family] = text;
  }
  return directive.failed ? undefined : found;
}
