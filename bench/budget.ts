/** How much of the CPU time of a peer, for one query, a server may need. */
export interface Ratio {
  readonly server: string;
  readonly peer: string;
  /** Which load: `1000 udp hit`. */
  readonly load: string;
  /** That of the peer, where it is another one. */
  readonly peerLoad?: string;
  /** CPU of the server divided by CPU of the peer, as measured when it was written down. */
  readonly ratio: number;
}

/** By how much a ratio may be worse than it was. */
export const ALLOWANCE = 0.15;

export interface Judgement {
  /** A line for each ratio. */
  readonly lines: readonly string[];
  /** False when one has fallen back, and when none could be measured. */
  readonly isKept: boolean;
}

/** The CPU time of a server under a load; undefined when it was not measured. */
export type CpuOf = (server: string, load: string) => number | undefined;

/** Compares what was measured with what it was. */
export function judge(budget: readonly Ratio[], cpuOf: CpuOf): Judgement {
  const outcomes = budget.map((row) => {
    const { server, peer, load, peerLoad, ratio } = row;
    const title = `${load}: ${server} / ${peer}${peerLoad === undefined ? '' : `, ${peerLoad}`}`;
    const now = measuredRatio(row, cpuOf);
    if (now === undefined) return { line: `- ${title}: not measured`, worse: undefined };
    const most = ratio * (1 + ALLOWANCE);
    const worse = now > most;
    const figures = `${now.toFixed(2)}, at most ${most.toFixed(2)}`;
    return { line: `- ${title}: ${figures}${worse ? ': FALLEN BACK' : ''}`, worse };
  });
  const isKept = outcomes.some(({ worse }) => worse === false);
  const isWorse = outcomes.some(({ worse }) => worse === true);
  return { lines: outcomes.map(({ line }) => line), isKept: isKept && !isWorse };
}

/** The same rows with today's ratios; what was not measured stays. */
export function renewed(budget: readonly Ratio[], cpuOf: CpuOf): Ratio[] {
  return budget.map((row) => {
    const now = measuredRatio(row, cpuOf);
    return now === undefined ? row : { ...row, ratio: Math.round(now * 100) / 100 };
  });
}

/** What is to be measured of a server for that. */
export function loadsOf(budget: readonly Ratio[], name: string): ReadonlySet<string> {
  const loads = budget.flatMap(({ server, peer, load, peerLoad = load }) => [
    ...(server === name ? [load] : []),
    ...(peer === name ? [peerLoad] : []),
  ]);
  return new Set(loads);
}

function measuredRatio(row: Ratio, cpuOf: CpuOf): number | undefined {
  const { server, peer, load, peerLoad = load } = row;
  const own = cpuOf(server, load);
  const other = cpuOf(peer, peerLoad);
  return own === undefined || other === undefined ? undefined : own / other;
}
