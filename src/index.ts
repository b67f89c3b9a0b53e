/**
 * svcdns as a library: Kubernetes Service DNS inside a test or a tool.
 *
 * ```ts
 * import { startServer } from 'svcdns';
 *
 * const server = await startServer({ manifests: 'k8s' });
 * const { address, port } = server.address;
 * // ask address:port for web.shop.svc.cluster.local
 * await server.close();
 * ```
 *
 * @module
 */

import { type Server, type ServerOptions, serverFrom } from './app/library.ts';
import { startApp } from './app.ts';

export { type Server, type ServerOptions, SettingsError } from './app/library.ts';
export { ChainError } from './app/problems.ts';
export type { LoadSummary, NamespaceSummary } from './control/summary.ts';
export type { SocketAddress as BoundAddress } from './dns/query.ts';
export type { Origin } from './kube/objects.ts';
export type { Problem, Severity } from './kube/problem.ts';
export { ListenError } from './server/listen/listen-error.ts';
export type { PodMode } from './zone/options.ts';

/**
 * Starts a server. Resolves when it listens and has read the manifests, so that the first question
 * already gets its answer.
 *
 * @throws {SettingsError} when an option or the Corefile is wrong, or the manifests are not there.
 * @throws {ChainError} when a plugin cannot be made as the Corefile asks.
 * @throws {ListenError} when an address cannot be listened on; its message says who holds it.
 */
export function startServer(options: ServerOptions = {}): Promise<Server> {
  return serverFrom(options, startApp);
}
