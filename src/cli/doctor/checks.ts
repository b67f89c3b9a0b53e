import { clock } from './checks/clock.ts';
import { clusterIps } from './checks/cluster-ips.ts';
import { configuration } from './checks/configuration.ts';
import { conntrack } from './checks/conntrack.ts';
import { localNames } from './checks/local-names.ts';
import { loop } from './checks/loop.ts';
import { mounts } from './checks/mounts.ts';
import { nodeVersion } from './checks/node-version.ts';
import { openFiles } from './checks/open-files.ts';
import { ownServer } from './checks/own-server.ts';
import { pod } from './checks/pod.ts';
import { port } from './checks/port.ts';
import { resolvConf } from './checks/resolv-conf.ts';
import { upstreams } from './checks/upstreams.ts';
import { watches } from './checks/watches.ts';
import { type Check, type Examination, type Finding, warn } from './finding.ts';

/** In the order of the report: what stops a start first, what is only slow last. */
export const CHECKS: readonly Check[] = [
  nodeVersion,
  configuration,
  port,
  ownServer,
  resolvConf,
  localNames,
  mounts,
  watches,
  openFiles,
  upstreams,
  loop,
  clock,
  clusterIps,
  pod,
  conntrack,
];

/** What a check found, with its name. */
export interface CheckedFinding extends Finding {
  readonly check: string;
}

/**
 * Carries out all checks, one after the other. One that fails by itself is a warning: the others
 * are worth as much without it.
 */
export async function* examine(
  examination: Examination,
  checks: readonly Check[] = CHECKS,
): AsyncGenerator<readonly CheckedFinding[]> {
  for (const { id, run } of checks) {
    let found: readonly Finding[];
    try {
      found = await run(examination);
    } catch (error) {
      found = [warn(`could not be checked: ${(error as Error).message}`)];
    }
    yield found.map((finding) => ({ check: id, ...finding }));
  }
}
