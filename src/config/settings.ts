import type { ListenAddress } from '../corefile/listen-address.ts';
import type { ServerBlock } from '../corefile/parse.ts';
import type { AdminDirective } from '../plugins/admin-addresses.ts';
import type { KubernetesBlock } from '../plugins/kubernetes/directive.ts';
import { DEFAULT_LIMITS, type Limits } from '../server/limits.ts';
import type { ListenSource } from '../server/listen/listen-error.ts';
import { ZONE_DEFAULTS, type ZoneOptions } from '../zone/options.ts';
import { defaultOptions, type OptionSettings } from './options.ts';
import { DEFAULT_ADMIN, DEFAULT_LISTEN, DEFAULT_ZONES } from './plain-target.ts';

export type { Limits } from '../server/limits.ts';

/** Everything that can be set, decided once at start and frozen. */
export interface Settings {
  readonly listen: readonly ListenAddress[];
  /** Where `/health`, `/ready` and `/metrics` are, all three at each; empty for nowhere. */
  readonly admin: readonly ListenAddress[];
  /** What moves a socket to another address, for a message: an option, or the Corefile. */
  readonly movedBy: { readonly listen: ListenSource; readonly admin: ListenSource };
  /** What the table of options says, read or by default. */
  readonly options: OptionSettings;
  readonly limits: Limits;
  /** The server blocks, in the order of the file. */
  readonly blocks: readonly BlockSettings[];
  /** The Corefile all this comes from. */
  readonly corefile: CorefileSettings;
  /** Folder that relative paths start from, absolute. */
  readonly workingFolder: string;
}

/** A server block, and where it is served. */
export interface BlockSettings {
  readonly block: ServerBlock;
  readonly listen: readonly ListenAddress[];
  /** Its zones with the port each is served on; undefined for every port. */
  readonly zones: readonly { readonly zone: string; readonly port: number | undefined }[];
  /** With the manifests that it reads; undefined when the block has no `kubernetes` directive. */
  readonly kubernetes: KubernetesBlock | undefined;
}

/** What the Corefile says, for what is carried out later and for people who ask. */
interface CorefileSettings {
  /** Its path as messages show it. */
  readonly file: string;
  /** The one of this package, used when none was given. */
  readonly isBuiltIn: boolean;
  /** The one in the working folder, which was not named. */
  readonly isFound: boolean;
  readonly blocks: readonly ServerBlock[];
  /** The addresses that `health`, `ready` and `prometheus` ask for. */
  readonly admin: readonly AdminDirective[];
}

/**
 * What holds when nothing is said; the Corefile at the root of the repository says the same in
 * its own words. The folder is not here: it is `zones`, which depends on where one is.
 */
export const DEFAULTS: Omit<Settings, 'blocks' | 'corefile' | 'workingFolder'> = deepFreeze({
  listen: DEFAULT_LISTEN,
  admin: [DEFAULT_ADMIN],
  movedBy: { listen: '--listen', admin: '--admin' },
  // In an empty environment: a library keeps nothing from one run to the next.
  options: defaultOptions({ env: {}, cwd: '/' }),
  limits: DEFAULT_LIMITS,
} satisfies Omit<Settings, 'blocks' | 'corefile' | 'workingFolder'>);

/** What the `kubernetes` block of the Corefile at the root of the repository says. */
export const DEFAULT_ZONE: ZoneOptions = deepFreeze({
  zones: DEFAULT_ZONES,
  ...ZONE_DEFAULTS,
  pods: 'insecure', // as kubeadm sets it: 1-2-3-4.shop.pod is answered without looking
} satisfies ZoneOptions);

/**
 * Freezes plain data through and through; functions and the insides of Maps and Sets stay as they
 * are.
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
}
