import { basename, dirname, join, relative } from 'node:path';
import { directivesNamed, type ServerBlock } from '../corefile/parse.ts';
import { didYouMean, listed, type ProblemList, quoted, whole } from '../corefile/problems.ts';
import type { Origin } from '../kube/objects.ts';
import { OFF } from '../plugins/flag.ts';
import { type KubernetesBlock, kubernetesIn } from '../plugins/kubernetes/directive.ts';
import { plugin as kubernetesPlugin } from '../plugins/kubernetes/index.ts';
import { DIRECTIVES, pluginsIn } from '../plugins/order.ts';
import { manifestPaths, readManifests } from '../sources/folder/render/rendered-source.ts';
import type { SourceObjects } from '../sources/source-settings.ts';
import { STDIN } from '../sources/standard-input.ts';
import { displayName } from '../support/paths.ts';
import { givenCluster, namedCluster, ownCluster } from './cluster-access.ts';
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
    const objects = objectsOf(read, source, given, places, problems);
    if (objects === undefined) found.delete(block);
    else {
      const manifests = withKustomizations(objects.manifests, read.exclude, places, problems);
      found.set(block, { ...read, ...objects, manifests });
    }
  }
  limitSources([...found.values()], problems);
  reportInputTwice([...found.values()], source, problems);
  return found;
}

/**
 * The cluster and the folders of the block, or those of the command line when it names none; else
 * the cluster around us.
 */
function objectsOf(
  kubernetes: KubernetesBlock,
  source: CorefileText,
  given: GivenOptions,
  places: Places,
  problems: ProblemList,
): SourceObjects | undefined {
  // The built-in Corefile's own folder is only what there is without anything said.
  const own = source.isBuiltIn ? [] : unique(kubernetes.manifests);
  const named = places.paths === undefined ? namedCluster(kubernetes, places) : undefined;
  const isOpen = named === undefined && own.length === 0;
  const chosen = named ?? (isOpen ? givenCluster(kubernetes, given, places) : undefined);
  const wanted = wantedManifests(given, places);
  const isMeant = given.manifests?.isOfImage !== true || !wanted.every(isEmpty(places));
  const manifests = places.paths ?? (own.length > 0 ? own : isMeant ? wanted : []);
  if (chosen !== undefined || places.paths !== undefined) return { manifests, cluster: chosen };
  const found = manifests.length > 0 ? manifests : defaultManifests(kubernetes, source, places);
  const around = found.length === 0 ? ownCluster(kubernetes, places) : undefined;
  if (around !== undefined) return { manifests: [], cluster: around };
  for (const { text, origin } of kubernetes.api.written) {
    const message = `plugin/kubernetes: ${text}: no effect on manifests: it is for the Kubernetes API`;
    problems.warning('COREFILE_NO_EFFECT', message, origin);
  }
  if (found.length > 0 || wanted.length > 0)
    return { manifests: found.length > 0 ? found : wanted };
  if (source.isBuiltIn) reportNoManifests(kubernetes.manifests, places, problems);
  else reportNoSource(kubernetes.origin, places, problems);
  return undefined;
}

/** The image names a folder for everybody, which most leave empty. */
function isEmpty({ files }: Places): (path: string) => boolean {
  return (path) => files.list(path).length === 0;
}

function reportNoSource(
  origin: Origin,
  { author, cwd, files }: Places,
  problems: ProblemList,
): void {
  const option =
    author === 'program' ? 'manifests to the options' : '--manifests DIR to the command line';
  const near = nearbyManifests(cwd, files);
  const found = near.length === 0 ? '' : `: found some in ${listed(near)}`;
  const message = `plugin/kubernetes: no source of objects, and this is no Pod of a cluster: add \`manifests DIR\` or \`kubeconfig FILE\` to the block, or ${option}${found}`;
  problems.error('COREFILE_NO_SOURCE', message, origin);
}

/** What the command line names is for blocks that name no manifests, so there must be one. */
function reportManifestsTwice(
  all: readonly KubernetesBlock[],
  { manifests: option, kubeconfig, kube }: GivenOptions,
  problems: ProblemList,
): void {
  const [first] = all;
  if (first === undefined || all.some(({ manifests }) => manifests.length === 0)) return;
  const report = (given: GivenOptions['manifests'] | GivenOptions['kube'], code: string) => {
    if (given === undefined || given.value === OFF) return;
    const says = 'which manifests to read, in kubernetes';
    reportContradiction(given, first.origin, says, code, problems);
  };
  report(option, 'CONFIG_MANIFESTS');
  report(kubeconfig ?? kube, 'CONFIG_KUBECONFIG');
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
  { manifests }: KubernetesBlock,
  { isBuiltIn }: CorefileText,
  places: Places,
): readonly string[] {
  const here = foldersHere(manifests, places);
  return isBuiltIn && here.every((folder) => places.files.isFolder(folder)) ? unique(here) : [];
}

function foldersHere(folders: readonly string[], { cwd, packageRoot }: Places): string[] {
  return folders.map((folder) => join(cwd, relative(packageRoot, folder)));
}

function reportNoManifests(
  folders: readonly string[],
  places: Places,
  problems: ProblemList,
): void {
  const { files, cwd, author } = places;
  const here = foldersHere(folders, places);
  const near = nearbyManifests(cwd, files);
  const samples = author === 'program' ? 'samples: true' : '--samples';
  const found = near.length === 0 ? '' : `: found some in ${listed(near)}`;
  const message = `No manifests are named, and there is no such folder here${found}: expected ${near.length === 0 ? 'a folder or file of manifests' : 'one of these'}, or ${samples} for those of svcdns`;
  problems.error('CONFIG_NO_MANIFESTS', message, whole(displayName(here[0] ?? cwd, cwd)));
}

interface KnownManifests {
  /** Served already. */
  readonly inUse: readonly string[];
  /** The folder of what is kept from one run to the next; undefined for none. */
  readonly state: string | undefined;
  /** The option `wait` can be given. */
  readonly canWait: boolean;
}

/**
 * Manifests that are not there are a mistake, or not there yet. Who has served them before,
 * which leaves a file in the folder `state`, has not misspelt them.
 */
export function reportMissing(
  all: readonly KubernetesBlock[],
  given: GivenOptions,
  places: Places,
  { inUse, state, canWait }: KnownManifests,
  problems: ProblemList,
): void {
  const { files, cwd } = places;
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
      const wait = canWait ? ' (--wait waits for it)' : '';
      problems.error('CONFIG_MANIFESTS', `${missing}${meant}${wait}`, place);
    }
  }
}

function unique(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)];
}
