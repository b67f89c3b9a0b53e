import { join } from 'node:path';
import type { Files } from '../corefile/files.ts';
import { type ProblemList, quoted, whole } from '../corefile/problems.ts';
import type { Origin } from '../kube/objects.ts';
import { KUSTOMIZATIONS, manifestsBut } from '../sources/folder/read/selection.ts';
import { renderedSource, shownManifests } from '../sources/folder/render/rendered-source.ts';
import { missingTool, type Tools } from '../sources/folder/render/tools.ts';
import { displayName } from '../support/paths.ts';

/** The code of the hint that a folder is rendered although that was not said, or should be. */
export const KUSTOMIZATION_FOUND = 'KUSTOMIZATION_FOUND';

/** Where manifests are looked for, and what renders them. */
interface World {
  readonly files: Files;
  readonly cwd: string;
  readonly tools: Tools;
}

/**
 * The manifests with each folder that has a kustomization at its root rendered, where there is a
 * tool for it: read as they stand, its files would be refused.
 */
export function withKustomizations(
  manifests: readonly string[],
  exclude: readonly string[],
  world: World,
  problems: ProblemList,
): readonly string[] {
  const { files, cwd, tools } = world;
  const { leavesOut } = manifestsBut(exclude);
  return manifests.map((item) => {
    if (renderedSource(item) !== undefined) return item;
    const name = KUSTOMIZATIONS.find(
      (one) => files.exists(join(item, one)) && !leavesOut(one, () => [one, shown(item, one, cwd)]),
    );
    if (name === undefined) return item;
    const tool = tools.find('kustomize');
    const rendered = `kustomize:${item}`;
    const done =
      tool === undefined
        ? `Nothing here renders this folder: ${missingTool('kustomize')}`
        : `Rendering this folder with ${tool.name}, as if ${shownManifests(rendered, cwd)} were given`;
    const message = `${done}: --exclude ${name} reads its files as they stand`;
    const origin = whole(shown(item, name, cwd));
    const isSaid = problems.all.some((one) => one.message === message);
    if (!isSaid) problems.hint(KUSTOMIZATION_FOUND, message, origin);
    return tool === undefined ? item : rendered;
  });
}

function shown(folder: string, name: string, cwd: string): string {
  return displayName(join(folder, name), cwd);
}

/** Says what to install for manifests that nothing here can render. */
export function reportMissingTool(
  item: string,
  { cwd, tools }: Pick<World, 'cwd' | 'tools'>,
  origin: Origin,
  problems: ProblemList,
): void {
  const source = renderedSource(item);
  if (source === undefined || tools.find(source.kind) !== undefined) return;
  const message = `Cannot render ${quoted(shownManifests(item, cwd))}: ${missingTool(source.kind)}`;
  problems.error('CONFIG_MANIFESTS', message, origin);
}
