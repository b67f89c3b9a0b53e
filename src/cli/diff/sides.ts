import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { type NameSource, nameSources } from '../../config/name-sources.ts';
import type { CommandLineOptions } from '../../config/options.ts';
import type { Settings } from '../../config/settings.ts';
import { quoted } from '../../corefile/problems.ts';
import {
  manifestPaths,
  readManifests,
  renderedSource,
  withPaths,
} from '../../sources/folder/render/rendered-source.ts';
import { atEnd } from '../../support/at-end.ts';
import { splitOnce } from '../../support/text.ts';
import { type CommandIo, UsageError } from '../command.ts';
import { sortPaths } from '../names/paths.ts';
import { type DnsServer, serverFromText } from '../query/server-address.ts';
import { visibleText } from '../report/problem-text.ts';
import { settingsOrExit } from '../report/settings-report.ts';
import { commitOf, GitError, type RunGit, topLevel, writeFiles } from './git-files.ts';

/** One of the two that are compared: sources of names, or a server. */
export type Side = Files | { readonly kind: 'server'; readonly server: DnsServer };

interface Files {
  readonly kind: 'files';
  readonly settings: Settings;
  readonly sources: readonly NameSource[];
  /** The sources whose addresses have been given out: the same, in the work tree. */
  readonly own: readonly NameSource[];
  /** How a file of the sources is called, from how it is called where it was read. */
  readonly shown: (file: string) => string;
  /** Removes what was written for it. */
  readonly dispose: () => void;
}

export interface SidesOptions {
  /** Options of the command line that say which names there are. */
  readonly options: CommandLineOptions;
  readonly io: CommandIo;
  readonly git: RunGit;
}

/** The code to exit with, when what is wrong has been printed. */
interface Exited {
  readonly exit: number;
}

/**
 * What a word of the command line stands for: `@SERVER`, a path that there is, or a revision of
 * git, whose folder is that of the settings, or the one behind its colon. Undefined stands for what
 * the settings name.
 *
 * @throws {UsageError} when it is none of them.
 * @throws {GitError} when git cannot give its files.
 */
export async function sideOf(
  word: string | undefined,
  given: SidesOptions,
): Promise<Side | Exited> {
  const { options, io } = given;
  if (word?.startsWith('@')) return { kind: 'server', server: serverFromText(word.slice(1), '@') };
  if (word === undefined) return filesOf(settingsOrExit(options, io));
  if (isPath(word, io.cwd)) {
    const { kubeconfig: _, kube: __, context: ___, ...others } = options;
    const { manifests, corefiles } = sortPaths([word], io.cwd);
    if (corefiles.length > 0) {
      throw new UsageError(
        `Cannot read manifests from ${quoted(word)}: a Corefile goes behind --config`,
      );
    }
    return filesOf(settingsOrExit(others, io, manifests));
  }
  return revisionOf(word, given);
}

function isPath(word: string, cwd: string): boolean {
  return word === '-' || /^(?:kustomize|helm):/.test(word) || existsSync(resolve(cwd, word));
}

function filesOf(loaded: ReturnType<typeof settingsOrExit>): Files | Exited {
  if ('exit' in loaded) return loaded;
  const { settings } = loaded;
  const sources = nameSources(settings);
  const shown = (file: string) => file;
  return { kind: 'files', settings, sources, own: sources, shown, dispose: () => {} };
}

async function revisionOf(word: string, given: SidesOptions): Promise<Files | Exited> {
  const { io, options, git } = given;
  const [revision = '', path] = splitOnce(word, ':');
  // Who has mistyped a folder hears of folders, and then what git says of its repository.
  let why = '';
  const commit = await commitOf(revision, git).catch((error: unknown) => {
    if (!(error instanceof GitError)) throw error;
    why = ` (git: ${visibleText(error.message)})`;
    return undefined;
  });
  if (commit === undefined) {
    throw new UsageError(
      `Cannot compare ${quoted(word)}: expected a folder or file that is there, @SERVER, or a revision of the git repository here${why}`,
    );
  }
  const reading = path === undefined ? undefined : readManifests(path, io.cwd);
  if (reading !== undefined && 'fault' in reading) throw new UsageError(reading.fault);
  const loaded = filesOf(settingsOrExit(options, io, reading && [reading.value]));
  if ('exit' in loaded) return loaded;
  const top = realPath(await topLevel(git));
  const folder = mkdtempSync(join(realPath(tmpdir()), 'svcdns-diff-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const forget = atEnd(remove);
  const dispose = () => {
    forget();
    remove();
  };
  try {
    const inside = (one: string) => insideOf(top, one, word);
    const wanted = [...new Set(loaded.sources.flatMap(({ manifests }) => manifests))];
    const places = [...new Set(wanted.flatMap(manifestPaths).map(inside))];
    // What is rendered may be made of any file beside it: bases, other charts, values.
    const isWhole = wanted.some((one) => renderedSource(one) !== undefined);
    let isThere = false;
    for (const place of isWhole ? [''] : places) {
      isThere = (await writeFiles(commit, place, folder, git)) || isThere;
    }
    if (!isThere) {
      const named = places.map((place) => place || '.').join(', ');
      throw new GitError(`${revision} has nothing in ${named}`);
    }
    const sources = loaded.sources.map((source) => ({
      ...source,
      manifests: source.manifests.map((one) =>
        withPaths(one, (given) => join(folder, inside(given))),
      ),
    }));
    const starts = [folder, relative(io.cwd, folder)].map((start) => `${start}${sep}`);
    const shown = (file: string) => {
      const start = starts.find((one) => file.includes(one));
      return start === undefined ? file : file.replace(start, `${revision}:`);
    };
    return { ...loaded, sources, shown, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** The path of a file or folder in the repository. */
function insideOf(top: string, manifests: string, word: string): string {
  const inside = relative(top, realPath(manifests));
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    throw new UsageError(
      `Cannot compare ${quoted(word)}: ${quoted(manifests)} is not in the repository ${quoted(top)}`,
    );
  }
  return inside.split(sep).join('/');
}

/** With the links on its way resolved, as far as it is there. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = resolve(path, '..');
    return parent === path ? path : join(realPath(parent), relative(parent, path));
  }
}
