import { isAddressType } from '../../dns/codes.ts';
import { type RandomIndex, randomIndexFrom } from '../../support/random.ts';
import type { LiveZone } from '../../zone/live-zone.ts';
import type { Lookup } from '../../zone/lookup.ts';
import type { PluginDeclaration } from '../declaration.ts';
import type { Reply, Request } from '../plugin.ts';
import { KUBERNETES_FLAGS } from './flags.ts';
import { nameLabel } from './labels.ts';
import { KUBERNETES, KUBERNETES_METRICS } from './metrics.ts';
import { KUBERNETES_OPTIONS } from './options.ts';
import { type PublishedOptions, PublishedPlugin } from './published-plugin.ts';

export interface KubernetesOptions extends Omit<PublishedOptions, 'names'> {
  readonly live: LiveZone;
  /** Where to begin in a list of so many addresses. */
  readonly rotation: RandomIndex;
}

/**
 * The cluster's names, for questions that other plugins look at too. Most of them never come here:
 * the resolver answers them from their prepared bytes.
 */
export class Kubernetes extends PublishedPlugin {
  readonly #live: LiveZone;
  readonly #rotation: RandomIndex;

  constructor({ live, rotation, ...options }: KubernetesOptions) {
    super(KUBERNETES, { ...options, names: live });
    this.#live = live;
    this.#rotation = rotation;
  }

  notReady(): string | undefined {
    const { isSynced, restoredFrom } = this.#live;
    if (isSynced) return undefined;
    if (restoredFrom === undefined) return KUBERNETES;
    return `${KUBERNETES} (answers as of ${new Date(restoredFrom * 1000).toISOString()})`;
  }

  label(label: string, { key, client }: Request): string | undefined {
    const live = this.#live;
    if (label === 'kubernetes/client-namespace') return live.pods?.namespaceOf(client.address);
    return nameLabel(label, key, live.zoneOf(key));
  }

  /** Addresses in turn, where they stand in for a cluster IP. */
  protected override async complete(request: Request, found: Lookup): Promise<Reply> {
    const reply = await super.complete(request, found);
    const isOurs = found.outside === undefined && this.#live.turnsAddresses;
    return isOurs || found.hosts !== undefined ? turned(reply, this.#rotation) : reply;
  }
}

/** Makes the plugin of the names that the directive, read with the settings, is served with. */
export const plugin = {
  directive: KUBERNETES,
  options: KUBERNETES_OPTIONS,
  flags: KUBERNETES_FLAGS,
  metrics: KUBERNETES_METRICS,
  answers: true,
  clusterAnswers: (kubernetes) => kubernetes,
  isNeverCached: true,
  setup: (_lines, { cluster, resolve, clock, random }) =>
    cluster && new Kubernetes({ ...cluster, resolve, clock, rotation: randomIndexFrom(random) }),
} satisfies PluginDeclaration<Kubernetes>;

/** The same reply with its addresses begun at another one, behind the CNAMEs that lead to them. */
function turned(reply: Reply, rotation: RandomIndex): Reply {
  const addresses = reply.answer.filter(({ type }) => isAddressType(type));
  const by = rotation(addresses.length);
  if (by === 0) return reply;
  const others = reply.answer.filter(({ type }) => !isAddressType(type));
  return { ...reply, answer: [...others, ...addresses.slice(by), ...addresses.slice(0, by)] };
}
