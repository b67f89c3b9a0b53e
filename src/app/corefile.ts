import { dirname, resolve } from 'node:path';
import type { BlockSettings, Settings } from '../config/settings.ts';
import { directivesNamed } from '../corefile/parse.ts';
import type { ProblemList } from '../corefile/problems.ts';
import type { Origin } from '../kube/objects.ts';
import { originText } from '../kube/origin.ts';
import { plugin as health } from '../plugins/health/setup.ts';
import type { KubernetesBlock } from '../plugins/kubernetes/directive.ts';
import type { PluginContext } from '../plugins/plugin.ts';
import { type ReloadTimes, plugin as reload } from '../plugins/reload/setup.ts';
import type { ServedBlock } from '../server/blocks/chains.ts';
import { ADMIN_DIRECTIVES, COREFILE, type ListenError } from '../server/listen/listen-error.ts';
import type { LiveZone } from '../zone/live-zone.ts';

/** What of a `kubernetes` directive is needed to answer. */
type AnsweredFrom = Pick<KubernetesBlock, 'fallthrough' | 'extraFallthrough' | 'zone'>;

/** The server blocks of a configuration, with the names that their `kubernetes` answers from. */
export function servedBlocks<Kubernetes extends AnsweredFrom = KubernetesBlock>(
  blocks: readonly (Omit<BlockSettings, 'kubernetes'> & {
    readonly kubernetes: Kubernetes | undefined;
  })[],
  liveOf: (source: Kubernetes) => LiveZone,
  explainOf: (source: Kubernetes) => PluginContext['explainObjects'] = () => undefined,
): ServedBlock[] {
  return blocks.map(({ block, listen, zones, kubernetes }) => ({
    block,
    listen,
    zonesAt: (at) => [
      ...new Set(zones.filter(({ port }) => (port ?? at) === at).map(({ zone }) => zone)),
    ],
    kubernetes: kubernetes && {
      ...kubernetes,
      live: liveOf(kubernetes),
      explainObjects: explainOf(kubernetes),
    },
  }));
}

/** Relative paths in a Corefile start where it lies. */
export function folderOf({ corefile, workingFolder }: Settings): string {
  return corefile.isBuiltIn ? workingFolder : dirname(resolve(workingFolder, corefile.file));
}

/** How the Corefile wants the server to be run. */
export interface Operation {
  /** How long to go on answering after the signal to stop; ms. */
  readonly lameduckMs: number;
  /** How often to look whether the Corefile has changed; undefined for never. */
  readonly reload: ReloadTimes | undefined;
}

/** Reads `health` and `reload` of all server blocks: they hold for the whole server. */
export function operationOf({ blocks }: Settings, problems: ProblemList): Operation {
  const lines = (name: string) => blocks.flatMap(({ block }) => directivesNamed(block, name));
  return {
    lameduckMs: health.read(lines(health.directive), problems),
    reload: reload.read(lines(reload.directive), problems),
  };
}

/**
 * Where the Corefile asks for the port that could not be had, `Corefile:12:1: `; empty when it is
 * not the Corefile that asks for it.
 */
export function listenPlace(
  { corefile, blocks, movedBy }: Settings,
  { port }: ListenError,
): string {
  const served = blocks.find(({ listen }) => listen.some((one) => one.port === port));
  const keyOrigin = movedBy.listen === COREFILE ? served?.block.keys[0]?.origin : undefined;
  const isOfAdmin = movedBy.admin === ADMIN_DIRECTIVES && served === undefined;
  const origin = keyOrigin ?? (isOfAdmin ? adminOrigin(corefile, port) : undefined);
  return origin === undefined ? '' : `${originText(origin)}: `;
}

/** Ports that are not written out are those of a directive without an argument. */
function adminOrigin({ blocks, admin }: Settings['corefile'], port: number): Origin | undefined {
  const asking = admin.filter(({ address }) => address.port === port).map(({ name }) => name);
  const names = [...new Set(admin.map(({ name }) => name))];
  const lines = blocks.flatMap((block) => names.flatMap((name) => directivesNamed(block, name)));
  const named = lines.find(({ args }) => args[0]?.text.endsWith(`:${port}`));
  const silent = lines.find(
    ({ name, args }) => args.length === 0 && asking.some((one) => one === name),
  );
  return (named ?? silent)?.origin;
}
