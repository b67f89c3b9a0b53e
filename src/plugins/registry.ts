import { setup as acl } from './acl/setup.ts';
import { setup as any } from './any/setup.ts';
import { setup as autopath } from './autopath/setup.ts';
import { setup as bufsize } from './bufsize/setup.ts';
import { setup as cache } from './cache/setup.ts';
import { setup as chaos } from './chaos/setup.ts';
import { setup as errors } from './errors/setup.ts';
import { setup as forward } from './forward/setup.ts';
import { setup as header } from './header/setup.ts';
import { setup as hosts } from './hosts/setup.ts';
import { setup as k8sExternal } from './k8s_external/setup.ts';
import { setup as k8sGateway } from './k8s_gateway/setup.ts';
import { setup as loadbalance } from './loadbalance/setup.ts';
import { setup as local } from './local/setup.ts';
import { setup as log } from './log/setup.ts';
import { setup as loop } from './loop/setup.ts';
import { setup as minimal } from './minimal/setup.ts';
import { setup as nsid } from './nsid/setup.ts';
import type { ChainedPlugin } from './order.ts';
import type { PluginSetup } from './plugin.ts';
import { setup as rewrite } from './rewrite/setup.ts';
import { setup as template } from './template/setup.ts';
import { setup as whoami } from './whoami/setup.ts';

/**
 * How each plugin of the chain is made; `kubernetes` is made by the server, which has the names.
 */
export const SETUPS: ReadonlyMap<ChainedPlugin, PluginSetup> = new Map<ChainedPlugin, PluginSetup>([
  ['acl', acl],
  ['any', any],
  ['autopath', autopath],
  ['bufsize', bufsize],
  ['cache', cache],
  ['chaos', chaos],
  ['errors', errors],
  ['forward', forward],
  ['header', header],
  ['hosts', hosts],
  ['k8s_external', k8sExternal],
  ['k8s_gateway', k8sGateway],
  ['loadbalance', loadbalance],
  ['local', local],
  ['log', log],
  ['loop', loop],
  ['minimal', minimal],
  ['nsid', nsid],
  ['rewrite', rewrite],
  ['template', template],
  ['whoami', whoami],
]);
