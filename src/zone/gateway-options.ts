import type { HostNameRules } from '../controllers/host-rules.ts';

/**
 * What the `k8s_gateway` of a server block serves: host names of Ingresses, Gateways and the like.
 * Plain data.
 */
export interface GatewayOptions extends HostNameRules {
  /** The server's own name, relative to each zone: `dns1.kube-system`. */
  readonly apex: string;
  /** The name of a second server; '' for none. */
  readonly secondary: string;
}
