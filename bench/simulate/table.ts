import { SUPPOSED } from './cluster.ts';
import type { Costs } from './costs.ts';
import { type Needs, needsOf } from './simulate.ts';

/** Nodes of the clusters in docs/scale.md. */
export const SIZES = [1, 100, 5000];

const ROWS: readonly [string, (needs: Needs) => string][] = [
  ['Pods, Services', ({ pods, services }) => `${count(pods)}, ${count(services)}`],
  [
    'slices changed a second, mean and worst second',
    ({ slicesChanged, slicesChangedWorst }) =>
      `${figure(slicesChanged)}, ${count(slicesChangedWorst)}`,
  ],
  ['what one watch carries, kB/s', ({ watchKilobytes }) => figure(watchKilobytes)],
  ['**one replica:** memory, MB', ({ memory }) => count(memory)],
  ['start, s of CPU', ({ startSeconds }) => figure(startSeconds)],
  [
    'changes, % of a core, mean and worst second',
    ({ changesShare, changesShareWorst }) =>
      `${figure(changesShare)}, ${figure(changesShareWorst)}`,
  ],
  ['**without caches on nodes:** queries a second', ({ queries }) => count(queries)],
  ['replicas', ({ replicas }) => count(replicas)],
  ['queries, % of a core of each', ({ queriesShare }) => figure(queriesShare)],
  [
    'what all watches carry, kB/s',
    ({ replicas, watchKilobytes }) => figure(replicas * watchKilobytes),
  ],
  ['**with caches on nodes:** queries a second', ({ queriesUncached }) => count(queriesUncached)],
  ['replicas', ({ replicasCached }) => count(replicasCached)],
  ['queries, % of a core of each', ({ queriesShareCached }) => figure(queriesShareCached)],
  [
    'what all watches carry, kB/s',
    ({ replicasCached, watchKilobytes }) => figure(replicasCached * watchKilobytes),
  ],
];

/** Of a container of deploy/kubernetes, MB: 512Mi. */
const MEMORY_LIMIT = 512 * 1.048_576;

/** How far one replica goes, in Markdown. */
export function limitsTable(costs: Costs): string {
  const [few, many] = [1000, 2000].map((nodes) => needsOf(nodes, costs)) as [Needs, Needs];
  const reaches = (of: (needs: Needs) => number, limit: number) => {
    const slope = (of(many) - of(few)) / (many.nodes - few.nodes);
    return few.nodes + (limit - of(few)) / slope;
  };
  const memory = (limit: number) => reaches((needs) => needs.memory, limit);
  const rows: readonly [string, number][] = [
    ['512Mi of memory, as `deploy/kubernetes` has it', memory(MEMORY_LIMIT)],
    ['4 GiB of memory', memory(8 * MEMORY_LIMIT)],
    ['half a core for changes', reaches(({ changesShare }) => changesShare, 50)],
    ['a watch of 1 MB/s', reaches(({ watchKilobytes }) => watchKilobytes, 1000)],
  ];
  const lines = rows.map(([name, nodes]) => `| ${name} | ${roughly(nodes)} |`);
  return ['| one replica reaches | at nodes |', '|---|---|', ...lines].join('\n');
}

/** What is supposed, in Markdown. */
export function supposedTable(): string {
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  const rest = 1 - SUPPOSED.ownNamespace - SUPPOSED.otherNamespace;
  const rows: readonly [string, string | number][] = [
    ['Pods of a node', SUPPOSED.podsOfNode],
    ['Pods of a Service; all are endpoints', SUPPOSED.podsOfService],
    ['endpoints of a slice, at most', SUPPOSED.endpointsOfSlice],
    ['mean life of a Pod that ends by itself', `${SUPPOSED.podLifeHours} h`],
    ['rollouts of each Service a day', SUPPOSED.rolloutsOfDay],
    ['each node is emptied once in', `${SUPPOSED.nodeLifeDays} days`],
    ['look-ups of a Pod a second, each A and AAAA', SUPPOSED.lookUpsOfPod],
    ['names that a Pod uses', SUPPOSED.namesOfPod],
    ['look-ups of `web`, in its own namespace', percent(SUPPOSED.ownNamespace)],
    ['look-ups of `web.shop`', percent(SUPPOSED.otherNamespace)],
    ['look-ups of names outside', percent(rest)],
    ['TTL of names, at caches', `${SUPPOSED.ttl} s`],
  ];
  const lines = rows.map(([name, value]) => `| ${name} | ${value} |`);
  return ['| supposed | |', '|---|---|', ...lines].join('\n');
}

/** The needs of clusters of these sizes, a column each, in Markdown. */
export function scaleTable(costs: Costs, sizes: readonly number[]): string {
  const all = sizes.map((nodes) => needsOf(nodes, costs));
  const line = (first: string, cells: readonly string[]) => `| ${[first, ...cells].join(' | ')} |`;
  const heads = sizes.map((nodes) => `${count(nodes)} node${nodes === 1 ? '' : 's'}`);
  return [
    line('', heads),
    line(
      '---',
      heads.map(() => '---'),
    ).replaceAll(' ', ''),
    ...ROWS.map(([name, text]) => line(name, all.map(text))),
  ].join('\n');
}

/** `1,234`. */
function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Two digits that count, and no others. */
function roughly(value: number): string {
  return count(Number(value.toPrecision(2)));
}

/** Two digits that count. */
function figure(value: number): string {
  return value >= 10 ? count(value) : `${Number(value.toPrecision(2))}`;
}
