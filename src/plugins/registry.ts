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
import type { PluginSetup } from './plugin.ts';
import { setup as rewrite } from './rewrite/setup.ts';
import { setup as template } from './template/setup.ts';
import { setup as whoami } from './whoami/setup.ts';

/**
 * The order of the plugins in a chain, first to last, whatever the order of the lines in a
 * Corefile. A plugin feels everything below it and knows nothing of what stands above. It is
 * CoreDNS's own order (plugin.cfg of 1.14), without what is not offered; those that are not links
 * of the chain are not here.
 */
export const ORDER = [
  'metadata', // every plugin may say and read something
  'nsid', // marks every reply, refusals too
  'bufsize', // before anyone looks at the client's size
  'prometheus', // counts everything that happens below
  'errors', // so does this for failures
  'log', // sees the reply as it leaves
  'local', // localhost, before anything is looked up
  'any', // cheap refusal of ANY
  'chaos', // class CH, before anyone takes it for IN
  'loadbalance', // turns what any plugin below answered
  'rewrite', // everything below sees the rewritten question
  'autopath', // asks below once for each search domain
  'acl', // above cache: a blocked client gets no cached answer either
  'cache',
  'header',
  'minimal', // takes away what others add
  'template',
  'hosts', // a person's own entries beat the cluster's
  'k8s_external', // its zones may be within those of the cluster
  'kubernetes',
  'k8s_gateway', // below: the names of the cluster keep their short cut
  'loop', // sees what would be forwarded
  'forward',
  'whoami', // answers everything, so it is last
] as const;

export type ChainedPlugin = (typeof ORDER)[number];

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
