import type { Metrics } from '../observe/metrics.ts';
import { QUARANTINED } from '../sources/source.ts';
import type { NameSet } from './name-set.ts';

/** What is told of a set of names. */
export type ToldNames = Pick<NameSet, 'source' | 'live' | 'summary' | 'held'>;

const SEVERITIES = ['error', 'warning', 'hint'] as const;

/** The metrics of a source, and where each number is found. */
const NUMBERS = {
  svcdns_names: ({ live }: ToldNames) => live.size,
  svcdns_names_restored: ({ live }: ToldNames) => Number(live.restoredFrom !== undefined),
  svcdns_manifest_files: ({ summary }: ToldNames) => summary?.files ?? 0,
  svcdns_manifest_files_unread: (names: ToldNames) =>
    countProblems(names, ({ isWholeFile }) => isWholeFile === true),
  svcdns_services_held: ({ held }: ToldNames) => held.services,
  svcdns_objects_kept: ({ held }: ToldNames) => held.objects,
  svcdns_files_quarantined: (names: ToldNames) =>
    countProblems(names, ({ code }) => code === QUARANTINED),
} as const;

/**
 * Tells Prometheus of the sets of names in use, in place of those before: the numbers are read at
 * each scrape. Sets that have the same manifests and the same first zone, as views may, are told as
 * the one with the largest number.
 */
export function tellNames(metrics: Metrics, sets: Iterable<ToldNames>): void {
  for (const name of Object.keys(NUMBERS) as (keyof typeof NUMBERS)[]) metrics.clear(name);
  metrics.clear('svcdns_manifest_problems');
  for (const [label, alike] of byLabel(sets)) {
    const [source, zone] = JSON.parse(label) as [string, string];
    const labels = { source, zone };
    for (const [name, of] of Object.entries(NUMBERS) as Entries<typeof NUMBERS>) {
      metrics.read(name, () => Math.max(...alike.map(of)), labels);
    }
    for (const severity of SEVERITIES) {
      const found = (names: ToldNames) => countProblems(names, (one) => one.severity === severity);
      metrics.read('svcdns_manifest_problems', () => Math.max(...alike.map(found)), {
        ...labels,
        severity,
      });
    }
  }
}

type Entries<T> = { [K in keyof T]: [K, T[K]] }[keyof T][];

type Found = NonNullable<ToldNames['summary']>['problems'][number];

function countProblems({ summary }: ToldNames, counts: (problem: Found) => boolean): number {
  return summary?.problems.filter(counts).length ?? 0;
}

function byLabel(sets: Iterable<ToldNames>): Map<string, ToldNames[]> {
  const found = new Map<string, ToldNames[]>();
  for (const set of sets) {
    const { manifests, zone } = set.source;
    const label = JSON.stringify([manifests.join(':'), zone.zones[0] ?? '']);
    found.set(label, [...(found.get(label) ?? []), set]);
  }
  return found;
}
