import { rangeFault, type ServiceRanges } from '../../controllers/addresses/numbered-range.ts';
import { parseDuration } from '../../corefile/duration.ts';
import type { Line, Word } from '../../corefile/parse.ts';
import { didYouMean, quoted } from '../../corefile/problems.ts';
import { ipFamily } from '../../dns/address.ts';
import { type LabelSelector, parseSelector } from '../../kube/selector.ts';
import { globFault } from '../../sources/folder/read/selection.ts';
import type { Directive, ReadOption } from '../directive.ts';
import type { OptionForms } from '../option-form.ts';
import type { ApiOptions, KubernetesDraft } from './draft.ts';

/** The options, CoreDNS's and our own `manifests` and others. */
export const KUBERNETES_OPTIONS = {
  manifests: 'PATH...',
  kubeconfig: 'FILE [CONTEXT]',
  endpoint: 'URL...',
  tls: 'CERT KEY CACERT',
  apiserver_qps: 'NUMBER',
  apiserver_burst: 'NUMBER',
  apiserver_max_inflight: 'NUMBER',
  startup_timeout: 'DURATION',
  ttl: 'SECONDS [...]',
  pods: 'disabled|insecure|verified',
  endpoint_pod_names: '',
  ignore: '[empty_service] [...]',
  noendpoints: '',
  clusterip: 'endpoints',
  endpoints: 'dns',
  namespaces: 'NAMESPACE...',
  namespace_labels: 'EXPRESSION...',
  labels: 'EXPRESSION...',
  service_range: 'CIDR [CIDR]',
  workloads: 'simulate CIDR [CIDR]',
  cluster_basics: '',
  exclude: 'GLOB...',
  multicluster: '[ZONES...]',
  fallthrough: '[ZONES...]',
} as const satisfies OptionForms;

type Read = ReadOption<[KubernetesDraft, Directive]>;

const READERS = {
  manifests: (line, draft) => draft.manifests.push(...line.args),
  exclude: readExclude,
  service_range: (line, draft, directive) => {
    draft.zone.serviceRanges = readRanges(line.args, directive) ?? draft.zone.serviceRanges;
  },
  cluster_basics: (_line, draft) => {
    draft.zone.clusterBasics = true;
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
  namespaces: (line, draft) => {
    for (const { text } of line.args) draft.namespaces.add(text);
  },
  namespace_labels: (line, draft, directive) => {
    draft.zone.namespaceLabels = selector(line, directive) ?? draft.zone.namespaceLabels;
  },
  labels: (line, draft, directive) => {
    draft.zone.labels = selector(line, directive) ?? draft.zone.labels;
  },
  endpoint_pod_names: (_line, draft) => {
    draft.zone.endpointPodNames = true;
  },
  noendpoints: (_line, draft) => {
    draft.zone.noEndpoints = true;
  },
  ignore: readIgnore,
  fallthrough: (line, draft, directive) => {
    draft.fallthrough = line.args.length === 0 ? [''] : directive.zoneTexts(line.args);
  },
  endpoint: apiOption((line) => ({ endpoints: texts(line) })),
  tls: apiOption(readTls),
  kubeconfig: apiOption(readKubeconfig),
  apiserver_qps: apiOption((line, directive) => ({
    qps: amount(line, directive, /^\d+(\.\d+)?$/),
  })),
  apiserver_burst: apiOption((line, directive) => ({ burst: amount(line, directive) })),
  apiserver_max_inflight: apiOption((line, directive) => ({
    maxInFlight: amount(line, directive) ?? 0,
  })),
  startup_timeout: apiOption(readStartupTimeout),
  multicluster: readMulticluster,
  zonal: notOffered('names by topology zone (_zone) are not served'),
} satisfies Record<string, Read>;

/** Reads one option into `draft`; `isDirective` says of a word that it does not belong here. */
export function readOption(
  option: Line,
  draft: KubernetesDraft,
  isDirective: (word: string) => boolean,
  directive: Directive,
): void {
  if (Object.hasOwn(READERS, option.name)) {
    directive.option(option, KUBERNETES_OPTIONS, READERS, draft, directive);
  } else {
    const message = unknownOption(option.name, isDirective);
    directive.error(message, option.origin, 'COREFILE_UNKNOWN_OPTION');
  }
}

/** Options that CoreDNS once had: they still stand in old Corefiles. */
const REMOVED = ['upstream', 'resyncperiod', 'transfer', 'federation', 'autopath', 'cidr'];

function unknownOption(name: string, isDirective: (word: string) => boolean): string {
  const unknown = `unknown property ${quoted(name)}`;
  if (REMOVED.includes(name)) return `${unknown}: CoreDNS removed it: delete the line`;
  if (isDirective(name)) return `${unknown}: it is a directive: is a '}' missing before it?`;
  return `${unknown}${didYouMean(name, Object.keys(READERS))}`;
}

/** Our own option: `exclude GLOB...`, files and folders of manifests that are left out. */
function readExclude(line: Line, draft: KubernetesDraft, directive: Directive): void {
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
  const ttl = directive.ttl(line);
  if (ttl === undefined) return;
  draft.zone.ttl = ttl;
  for (const word of line.args.slice(1, 2)) {
    directive.warning(`Ignored ${quoted(word.text)} after ttl ${ttl}`, word.origin);
  }
}

/** `workloads simulate CIDR [CIDR]` */
function readWorkloads(line: Line, draft: KubernetesDraft, directive: Directive): void {
  const [word, ...cidrs] = line.args as [Word, ...Word[]];
  if (word.text !== 'simulate') {
    directive.error(
      `Unknown word ${quoted(word.text)}: expected workloads simulate CIDR`,
      word.origin,
    );
    return;
  }
  draft.zone.simulatedPods = readRanges(cidrs, directive) ?? draft.zone.simulatedPods;
}

/** Is the only word behind the option this one? */
function isWord(wanted: string, line: Line, directive: Directive): boolean {
  const { text, origin } = line.args[0] as Word;
  if (text !== wanted)
    directive.error(`Unknown word ${quoted(text)}: expected ${line.name} ${wanted}`, origin);
  return text === wanted;
}

function readPods(line: Line, draft: KubernetesDraft, directive: Directive): void {
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

function readIgnore(line: Line, draft: KubernetesDraft, directive: Directive): void {
  // CoreDNS takes `ignore` without a word, and then ignores nothing.
  const [word] = line.args;
  if (word === undefined) return;
  if (word.text === 'empty_service') draft.zone.ignoreEmptyService = true;
  else directive.error(`unable to parse ignore value: ${quoted(word.text)}`, word.origin);
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
function apiOption(read: (line: Line, directive: Directive) => Partial<ApiOptions>): Read {
  return (line, draft, directive) => {
    const written = [...draft.api.written, { text: line.name, origin: line.origin }];
    draft.api = { ...draft.api, ...read(line, directive), written };
  };
}

function notOffered(reason: string): Read {
  return (line, _draft, directive) => {
    const message = `${line.name}: known from CoreDNS but not offered yet: ${reason}`;
    directive.error(message, line.origin, 'COREFILE_NOT_OFFERED');
  };
}

function selector(line: Line, directive: Directive): LabelSelector | undefined {
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
function readRanges(words: readonly Word[], directive: Directive): ServiceRanges | undefined {
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
