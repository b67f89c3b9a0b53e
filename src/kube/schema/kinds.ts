import type { Kind } from '../objects.ts';
import { closest } from '../spelling.ts';
import { isMapping, member } from './json-type.ts';
import { quote } from './report.ts';

/** What `apiVersion` and `kind` say a manifest is. */
export type Recognised =
  | { readonly is: 'object'; readonly kind: Kind }
  | { readonly is: 'list'; readonly itemKind: Kind | undefined }
  /** A kind that has no part in DNS, or an unknown one. */
  | { readonly is: 'other'; readonly kind: string }
  /** One of our kinds, written so that a cluster refuses it. */
  | { readonly is: 'mistake'; readonly member: 'apiVersion' | 'kind'; readonly message: string };

/** Our kinds and the apiVersions that have them, the one to recommend first. */
const API_VERSIONS: ReadonlyMap<Kind, readonly string[]> = new Map([
  ['Service', ['v1']],
  ['Endpoints', ['v1']],
  ['EndpointSlice', ['discovery.k8s.io/v1', 'discovery.k8s.io/v1beta1']],
  ['Pod', ['v1']],
  ['Namespace', ['v1']],
  ['Node', ['v1']],
  ['Deployment', ['apps/v1', 'apps/v1beta2', 'apps/v1beta1', 'extensions/v1beta1']],
  ['StatefulSet', ['apps/v1', 'apps/v1beta2', 'apps/v1beta1']],
  ['DaemonSet', ['apps/v1', 'apps/v1beta2', 'extensions/v1beta1']],
  ['ReplicaSet', ['apps/v1', 'apps/v1beta2', 'extensions/v1beta1']],
  ['ConfigMap', ['v1']],
  ['Ingress', ['networking.k8s.io/v1', 'networking.k8s.io/v1beta1', 'extensions/v1beta1']],
]);

/**
 * Kinds of other projects, with every apiVersion that has them; nothing else of theirs is judged.
 */
const FOREIGN_VERSIONS: ReadonlyMap<Kind, readonly string[]> = new Map([
  ['IPAddressPool', ['metallb.io/v1beta1']],
  ['Gateway', gatewayApi('v1', 'v1beta1', 'v1alpha2')],
  ['HTTPRoute', gatewayApi('v1', 'v1beta1', 'v1alpha2')],
  ['TLSRoute', gatewayApi('v1', 'v1alpha3', 'v1alpha2')],
  ['GRPCRoute', gatewayApi('v1', 'v1alpha2')],
  ['DNSEndpoint', ['externaldns.k8s.io/v1alpha1']],
  ['ServiceImport', ['multicluster.x-k8s.io/v1alpha1', 'multicluster.x-k8s.io/v1beta1']],
]);

function gatewayApi(...versions: readonly string[]): readonly string[] {
  return versions.map((version) => `gateway.networking.k8s.io/${version}`);
}

const OUR_KINDS = [...API_VERSIONS.keys()];

/** Variants of a Service that people write as a kind. */
const SERVICE_WORDS: ReadonlyMap<string, string> = new Map([
  ['nodeport', 'spec.type: NodePort'],
  ['loadbalancer', 'spec.type: LoadBalancer'],
  ['clusterip', 'spec.type: ClusterIP'],
  ['externalname', 'spec.type: ExternalName'],
  ['headless', 'spec.clusterIP: None'],
  ['headlessservice', 'spec.clusterIP: None'],
]);

/** What kubectl takes for our kinds on its command line, and no manifest may say. */
const SHORT_NAMES: ReadonlyMap<string, Kind> = new Map([
  ['svc', 'Service'],
  ['ep', 'Endpoints'],
  ['po', 'Pod'],
  ['ns', 'Namespace'],
  ['deploy', 'Deployment'],
  ['sts', 'StatefulSet'],
  ['ds', 'DaemonSet'],
  ['rs', 'ReplicaSet'],
  ['cm', 'ConfigMap'],
  ['ing', 'Ingress'],
]);

/** Kinds whose names, or those of their lists, are close to ours: they are not misspellings. */
const NEIGHBOURS: ReadonlySet<string> = new Set(
  'PodTemplate ServiceAccount ServiceCIDR Secret Job Role Binding'.split(' '),
);

/**
 * Decides what to do with a manifest of this `apiVersion` and `kind`.
 *
 * Kinds of other groups are never judged: `serving.knative.dev/v1` has a Service of its own.
 */
