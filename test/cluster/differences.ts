import { type Difference, knownRow } from '../../src/cli/verify/known-differences.ts';
import type { Reply } from '../helpers/reply.ts';
import { digText } from './asker.ts';

/** A difference with the whole replies. */
export interface FoundDifference extends Difference {
  readonly coredns: Reply;
  readonly svcdns: Reply;
}

/** Rows about messages that are too large: whoever asks again over TCP sees no difference. */
export const TRUNCATION_ROWS = ['truncation', 'TC when only additional records were left out'];

/** The differences that are in no row: the question, and what each server says. */
export function unexplained(found: readonly FoundDifference[]): string[] {
  return found
    .filter((one) => knownRow(one) === undefined)
    .map(({ question: { name, type }, coredns, svcdns }) => {
      const replies = `CoreDNS:\n${digText(coredns)}\nsvcdns:\n${digText(svcdns)}`;
      return `dig ${name} ${type}\n${replies}\n`;
    });
}
