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
