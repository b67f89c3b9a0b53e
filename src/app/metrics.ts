import type { Metrics } from '../observe/metrics.ts';
import { FORWARD_METRICS } from '../plugins/forward/metrics.ts';
import type { Chains } from '../server/blocks/chains.ts';
import { QUARANTINED } from '../sources/source.ts';
import { HOW_TO_RAISE, isTight } from '../support/descriptor-budget.ts';
import { packageVersion } from '../support/process.ts';
import { CLUSTER_GAUGES, sourceLabels } from './cluster-meter.ts';
import type { NameSet } from './name-set.ts';
import type { ServerParts } from './shared.ts';

/** What the metrics show of a set of names. */
export type ReportedNames = Pick<NameSet, 'source' | 'live' | 'summary' | 'held' | 'remembered'>;

const SEVERITIES = ['error', 'warning', 'hint'] as const;

/** The metrics of a source, and where each number is found. */
const NUMBERS = {
  svcdns_names: ({ live }: ReportedNames) => live.size,
  svcdns_names_restored: ({ live }: ReportedNames) => Number(live.restoredFrom !== undefined),
  svcdns_manifest_files: ({ summary }: ReportedNames) => summary?.files ?? 0,
  svcdns_manifest_files_unread: (names: ReportedNames) =>
    countProblems(names, ({ isWholeFile }) => isWholeFile === true),
  svcdns_services_held: ({ held }: ReportedNames) => held.services,
  svcdns_objects_kept: ({ held }: ReportedNames) => held.objects,
  svcdns_history_changes: ({ remembered }: ReportedNames) => remembered.changes,
  svcdns_history_bytes: ({ remembered }: ReportedNames) => remembered.bytes,
  svcdns_files_quarantined: (names: ReportedNames) =>
    countProblems(names, ({ code }) => code === QUARANTINED),
} as const;

/**
 * Shows the sets of names in use, in place of those before: the numbers are read at each scrape.
 * Of sets with the same manifests and the same first zone, as views may have, the largest number
 * counts.
 */
export function reportNames(metrics: Metrics, sets: Iterable<ReportedNames>): void {
  for (const name of Object.keys(NUMBERS) as (keyof typeof NUMBERS)[]) metrics.clear(name);
  for (const name of CLUSTER_GAUGES) metrics.clear(name);
  metrics.clear('svcdns_manifest_problems');
  for (const [label, alike] of byLabel(sets)) {
    const [source, zone] = JSON.parse(label) as [string, string];
    const labels = { source, zone };
    for (const [name, of] of Object.entries(NUMBERS) as Entries<typeof NUMBERS>) {
      metrics.read(name, () => Math.max(...alike.map(of)), labels);
    }
    for (const severity of SEVERITIES) {
      const found = (names: ReportedNames) =>
        countProblems(names, (one) => one.severity === severity);
      metrics.read('svcdns_manifest_problems', () => Math.max(...alike.map(found)), {
        ...labels,
        severity,
      });
    }
  }
}

type Entries<T> = { [K in keyof T]: [K, T[K]] }[keyof T][];

type Found = NonNullable<ReportedNames['summary']>['problems'][number];

function countProblems({ summary }: ReportedNames, counts: (problem: Found) => boolean): number {
  return summary?.problems.filter(counts).length ?? 0;
}

function byLabel(sets: Iterable<ReportedNames>): Map<string, ReportedNames[]> {
  const found = new Map<string, ReportedNames[]>();
  for (const set of sets) {
    const { source, zone } = sourceLabels(set.source);
    const label = JSON.stringify([source, zone]);
    found.set(label, [...(found.get(label) ?? []), set]);
  }
  return found;
}

/**
 * Shows how the files that may be open are shared out, and logs it when there are fewer than all
 * uses want.
 */
export function reportBudget({ budget, outgoing, log, metrics }: ServerParts): void {
  const { limit, tcpConnections, tcpConnectionsPerClient, admin, reserve } = budget;
  const uses = {
    process: limit,
    tcp: tcpConnections,
    tcp_client: tcpConnectionsPerClient,
    forward: budget.outgoing,
    admin,
    reserve,
  };
  for (const [use, files] of Object.entries(uses)) {
    metrics.gauge('svcdns_open_files_limit', { use }).set(files);
  }
  metrics.of(FORWARD_METRICS).read('svcdns_forward_sockets', () => outgoing.taken);
  if (isTight(budget)) log.warn({ ...budget }, TIGHT);
}

const TIGHT =
  'This process may have few files open, so there are fewer connections for clients, forwarding and ' +
  `the admin port. More: ${HOW_TO_RAISE}`;

/** Shows which version runs here. */
export function reportBuild(metrics: Metrics): void {
  const labels = { version: packageVersion(), revision: '', goversion: process.version };
  metrics.gauge('coredns_build_info', labels).set(1);
}

/** Shows which plugins are in use, in place of those before. */
export function reportPlugins(metrics: Metrics, chains: Chains): void {
  metrics.clear('coredns_plugin_enabled');
  for (const labels of chains.enabled) metrics.gauge('coredns_plugin_enabled', labels).set(1);
}
