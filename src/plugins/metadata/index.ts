import type { NameKey } from '../../dns/name.ts';
import { isInAny } from '../../dns/zones.ts';
import type { PluginDeclaration } from '../declaration.ts';
import { blockZones, Directive } from '../directive.ts';
import type { LabelSource, Next, Plugin, Reply, Request, RequestMetadata } from '../plugin.ts';

/**
 * Gives each question of its zones a place for what plugins know of it: `log`, `view`, `template`
 * and `rewrite` read it. Values are computed only when they are read.
 */
export class Metadata implements Plugin {
  readonly name = 'metadata';
  readonly #zones: readonly NameKey[];
  readonly #sources: readonly LabelSource[];

  /** `sources` may still be filled up: the plugins of the block are made after this one. */
  constructor(zones: readonly NameKey[], sources: readonly LabelSource[]) {
    this.#zones = zones;
    this.#sources = sources;
  }

  serve(request: Request, next: Next): Promise<Reply> {
    return next(this.collect(request));
  }

  /** The question with its metadata; the question itself when its name is in no zone of ours. */
  collect(request: Request): Request {
    if (!isInAny(request.key, this.#zones)) return request;
    return { ...request, metadata: new Labels(request, this.#sources) };
  }
}

/** The metadata of one question: as it came, before `rewrite`. */
class Labels implements RequestMetadata {
  readonly #request: Request;
  readonly #sources: readonly LabelSource[];
  #said: Map<string, string> | undefined;

  constructor(request: Request, sources: readonly LabelSource[]) {
    this.#request = request;
    this.#sources = sources;
  }

  value(label: string): string | undefined {
    const said = this.#said?.get(label);
    if (said !== undefined) return said;
    for (const source of this.#sources) {
      const value = source.label(label, this.#request);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  set(label: string, value: string): void {
    this.#said ??= new Map();
    this.#said.set(label, value);
  }
}

/** Reads `metadata [ZONES...]`. */
export const plugin = {
  directive: 'metadata',
  clusterAnswers: () => 'kept', // plugins that read the metadata declare their own
  setup(lines, context, problems) {
    const directive = new Directive('metadata', problems);
    const line = directive.single(lines);
    const zones = directive.zones(line.args, blockZones(context));
    directive.hasNoOptions(line);
    return directive.failed ? undefined : new Metadata(zones, context.labelSources);
  },
} satisfies PluginDeclaration<Metadata>;
