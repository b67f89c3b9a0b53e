import { dirname, resolve } from 'node:path';
import { directivesNamed, type Line, type ServerBlock } from '../../corefile/parse.ts';
import { didYouMean, type ProblemList } from '../../corefile/problems.ts';
import type { ServerKey } from '../../corefile/server-key.ts';
import { isReverseZone, zonesOfWord } from '../../corefile/zone-name.ts';
import type { Origin } from '../../kube/objects.ts';
import { readManifests } from '../../sources/folder/render/rendered-source.ts';
import type { ClusterPlace } from '../../sources/source-settings.ts';
import type { ZoneOptions } from '../../zone/options.ts';
import type { ExtraFallthrough, ObjectNames, PluginDeclaration } from '../declaration.ts';
import { Directive } from '../directive.ts';
import { isReached, keyZones, reportUnreached } from '../unreached.ts';
import { type ApiOptions, newDraft } from './draft.ts';
import { plugin } from './index.ts';
import { readOption } from './options.ts';

/** Options that need endpoints. */
const ENDPOINT_OPTIONS = [
  { field: 'clusterIpEndpoints', text: 'clusterip endpoints' },
  { field: 'endpointsDns', text: 'endpoints dns' },
] as const;

/** A `kubernetes` directive, read. */
export interface KubernetesBlock {
  readonly zone: ZoneOptions;
  /**
   * Our own option: folders or files of manifests, absolute, and what is rendered from some, as
   * `readManifests` gives it. Empty until settled when it names none.
   */
  readonly manifests: readonly string[];
  /** Our own option: globs of files and folders among them that are left out. */
  readonly exclude: readonly string[];
  /** Set when settled: the cluster whose objects it reads, beneath those of manifests if any. */
  readonly cluster?: ClusterPlace | undefined;
  /** Zones whose unknown names go on to the next plugin; undefined when none do. */
  readonly fallthrough: readonly string[] | undefined;
  /** The same of the plugins beside it that serve names of its objects. */
  readonly extraFallthrough: ExtraFallthrough;
  /** What only a Kubernetes API source needs. */
  readonly api: ApiOptions;
  readonly origin: Origin;
}

/** What a server block with `kubernetes` has around the directive. */
export interface KubernetesSurroundings {
  /** The folder that the path of the Corefile starts from, absolute. */
  readonly cwd: string;
  /**
   * The keys of all server blocks with the directive: the same line may stand in several, each for
   * some of its zones.
   */
  readonly reachable: readonly ServerKey[];
  /** The plugins of the block. */
  readonly beside: readonly PluginDeclaration[];
  /** Whether a word is a directive, which does not belong into the block of this one. */
  readonly isDirective: (word: string) => boolean;
}

const CODES = { option: 'COREFILE_OPTION', limit: 'COREFILE_LIMIT' };

/**
 * Reads the `kubernetes [ZONES...] { … }` directive of a server block, in CoreDNS's words, and what
 * stands beside it for names of the same objects; undefined when the block has none, or one that
 * cannot be used. Relative folders start from the file that names them.
 */
export function kubernetesIn(
  block: ServerBlock,
  around: KubernetesSurroundings,
  problems: ProblemList,
): KubernetesBlock | undefined {
  const lines = directivesNamed(block, plugin.directive);
  if (lines.length === 0) return undefined;
  const directive = new Directive(plugin.directive, problems, CODES);
  const line = directive.single(lines);
  const zones = zonesOf(line, block, around, problems, directive);
  const draft = newDraft(zones);
  for (const option of line.block ?? []) {
    if (directive.isFull) break; // looking for similar words is slow
    readOption(option, draft, around.isDirective, directive);
  }
  if (draft.namespaces.size > 0 && draft.zone.namespaceLabels.text !== '') {
    directive.error('namespaces and namespace_labels cannot both be set', line.origin);
  }
  for (const { field, text } of ENDPOINT_OPTIONS) {
    if (draft.zone.noEndpoints && draft.zone[field]) {
      directive.error(`noendpoints and ${text} cannot both be set`, line.origin);
    }
  }
  const { fallthrough } = draft;
  const names = around.beside.flatMap(
    ({ readsObjects }) => readsObjects?.(block, { zones, fallthrough }, problems) ?? [],
  );
  const joined: ObjectNames = {
    zone: Object.assign({}, ...names.map((one) => one.zone)),
    fallthrough: Object.assign({}, ...names.map((one) => one.fallthrough)),
  };
  const manifests = draft.manifests.flatMap(({ text, origin }) => {
    const reading = readManifests(text, resolve(around.cwd, dirname(origin.file)));
    if ('value' in reading) return reading.value;
    directive.error(reading.fault, origin);
    return [];
  });
  if (directive.failed) return undefined;
  return {
    zone: { ...draft.zone, namespaces: [...draft.namespaces], ...joined.zone },
    manifests,
    exclude: [...draft.exclude],
    fallthrough,
    extraFallthrough: joined.fallthrough,
    api: draft.api,
    origin: line.origin,
  };
}

function zonesOf(
  line: Line,
  block: ServerBlock,
  { reachable, beside }: KubernetesSurroundings,
  problems: ProblemList,
  directive: Directive,
): readonly string[] {
  const written = line.args.length > 0 ? directive.zoneTexts(line.args) : keyZones(block);
  // Keys that could not be read have been reported; they may have been the zones.
  if (written.length === 0) return [];
  // A plugin above asks for other names than clients do.
  const isRenamed = beside.some(({ renames }) => renames);
  const isRead = beside.some(({ readsObjects }) => readsObjects !== undefined);
  const keys = reachable.map((key) => key.zone);
  const reached = written.filter((zone) => isReached(zone, keys));
  // PTR records point into it, wherever it is asked for itself.
  const primary = written.find((zone) => !isReverseZone(zone));
  const isKept = (zone: string) => reached.includes(zone) || zone === primary;
  const kept = isRenamed ? written : written.filter(isKept);
  const lost = written.filter((zone) => !kept.includes(zone));
  reportUnreached(plugin.directive, lost, block, line.origin, problems);
  if (primary === undefined) {
    directive.error('non-reverse zone name must be used', line.origin);
  } else if (!isRenamed && !isRead && block.keys.length > 0 && reached.length === 0) {
    directive.error('no zone is left that queries can reach', line.origin);
  }
  if (reached.includes('')) {
    const message =
      'kubernetes: answers for all names, so names outside the cluster do not exist: expected zones, as in kubernetes cluster.local in-addr.arpa ip6.arpa';
    problems.warning('COREFILE_ZONE', message, line.origin);
  }
  hintOfTypo(written, line, problems);
  return kept;
}

/**
 * The domain of nearly all clusters with a typing error: nothing else would tell, as each name of
 * the cluster is sent to upstreams. A number is meant, as in cluster2.local.
 */
function hintOfTypo(zones: readonly string[], line: Line, problems: ProblemList): void {
  if (zones.includes(USUAL_DOMAIN)) return;
  for (const zone of zones.filter((one) => !/\d/.test(one))) {
    const meant = didYouMean(zone, [USUAL_DOMAIN]);
    const origin = line.args.find(({ text }) => zonesOfWord(text).includes(zone))?.origin;
    const message = `kubernetes: answers for ${zone}, and not for ${USUAL_DOMAIN}${meant}`;
    if (meant !== '') problems.hint('COREFILE_ZONE', message, origin ?? line.origin);
  }
}

const USUAL_DOMAIN = 'cluster.local';
