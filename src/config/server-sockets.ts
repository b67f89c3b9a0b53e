import { directivesNamed } from '../corefile/parse.ts';
import type { ProblemList } from '../corefile/problems.ts';
import { serverKeyText } from '../corefile/server-key.ts';
import type { Origin } from '../kube/objects.ts';
import type { BoundBlock } from '../plugins/bind.ts';
import { plugin as viewPlugin } from '../plugins/view/index.ts';

/**
 * Finds zones that two server blocks claim on the same socket. Blocks with a `view` share zones on
 * purpose.
 */
export function checkOverlaps(
  blocks: readonly BoundBlock[],
  defaultPort: number,
  problems: ProblemList,
): void {
  const claims = new Map<string, Claim[]>();
  for (const { block, bound } of blocks) {
    const hasView = directivesNamed(block, viewPlugin.directive).length > 0;
    for (const key of block.keys) {
      const text = serverKeyText(key, defaultPort);
      const earlier = claims.get(text) ?? [];
      claims.set(text, earlier);
      const rival = hasView ? undefined : earlier.find((claim) => overlap(claim.bound, bound));
      if (rival !== undefined)
        problems.error('COREFILE_ZONE', refusal(rival, bound, text), key.origin);
      if (!hasView) earlier.push({ bound, origin: key.origin });
    }
  }
}

interface Claim {
  readonly bound: readonly string[] | undefined;
  readonly origin: Origin;
}

function overlap(a: Claim['bound'], b: Claim['bound']): boolean {
  return a === undefined || b === undefined || a.some((address) => b.includes(address));
}

function refusal(rival: Claim, bound: Claim['bound'], text: string): string {
  const place = `${rival.origin.file}:${rival.origin.line}`;
  if ((rival.bound === undefined) === (bound === undefined)) {
    return `cannot serve ${text} - it is already defined at ${place}`;
  }
  return `cannot serve ${text} - zone overlap listener capacity with ${place}: expected 'bind' in both server blocks or in neither`;
}
