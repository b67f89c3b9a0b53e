import { createHash } from 'node:crypto';
import { wholeFile } from '../../../kube/origin.ts';
import type { Problem } from '../../../kube/problem.ts';
import type { Clock } from '../../../support/clock.ts';
import { parseManifest } from '../parse/parse.ts';
import { type DocumentSink, refused } from '../parse/parsed-file.ts';
import type { Disk } from '../read/disk.ts';
import type { ChangedFile } from '../read/file-changes.ts';
import { EVERY_FILE } from '../read/selection.ts';
import { type FolderChange, FolderWatcher } from '../watch/folder-watcher.ts';
import type { Outcome, Running } from './child.ts';
import { type Inputs, inputsOf } from './inputs.ts';
import { manifestPaths, type RenderedSource, shownManifests } from './rendered-source.ts';
import { missingTool, type Tool, type Tools } from './tools.ts';

/** What a rendering uses of the world, and how its input is followed. */
export interface RenderingWorld {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly tools: Tools;
  readonly watch: boolean;
  readonly rescanMs: number;
  readonly workingFolder: string;
  /** Runs one piece of work after the other, whoever gives it. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  /** Takes what was rendered, as a file whose name is the source's. */
  readonly onFile: (file: ChangedFile) => void;
  /** News about its folders, each said once. */
  readonly onWarning: (warning: Problem) => void;
}

/** What keeps changes from being seen. */
const WATCHING: ReadonlySet<string> = new Set(['WATCH_FAILED', 'FOLDER_LIMIT']);

/** What was rendered, or why nothing was. */
type Rendered = Uint8Array | Problem;

/**
 * One source that another program renders: at the start, and again whenever a file that it reads
 * has changed. What it prints is read like a file.
 */
export class Rendering {
  readonly #source: RenderedSource;
  readonly #world: RenderingWorld;
  readonly #watcher: FolderWatcher;
  /** As in Origins. */
  readonly #name: string;
  readonly #own: readonly string[];
  #inputs: Inputs;
  /** Since when what was rendered is out of date; undefined when it is not. */
  #changedAt: number | undefined;
  #working: Promise<void> | undefined;
  #running: Running | undefined;
  #isStopped = false;
  /** Of what was delivered last. */
  #hash: string | undefined;
  /** What the program said beside its output. */
  #notes = '';

  /** `manifests` is an item of the settings, of which `source` has been made. */
  constructor(manifests: string, source: RenderedSource, world: RenderingWorld) {
    this.#source = source;
    this.#world = world;
    this.#name = shownManifests(manifests, world.workingFolder);
    this.#own = manifestPaths(manifests);
    this.#inputs = inputsOf(source, world.disk, world.workingFolder);
    this.#watcher = new FolderWatcher({
      ...world,
      paths: this.#inputs.paths,
      selection: EVERY_FILE,
      onChange: (change) => this.#take(change),
    });
  }

  /** Whether it has been rendered once, with success or without. */
  get isSynced(): boolean {
    return this.#hash !== undefined;
  }

  /** What is wrong with its folders, and what the program had to say. */
  get problems(): readonly Problem[] {
    const problems = this.#watcher.problems.filter(this.#concerns);
    if (this.#notes === '') return problems;
    const origin = wholeFile(this.#name);
    return [...problems, { severity: 'hint', code: 'RENDER_NOTE', message: this.#notes, origin }];
  }

  /** Resolves when it has been rendered once, or when there is nothing to render. */
  async start(): Promise<void> {
    this.#watcher.start();
    await this.#working;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#running?.kill();
    await this.#watcher.stop();
    await this.#working;
  }

  /** Whether a problem of the watcher is one here: what the program lacks it says itself. */
  readonly #concerns = ({ code }: Problem): boolean =>
    WATCHING.has(code) || (code === 'FOLDER_MISSING' && this.#isMissing);

  /** What the source names itself is not there. */
  get #isMissing(): boolean {
    return this.#watcher.missing.some((path) => this.#own.includes(path));
  }

  #take({ changed, removed, warnings }: FolderChange): void {
    for (const warning of warnings.filter(this.#concerns)) this.#world.onWarning(warning);
    if (this.#isMissing || (this.isSynced && changed.length + removed.length === 0)) return;
    const { clock, disk, workingFolder } = this.#world;
    this.#inputs = inputsOf(this.#source, disk, workingFolder);
    this.#watcher.paths = this.#inputs.paths;
    const now = clock.now();
    const since = changed.reduce((first, file) => Math.min(first, file.changedAt), now);
    this.#changedAt = Math.min(this.#changedAt ?? now, since);
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  /** Renders until it is up to date. */
  async #work(): Promise<void> {
    while (this.#changedAt !== undefined && !this.#isStopped) {
      const changedAt = this.#changedAt;
      this.#changedAt = undefined;
      const rendered = await this.#world.inTurn(() => this.#render());
      // Half of an edit may be what it fails on: the next try tells.
      const isLate = this.#changedAt !== undefined && !(rendered instanceof Uint8Array);
      if (!this.#isStopped && !isLate) this.#deliver(rendered, changedAt);
    }
  }

  async #render(): Promise<Rendered> {
    const { tools } = this.#world;
    const { kind } = this.#source;
    if (this.#inputs.remote !== undefined) return this.#inputs.remote;
    const tool = tools.find(kind);
    if (tool === undefined) return this.#problem('RENDER_TOOL', missingTool(kind));
    if (this.#isStopped) return this.#problem('RENDER_FAILED', 'it was ended');
    const outcome = await this.#run(tool);
    this.#notes =
      outcome.is === 'rendered' && outcome.notes ? `${tool.name}: ${outcome.notes}` : '';
    if (outcome.is === 'rendered') return outcome.bytes;
    return this.#problem('RENDER_FAILED', `${tool.name}: ${outcome.why}`);
  }

  async #run(tool: Tool): Promise<Outcome> {
    try {
      this.#running = this.#world.tools.render(this.#source, tool);
      return await this.#running.outcome;
    } catch (error) {
      // A path with a zero byte, say.
      return { is: 'failed', why: String(error) };
    } finally {
      this.#running = undefined;
    }
  }

  #problem(code: string, why: string): Problem {
    const message = `Cannot render this: ${why}`;
    return { severity: 'error', code, message, origin: wholeFile(this.#name) };
  }

  #deliver(rendered: Rendered, changedAt: number): void {
    const isBytes = rendered instanceof Uint8Array;
    const content = isBytes ? rendered : rendered.message;
    const hash = createHash('sha256').update(content).digest('base64');
    if (hash === this.#hash) return;
    this.#hash = hash;
    const file = this.#name;
    const parse = (sink?: DocumentSink) =>
      isBytes
        ? parseManifest(file, rendered, sink && this.#inNamespace(sink))
        : refused(file, rendered);
    this.#world.onFile({ file, hash: isBytes ? hash : '', changedAt, parse });
  }

  /** Helm installs what names no namespace into the release's. */
  #inNamespace(sink: DocumentSink): DocumentSink {
    const source = this.#source;
    if (source.kind !== 'helm') return sink;
    const { namespace } = source;
    return { ...sink, take: (document) => sink.take({ ...document, namespace }) };
  }
}