export function recognise(apiVersion: string, kind: string): Recognised {
  if (kind === '') return kindMissing(apiVersion);
  if (!isBuiltIn(apiVersion)) return foreign(apiVersion, kind);
  if (kind === 'List') return { is: 'list', itemKind: undefined };
  const itemKind = kind.endsWith('List') ? ours(kind.slice(0, -4)) : undefined;
  const ourKind = itemKind ?? ours(kind);
  if (ourKind === undefined) return misspelt(apiVersion, kind) ?? { is: 'other', kind };
  const versions = API_VERSIONS.get(ourKind) ?? [];
  if (apiVersion === '') {
    const message = `apiVersion not set: write apiVersion: ${versions[0]}`;
    return { is: 'mistake', member: 'apiVersion', message };
  }
  if (!versions.includes(apiVersion)) {
    const message = `no matches for kind ${quote(kind)} in version ${quote(apiVersion)}: write apiVersion: ${versions[0]}`;
    return { is: 'mistake', member: 'apiVersion', message };
  }
  return itemKind === undefined ? { is: 'object', kind: ourKind } : { is: 'list', itemKind };
}

/** The recommended apiVersion of one of our kinds. */
export function apiVersionOf(kind: Kind): string {
  return (API_VERSIONS.get(kind) ?? FOREIGN_VERSIONS.get(kind))?.[0] ?? 'v1';
}

/** A kind of another project, alone or as the `…List` of it that kubectl writes. */
function foreign(apiVersion: string, kind: string): Recognised {
  for (const [known, versions] of FOREIGN_VERSIONS) {
    if (!versions.includes(apiVersion)) continue;
    if (kind === known) return { is: 'object', kind: known };
    if (kind === `${known}List`) return { is: 'list', itemKind: known };
    if (kind.toLowerCase() === known.toLowerCase()) return notAKind(apiVersion, kind, known);
  }
  return { is: 'other', kind };
}

function ours(kind: string): Kind | undefined {
  return OUR_KINDS.find((known) => known === kind);
}

function kindMissing(apiVersion: string): Recognised {
  const known = [...API_VERSIONS].filter(([, versions]) => versions.includes(apiVersion));
  const example = known[0]?.[0] ?? 'Service';
  const message =
    apiVersion === ''
      ? 'apiVersion and kind not set: write, for example, apiVersion: v1 and kind: Service'
      : `kind not set: write, for example, kind: ${example}`;
  return { is: 'mistake', member: 'kind', message };
}

function misspelt(apiVersion: string, kind: string): Recognised | undefined {
  if (NEIGHBOURS.has(kind.replace(/List$/, ''))) return undefined;
  const service = SERVICE_WORDS.get(kind.toLowerCase());
  const candidates = [...OUR_KINDS, ...OUR_KINDS.map((ourKind) => `${ourKind}List`), 'List'];
  const similar = SHORT_NAMES.get(kind.toLowerCase()) ?? closest(kind, candidates);
  if (service === undefined && similar === undefined) return undefined;
  const meant = service === undefined ? `${similar}` : `Service with ${service}`;
  return notAKind(apiVersion, kind, meant);
}

function notAKind(apiVersion: string, kind: string, meant: string): Recognised {
  const known = `kubectl: no matches for kind ${quote(kind)} in version ${quote(apiVersion)}`;
  const message = `kind ${quote(kind)} is not a kind: write kind: ${meant} (${known})`;
  return { is: 'mistake', member: 'kind', message };
}

/**
 * What a kind without a part in DNS is called: with its group, as kubectl does, when it has the
 * name of one of ours, as Knative's Service: `Service.serving.knative.dev`.
 */
export function passedOverName(apiVersion: string, kind: string): string {
  const slash = apiVersion.indexOf('/');
  const isOtherGroup = slash > 0 && ours(kind) !== undefined && !isBuiltIn(apiVersion);
  return isOtherGroup ? `${kind}.${apiVersion.slice(0, slash)}` : kind;
}

/** Groups of Kubernetes itself: without a dot (`apps`), or under k8s.io. */
function isBuiltIn(apiVersion: string): boolean {
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  return (
    !group.includes('.') ||
    /^(discovery|networking|rbac\.authorization|storage)\.k8s\.io$/.test(group)
  );
}

/**
 * Members of `spec` that only this kind of the apiVersion has; the first kind that fits is meant.
 */
const SPEC_MEMBERS: readonly (readonly [apiVersion: RegExp, Kind, spec: readonly string[]])[] = [
  [/^v1$/, 'Pod', ['containers']],
  [/^v1$/, 'Service', ['ports', 'clusterIP', 'clusterIPs', 'externalName', 'selector']],
  [/^apps\//, 'StatefulSet', ['serviceName', 'volumeClaimTemplates']],
  [/^apps\//, 'Deployment', ['template', 'replicas']],
  [/^networking\.k8s\.io\//, 'Ingress', ['rules', 'ingressClassName', 'defaultBackend']],
];

/**
 * The kind that a manifest without one seems to have, so that its other mistakes can be reported
 * at once. Undefined when no member of its `spec` tells.
 */
export function impliedKind(apiVersion: string, value: unknown): Kind | undefined {
  const spec = member(value, 'spec');
  return SPEC_MEMBERS.find(
    ([version, , keys]) =>
      version.test(apiVersion) && isMapping(spec) && keys.some((key) => Object.hasOwn(spec, key)),
  )?.[1];
}
