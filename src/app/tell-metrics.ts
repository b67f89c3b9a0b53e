import type { Metrics } from '../observe/metrics.ts';
import type { Chains } from '../server/chains.ts';
import { packageVersion } from '../support/package-version.ts';

/** Tells Prometheus what runs here. */
export function tellBuild(metrics: Metrics): void {
  const labels = { version: packageVersion(), revision: '', goversion: process.version };
  metrics.gauge('coredns_build_info', labels).set(1);
}

/** Tells Prometheus which plugins are in use, in place of those before. */
export function tellPlugins(metrics: Metrics, chains: Chains): void {
  metrics.clear('coredns_plugin_enabled');
  for (const labels of chains.enabled) metrics.gauge('coredns_plugin_enabled', labels).set(1);
}
