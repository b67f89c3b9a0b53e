import { basename, dirname, join, relative } from 'node:path';
import { directivesNamed, type ServerBlock } from '../corefile/parse.ts';
import { didYouMean, listed, type ProblemList, quoted, whole } from '../corefile/problems.ts';
import { type KubernetesBlock, kubernetesIn } from '../plugins/kubernetes/directive.ts';
import { plugin as kubernetesPlugin } from '../plugins/kubernetes/index.ts';
import { DIRECTIVES, pluginsIn } from '../plugins/order.ts';
import { displayName } from '../sources/folder/read/scan.ts';
import { manifestPaths, readManifests } from '../sources/folder/render/rendered-source.ts';
import { STDIN } from '../sources/standard-input.ts';
import type { CorefileText, Places } from './corefile-text.ts';
import { type GivenOptions, reportContradiction } from './given-options.ts';
import { isKept, MAX_NAME_SOURCES, sourceKey, stateFiles } from './name-sources.ts';
import { nearbyManifests } from './nearby-manifests.ts';
import { reportMissingTool, withKustomizations } from './rendered-manifests.ts';

/**
 * The `kubernetes` directives of server blocks, each with the manifests that it reads: its own
 * folders, or those of the command line when it names none. One that cannot be used is left out.
 */
export function kubernetesBlocks(
  blocks: readonly ServerBlock[],
  source: CorefileText,
  given: GivenOptions,
  places: Places,
  problems: ProblemList,
): ReadonlyMap<ServerBlock, KubernetesBlock> {
  const having = blocks.filter(
    (block) => directivesNamed(block, kubernetesPlugin.directive).length > 0,
  );
  const reachable = having.flatMap(({ keys }) => keys);
  const found = new Map<ServerBlock, KubernetesBlock>();
  reportFaults(given, places, problems);
  for (const block of having) {
    const around = {
      cwd: places.cwd,
      reachable,
      beside: pluginsIn(block),
      isDirective: (word: string) => DIRECTIVES.has(word),
    };
    const read = kubernetesIn(block, around, problems);
    if (read !== undefined) found.set(block, read);
  }
  if (!source.isBuiltIn && places.paths === undefined)
    reportManifestsTwice([...found.values()], given, problems);
  for (const [block, read] of found) {
    const manifests = manifestsOf(read, source, given, places, problems);
    if (manifests === undefined) found.delete(block);
    else {
      const rendered = withKustomizations(manifests, read.exclude, places, problems);
      found.set(block, { ...read, manifests: rendered });
    }
  }
  limitSources([...found.values()], problems);
  reportInputTwice([...found.values()], source, problems);
  return found;
}

/** The folders of the block, or of the command line when it names none; of the built-in: either. */
function manifestsOf(
  kubernetes: KubernetesBlock,
  source: CorefileText,
  given: GivenOptions,
  places: Places,
  problems: ProblemList,
): readonly string[] | undefined {
  const { api, manifests, origin } = kubernetes;
  const wanted = wantedManifests(given, places);
  if (api.endpoints.length > 0 || api.kubeconfig !== undefined) {
    const message =
      'plugin/kubernetes: reading from the Kubernetes API is not offered yet: expected manifests DIR instead of endpoint or kubeconfig';
    problems.error('COREFILE_NOT_OFFERED', message, origin);
    return undefined;
  }
  for (const { text, origin: place } of api.written) {
    const message = `plugin/kubernetes: ${text}: no effect on manifests: it is for the Kubernetes API`;
    problems.warning('COREFILE_NO_EFFECT', message, place);
  }
  if (places.paths !== undefined) return places.paths;
  if (source.isBuiltIn) {
    return wanted.length > 0 ? wanted : defaultManifests(manifests, places, problems);
  }
  if (manifests.length === 0 && wanted.length === 0) {
    const option =
      places.author === 'program'
        ? 'manifests to the options'
        : '--manifests DIR to the command line';
    const near = nearbyManifests(places.cwd, places.files);
    const found = near.length === 0 ? '' : `: found some in ${listed(near)}`;
    const message = `plugin/kubernetes: no source of objects: the in-cluster API is not offered yet: add \`manifests DIR\` to the block, or ${option}${found}`;
    problems.error('COREFILE_NO_SOURCE', message, origin);
    return undefined;
  }
  return manifests.length > 0 ? unique(manifests) : wanted;
}

/** The folders of the command line are for blocks that name none, so there must be one. */
function reportManifestsTwice(
  all: readonly KubernetesBlock[],
  { manifests: option }: GivenOptions,
  problems: ProblemList,
): void {
  const [first] = all;
  if (option === undefined || first === undefined) return;
  if (all.some(({ manifests }) => manifests.length === 0)) return;
  const says = 'which manifests to read, in kubernetes';
  reportContradiction(option, first.origin, says, 'CONFIG_MANIFESTS', problems);
}

