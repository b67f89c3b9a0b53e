import { dirname, join, resolve } from 'node:path';
import type { ProblemList } from '../corefile/problems.ts';
import { OFF } from '../plugins/flag.ts';
import type { KubernetesBlock } from '../plugins/kubernetes/directive.ts';
import { type ClusterAccess, podAccess, readConnection } from '../sources/kubeapi/access/access.ts';
import { AccessError } from '../sources/kubeapi/access/connection.ts';
import type { ClusterPlace } from '../sources/source-settings.ts';
import type { Places } from './corefile-text.ts';
import { type Author, type GivenOptions, optionText } from './given-options.ts';

/** The cluster that a `kubernetes` block names itself, in CoreDNS's words. */
export function namedCluster(
  { api, origin }: KubernetesBlock,
  { cwd }: Places,
): ClusterPlace | undefined {
  const { kubeconfig, endpoints, tls } = api;
  const path = (text: string) => (text === '' ? '' : resolve(cwd, dirname(origin.file), text));
  if (kubeconfig !== undefined) {
    const { file, context } = kubeconfig;
    return placeOf({ by: 'kubeconfig', files: [path(file)], context }, api);
  }
  const [server] = endpoints;
  if (server === undefined) return undefined;
  const paths = tls && {
    certificate: path(tls.certificate),
    key: path(tls.key),
    authority: path(tls.authority),
  };
  return placeOf({ by: 'endpoint', server, tls: paths }, api);
}

/** The cluster of the command line, for blocks that name no source. */
export function givenCluster(
  { api }: KubernetesBlock,
  given: GivenOptions,
  { cwd, env }: Places,
): ClusterPlace | undefined {
  const context = given.context?.value;
  const { kubeconfig, kube } = given;
  if (kubeconfig !== undefined && kubeconfig.value !== OFF) {
    return placeOf({ by: 'kubeconfig', files: [resolve(cwd, kubeconfig.value)], context }, api);
  }
  if (kube === undefined || kube.value === OFF) return undefined;
  const named = (env['KUBECONFIG'] ?? '').split(':').filter((file) => file !== '');
  const files = named.length > 0 ? named : [join(env['HOME'] ?? '/', '.kube/config')];
  return placeOf(
    { by: 'kubeconfig', files: files.map((file) => resolve(cwd, file)), context },
    api,
  );
}

/** Whoever names a context means a cluster, and would be served manifests without a word. */
export function reportContext(
  { context, kubeconfig, kube }: GivenOptions,
  author: Author,
  problems: ProblemList,
): void {
  if (context === undefined || context.isVariable) return;
  if ([kubeconfig, kube].some((one) => one !== undefined && one.value !== OFF)) return;
  const message = `Cannot choose a context of no kubeconfig: expected ${optionText('kubeconfig', author)} or ${optionText('kube', author)} too`;
  problems.error('CONFIG_KUBECONFIG', message, context.origin);
}

/** The cluster that this process is a Pod of. */
export function ownCluster(
  { api }: KubernetesBlock,
  { env, files }: Places,
): ClusterPlace | undefined {
  const access = podAccess(env, (path) => files.exists(path));
  return access && placeOf(access, api);
}

function placeOf(access: ClusterAccess, api: KubernetesBlock['api']): ClusterPlace {
  const { qps, burst, maxInFlight, startupTimeoutMs } = api;
  return { access, limits: { qps, burst, maxInFlight }, startupTimeoutMs };
}

/** A kubeconfig that cannot be used at the start is a mistake. */
export function reportAccess(
  all: readonly KubernetesBlock[],
  given: GivenOptions,
  { env, files }: Places,
  problems: ProblemList,
): void {
  for (const { cluster, api, origin } of all) {
    if (cluster?.access.by !== 'kubeconfig') continue;
    try {
      readConnection(cluster.access, { env, readText: (path) => files.read(path, MAX_BYTES) });
    } catch (error) {
      if (!(error instanceof AccessError)) throw error;
      const option = api.kubeconfig === undefined ? (given.kubeconfig ?? given.kube) : undefined;
      problems.error('CONFIG_KUBECONFIG', error.message, option?.origin ?? origin);
    }
  }
}

const MAX_BYTES = 4 * 1024 * 1024;
