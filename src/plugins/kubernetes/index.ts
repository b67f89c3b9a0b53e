import type { LiveZone } from '../../zone/live-zone.ts';
import type { Lookup } from '../../zone/lookup.ts';
import type { Reply, Request } from '../plugin.ts';
import type { RandomIndex } from '../random-index.ts';
import { nameLabel } from './labels.ts';
import { type PublishedOptions, PublishedPlugin } from './published-plugin.ts';
import { turned } from './turned.ts';

const NAME = 'kubernetes';

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
    super(NAME, { ...options, names: live });
    this.#live = live;
    this.#rotation = rotation;
  }

  notReady(): string | undefined {
    const { isSynced, restoredFrom } = this.#live;
    if (isSynced) return undefined;
    if (restoredFrom === undefined) return NAME;
    return `${NAME} (answers as of ${new Date(restoredFrom * 1000).toISOString()})`;
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
