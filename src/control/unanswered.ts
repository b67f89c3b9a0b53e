import { missingBasics } from '../controllers/cluster-basics.ts';
import { namedHosts } from '../controllers/hosts/named-hosts.ts';
import type { KubeObject, NamespaceView, Service } from '../kube/objects.ts';
import { wholeFile } from '../kube/origin.ts';
import { objectText, type Problem } from '../kube/problem.ts';
import type { Registry } from '../registry/registry.ts';
import { shownManifests } from '../sources/folder/render/rendered-source.ts';
import { STDIN } from '../sources/standard-input.ts';
import type { ZoneOptions } from '../zone/options.ts';

/** The codes of what no name leads to. */
export const UNANSWERED: ReadonlySet<string> = new Set([
  'HOSTS_UNANSWERED',
  'EXTERNAL_ADDRESSES_UNANSWERED',
  'CLUSTER_BASICS_MISSING',
]);

/** Names and addresses in a hint. */
const MAX_SHOWN = 3;

/**
 * What the manifests have that no name leads to, with the option that would answer it: a hint for
 * each option. `views` are the namespaces that are exposed.
 */
export function unanswered(
  views: readonly NamespaceView[],
  registry: Registry,
  options: ZoneOptions,
  manifests: readonly string[],
): Problem[] {
  const { external, gateway, clusterBasics, namespaces, namespaceLabels } = options;
  // Whoever picks namespaces knows what the others have.
  const isWhole = namespaces.length === 0 && namespaceLabels.text === '';
  return [
    ...(gateway === undefined ? unansweredHosts(views, registry) : []),
    // A gateway's zone has the names of load balancers too.
    ...(external === undefined && gateway === undefined ? unansweredAddresses(views) : []),
    ...(clusterBasics === undefined && isWhole ? lackingBasics(views, registry, manifests) : []),
  ];
}

/** Where clients outside reach a Service: its external IPs, and its load balancer. */
export function outsideAddresses({ externalIPs, loadBalancerPoints }: Service): string[] {
  if (externalIPs.length + loadBalancerPoints.length === 0) return []; // as most have none
  const points = loadBalancerPoints.map(({ ip, hostname }) => ip || hostname);
  return [...new Set([...externalIPs, ...points].filter((text) => text !== ''))];
}

function unansweredHosts(views: readonly NamespaceView[], registry: Registry): Problem[] {
  const hosts = new Map<string, KubeObject>();
  for (const { name } of views) {
    for (const [host, object] of namedHosts(registry.namespace(name))) {
      if (!hosts.has(host)) hosts.set(host, object);
    }
  }
  const shown = [...hosts].slice(0, MAX_SHOWN);
  const [first] = shown;
  if (first === undefined) return [];
  const [host, { origin }] = first;
  const texts = shown.map(([one, object]) => `${one} (${objectText(object)})`);
  const count = hosts.size === 1 ? 'A host name is' : `${hosts.size} host names are`;
  const zone = host.split('.').slice(-2).join('.');
  const message = `${count} not among the names answered: ${someOf(texts, hosts.size)}: --gateway ZONE answers those in a zone, as in --gateway ${zone}`;
  return [{ severity: 'hint', code: 'HOSTS_UNANSWERED', message, origin }];
}

function unansweredAddresses(views: readonly NamespaceView[]): Problem[] {
  const services = views
    .flatMap((view) => view.services)
    .filter((service) => outsideAddresses(service).length > 0);
  const [first] = services;
  if (first === undefined) return [];
  const texts = services
    .slice(0, MAX_SHOWN)
    .map((service) => `${outsideAddresses(service).join(', ')} (${objectText(service)})`);
  const count =
    services.length === 1
      ? 'A Service has an external address'
      : `${services.length} Services have external addresses`;
  const message = `${count} that no name has: ${someOf(texts, services.length)}: --external ZONE answers ${first.name}.${first.namespace}.ZONE with it`;
  const { origin } = first;
  return [{ severity: 'hint', code: 'EXTERNAL_ADDRESSES_UNANSWERED', message, origin }];
}

function lackingBasics(
  views: readonly NamespaceView[],
  registry: Registry,
  [first]: readonly string[],
): Problem[] {
  if (first === undefined || views.every(({ services }) => services.length === 0)) return [];
  const missing = missingBasics(registry);
  if (missing.length === 0) return [];
  const services = missing.length === 1 ? 'a Service' : 'Services';
  const message = `No manifest has ${services} that every cluster has: ${missing.join(', ')}: --cluster-basics adds what is missing`;
  const place = first === STDIN ? 'stdin' : shownManifests(first, process.cwd());
  return [{ severity: 'hint', code: 'CLUSTER_BASICS_MISSING', message, origin: wholeFile(place) }];
}

function someOf(texts: readonly string[], count: number): string {
  const more = count - texts.length;
  return texts.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
