import type { ModelAnswer } from './model.ts';

/** The parts of a reply that the model speaks about. */
export interface ComparableReply {
  readonly rcode: string;
  readonly answer: readonly string[];
  readonly authority: readonly string[];
  readonly additional: readonly string[];
}

/**
 * A reply made fit for `toEqual`: sections sorted, names in lower case, SOA serials `*`.
 * Duplicates stay, because a server must not send them.
 */
export function comparable(reply: ComparableReply): ComparableReply {
  const { rcode, answer, authority, additional } = reply;
  return {
    rcode,
    answer: section(answer),
    authority: section(authority),
    additional: section(additional),
  };
}

/**
 * The expected reply in the same form: of several right ones, the one that came, so that
 * `expect(comparable(reply)).toEqual(expectedFor(reply, answer))` shows a useful difference.
 */
export function expectedFor(reply: ComparableReply, expected: ModelAnswer): ComparableReply {
  const came = JSON.stringify(comparable(reply));
  const choices = [expected, ...(expected.alternatives ?? [])].map(comparable);
  return choices.find((choice) => JSON.stringify(choice) === came) ?? comparable(expected);
}

function section(lines: readonly string[]): string[] {
  return lines.map(comparableLine).sort();
}

/** Case is folded outside quotes only: TXT data is bytes. */
function comparableLine(line: string): string {
  return line
    .replace(/"(?:\\.|[^"\\])*"|[A-Z]+/gs, (part) => (part[0] === '"' ? part : part.toLowerCase()))
    .replace(/^(\S+ \d+ in soa \S+ \S+) \S+/, '$1 *');
}
