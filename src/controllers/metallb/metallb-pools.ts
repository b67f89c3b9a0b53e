import { ipFamily } from '../../dns/address.ts';
import { addressNumber } from '../../kube/address-range.ts';
import type { AddressRange, ConfigMap, IPAddressPool } from '../../kube/objects.ts';
import { objectProblem, objectText, type Problem } from '../../kube/problem.ts';
import type { Registry } from '../../registry/registry.ts';
import { LoadBalancerPool } from './load-balancer-pool.ts';
import { metallbConfig } from './metallb-config.ts';

/** What a namespace has for MetalLB. */
interface Written {
  readonly pools: readonly IPAddressPool[];
  readonly maps: readonly ConfigMap[];
}

/** MetalLB's pools in the folder, in the order in which they are tried. */
export class MetallbPools {
  readonly #written = new Map<string, Written>();
  #pools: readonly LoadBalancerPool[] = [];
  #problems: readonly Problem[] = [];

  /** Takes the new state of the namespaces that changed. Returns whether the pools changed. */
  update(registry: Registry, namespaces: Iterable<string>): boolean {
    let changed = false;
    for (const name of namespaces) {
      const objects = registry.namespace(name);
      const pools = [...(objects?.of('IPAddressPool').values() ?? [])];
      const maps = [...(objects?.of('ConfigMap').values() ?? [])];
      const before = this.#written.get(name) ?? NOTHING;
      if (isSame(before.pools, pools) && isSame(before.maps, maps)) continue;
      changed = true;
      if (pools.length + maps.length > 0) this.#written.set(name, { pools, maps });
      else this.#written.delete(name);
    }
    if (changed) this.#read();
    return changed;
  }

  /** Those for some Services only come first, by their priority; then all others; by name. */
  get all(): readonly LoadBalancerPool[] {
    return this.#pools;
  }

  problems(): readonly Problem[] {
    return this.#problems;
  }

  #read(): void {
    const written = [...this.#written.values()];
    const own = written.flatMap(({ pools }) => pools);
    const maps = written.flatMap((all) => all.maps);
    const configs = own.length > 0 ? [] : maps.map(metallbConfig);
    const all = [...own, ...configs.flatMap(({ pools }) => pools)].sort(byTurn);
    const byName = new Map(all.toReversed().map((pool) => [pool.name, pool]));
    const pools = all.filter((pool) => byName.get(pool.name) === pool);
    this.#pools = pools.map((pool) => new LoadBalancerPool(pool));
    this.#problems = [
      ...(own.length > 0 ? maps.map(ignoredProblem) : []),
      ...configs.flatMap(({ problems }) => problems),
      ...all.filter((pool) => byName.get(pool.name) !== pool).map(duplicateProblem),
      ...overlapProblems(pools),
    ];
  }
}

const NOTHING: Written = { pools: [], maps: [] };

function isSame<T>(one: readonly T[], other: readonly T[]): boolean {
  const known = new Set(other);
  return one.length === other.length && one.every((item) => known.has(item));
}

function byTurn(a: IPAddressPool, b: IPAddressPool): number {
  const turns = turnOf(a) - turnOf(b);
  if (turns !== 0) return turns;
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.namespace < b.namespace ? -1 : 1;
}

/** "When no priority (0) set on the pool, then that is considered as lowest priority" (MetalLB). */
function turnOf({ allocation }: IPAddressPool): number {
  if (allocation === undefined) return Number.MAX_SAFE_INTEGER;
  return allocation.priority > 0 ? allocation.priority : Number.MAX_SAFE_INTEGER - 1;
}

function ignoredProblem(map: ConfigMap): Problem {
  return {
    severity: 'hint',
    code: 'METALLB_CONFIG_IGNORED',
    message: `ConfigMap "${map.name}" is ignored, as there are IPAddressPools: MetalLB reads no ConfigMap since 0.13`,
    origin: map.origin,
    object: objectText(map),
  };
}

function duplicateProblem(pool: IPAddressPool): Problem {
  return poolProblem(pool, `duplicate definition of pool ${JSON.stringify(pool.name)}`);
}

/**
 * MetalLB refuses all pools when two of them overlap; here both are used, and no address is given
 * twice.
 */
function overlapProblems(pools: readonly IPAddressPool[]): Problem[] {
  const ranges = pools
    .flatMap((pool) => pool.ranges.map((range) => ({ pool, range, ends: endsOf(range) })))
    .sort((a, b) => Number(a.ends.first > b.ends.first) - Number(a.ends.first < b.ends.first));
  const found = new Map<IPAddressPool, Problem>();
  let widest: (typeof ranges)[number] | undefined;
  for (const one of ranges) {
    if (widest && one.ends.first <= widest.ends.last && !found.has(one.pool)) {
      const detail = `CIDR "${rangeText(one.range)}" in pool "${one.pool.name}" overlaps with already defined CIDR "${rangeText(widest.range)}"`;
      found.set(one.pool, poolProblem(one.pool, detail));
    }
    if (widest === undefined || one.ends.last > widest.ends.last) widest = one;
  }
  return [...found.values()];
}

/** As numbers that no address of the other family falls between. */
function endsOf({ first, last }: AddressRange): { readonly first: bigint; readonly last: bigint } {
  const offset = ipFamily(first) === 'IPv4' ? 0n : 1n << 32n;
  return { first: addressNumber(first) + offset, last: addressNumber(last) + offset };
}

function rangeText({ first, last }: AddressRange): string {
  return first === last ? first : `${first}-${last}`;
}

function poolProblem(pool: IPAddressPool, fault: string): Problem {
  return objectProblem('warning', 'METALLB_POOL', pool, fault);
}
