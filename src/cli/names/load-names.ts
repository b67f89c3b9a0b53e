import { isKept, type NameSource, stateFiles } from '../../config/name-sources.ts';
import type { Settings } from '../../config/settings.ts';
import type { loadOnce } from '../../control/load-once.ts';
import { stateDisk } from '../../control/state/state-disk.ts';
import { readState } from '../../control/state/state-file.ts';
import type { GivenAddresses } from '../../controllers/controllers.ts';
import { reachableAddress } from '../../dns/address.ts';
import type { Problem } from '../../kube/problem.ts';

/** Reads manifests once. */
export type LoadOnce = typeof loadOnce;

/** Loaded when it is called: the commands that only ask do without the parsers. */
export const loadNames: LoadOnce = async (...args) => {
  const { loadOnce } = await import('../../control/load-once.ts');
  return loadOnce(...args);
};

/**
 * The addresses that NS records lead to, which a running server knows from its sockets: those of
 * the settings, and loopback for "every address".
 */
export function serverAddresses({ listen }: Pick<Settings, 'listen'>): string[] {
  const addresses = listen.map(({ address }) => reachableAddress(address));
  return [...new Set(addresses)].filter((address) => !address.includes('%'));
}

/**
 * The addresses that a server has given out and keeps in this folder, so that what is printed is
 * what it answers. Undefined when there are none, or none that can be read: then the server goes
 * without them too. `report` is called with the reason.
 */
export function keptAddresses(
  folder: string | undefined,
  source: NameSource,
  report: (problem: Problem) => void,
): GivenAddresses | undefined {
  if (!isKept(folder, source)) return undefined;
  const { state, problem } = readState(stateFiles(folder, source).addresses, stateDisk);
  if (problem !== undefined) report(problem);
  return state;
}
