import type { Origin } from '../../../kube/objects.ts';
import type { Problem } from '../../../kube/problem.ts';
import { type Fault, faultProblem, quoted } from './fault.ts';
import type { Typo } from './typos.ts';

/** Typos reported of one document; who fixes these sees the next ones. */
const MAX_REPORTED = 20;

/**
 * The errors of a document that is not YAML: each of its typos, where the parser stops at the
 * first; and the parser's own fault, unless a typo is the reason for it.
 */
export function syntaxErrors(
  fault: Fault,
  typos: readonly Typo[],
  originAt: (offset: number) => Origin,
): Problem[] {
  const errors = typoErrors(typos, originAt);
  const line = originAt(fault.offset).line;
  if (typos.some(({ isHarmful, offset }) => isHarmful && originAt(offset).line <= line))
    return errors;
  const at = errors.findIndex(({ origin }) => origin.line > line);
  return errors.toSpliced(at < 0 ? errors.length : at, 0, faultProblem(fault, originAt));
}

/** An error for each typo, with what kubectl says about it. */
function typoErrors(typos: readonly Typo[], originAt: (offset: number) => Origin): Problem[] {
  return typos.slice(0, MAX_REPORTED).map((typo) => {
    const origin = originAt(typo.offset);
    const kubectl = typo.kubectl === '' ? '' : ` (kubectl: ${typo.kubectl})`;
    const found = foundText(typo, origin.line, originAt(typo.last).line);
    const message = `Cannot read this document: found ${found}${kubectl}`;
    return { severity: 'error', code: 'MANIFEST_SYNTAX', message, origin };
  });
}

/** Warnings of lines that are no mistake to YAML 1.2, and are one to kubectl. */
export function tabWarnings(
  typos: readonly Typo[],
  originAt: (offset: number) => Origin,
): Problem[] {
  return typos.slice(0, MAX_REPORTED).map((typo) => {
    const origin = originAt(typo.offset);
    const found = foundText(typo, origin.line, originAt(typo.last).line);
    const message = `found ${found}: passed over, but kubectl refuses the document (${typo.kubectl})`;
    return { severity: 'warning', code: 'MANIFEST_TAB', message, origin };
  });
}

function foundText({ kind, key }: Typo, first: number, last: number): string {
  if (kind === 'no space') return `no space after ${quoted(key)}, expected one`;
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
