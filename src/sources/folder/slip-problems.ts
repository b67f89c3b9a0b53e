import type { Origin } from '../../kube/objects.ts';
import type { Problem } from '../../kube/problem.ts';
import { quoted } from './fault.ts';
import type { Slip } from './slips.ts';

/** Slips told of one document; who mends these sees the next ones. */
const MAX_TOLD = 20;

/** A line for each slip of a document that is not YAML, with what kubectl says about it. */
export function slipErrors(
  slips: readonly Slip[],
  originAt: (offset: number) => Origin,
): Problem[] {
  return slips.slice(0, MAX_TOLD).map((slip) => {
    const origin = originAt(slip.offset);
    const kubectl = slip.kubectl === '' ? '' : ` (kubectl: ${slip.kubectl})`;
    const found = foundText(slip, origin.line, originAt(slip.last).line);
    const message = `Cannot read this document: found ${found}${kubectl}`;
    return { severity: 'error', code: 'MANIFEST_SYNTAX', message, origin };
  });
}

/** Warnings of lines that are no mistake to YAML 1.2, and are one to kubectl. */
export function tabWarnings(
  slips: readonly Slip[],
  originAt: (offset: number) => Origin,
): Problem[] {
  return slips.slice(0, MAX_TOLD).map((slip) => {
    const origin = originAt(slip.offset);
    const found = foundText(slip, origin.line, originAt(slip.last).line);
    const message = `found ${found}: passed over, but kubectl refuses the document (${slip.kubectl})`;
    return { severity: 'warning', code: 'MANIFEST_TAB', message, origin };
  });
}

function foundText({ kind, key }: Slip, first: number, last: number): string {
  if (kind === 'glued') return `no space after ${quoted(key)}, expected one`;
  const isOne = first === last;
  if (kind === 'tab lines') {
    const lines = isOne ? 'a line' : `lines ${first} to ${last},`;
    return `a tab on ${lines} without content`;
  }
  const lines = isOne
    ? 'a tab in the indentation'
    : `tabs in the indentation of lines ${first} to ${last}`;
  return `${lines}, expected spaces`;
}
