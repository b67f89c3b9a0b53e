import { placesOf } from '../../config/name-sources.ts';
import type { NamespaceSummary } from '../../control/summary.ts';
import { originText } from '../../kube/origin.ts';
import type { Problem, Severity } from '../../kube/problem.ts';
import type { Metrics, SeriesNow } from '../../observe/metrics.ts';
import { CACHE_METRICS } from '../../plugins/cache/metrics.ts';
import { FORWARD_METRICS } from '../../plugins/forward/metrics.ts';
import { packageVersion } from '../../support/process.ts';
import type { Configuration } from '../configuration.ts';

/** What `/api/status` says of the server. Plain data. */
export interface Status {
  readonly version: string;
  /** Another text when the objects have changed. */
  readonly revision: string;
  /** Why it is not ready; empty when it is. */
  readonly notReady: readonly string[];
  readonly zones: readonly string[];
  /** Folders, files, or the cluster. */
  readonly manifests: readonly string[];
  readonly files: number;
  readonly names: number;
  readonly namespaces: readonly NamespaceSummary[];
  /** Errors first; some of them. */
  readonly problems: readonly ShownProblem[];
  readonly moreProblems: number;
  readonly upstreams: readonly UpstreamStatus[];
  readonly caches: readonly CacheStatus[];
}

interface ShownProblem {
  readonly severity: Severity;
  /** `shop.yaml:8:11` */
  readonly place: string;
  readonly message: string;
  readonly code: string;
}

interface UpstreamStatus {
  readonly to: string;
  readonly isUp: boolean;
  readonly queries: number;
  readonly servfail: number;
  /** Mean time to a reply; null before the first. */
  readonly ms: number | null;
  readonly failedChecks: number;
}

interface CacheStatus {
  readonly zones: string;
  readonly server: string;
  readonly entries: number;
  readonly hits: number;
  readonly misses: number;
}

const MAX_PROBLEMS = 200;

export function statusOf(
  { names, chains, problems: ofPlugins }: Configuration,
  metrics: Metrics,
): Status {
  const sets = [...names.sets.values()];
  const summaries = sets.flatMap(({ summary }) => summary ?? []);
  const problems = [...ofPlugins, ...summaries.flatMap((summary) => summary.problems)];
  const sorted = SEVERITIES.flatMap((one) => problems.filter(({ severity }) => severity === one));
  return {
    version: packageVersion(),
    revision: sets.map(({ revision }) => revision).join('-'),
    notReady: chains.notReady(),
    zones: [...new Set(sets.flatMap(({ source }) => source.zone.zones))],
    manifests: [...new Set(sets.flatMap(({ source }) => placesOf(source)))],
    files: sum(summaries.map(({ files }) => files)),
    names: sum(sets.map(({ live }) => live.size)),
    namespaces: summaries.flatMap(({ namespaces }) => namespaces).slice(0, MAX_NAMESPACES),
    problems: sorted.slice(0, MAX_PROBLEMS).map(shown),
    moreProblems: Math.max(sorted.length - MAX_PROBLEMS, 0),
    upstreams: upstreamsIn(metrics),
    caches: cachesIn(metrics),
  };
}

const SEVERITIES: readonly Severity[] = ['error', 'warning', 'hint'];
const MAX_NAMESPACES = 2000;

function shown({ severity, origin, message, code }: Problem): ShownProblem {
  return { severity, place: originText(origin), message, code };
}

function upstreamsIn(all: Metrics): UpstreamStatus[] {
  const metrics = all.of(FORWARD_METRICS);
  const up = metrics.now('svcdns_forward_upstream_up');
  const asked = metrics.now('coredns_proxy_request_duration_seconds');
  const failed = metrics.now('coredns_proxy_healthcheck_failures_total');
  return up.map(({ labels, value }) => {
    const of = (all: readonly SeriesNow[]) =>
      all.filter((series) => series.labels['to'] === labels['to']);
    const replies = of(asked);
    const queries = sum(replies.map((series) => series.value));
    const seconds = sum(replies.map((series) => series.sum));
    return {
      to: labels['to'] ?? '',
      isUp: value > 0,
      queries,
      servfail: sum(
        replies.flatMap((one) => (one.labels['rcode'] === 'SERVFAIL' ? one.value : [])),
      ),
      ms: queries === 0 ? null : Math.round((seconds / queries) * 1e6) / 1000,
      failedChecks: sum(of(failed).map((series) => series.value)),
    };
  });
}

function cachesIn(all: Metrics): CacheStatus[] {
  const metrics = all.of(CACHE_METRICS);
  const hits = metrics.now('coredns_cache_hits_total');
  const misses = metrics.now('coredns_cache_misses_total');
  const entries = metrics.now('coredns_cache_entries');
  const keyOf = ({ labels }: SeriesNow) =>
    JSON.stringify([labels['server'], labels['zones'], labels['view']]);
  const keys = new Set([...hits, ...misses, ...entries].map(keyOf));
  return [...keys].map((key) => {
    const of = (all: readonly SeriesNow[]) =>
      sum(all.flatMap((series) => (keyOf(series) === key ? series.value : [])));
    const [server = '', zones = ''] = JSON.parse(key) as string[];
    return { server, zones, entries: of(entries), hits: of(hits), misses: of(misses) };
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
