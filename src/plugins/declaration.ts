import { directivesNamed, type Line, type ServerBlock } from '../corefile/parse.ts';
import type { ProblemList } from '../corefile/problems.ts';
import type { NameKey } from '../dns/name.ts';
import type { MetricTable } from '../observe/metric-spec.ts';
import type { ExtraTable, ZoneOptions } from '../zone/options.ts';
import type { ClusterAnswers } from './cluster-answers.ts';
import type { Flag } from './flag.ts';
import type { OptionForms } from './option-form.ts';
import type { Plugin, PluginSetup } from './plugin.ts';

/** What the `kubernetes` of a server block answers for. */
export interface KubernetesZones {
  readonly zones: readonly string[];
  /** Zones whose unknown names go on to the next plugin; undefined when none do. */
  readonly fallthrough: readonly string[] | undefined;
}

/** What a plugin that serves names of the same objects wants of the `kubernetes` beside it. */
export interface ObjectNames {
  /** Its part of the options of the compiler. */
  readonly zone: Partial<Pick<ZoneOptions, ExtraTable>>;
  /** Zones whose missing names go on to the next plugin, for its table; undefined when none do. */
  readonly fallthrough: ExtraFallthrough;
}

export type ExtraFallthrough = Readonly<
  Partial<Record<ExtraTable, readonly NameKey[] | undefined>>
>;

/**
 * What is known of a directive before a line of it is read. Each plugin's folder exports one, and
 * `order.ts` lists them: nothing outside the plugins knows two of them by name.
 */
export interface PluginDeclaration<Made extends Plugin = Plugin> {
  /** The word in the Corefile, and the name of the plugin in metrics and logs. */
  readonly directive: string;
  /**
   * Makes the link of the chain. A directive without it is no link: another part of the server
   * reads it, with what its folder exports.
   */
  readonly setup?: PluginSetup<Made>;
  /** The options in its block, with their words as the README has them. */
  readonly options?: OptionForms;
  /** Options of the command line, variables and programs that stand for its lines. */
  readonly flags?: Readonly<Record<string, Flag>>;
  /** The metrics it counts in, or that the part of the server does which its lines are for. */
  readonly metrics?: MetricTable;
  /** It has answers of its own: a server block without any such plugin gets a warning. */
  readonly answers?: true;
  /** It looks at questions of other classes than IN, or hands them on. */
  readonly takesAllClasses?: true;
  /** It asks `kubernetes` for other names than a client has asked for. */
  readonly renames?: true;
  /**
   * It serves names of the objects that `kubernetes` of its server block reads. Reads its lines,
   * which are for the compiler of that block; undefined when there are none, or after an error.
   */
  readsObjects?(
    block: ServerBlock,
    kubernetes: KubernetesZones,
    problems: ProblemList,
  ): ObjectNames | undefined;
  /**
   * What it does with questions that others below it answer past it: those that the short cut
   * answers where it stands above `kubernetes`, and those that `forward` relays. `changed` unless
   * it says otherwise.
   */
  clusterAnswers?(plugin: Made): ClusterAnswers;
  /**
   * A change of its lines leaves the content of a cache above it valid: it has its answers in
   * memory and claims them (`Plugin.claims`), or answers nothing.
   */
  readonly isNeverCached?: true;
  /** It is in the built-in Corefile because of `forward`, and is left out together with it. */
  readonly isForForwarding?: true;
  /** Not a directive: it needs no line, and is made for every server block. */
  readonly isImplied?: true;
  /** No link of the chain here, but in CoreDNS, whose metrics count it as a plugin in use. */
  readonly isCountedAsLink?: true;
  /** The message of its log lines repeats all of their fields, in CoreDNS's words. */
  readonly logsInFull?: true;
}

/**
 * A directive that configures a part of the server and is no link of the chain. `read` turns its
 * lines of a server block into options; without a line, into the defaults.
 */
export interface OptionsDeclaration<Options> extends PluginDeclaration {
  readonly read: (lines: readonly Line[], problems: ProblemList) => Options;
}

/** A directive of CoreDNS that is refused. */
export interface RefusedDirective {
  readonly directive: string;
  /** Why, and what to do. */
  readonly refused: string;
}

/** The options that a server block sets with a directive that is no link of the chain. */
export function optionsIn<Options>(
  block: ServerBlock,
  { directive, read }: OptionsDeclaration<Options>,
  problems: ProblemList,
): Options {
  return read(directivesNamed(block, directive), problems);
}
