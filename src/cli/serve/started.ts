import type { NameSource } from '../../config/name-sources.ts';
import type { Settings } from '../../config/settings.ts';
import type { LoadSummary } from '../../control/summary.ts';
import { reachableAddress } from '../../dns/address.ts';
import type { NetworkSet } from '../../dns/network.ts';
import type { SocketAddress } from '../../dns/query.ts';
import type { Origin } from '../../kube/objects.ts';

/** What is running, for the start-up text. */
export interface Started {
  readonly version: string;
  readonly settings: Settings;
  /** The sources of names, and what they came to. */
  readonly loaded: readonly Loaded[];
  readonly addresses: readonly SocketAddress[];
  /** What carries queries over UDP, and why it is not the native transport. */
  readonly transport: {
    readonly name: string;
    readonly missing?: string;
    /** Threads that answer. */
    readonly threads: number;
  };
  readonly admin: SocketAddress | undefined;
  /** Lines of the Corefile that send nothing on, as all of their servers are this one. */
  readonly leadingBack: readonly Origin[];
  /** Where packets of this machine go by more than a default route; undefined to say nothing. */
  readonly networks: NetworkSet | undefined;
  /** Folder that paths are shown relative to. */
  readonly cwd: string;
  /** The text goes to a terminal, which shows colours. */
  readonly hasColours?: boolean;
}

/** A source of names, and what it came to. */
export interface Loaded {
  readonly source: NameSource;
  readonly summary: LoadSummary;
}

/** Where a client of this machine reaches a listener, which may be at all addresses. */
export function reachable({ address, port }: SocketAddress): SocketAddress {
  return { address: reachableAddress(address), port };
}
