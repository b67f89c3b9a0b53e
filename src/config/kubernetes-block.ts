import { dirname, resolve } from 'node:path';
import { directivesNamed, type Line, type ServerBlock } from '../corefile/parse.ts';
import { listed, type ProblemList, quoted } from '../corefile/problems.ts';
import type { ServerKey } from '../corefile/server-key.ts';
import { isInZone, isReverseZone, zoneText } from '../corefile/zone-name.ts';
import type { Origin } from '../kube/objects.ts';
import type { ZoneOptions } from '../zone/options.ts';
import { externalOptions } from './external-block.ts';
import { gatewayOptions } from './gateway-block.ts';
import {
  type ApiOptions,
  KUBERNETES_OPTIONS,
  type KubernetesDraft,
  newDraft,
  unknownOption,
} from './kubernetes-options.ts';
import { PluginProblems } from './plugin-problems.ts';

/** Options that need endpoints. */
const ENDPOINT_OPTIONS = [
  { field: 'clusterIpEndpoints', text: 'clusterip endpoints' },
  { field: 'endpointsDns', text: 'endpoints dns' },
] as const;

/** Plugins that serve names of what `kubernetes` reads. */
const READING = ['k8s_external', 'k8s_gateway'] as const;

/** Plugins above `kubernetes` that ask it for other names than a client has asked for. */
const RENAMING = ['rewrite', 'autopath'] as const;

/** A `kubernetes` directive, read. */
export interface KubernetesBlock {
  readonly zone: ZoneOptions;
  /**
   * Our own option: folders or files of manifests, absolute. Empty until settled when it names
   * none.
   */
  readonly manifests: readonly string[];
  /** Zones whose unknown names go on to the next plugin; undefined when none do. */
  readonly fallthrough: readonly string[] | undefined;
  /** What only a Kubernetes API source needs. */
  readonly api: ApiOptions;
  readonly origin: Origin;
}

/**
 * Reads the `kubernetes [ZONES...] { … }` directive of a server block, in CoreDNS's words;
 * undefined when the block has none, or one that cannot be used. Relative folders start from the
 * file that names them, whose own path is relative to `cwd`. `reachable` are the keys of all server
 * blocks with the directive: the same line may stand in several, each for some of its zones.
 */
export function kubernetesBlock(
  block: ServerBlock,
  cwd: string,
  problems: ProblemList,
  reachable: readonly ServerKey[] = block.keys,
): KubernetesBlock | undefined {
  const [line, ...more] = directivesNamed(block, 'kubernetes');
  if (line === undefined) return undefined;
  const report = new PluginProblems('kubernetes', problems);
  for (const again of more) {
    report.error('this plugin can only be used once per Server Block', again.origin);
  }
  const zones = zonesOf(line, block, reachable, problems, report);
  const draft = newDraft();
  for (const option of line.block ?? []) readOption(option, draft, report);
  if (draft.namespaces.size > 0 && draft.namespaceLabels.text !== '') {
    report.error('namespaces and namespace_labels cannot both be set', line.origin);
  }
  for (const { field, text } of ENDPOINT_OPTIONS) {
    if (draft.noEndpoints && draft[field]) {
      report.error(`noendpoints and ${text} cannot both be set`, line.origin);
    }
  }
  const external = externalOptions(block, zones, problems);
  const { fallthrough } = draft;
  const gateway = gatewayOptions(block, { zones, fallthrough }, problems);
  if (report.failed) return undefined;
  return {
    zone: {
      zones,
      ttl: draft.ttl,
      pods: draft.pods,
      endpointPodNames: draft.endpointPodNames,
      ignoreEmptyService: draft.ignoreEmptyService,
      noEndpoints: draft.noEndpoints,
      namespaces: [...draft.namespaces],
      namespaceLabels: draft.namespaceLabels,
      labels: draft.labels,
      serviceRanges: draft.serviceRanges,
      simulatedPods: draft.simulatedPods,
      clusterIpEndpoints: draft.clusterIpEndpoints,
      endpointsDns: draft.endpointsDns,
      external,
      gateway,
    },
    manifests: draft.manifests.map(({ text, origin }) => resolve(cwd, dirname(origin.file), text)),
    fallthrough,
    api: draft.api,
    origin: line.origin,
  };
}

function zonesOf(
  line: Line,
  block: ServerBlock,
  reachable: readonly ServerKey[],
  problems: ProblemList,
  report: PluginProblems,
): string[] {
  const written =
    line.args.length > 0
      ? report.zones(line.args)
      : [...new Set(block.keys.map((key) => key.zone))];
  // Keys that could not be read have been reported; they may have been the zones.
  if (written.length === 0) return [];
  const reached = written.filter((zone) =>
    reachable.some((key) => isInZone(zone, key.zone) || isInZone(key.zone, zone)),
  );
  // PTR records point into it, wherever it is asked for itself.
  const primary = written.find((zone) => !isReverseZone(zone));
  const has = (name: string) => directivesNamed(block, name).length > 0;
  const isRenamed = RENAMING.some(has);
  const isKept = (zone: string) => reached.includes(zone) || zone === primary;
  const kept = isRenamed ? written : written.filter(isKept);
  const lost = written.filter((zone) => !kept.includes(zone));
  if (lost.length > 0 && block.keys.length > 0) {
    const served = listed([...new Set(block.keys.map((key) => zoneText(key.zone)))]);
    const message = `kubernetes: no query for ${listed(lost)} reaches this server block, which serves ${served}`;
    problems.warning('COREFILE_ZONE_UNREACHED', message, line.origin);
  }
  if (primary === undefined) {
    report.error('non-reverse zone name must be used', line.origin);
  } else if (!isRenamed && !READING.some(has) && block.keys.length > 0 && reached.length === 0) {
    report.error('no zone is left that queries can reach', line.origin);
  }
  if (reached.includes('')) {
    const message =
      'kubernetes: answers for all names, so names outside the cluster do not exist: expected zones, as in kubernetes cluster.local in-addr.arpa ip6.arpa';
    problems.warning('COREFILE_ZONE', message, line.origin);
  }
  return kept;
}

function readOption(option: Line, draft: KubernetesDraft, report: PluginProblems): void {
  if (report.isFull) return; // looking for similar words is slow
  const read = KUBERNETES_OPTIONS.get(option.name);
  if (read === undefined) {
    const [code, message] = unknownOption(option.name);
    report.error(message, option.origin, code);
    return;
  }
  if (option.block !== undefined) {
    const message = `Unexpected '{' after ${quoted(option.name)}: expected a new line`;
    report.error(message, option.origin, 'COREFILE_SYNTAX');
  }
  read(option, draft, report);
}
