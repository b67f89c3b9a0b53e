import { slice } from '../dump.ts';
import { churnOf } from './churn.ts';
import { clusterOf, SUPPOSED } from './cluster.ts';
import { type Costs, costModel } from './costs.ts';
import { queriesOf } from './queries.ts';

/** What a cluster of so many nodes needs. */
export interface Needs {
  readonly nodes: number;
  readonly pods: number;
  readonly services: number;
  readonly slicesChanged: number;
  readonly slicesChangedWorst: number;
  /** What one watch carries, kB/s. */
  readonly watchKilobytes: number;
  /** Of one replica: MB, CPU seconds of its start, % of a core on average and at worst. */
  readonly memory: number;
  readonly startSeconds: number;
  readonly changesShare: number;
  readonly changesShareWorst: number;
  readonly queries: number;
  /** Replicas at half a core each, two at least; % of a core for the queries of one. */
  readonly replicas: number;
  readonly queriesShare: number;
  /** With a cache on each node. */
  readonly queriesUncached: number;
  readonly replicasCached: number;
  readonly queriesShareCached: number;
}

/** A replica is given half of the core that answers, so that it outlives the loss of another. */
const SHARE_OF_CORE = 0.5;
const LEAST_REPLICAS = 2;

export function needsOf(nodes: number, costs: Costs): Needs {
  const size = clusterOf(nodes);
  const model = costModel(costs);
  const churn = churnOf(size);
  const { asked, uncached } = queriesOf(size);
  const change = model.change(size.endpointsOfSlice);
  const replicasFor = (queries: number) =>
    Math.max(LEAST_REPLICAS, Math.ceil((queries * model.query) / SHARE_OF_CORE));
  const share = (queries: number) => ((queries * model.query) / replicasFor(queries)) * 100;
  const left = asked * uncached;
  return {
    nodes,
    pods: size.pods,
    services: size.services,
    slicesChanged: churn.mean,
    slicesChangedWorst: churn.worst,
    watchKilobytes: (churn.mean * eventBytes(size.endpointsOfSlice)) / 1000,
    memory: model.memory(size.services, size.endpoints),
    startSeconds: model.start(size.services + size.endpoints),
    changesShare: churn.mean * change * 100,
    changesShareWorst: churn.worst * change * 100,
    queries: asked,
    replicas: replicasFor(asked),
    queriesShare: share(asked),
    queriesUncached: left,
    replicasCached: replicasFor(left),
    queriesShareCached: share(left),
  };
}

/** A slice in a watch, as JSON: its manifest is about as long. */
function eventBytes(endpoints: number): number {
  return slice(0, endpoints).join('\n').length + SUPPOSED.unusedBytes;
}
