import { gatewayName } from '../../zone/gateway-name.ts';
import { SideNames, type SideNamesOptions } from '../side-names.ts';
import { NAME } from './options.ts';

export type GatewayPluginOptions = Pick<SideNamesOptions, 'names' | 'fallthrough' | 'resolve'>;

/** The host names of Ingresses, Gateways and the like. */
export class K8sGateway extends SideNames {
  constructor(options: GatewayPluginOptions) {
    super({
      ...options,
      plugin: NAME,
      find: (key, zone) => gatewayName(options.names, key, zone),
    });
  }
}
