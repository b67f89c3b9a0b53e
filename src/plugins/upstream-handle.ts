import type { NameKey } from '../dns/name.ts';

/**
 * A server that questions are sent on to: what `loop` needs of one to find out whether it sends
 * them back.
 */
export interface UpstreamHandle {
  /**
   * Equal for the same server of the same line, also in the plugin that takes the place of this one
   * at a reload.
   */
  readonly id: string;
  /** `10.0.0.1:53`, `[fd00::1]:53`. */
  readonly label: string;
  /** Where it was named: `Corefile:5:15`, or `/etc/resolv.conf:2`. */
  readonly origin: string;
  /** The names sent to it are at or below this one. */
  readonly zone: NameKey;
  /**
   * Asks this server alone, over the network, whatever is known of it. `ended` is called once, when
   * there is a reply or will be none, unless the function returned gave up before.
   */
  ask(key: NameKey, type: number, ended: () => void): () => void;
  /** Takes the server out of use, or takes it back. */
  cut(isCut: boolean): void;
}
