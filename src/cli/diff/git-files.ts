import { spawn } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { quoted } from '../../corefile/problems.ts';
import type { Clock } from '../../support/clock.ts';

/** git could not do what it was asked for; the message says what and why. */
export class GitError extends Error {
  override readonly name = 'GitError';
}

/** git has ended without a word, as it does where `--quiet` asks it whether there is something. */
class SilentGitError extends GitError {}

/** Runs git to its end; rejects with a GitError. */
export type RunGit = (args: readonly string[], input?: string) => Promise<Buffer>;

/** Time and output of one git, and files of a revision. */
const MAX_MS = 60_000;
const MAX_BYTES = 512 * 1024 * 1024;
const MAX_FILES = 100_000;
const MAX_SAID = 2000;

/**
 * The machine's git, working in this folder: without a shell, bounded in time and output, and
 * without anything that asks a person or a network.
 */
export function systemGit(cwd: string, clock: Clock, env: NodeJS.ProcessEnv): RunGit {
  const quiet = { GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', GIT_NO_LAZY_FETCH: '1' };
  return (args, input = '') =>
    new Promise((resolve, reject) => {
      const child = spawn('git', args, { cwd, env: { ...env, ...quiet, LC_ALL: 'C' } });
      const parts: Buffer[] = [];
      let length = 0;
      let said = '';
      let why: string | undefined;
      const stop = (reason: string) => {
        why ??= reason;
        child.kill('SIGKILL');
      };
      const timer = clock.setTimeout(() => stop(`it took over ${MAX_MS / 1000} s`), MAX_MS);
      child.stdout.on('data', (part: Buffer) => {
        length += part.length;
        if (length > MAX_BYTES) stop(`it printed over ${MAX_BYTES} bytes`);
        else parts.push(part);
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(0, MAX_SAID);
      });
      child.stdin.on('error', () => {}); // it may end without reading
      child.stdin.end(input);
      child.on('error', (error) => {
        timer.cancel();
        const { code } = error as NodeJS.ErrnoException;
        reject(new GitError(code === 'ENOENT' ? 'found no git on the PATH' : error.message));
      });
      child.on('close', (code) => {
        timer.cancel();
        if (why === undefined && code === 0) resolve(Buffer.concat(parts));
        else {
          why ??= said.trim().split('\n')[0];
          reject(why ? new GitError(why) : new SilentGitError(`it ended with ${code}`));
        }
      });
    });
}

/**
 * The commit that a text names; undefined when it names none. Rejects with a GitError when git
 * cannot look, as in a repository of somebody else.
 */
export async function commitOf(revision: string, git: RunGit): Promise<string | undefined> {
  const words = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`];
  try {
    return (await git(words)).toString().trim();
  } catch (error) {
    if (error instanceof SilentGitError) return undefined;
    throw error;
  }
}

/** Where the work tree around the folder begins. */
export async function topLevel(git: RunGit): Promise<string> {
  return (await git(['rev-parse', '--show-toplevel'])).toString().replace(/\n$/, '');
}

interface TreeEntry {
  readonly mode: string;
  readonly id: string;
  readonly path: string;
}

/**
 * Writes what a commit has at `path`, which is relative to the top of the repository, below the
 * folder `target`. Says whether there was anything.
 *
 * @throws {GitError}
 */
export async function writeFiles(
  commit: string,
  path: string,
  target: string,
  git: RunGit,
): Promise<boolean> {
  const listed = await git(['ls-tree', '-r', '-z', '--full-tree', commit, '--', path || '.']);
  const entries = entriesIn(listed).filter(({ mode }) => mode !== SUBMODULE);
  if (entries.length > MAX_FILES) {
    throw new GitError(`found ${entries.length} files, expected at most ${MAX_FILES}`);
  }
  if (entries.length === 0) return false;
  const ids = entries.map(({ id }) => `${id}\n`).join('');
  const blobs = blobsIn(await git(['cat-file', '--batch'], ids));
  for (const { mode, path: name } of entries) {
    const { value: bytes } = blobs.next();
    if (bytes === undefined) throw new GitError(`the file ${quoted(name)} is missing`);
    const file = join(target, name);
    mkdirSync(dirname(file), { recursive: true });
    if (mode === LINK) symlinkSync(bytes.toString(), file);
    else writeFileSync(file, bytes);
  }
  return true;
}

const LINK = '120000';
const SUBMODULE = '160000';

/** `MODE TYPE ID\tPATH\0` */
function entriesIn(listed: Buffer): TreeEntry[] {
  return listed
    .toString()
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [, mode = '', id = '', path = ''] = /^(\d+) \w+ ([0-9a-f]+)\t(.*)$/s.exec(entry) ?? [];
      // git has none of these in a tree; what it wrote is not trusted with our files all the same.
      if (path === '' || path.startsWith('/') || path.split('/').includes('..')) {
        throw new GitError(`cannot use the path ${quoted(path)}`);
      }
      return { mode, id, path };
    });
}

/** `ID blob SIZE\n`, the bytes and a line's end for each; `ID missing\n` for what is not there. */
function* blobsIn(output: Buffer): Generator<Buffer, undefined> {
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf(0x0a, at);
    const size = /^[0-9a-f]+ blob (\d+)$/.exec(output.toString('latin1', at, end))?.[1];
    if (end < 0 || size === undefined) return undefined;
    yield output.subarray(end + 1, end + 1 + Number(size));
    at = end + 1 + Number(size) + 1;
  }
  return undefined;
}
