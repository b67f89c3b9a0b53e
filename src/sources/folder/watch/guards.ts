import { type FSWatcher, readlinkSync, watch } from 'node:fs';
import { dirname, parse, resolve, sep } from 'node:path';
import { errorCode } from '../../../support/file-error.ts';
import type { Disk } from '../read/disk.ts';

/**
 * Notices when a watched path comes to mean something else: it is removed, made again, renamed
 * over, or a link on the way to it is swapped (as git-sync does).
 *
 * A watcher inside the folder cannot know: it stays with the old folder, silently. So for every
 * step on the way the folder above is watched for that one name. That is a handful of watches, on
 * folders that are not ours: events for other names are dropped at once.
 */
export class Guards {
  readonly #disk: Disk;
  readonly #ring: () => void;
  readonly #onFailure: (error: unknown) => void;
  readonly #posts = new Map<string, Post>();

  constructor(disk: Disk, ring: () => void, onFailure: (error: unknown) => void) {
    this.#disk = disk;
    this.#ring = ring;
    this.#onFailure = onFailure;
  }

  /** Watches the way to each path as it is now. Returns whether anything had changed. */
  arm(paths: readonly string[]): boolean {
    const wanted = new Map<string, Set<string>>();
    for (const { folder, name } of paths.flatMap(stepsTo)) {
      const names = wanted.get(folder) ?? new Set();
      wanted.set(folder, names.add(name));
    }
    let hasChanged = false;
    for (const [folder, post] of this.#posts) {
      if (wanted.has(folder) && post.identity === this.#identity(folder)) continue;
      post.watcher.close();
      this.#posts.delete(folder);
      hasChanged = true;
    }
    for (const [folder, names] of wanted) {
      const post = this.#posts.get(folder);
      if (post !== undefined) post.names = names;
      else if (this.#post(folder, names)) hasChanged = true;
    }
    return hasChanged;
  }

  close(): void {
    for (const { watcher } of this.#posts.values()) watcher.close();
    this.#posts.clear();
  }

  #post(folder: string, names: Set<string>): boolean {
    const identity = this.#identity(folder);
    if (identity === undefined) return false;
    try {
      const watcher = watch(folder, (_event, name) => {
        if (name === null || post.names.has(name)) this.#ring();
      });
      const post: Post = { watcher, identity, names };
      watcher.on('error', () => this.#ring());
      this.#posts.set(folder, post);
      return true;
    } catch (error) {
      // A folder above that we may pass but not read: what happens in it is seen by the rescan.
      if (errorCode(error) !== 'EACCES') this.#onFailure(error);
      return false;
    }
  }

  #identity(folder: string): string | undefined {
    try {
      return this.#disk.stat(folder).identity;
    } catch {
      return undefined;
    }
  }
}

interface Post {
  readonly watcher: FSWatcher;
  readonly identity: string;
  names: ReadonlySet<string>;
}

interface Step {
  /** Without links. */
  readonly folder: string;
  readonly name: string;
}

/** As many links as Linux follows before it says ELOOP. */
const MAX_LINKS = 40;

/** Every name that is looked up on the way to `path`, whether it is there or not. */
function stepsTo(path: string): Step[] {
  const absolute = resolve(path);
  let folder = parse(absolute).root;
  const names = absolute.slice(folder.length).split(sep);
  const steps: Step[] = [];
  let links = 0;
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      folder = dirname(folder);
      continue;
    }
    steps.push({ folder, name });
    const next = resolve(folder, name);
    const target = linkTarget(next);
    if (target === undefined) {
      folder = next;
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) break;
    const { root } = parse(target);
    names.unshift(...target.slice(root.length).split(sep));
    if (root !== '') folder = root;
  }
  return steps;
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
