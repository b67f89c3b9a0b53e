import { collectDefaultMetrics, type Registry } from 'prom-client';

/**
 * prom-client's gauges whose names end as a counter's must, which `promtool check metrics` refuses.
 * They and the series they sum up walk all sockets at each scrape, and `svcdns_tcp_connections`
 * says as much.
 */
const LEFT_OUT = ['handles', 'requests', 'resources'].flatMap((what) => [
  `nodejs_active_${what}`,
  `nodejs_active_${what}_total`,
]);

/** Adds the metrics of the process and of Node.js: memory, CPU, open files, event loop, GC. */
export function registerProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of LEFT_OUT) registry.removeSingleMetric(name);
}
