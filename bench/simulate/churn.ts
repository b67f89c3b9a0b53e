import { type ClusterSize, poisson, randomOf, SUPPOSED } from './cluster.ts';

/** Slices that change. */
export interface Churn {
  /** A second, on average. */
  readonly mean: number;
  /** In the worst second of the time that was simulated. */
  readonly worst: number;
}

const HOURS = 6;
/** Of a Pod that takes another's place: it is ready, and the other terminates and is gone. */
const UPDATES = 3;
const DAY = 86_400;

/**
 * Hours of a cluster's life, second by second: Pods that end by themselves, rollouts, and nodes
 * that are emptied. What happens to one Service in one second is one change of its slice.
 */
export function churnOf(size: ClusterSize): Churn {
  const seconds = HOURS * 3600;
  const random = randomOf(size.nodes);
  const changed = new Float64Array(seconds + 3600);
  const change = (second: number, slices: number) => {
    changed[second] = (changed[second] ?? 0) + slices;
  };
  const replace = (second: number) => {
    // Ready after some seconds, gone after its grace period.
    change(second, 1);
    change(second + 1 + Math.floor(random() * 10), 1);
    change(second + 30, UPDATES - 2);
  };
  const ends = size.pods / (SUPPOSED.podLifeHours * 3600);
  const rollouts = (size.services * SUPPOSED.rolloutsOfDay) / DAY;
  const drains = size.nodes / (SUPPOSED.nodeLifeDays * DAY);
  for (let second = 0; second < seconds; second++) {
    for (let count = poisson(ends, random); count > 0; count--) replace(second);
    for (let count = poisson(rollouts, random); count > 0; count--) {
      // A quarter of the Pods at a time: of one Service, so one slice each time.
      for (let step = 0; step < 4; step++) replace(second + step * SUPPOSED.rolloutStepSeconds);
    }
    for (let count = poisson(drains, random); count > 0; count--) {
      for (let pod = 0; pod < SUPPOSED.podsOfNode; pod++) {
        replace(second + Math.floor(random() * SUPPOSED.drainSeconds));
      }
    }
  }
  const counted = changed.subarray(0, seconds);
  let sum = 0;
  let worst = 0;
  for (const slices of counted) {
    sum += slices;
    worst = Math.max(worst, slices);
  }
  return { mean: sum / seconds, worst };
}
