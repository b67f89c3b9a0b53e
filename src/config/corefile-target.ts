import { networkInterfaces } from 'node:os';
import { resolve } from 'node:path';
import { DISK, isStream, MAX_BYTES, notTextFault } from '../corefile/files.ts';
import type { ListenAddress } from '../corefile/listen-address.ts';
import { directivesNamed, parseCorefile, type ServerBlock } from '../corefile/parse.ts';
import { ProblemList, whole } from '../corefile/problems.ts';
import type { Environment } from '../corefile/reader.ts';
import type { Problem } from '../kube/problem.ts';
import { plugin as bindPlugin, boundAddresses, socketsOf } from '../plugins/bind.ts';
import { clusterZone } from '../plugins/kubernetes/written.ts';
import { askedAddresses, DNS_PORT, type Target, textOf } from './plain-target.ts';

// Loaded by each health check of a server with a Corefile: this file must not import the table of
// options or the plugins themselves.

/** The name that CoreDNS looks for in the working folder. */
export const OWN = 'Corefile';

/** The code of the hint that a Corefile was found. */
export const COREFILE_FOUND = 'COREFILE_FOUND';

/** A Corefile that was not named may be there for something else. */
export function reportFound(file: string, problems: ProblemList): void {
  const message =
    'Using this Corefile, as it lies in the working folder: --config off leaves it out';
  problems.hint(COREFILE_FOUND, message, whole(file));
}

/** The target, and what to tell the user of how it was found. */
export interface CorefileTarget extends Target {
  readonly hints: readonly Problem[];
}

/**
 * What all settings together come to when only a Corefile and `SVCDNS_LISTEN` have a say. Mistakes
 * in the options of plugins do not matter here. Undefined when the settings have to be loaded,
 * which takes twice as long: something else has a say, or they have an error to report.
 */
export function corefileTarget(
  config: string | undefined,
  env: Environment,
  cwd: string,
): CorefileTarget | undefined {
  const named = config ?? textOf(env, 'SVCDNS_CONFIG');
  const file = named === '' ? OWN : named;
  const path = resolve(cwd, file);
  if (textOf(env, 'SVCDNS_ZONE') !== '' || isElsewhere(file, path)) return undefined;
  const problems = new ProblemList();
  if (named === '') reportFound(file, problems);
  const text = textIn(path);
  if (text === undefined || notTextFault(text) !== undefined) return undefined;
  const parsed = parseCorefile(text, file, { files: DISK, env, cwd });
  problems.addAll(parsed.problems);
  const interfaces = networkInterfaces();
  const sockets = parsed.blocks.flatMap((block) =>
    socketsOf({ block, bound: boundAddresses(block, interfaces, problems) }, DNS_PORT),
  );
  const asked = askedAddresses(env, DNS_PORT);
  if (asked === undefined || sockets.length === 0 || problems.hasErrors) return undefined;
  const isMoved = asked.length > 0 && !parsed.blocks.some(hasPlace);
  return {
    listen: unrepeated(isMoved ? asked : sockets),
    zone: parsed.blocks.map(clusterZone).find((zone) => zone !== undefined) ?? '',
    hints: problems.all.filter(({ code }) => code === COREFILE_FOUND),
  };
}

/** Each address and port once. */
export function unrepeated(addresses: readonly ListenAddress[]): ListenAddress[] {
  return [...new Map(addresses.map((one) => [JSON.stringify(one), one])).values()];
}

/** `off`, or what cannot be read twice. */
function isElsewhere(file: string, path: string): boolean {
  return file === 'off' || file === 'stdin' || isStream(path);
}

function textIn(path: string): string | undefined {
  try {
    return DISK.read(path, MAX_BYTES);
  } catch {
    return undefined;
  }
}

/** Says itself where it listens. */
function hasPlace(block: ServerBlock): boolean {
  return (
    block.keys.some(({ port }) => port !== undefined) ||
    directivesNamed(block, bindPlugin.directive).length > 0
  );
}
