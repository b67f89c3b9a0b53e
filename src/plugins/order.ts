import { directivesNamed, type Line, type ServerBlock } from '../corefile/parse.ts';
import type { MetricTable } from '../observe/metric-spec.ts';
import { plugin as acl } from './acl/setup.ts';
import { plugin as any } from './any/index.ts';
import { plugin as autopath } from './autopath/setup.ts';
import { plugin as bind } from './bind.ts';
import { plugin as bufsize } from './bufsize/index.ts';
import { plugin as cache } from './cache/setup.ts';
import { plugin as chaos } from './chaos/setup.ts';
import { plugin as cookies } from './cookies/setup.ts';
import { plugin as debug } from './debug/setup.ts';
import type { PluginDeclaration, RefusedDirective } from './declaration.ts';
import { plugin as errors } from './errors/setup.ts';
import { plugin as explain } from './explain/index.ts';
import { plugin as forward } from './forward/setup.ts';
import { plugin as header } from './header/setup.ts';
import { plugin as health } from './health/setup.ts';
import { plugin as hosts } from './hosts/setup.ts';
import { plugin as k8sExternal } from './k8s_external/index.ts';
import { plugin as k8sGateway } from './k8s_gateway/setup.ts';
import { plugin as kubernetes } from './kubernetes/index.ts';
import { plugin as loadbalance } from './loadbalance/setup.ts';
import { plugin as local } from './local/setup.ts';
import { plugin as log } from './log/setup.ts';
import { plugin as loop } from './loop/index.ts';
import { plugin as metadata } from './metadata/index.ts';
import { plugin as minimal } from './minimal/index.ts';
import { plugin as multisocket } from './multisocket/setup.ts';
import { plugin as nsid } from './nsid/index.ts';
import { plugin as prometheus } from './prometheus/setup.ts';
import { plugin as ratelimit } from './ratelimit/setup.ts';
import { plugin as ready } from './ready/setup.ts';
import { plugin as reload } from './reload/setup.ts';
import { plugin as rewrite } from './rewrite/setup.ts';
import { plugin as root } from './root/setup.ts';
import { plugin as specialNames } from './special-names/setup.ts';
import { plugin as template } from './template/setup.ts';
import { plugin as timeouts } from './timeouts/setup.ts';
import { plugin as view } from './view/index.ts';
import { plugin as whoami } from './whoami/index.ts';

const refused = (directive: string, reason: string) => ({ directive, refused: reason });

const CLOUD_ZONES = 'it needs an account with a cloud provider: names come from manifests here';
const ZONE_FILES = 'zones in files are not served: names come from manifests here';
const ENCRYPTED = 'only DNS over UDP and TCP is served';
const SIGNING = 'answers are not signed';

/**
 * Every directive of CoreDNS 1.14 in the order of its plugin.cfg, `k8s_gateway`, and our own at the
 * end. It is the order of the plugins in a chain, first to last, whatever the order of the lines in
 * a Corefile: a plugin feels everything below it and knows nothing of what stands above.
 */
