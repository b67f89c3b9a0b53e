import { Pattern, PatternError } from '../../../support/pattern.ts';
import { quoted } from '../report/fault.ts';

/** What counts of a watched folder. */
export interface Selection {
  /** Whether a file is taken, going by its name. */
  takes(name: string): boolean;
  /**
   * Whether a file or folder is as if it were not there: see `leftOut`. `paths` are made only where
   * they decide.
   */
  leavesOut(name: string, paths: () => readonly string[]): boolean;
  /** Whether what a program renders is refused: the files of its folder are no manifests yet. */
  readonly refusesInput: boolean;
}

/** The code of the warning about a folder in which nothing counts. */
export const FOLDER_EMPTY = 'FOLDER_EMPTY';

/** Manifests, but for what these globs match. @throws {PatternError} as `globPattern` does. */
export function manifestsBut(exclude: readonly string[]): Selection {
  const patterns = exclude.map(globPattern);
  return {
    takes: isManifestName,
    leavesOut: (name, paths) => name.startsWith('.') || leftOut(name, paths, patterns),
    refusesInput: true,
  };
}

/** Whatever a program may read to render manifests. */
export const EVERY_FILE: Selection = {
  takes: () => true,
  leavesOut: (name) => FOREIGN.has(name),
  refusesInput: false,
};

/** Whether a file has the name of a manifest, in either case of letters. */
export function isManifestName(name: string): boolean {
  return /\.(?:yaml|yml|json)$/i.test(name);
}

/** What reads a folder with a file of this name, as sources are named; undefined for most. */
export function rendererOf(name: string): 'kustomize' | 'helm' | undefined {
  if (KUSTOMIZATIONS.includes(name)) return 'kustomize';
  return name === CHART ? 'helm' : undefined;
}

/** The names that kustomize looks for. */
export const KUSTOMIZATIONS: readonly string[] = [
  'kustomization.yaml',
  'kustomization.yml',
  'Kustomization',
];

/** The file that makes a folder a chart. */
const CHART = 'Chart.yaml';

/** Why a glob cannot be used; undefined when it can. */
export function globFault(glob: string): string | undefined {
  try {
    globPattern(glob);
    return undefined;
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    return `Cannot use ${quoted(glob)}: expected a short pattern as in .gitignore`;
  }
}

/** Folders of other people's files. */
const FOREIGN: ReadonlySet<string> = new Set(['.git', 'node_modules']);

/** Templates of a chart, also of one whose Chart.yaml is left out. */
const TEMPLATES = /(?:^|\/)charts\/[^/]+\/templates$/;

/** `paths` gives those of one entry: from the watched folder, and from the working folder. */
function leftOut(
  name: string,
  paths: () => readonly string[],
  patterns: readonly Pattern[],
): boolean {
  if (FOREIGN.has(name)) return true;
  if (name === 'templates' && paths().some((path) => TEMPLATES.test(path))) return true;
  if (patterns.length === 0) return false;
  const all = paths();
  return patterns.some((pattern) => all.some((path) => pattern.test(path)));
}

/**
 * A glob as in .gitignore: without a slash it matches a name at any depth, with one a whole path;
 * `**` is any number of folders. In linear time, whatever the names are.
 *
 * @throws {PatternError} for a class of characters that is none, and for one that is too long.
 */
function globPattern(glob: string): Pattern {
  const body = glob.replace(/^(?:\.?\/)+|\/+$/g, '');
  const start = body.includes('/') ? '' : '(?:.*/)?';
  return new Pattern(`(?s)^${start}${body.replace(GLOB_PARTS, partPattern)}$`);
}

const GLOB_PARTS = /\/\*\*\/|^\*\*\/|\/\*\*$|\*+|\[!?[^\]]+\]|./gsu;

function partPattern(part: string): string {
  if (part === '/**/') return '/(?:.*/)?';
  if (part === '**/') return '(?:.*/)?';
  if (part === '/**') return '/.*';
  if (part.startsWith('*')) return '[^/]*';
  if (part === '?') return '[^/]';
  if (part.length > 2) return `[${part.slice(1, -1).replace(/^!/, '^').replaceAll('\\', '\\\\')}]`;
  return part.replace(/[\\^$.+|(){}[\]]/, '\\$&');
}
