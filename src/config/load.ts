import { networkInterfaces } from 'node:os';
import { DISK, type Files } from '../corefile/files.ts';
import { parseCorefile } from '../corefile/parse.ts';
import { ProblemList, whole } from '../corefile/problems.ts';
import type { Environment } from '../corefile/reader.ts';
import type { Problem } from '../kube/problem.ts';
import { adminDirectives } from '../plugins/admin-addresses.ts';
import { boundAddresses, type Interfaces } from '../plugins/bind.ts';
import { reportUnanswered, resolveDirectives } from '../plugins/resolve-directives.ts';
import { ADMIN_DIRECTIVES, COREFILE } from '../server/listen/listen-error.ts';
import { systemTools, type Tools } from '../sources/folder/render/tools.ts';
import { PACKAGE_ROOT } from '../support/process.ts';
import { reportAccess, reportContext } from './cluster-access.ts';
import { reportFound, unrepeated } from './corefile-target.ts';
import { type CorefileText, readCorefile } from './corefile-text.ts';
import {
  type Author,
  editedBlocks,
  givenOptions,
  optionSettings,
  optionText,
  readOption,
} from './given-options.ts';
import { kubernetesBlocks, reportMissing } from './kubernetes-source.ts';
import { adminAddresses, servedBlocks } from './listening.ts';
import { type CommandLineOptions, OPTIONS } from './options.ts';
import { DNS_PORT } from './plain-target.ts';
import { checkOverlaps } from './server-sockets.ts';
import { DEFAULTS, deepFreeze, type Settings } from './settings.ts';

/** What settings are made from. */
export interface LoadInput {
  readonly options: CommandLineOptions;
  readonly env: Environment;
  /** Folder that relative paths start from, absolute. */
  readonly cwd: string;
  readonly files?: Files;
  /** Folder with the built-in `Corefile` and its `zones`. */
  readonly packageRoot?: string;
  readonly interfaces?: Interfaces;
  /** The programs that render manifests; by default those on the PATH. */
  readonly tools?: Tools;
  /** In whose words options are called in messages; by default those of the command line. */
  readonly author?: Author;
  /** Manifests to read instead of any others, absolute: the arguments of `check` and `records`. */
  readonly paths?: readonly string[] | undefined;
  /**
   * Manifests that are not there are an error, unless the option `wait` is given; `at once` is for
   * a command that does not have that option.
   */
  readonly mustFind?: boolean | 'at once' | undefined;
  /** Manifests that are served already: they may be away for a while. */
  readonly inUse?: readonly string[] | undefined;
}

/**
 * The settings with their warnings and hints, or, when there is an error, no settings and
 * everything that is wrong. `draft` is then what the rest comes to, as far as it could be read: not
 * to be served, but its plugins can be checked, so that all errors are reported at once.
 */
export type LoadResult =
  | { readonly settings: Settings; readonly problems: readonly Problem[] }
  | {
      readonly settings: undefined;
      readonly draft?: Settings;
      readonly problems: readonly Problem[];
    };

/**
 * Decides all settings, once: the command line over the environment over the Corefile over the
 * defaults. Never throws; the result is frozen through and through.
 */
export function loadSettings(input: LoadInput): LoadResult {
  const { options, env, cwd, author = 'command line' } = input;
  const files = input.files ?? DISK;
  const packageRoot = input.packageRoot ?? PACKAGE_ROOT;
  const problems = new ProblemList();
  const given = givenOptions(options, env, author, problems);
  const world = { env, cwd };
  const ownSettings = optionSettings(given, world, problems);
  const hasSamples = readOption(OPTIONS.samples, given.samples, world, problems, false);
  const { paths, tools = systemTools() } = input;
  const places = { files, env, cwd, packageRoot, author, paths, tools, hasSamples };
  const source = readCorefile(given, places, problems);
  if (source === undefined) return { settings: undefined, problems: problems.all };

  if (source.isFound) reportFound(source.file, problems);
  const parsed = parseCorefile(source.text, source.file, { files, env, cwd });
  problems.addAll(parsed.problems);
  const { isBuiltIn } = source;
  const blocks = editedBlocks(parsed.blocks, isBuiltIn, given, problems);
  resolveDirectives(blocks, problems);
  const interfaces = input.interfaces ?? networkInterfaces();
  const bound = blocks.map((block) => ({
    block,
    bound: boundAddresses(block, interfaces, problems),
  }));
  const port = readOption(OPTIONS.dnsPort, given.dnsPort, world, problems, undefined);
  checkOverlaps(bound, port ?? DNS_PORT, problems);
  const directives = adminDirectives(blocks, problems);
  const admin = adminAddresses(given, directives, source, problems);
  const kubernetes = kubernetesBlocks(blocks, source, given, places, problems);
  reportContext(given, author, problems);
  const waits = readOption(OPTIONS.wait, given.wait, world, problems, false);
  if (!waits) reportAccess([...kubernetes.values()], given, places, problems);
  if (input.mustFind && !waits) {
    const canWait = input.mustFind !== 'at once' && author !== 'program';
    const known = { inUse: input.inUse ?? [], state: ownSettings.state, canWait };
    reportMissing([...kubernetes.values()], given, places, known, problems);
  }
  if (blocks.length === 0 && !problems.hasErrors) reportEmpty(source, problems);
  reportUnanswered(blocks, problems);
  const served = servedBlocks(bound, { isBuiltIn, port }, given, problems);
  const settings: Settings = deepFreeze({
    ...DEFAULTS,
    options: ownSettings,
    admin,
    movedBy: {
      listen: served.isMoved ? (served.asked?.from ?? optionText('listen', author)) : COREFILE,
      admin:
        isBuiltIn || given.admin !== undefined
          ? (given.admin?.from ?? optionText('admin', author))
          : ADMIN_DIRECTIVES,
    },
    listen: unrepeated(served.blocks.flatMap((one) => one.listen)),
    blocks: served.blocks.map((one) => ({ ...one, kubernetes: kubernetes.get(one.block) })),
    corefile: { file: source.file, isBuiltIn, isFound: source.isFound, blocks, admin: directives },
    workingFolder: cwd,
  });
  if (!problems.hasErrors) return { settings, problems: problems.all };
  return { settings: undefined, draft: settings, problems: problems.all };
}

/**
 * CoreDNS serves `whoami` on port 53 when its Corefile is empty. That is never meant: it is a mount
 * that failed, or a file that is being written.
 */
function reportEmpty({ file }: CorefileText, problems: ProblemList): void {
  const message =
    'No server block: nothing to serve: expected one, as in .:53 { kubernetes cluster.local }';
  problems.error('COREFILE_NOTHING_TO_SERVE', message, whole(file));
}