const ORDER: readonly (PluginDeclaration | RefusedDirective)[] = [
  root,
  metadata, // every plugin may add to it and read it
  refused('geoip', 'it needs a GeoIP database, and nothing here uses where a client is'),
  refused('cancel', 'every answer has its own time limit: delete the line'),
  refused('proxyproto', 'the PROXY protocol is not read: let clients connect directly'),
  refused('quic', ENCRYPTED),
  refused('grpc_server', ENCRYPTED),
  refused('https', ENCRYPTED),
  refused('https3', ENCRYPTED),
  timeouts,
  multisocket,
  reload,
  nsid, // marks every reply, refusals too
  bufsize, // before anyone looks at the client's size
  bind,
  debug,
  refused('trace', 'no traces are sent: the metrics at /metrics time the queries'),
  ready,
  health,
  refused('pprof', "it profiles Go programs: use Node's own --cpu-prof"),
  refused('shed', 'overload is always shed by dropping queries: delete the line'),
  prometheus, // counts everything that happens below
  errors, // so does this for failures
  log, // sees the reply as it leaves
  refused('dnstap', 'no dnstap stream is written'),
  local, // localhost, before anything is looked up
  refused('dns64', 'no addresses are made up for IPv6-only clients'),
  any, // cheap refusal of ANY
  chaos, // class CH, before anyone takes it for IN
  loadbalance, // turns what any plugin below answered
  refused('tsig', 'messages are neither signed nor verified'),
  rewrite, // everything below sees the rewritten question
  autopath, // asks below once for each search domain
  acl, // above cache: a blocked client gets no cached answer either
  explain, // says why in what is kept nowhere: it is about this moment
  cache,
  header,
  refused('dnssec', SIGNING),
  refused('tls', ENCRYPTED),
  minimal, // takes away what others add
  template,
  refused('transfer', 'zone transfers are not served'),
  hosts, // a person's own entries beat the cluster's
  refused('route53', CLOUD_ZONES),
  refused('azure', CLOUD_ZONES),
  refused('clouddns', CLOUD_ZONES),
  k8sExternal, // its zones may be within those of the cluster
  kubernetes,
  k8sGateway, // a project of its own; below, so that names of the cluster keep their short cut
  refused('file', ZONE_FILES),
  refused('auto', ZONE_FILES),
  refused('secondary', 'zones are not fetched from other servers'),
  refused('etcd', 'names come from manifests, not from an etcd database'),
  loop, // sees what would be forwarded
  specialNames, // before anything goes out to the Internet's servers
  forward,
  refused('grpc', 'queries are not forwarded over gRPC'),
  refused('erratic', 'it is a test server that fails on purpose'),
  whoami, // answers everything, so it is last
  refused('on', 'no commands are run at start or stop'),
  refused('sign', SIGNING),
  view,
  refused('nomad', 'names come from manifests, not from Nomad'),
  cookies,
  ratelimit,
];

/** The directives that a Corefile may have, and those of CoreDNS that are refused, by name. */
export const DIRECTIVES: ReadonlyMap<string, PluginDeclaration | RefusedDirective> = new Map(
  ORDER.filter((one) => !('isImplied' in one)).map((one) => [one.directive, one]),
);

/** All that are offered, in the order of the chain. */
export const PLUGINS: readonly PluginDeclaration[] = ORDER.filter((one) => !('refused' in one));

/** The options of the command line that plugins declare, in the order of the help. */
export const FLAGS = {
  ...forward.flags,
  ...kubernetes.flags,
  ...k8sExternal.flags,
  ...k8sGateway.flags,
  ...hosts.flags,
  ...log.flags,
  ...multisocket.flags,
};

/** The metrics that plugins declare. */
export const PLUGIN_METRICS: readonly MetricTable[] = PLUGINS.flatMap(({ metrics }) =>
  metrics === undefined ? [] : [metrics],
);

/** The names of all plugins whose declaration has this field. */
export function pluginsWith(fact: keyof PluginDeclaration): ReadonlySet<string> {
  const declaring = PLUGINS.filter((plugin) => plugin[fact] !== undefined);
  return new Set(declaring.map(({ directive }) => directive));
}

/** The plugins that have a line in a server block, and those that need none. */
export function pluginsIn({ directives }: ServerBlock): PluginDeclaration[] {
  const named = new Set(directives.map(({ name }) => name));
  return PLUGINS.filter(({ directive, isImplied }) => isImplied || named.has(directive));
}

/**
 * The directives of a block that decide which answers reach a plugin from below, as one text. Two
 * blocks with the same text answer alike, so what one has cached is valid for the other. Comments,
 * the places of lines and the order of different directives are left out.
 */
export function directivesBelow(block: ServerBlock, plugin: PluginDeclaration): string {
  const below = PLUGINS.slice(PLUGINS.indexOf(plugin) + 1).filter(
    ({ setup, isNeverCached }) => setup !== undefined && isNeverCached === undefined,
  );
  return JSON.stringify(
    below.flatMap(({ directive }) => directivesNamed(block, directive).map(wordsOf)),
  );
}

type Words = readonly (string | Words)[];

function wordsOf({ name, args, block = [] }: Line): Words {
  return [name, ...args.map(({ text }) => text), block.map(wordsOf)];
}
