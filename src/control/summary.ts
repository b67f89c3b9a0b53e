import { isHeadless } from '../kube/headless.ts';
import type { EndpointSlice, NamespaceView } from '../kube/objects.ts';
import { type Problem, problemText } from '../kube/problem.ts';
import type { LabelSelector } from '../kube/selector.ts';
import { pieceByPiece } from '../support/collections.ts';
import type { Pieces } from '../support/pieces.ts';
import { outsideAddresses, UNANSWERED } from './unanswered.ts';

/** What a namespace gives names to. */
export interface NamespaceSummary {
  readonly name: string;
  readonly clusterIP: number;
  readonly headless: number;
  readonly externalName: number;
  /** Ready endpoint addresses. */
  readonly endpoints: number;
  readonly pods: number;
  /** Services with an address for clients outside. */
  readonly external: number;
  /** Host names that Ingresses, Gateways and others give. */
  readonly hosts: number;
}

/** What is loaded, for the start-up table, `check` and the log. Plain data. */
export interface LoadSummary {
  readonly files: number;
  readonly namespaces: readonly NamespaceSummary[];
  /** Names published, over all zones, empty non-terminals included. */
  readonly names: number;
  /** Kinds that have no part in DNS, and how many objects there were of each. */
  readonly passedOver: readonly (readonly [kind: string, count: number])[];
  readonly refusedDocuments: number;
  readonly problems: readonly Problem[];
  /** `name.namespace` of a Service with an address: for a `dig` line to paste. */
  readonly example?: string;
  /** Some of the cluster IPs that are answered. */
  readonly clusterIPs?: readonly string[];
}

/** A summary before the names are counted, which is done where they are published. */
export type ControlSummary = Omit<LoadSummary, 'names'>;

export function* namespaceSummary(
  { name, services, slices, pods }: NamespaceView,
  hosts: number,
): Pieces<NamespaceSummary> {
  const aliases = services.filter(({ type }) => type === 'ExternalName').length;
  const headless = services.filter(isHeadless).length;
  yield;
  let external = 0;
  for (const some of pieceByPiece(services)) {
    external += some.filter((service) => outsideAddresses(service).length > 0).length;
    yield;
  }
  let endpoints = 0;
  for (const some of pieceByPiece([...slices.values()])) {
    for (const own of some) endpoints += readyAddresses(own);
    yield;
  }
  return {
    name,
    clusterIP: services.length - aliases - headless,
    headless,
    externalName: aliases,
    endpoints,
    pods: pods.length,
    external,
    hosts,
  };
}

/** How many addresses the ready endpoints have. */
export function readyAddresses(slices: readonly EndpointSlice[]): number {
  let total = 0;
  for (const { endpoints } of slices) {
    for (const { ready, addresses } of endpoints) if (ready) total += addresses.length;
  }
  return total;
}

/** A Service for a first `dig`: one with an address, rather not one of the cluster's own. */
export function exampleOf(
  views: readonly NamespaceView[],
  labels: LabelSelector,
): string | undefined {
  const own = new Set(['kubernetes', 'kube-dns']);
  const services = views
    .flatMap((view) => view.services)
    .filter((service) => labels.matches(service.labels))
    .filter((service) => service.clusterIPs.some((address) => address.includes('.')));
  const service = services.find(({ name }) => !own.has(name)) ?? services[0];
  return service === undefined ? undefined : `${service.name}.${service.namespace}`;
}

/** Cluster IPs that are looked at to see whether they lead anywhere. */
const MAX_CLUSTER_IPS = 100;

/** Some of the cluster IPs of Services, in canonical form. */
export function someClusterIPs(views: readonly NamespaceView[], labels: LabelSelector): string[] {
  const found: string[] = [];
  for (const service of views.flatMap((view) => view.services)) {
    if (found.length >= MAX_CLUSTER_IPS) break;
    if (!labels.matches(service.labels)) continue;
    if (!isHeadless(service)) found.push(...service.clusterIPs);
  }
  return found;
}

/** What the manifests of one source came to. */
export interface SourceSummary {
  readonly manifests: readonly string[];
  readonly summary: LoadSummary;
}

/**
 * Several sources summed up as one. Manifests that more than one of them reads, for other zones or
 * with other options, count once; names count as often as they are published.
 */
export function mergeSummaries(sources: readonly SourceSummary[]): LoadSummary {
  const [only] = sources;
  if (only !== undefined && sources.length === 1) return only.summary;
  const byManifests = new Map<string, LoadSummary>();
  for (const { manifests, summary } of sources) {
    const key = JSON.stringify(manifests);
    const known = byManifests.get(key);
    byManifests.set(key, known === undefined ? summary : sameManifests(known, summary));
  }
  return [...byManifests.values()].reduce(otherManifests, NOTHING);
}

const NOTHING: LoadSummary = {
  files: 0,
  namespaces: [],
  names: 0,
  passedOver: [],
  refusedDocuments: 0,
  problems: [],
};

/** The same objects, of which each may expose other namespaces. */
function sameManifests(a: LoadSummary, b: LoadSummary): LoadSummary {
  const namespaces = new Map(
    [...a.namespaces, ...b.namespaces].map((namespace) => [namespace.name, namespace]),
  );
  return {
    ...a,
    ...firstExample(a, b),
    names: a.names + b.names,
    namespaces: inOrder(namespaces),
    // What one of them answers is answered.
    problems: withoutRepeats(a, b).filter(
      ({ code }) => !UNANSWERED.has(code) || [a, b].every((one) => hasProblem(one, code)),
    ),
  };
}

function hasProblem({ problems }: LoadSummary, code: string): boolean {
  return problems.some((problem) => problem.code === code);
}

function otherManifests(a: LoadSummary, b: LoadSummary): LoadSummary {
  const namespaces = new Map<string, NamespaceSummary>();
  for (const namespace of [...a.namespaces, ...b.namespaces]) {
    const known = namespaces.get(namespace.name);
    namespaces.set(namespace.name, known === undefined ? namespace : sum(known, namespace));
  }
  const passedOver = new Map<string, number>();
  for (const [kind, count] of [...a.passedOver, ...b.passedOver]) {
    passedOver.set(kind, (passedOver.get(kind) ?? 0) + count);
  }
  return {
    ...firstExample(a, b),
    files: a.files + b.files,
    names: a.names + b.names,
    namespaces: inOrder(namespaces),
    passedOver: [...passedOver].sort(([one], [other]) => (one < other ? -1 : 1)),
    refusedDocuments: a.refusedDocuments + b.refusedDocuments,
    problems: withoutRepeats(a, b),
  };
}

function sum(a: NamespaceSummary, b: NamespaceSummary): NamespaceSummary {
  return {
    name: a.name,
    clusterIP: a.clusterIP + b.clusterIP,
    headless: a.headless + b.headless,
    externalName: a.externalName + b.externalName,
    endpoints: a.endpoints + b.endpoints,
    pods: a.pods + b.pods,
    external: a.external + b.external,
    hosts: a.hosts + b.hosts,
  };
}

function inOrder(namespaces: ReadonlyMap<string, NamespaceSummary>): NamespaceSummary[] {
  return [...namespaces.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A file that two sources read has its problems in both. */
function withoutRepeats(a: LoadSummary, b: LoadSummary): LoadSummary['problems'] {
  const all = [...a.problems, ...b.problems];
  return [...new Map(all.map((problem) => [problemText(problem), problem])).values()];
}

function firstExample(a: LoadSummary, b: LoadSummary): Pick<LoadSummary, 'example'> {
  const example = a.example ?? b.example;
  return example === undefined ? {} : { example };
}
