import { join, resolve } from 'node:path';
import type { Origin } from '../../../kube/objects.ts';
import type { Problem } from '../../../kube/problem.ts';
import { isGone } from '../../../support/file-error.ts';
import { displayName, isInFolder } from '../../../support/paths.ts';
import { SourceText } from '../parse/source-text.ts';
import { readYaml } from '../parse/yaml.ts';
import type { Disk } from '../read/disk.ts';
import { KUSTOMIZATIONS } from '../read/selection.ts';
import { quoted } from '../report/fault.ts';
import type { RenderedSource } from './rendered-source.ts';

/** What a program reads to render a source. */
export interface Inputs {
  /** Files and folders, absolute. */
  readonly paths: readonly string[];
  /** What it would have to fetch, so that it is not started. */
  readonly remote: Problem | undefined;
}

/**
 * Folders that are followed to those that they name. Beyond it a change is seen when it comes with
 * another one: a tree of overlays has a few dozen.
 */
const MAX_FOLDERS = 1000;

/** Largest kustomization that is looked into, bytes. */
const MAX_BYTES = 1024 * 1024;

/**
 * What a source is rendered from, going by what is on the disk now. kustomize reads files only
 * below the folder of the kustomization that names them, so that besides these folders there is
 * nothing.
 */
export function inputsOf(source: RenderedSource, disk: Disk, workingFolder: string): Inputs {
  if (source.kind === 'helm') {
    return { paths: [source.chart, ...source.values], remote: undefined };
  }
  const folders = new Set([source.folder]);
  let remote: Problem | undefined;
  for (const folder of folders) {
    const kustomization = kustomizationIn(folder, disk);
    if (kustomization === undefined) continue;
    const { file, text } = kustomization;
    for (const word of references(text)) {
      const path = resolve(folder, word);
      const kind = kindOf(path, disk);
      if (kind === undefined && isRemote(word)) {
        const origin = placeOf(word, displayName(file, workingFolder), text);
        remote ??= remoteProblem(word, origin);
      } else if (kind !== 'file' && folders.size < MAX_FOLDERS) folders.add(path);
    }
  }
  // A folder that is not there yet is waited for as well.
  const all = [...folders];
  const paths = all.filter((path) => !all.some((one) => one !== path && isInFolder(path, one)));
  return { paths, remote };
}

function kustomizationIn(folder: string, disk: Disk): { file: string; text: string } | undefined {
  for (const name of KUSTOMIZATIONS) {
    const file = join(folder, name);
    try {
      const outcome = disk.read(disk.realpath(file), MAX_BYTES);
      if (outcome.kind === 'content') return { file, text: outcome.bytes.toString() };
    } catch {
      // Another name, or kustomize itself says what is wrong with it.
    }
  }
  return undefined;
}

/** The lists of a kustomization whose items may be folders, or elsewhere. */
const LISTS = [
  ...['resources', 'bases', 'components', 'generators', 'transformers', 'validators'],
  ...['configurations', 'crds', 'patchesStrategicMerge'],
];

/** What a kustomization names: paths, or what stands in the place of one. */
function references(text: string): string[] {
  const outcome = readYaml(text);
  if (outcome.kind === 'fault') return [];
  const value: unknown = outcome.documents[0]?.value;
  if (typeof value !== 'object' || value === null) return [];
  return LISTS.flatMap((name) => {
    const list: unknown = (value as Record<string, unknown>)[name];
    const items: unknown[] = Array.isArray(list) ? list : [];
    // With a line break it is the object itself.
    return items.filter(
      (item): item is string => typeof item === 'string' && item !== '' && !item.includes('\n'),
    );
  });
}

/** How kustomize tells a URL, and what git would fetch, from a path. */
const REMOTE =
  /^(?:[a-z][a-z0-9+.-]*:\/\/|git::|gh:|[\w.-]+@[\w.-]+:|(?:www\.)?(?:github|gitlab|bitbucket)\.(?:com|org)[/:])/i;

function isRemote(word: string): boolean {
  return REMOTE.test(word);
}

function remoteProblem(word: string, origin: Origin): Problem {
  const message = `Cannot render this: found ${quoted(word)}, which is not on this machine: expected a path, as nothing is fetched`;
  return { severity: 'error', code: 'RENDER_REMOTE', message, origin };
}

function placeOf(word: string, file: string, text: string): Origin {
  const offset = Math.max(0, text.indexOf(word));
  return { file, document: 0, ...new SourceText(file, text).place(offset) };
}

/** Undefined when nothing is there. */
function kindOf(path: string, disk: Disk): string | undefined {
  try {
    return disk.stat(path).kind;
  } catch (error) {
    return isGone(error) ? undefined : 'unknown';
  }
}
