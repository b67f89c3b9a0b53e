import { join, relative, resolve } from 'node:path';
import type { ServerBlock } from '../corefile/parse.ts';
import { listed, type ProblemList, whole } from '../corefile/problems.ts';
import { directivesNamed } from '../corefile/resolve.ts';
import { zoneText } from '../corefile/zone-name.ts';
import type { CorefileText, Places } from './corefile-text.ts';
import { type KubernetesBlock, kubernetesBlock } from './kubernetes-block.ts';
import type { BoundBlock } from './server-sockets.ts';
import type { Wishes } from './wishes.ts';

/** The one `kubernetes` block that is served, and where its objects come from. */
export interface ChosenKubernetes {
  readonly served: BoundBlock;
  readonly kubernetes: KubernetesBlock;
  /** Absolute. */
  readonly manifests: readonly string[];
}

/** Plugins that answer questions; a block with none of them has nothing to say. */
const ANSWERING: ReadonlySet<string> = new Set([
  'kubernetes',
  'forward',
  'hosts',
  'template',
  'whoami',
  'chaos',
  'any',
  'local',
]);

/** Does a block have a plugin that answers? */
export function isAnswering({ block }: BoundBlock): boolean {
  return block.directives.some((line) => ANSWERING.has(line.name));
}

/**
 * Finds the `kubernetes` block to serve; undefined after an error, and when there is none because other
 * plugins do the answering.
 */
export function chooseKubernetes(
  blocks: readonly BoundBlock[],
  source: CorefileText,
  wishes: Wishes,
  places: Places,
  problems: ProblemList,
): ChosenKubernetes | undefined {
  const [served, ...others] = blocks.filter(({ block }) => lineOf(block) !== undefined);
  if (served === undefined) {
    // After a syntax error the block may be there, unread.
    if (!problems.hasErrors && !blocks.some(isAnswering)) {
      const message =
        'No kubernetes directive: nothing to answer: expected one in a server block, as in kubernetes cluster.local in-addr.arpa ip6.arpa';
      problems.error('COREFILE_NOTHING_TO_SERVE', message, whole(source.file));
    }
    return undefined;
  }
  const kubernetes = kubernetesBlock(served.block, places.cwd, problems);
  for (const other of others) refuseSecond(served.block, other.block, places.cwd, problems);
  for (const bound of blocks) if (!isAnswering(bound)) tellUnserved(bound.block, problems);
  if (kubernetes === undefined) return undefined;
  const manifests = manifestsOf(kubernetes, source, wishes, places, problems);
  return manifests === undefined ? undefined : { served, kubernetes, manifests };
}

function lineOf(block: ServerBlock) {
  return directivesNamed(block, 'kubernetes')[0];
}

function refuseSecond(
  first: ServerBlock,
  second: ServerBlock,
  cwd: string,
  problems: ProblemList,
): void {
  kubernetesBlock(second, cwd, problems); // its own mistakes are told in the same run
  const { file, line } = first.origin;
  const message = `kubernetes in more than one server block is not offered yet: the first is in the server block at ${file}:${line}: expected its zones and ports in front of that one`;
  const origin = lineOf(second)?.origin ?? second.origin;
  problems.error('COREFILE_NOT_OFFERED', message, origin);
}

function tellUnserved(block: ServerBlock, problems: ProblemList): void {
  const zones = listed([...new Set(block.keys.map((key) => zoneText(key.zone)))]);
  const message = `Server block ${zones}: nothing in it answers: expected a plugin such as forward`;
  problems.warning('COREFILE_NOTHING_ANSWERS', message, block.origin);
}

/** The folders of the block, or of the command line when it names none; of the built-in: either. */
function manifestsOf(
  kubernetes: KubernetesBlock,
  source: CorefileText,
  { manifests: wish }: Wishes,
  places: Places,
  problems: ProblemList,
): readonly string[] | undefined {
  const { api, manifests, origin } = kubernetes;
  const wanted =
    wish === undefined ? [] : unique(wish.value.map((dir) => resolve(places.cwd, dir)));
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
  if (source.isBuiltIn) {
    return wanted.length > 0 ? wanted : unique(manifests.map((dir) => nearer(dir, places)));
  }
  if (manifests.length === 0 && wanted.length === 0) {
    const message =
      'plugin/kubernetes: no source of objects: the in-cluster API is not offered yet: add `manifests DIR` to the block, or --manifests DIR to the command line';
    problems.error('COREFILE_NO_SOURCE', message, origin);
    return undefined;
  }
  if (manifests.length > 0 && wish !== undefined) {
    const message = `Ignored ${wish.from}: the kubernetes block at ${origin.file}:${origin.line} names its own manifests`;
    if (wish.isOption) problems.warning('CONFIG_MANIFESTS', message, whole(wish.from));
    else problems.hint('CONFIG_MANIFESTS', message, whole(wish.from));
  }
  return manifests.length > 0 ? unique(manifests) : wanted;
}

/** The built-in `zones` means the one where the user is, or else the samples of the package. */
function nearer(folder: string, { files, cwd, packageRoot }: Places): string {
  const here = join(cwd, relative(packageRoot, folder));
  return files.isFolder(here) ? here : folder;
}

function unique(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)];
}