/** Names are read by a thread for each source, so there are no more than a machine can have. */
function limitSources(all: readonly KubernetesBlock[], problems: ProblemList): void {
  const keys = new Set<string>();
  for (const kubernetes of all) {
    keys.add(sourceKey(kubernetes));
    if (keys.size <= MAX_NAME_SOURCES) continue;
    const message = `plugin/kubernetes: more than ${MAX_NAME_SOURCES} kubernetes blocks that differ: each is read by a thread of its own: expected blocks with the same zones, options and manifests, which share one`;
    problems.error('COREFILE_LIMIT', message, kubernetes.origin);
    return;
  }
}

/** Standard input gives its text once. */
function reportInputTwice(
  all: readonly KubernetesBlock[],
  { file }: CorefileText,
  problems: ProblemList,
): void {
  if (file !== 'stdin' && file !== STDIN) return;
  if (!all.some(({ manifests }) => manifests.includes(STDIN))) return;
  const message = 'Cannot read both the Corefile and manifests from standard input';
  problems.error('CONFIG_MANIFESTS', message, whole(file));
}

/** Words that are no source of manifests: they are left out everywhere else. */
function reportFaults({ manifests }: GivenOptions, { cwd }: Places, problems: ProblemList): void {
  if (manifests === undefined) return;
  for (const text of manifests.value) {
    const reading = readManifests(text, cwd);
    if ('fault' in reading) problems.error('CONFIG_MANIFESTS', reading.fault, manifests.origin);
  }
}

/** What options name, for every `kubernetes` that names none. */
function wantedManifests(
  { manifests }: GivenOptions,
  { cwd, packageRoot, author, hasSamples }: Places,
): readonly string[] {
  const isInput = (text: string) => text === '-' && author === 'command line';
  const named = (manifests?.value ?? []).flatMap((text) => {
    if (isInput(text)) return STDIN;
    const reading = readManifests(text, cwd);
    return 'value' in reading ? reading.value : [];
  });
  return unique(hasSamples ? [...named, join(packageRoot, SAMPLES)] : named);
}

/** The folder of this package with its samples. */
const SAMPLES = 'zones';

/** The built-in `zones` means the one where the user is, never the samples of the package. */
function defaultManifests(
  folders: readonly string[],
  { files, cwd, packageRoot, author }: Places,
  problems: ProblemList,
): readonly string[] | undefined {
  const here = folders.map((folder) => join(cwd, relative(packageRoot, folder)));
  if (here.every((folder) => files.isFolder(folder))) return unique(here);
  const near = nearbyManifests(cwd, files);
  const samples = author === 'program' ? 'samples: true' : '--samples';
  const found = near.length === 0 ? '' : `: found some in ${listed(near)}`;
  const message = `No manifests are named, and there is no such folder here${found}: expected ${near.length === 0 ? 'a folder or file of manifests' : 'one of these'}, or ${samples} for those of svcdns`;
  problems.error('CONFIG_NO_MANIFESTS', message, whole(displayName(here[0] ?? cwd, cwd)));
  return undefined;
}

/**
 * Manifests that are not there are a slip of the pen, or not there yet. Who has served them before,
 * which leaves a file in the folder `state`, has not misspelt them.
 */
export function reportMissing(
  all: readonly KubernetesBlock[],
  given: GivenOptions,
  places: Places,
  { inUse, state }: { readonly inUse: readonly string[]; readonly state: string | undefined },
  problems: ProblemList,
): void {
  const { files, cwd, author } = places;
  const named = wantedManifests(given, places);
  const passed = new Set([...inUse, STDIN]);
  for (const kubernetes of all) {
    const { manifests, origin } = kubernetes;
    const isSaved = isKept(state, kubernetes) && files.exists(stateFiles(state, kubernetes).names);
    for (const item of manifests.filter((one) => !passed.has(one))) {
      passed.add(item);
      const place = (named.includes(item) ? given.manifests?.origin : undefined) ?? origin;
      const path = manifestPaths(item).find((one) => !files.exists(one));
      if (path === undefined) {
        reportMissingTool(item, places, place, problems);
        continue;
      }
      const missing = `Cannot find ${quoted(displayName(path, cwd))}: there is no such file or folder`;
      if (isSaved) {
        const message = `${missing}: answering with the names of the last run until it is there`;
        problems.warning('CONFIG_MANIFESTS', message, place);
        continue;
      }
      const meant = didYouMean(basename(path), files.list(dirname(path)));
      const wait = author === 'program' ? '' : ' (--wait waits for it)';
      problems.error('CONFIG_MANIFESTS', `${missing}${meant}${wait}`, place);
    }
  }
}

function unique(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)];
}
