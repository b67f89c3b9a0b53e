import { CORE_SCHEMA, load, YAMLException } from 'js-yaml';
import { addressRange } from '../../kube/address-range.ts';
import type { ConfigMap, IPAddressPool } from '../../kube/objects.ts';
import { objectProblem, type Problem } from '../../kube/problem.ts';
import { member } from '../../kube/schema/json-type.ts';

/** Most pools of one configuration, and ranges of one pool. */
const MAX_ITEMS = 1_000;
const MAX_DEPTH = 20;
const MAX_ALIASES = 100;

/** What an old MetalLB configuration contains. */
export interface MetallbConfig {
  readonly pools: readonly IPAddressPool[];
  readonly problems: readonly Problem[];
}

/**
 * Reads the `address-pools` that MetalLB before 0.13 had in a ConfigMap, as the IPAddressPools that
 * took their place (metallb.universe.tf, "Backward compatibility").
 */
export function metallbConfig(map: ConfigMap): MetallbConfig {
  const problems: Problem[] = [];
  const complain = (what: string) => {
    problems.push(objectProblem('error', 'METALLB_CONFIG', map, `data.config: ${what}`));
  };
  const pools = entriesOf(map.config, complain).flatMap(
    (entry, at) => poolOf(entry, `address-pools[${at}]`, map, complain) ?? [],
  );
  return { pools, problems };
}

function entriesOf(text: string, complain: (what: string) => void): readonly unknown[] {
  try {
    // An empty text is no document, and an exception to js-yaml.
    const options = { schema: CORE_SCHEMA, maxDepth: MAX_DEPTH, maxAliases: MAX_ALIASES };
    const value = text.trim() === '' ? undefined : load(text, options);
    const entries = member(value, 'address-pools');
    if (!Array.isArray(entries)) complain('expected a list under address-pools');
    return listOf(entries);
  } catch (error) {
    // js-yaml's documentation says to catch every exception, not only its own.
    const isOwn = error instanceof YAMLException;
    const place = isOwn && error.mark ? ` at line ${error.mark.line + 1} of the text` : '';
    complain(`cannot be read as YAML${place}: ${isOwn ? error.reason : error}`);
    return [];
  }
}

function poolOf(
  entry: unknown,
  place: string,
  map: ConfigMap,
  complain: (what: string) => void,
): IPAddressPool | undefined {
  const name = member(entry, 'name');
  if (typeof name !== 'string' || name === '') {
    complain(`${place}: missing pool name`);
    return undefined;
  }
  const addresses = listOf(member(entry, 'addresses'));
  if (addresses.length === 0) {
    complain(`${place}: pool ${JSON.stringify(name)} has no prefixes defined`);
  }
  const ranges = addresses.flatMap((item, at) => {
    const range = addressRange(String(item));
    if (!('fault' in range)) return [range];
    complain(`${place}.addresses[${at}]: ${range.fault}`);
    return [];
  });
  return {
    kind: 'IPAddressPool',
    namespace: map.namespace,
    name,
    labels: new Map(),
    origin: map.origin,
    madeOf: map,
    ranges,
    autoAssign: member(entry, 'auto-assign') !== false,
    avoidBuggyIPs: member(entry, 'avoid-buggy-ips') === true,
    allocation: undefined,
  };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, MAX_ITEMS) : [];
}
