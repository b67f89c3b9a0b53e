import { Rcode, rcodeName } from '../../dns/codes.ts';
import { wireFromText } from '../../dns/name.ts';
import { searchedNames } from '../../explain/search-list.ts';
import { replyFault } from '../query/dns-client.ts';
import { readRcode, replySections } from '../query/reply-sections.ts';
import type { Asker, AskerReply } from './asker.ts';
import { answerText, type Expectation, NOERROR } from './expectation.ts';

const REFUSED = rcodeName(Rcode.REFUSED);

/** What came for a question. */
interface Got {
  /** The name that was asked for, of those that a search list leads to. */
  readonly name: string;
  readonly rcode: string;
  /** As `answerText` has them, sorted. */
  readonly answers: readonly string[];
  /** Of each of them, without repetitions; seconds. */
  readonly ttls: readonly number[];
  /** It is what upstreams would be asked, and were not. */
  readonly isNotAsked: boolean;
}

/** An expectation, and what came of it; a fault when no reply came that could be read. */
export interface Judged {
  readonly expectation: Expectation;
  readonly outcome: 'met' | 'differs' | 'not asked';
  readonly got: Got | { readonly fault: string };
  /** All that was asked for it took so long, ms. */
  readonly ms: number;
}

/** Asks what is expected, as a resolver with its search list would, and compares. */
export async function judge(expectation: Expectation, asker: Asker): Promise<Judged> {
  const { name, search } = expectation;
  const found: Got[] = [];
  let ms = 0;
  for (const one of searchedNames(name, search)) {
    try {
      const reply = await asker.ask(wireFromText(one), expectation.type);
      ms += reply.ms;
      found.push(gotOf(one, expectation.type, reply));
    } catch (error) {
      return { expectation, outcome: 'differs', got: { fault: replyFault(error) }, ms };
    }
    if (hasData(found.at(-1) as Got)) break;
  }
  const last = found.at(-1) as Got;
  const got = hasData(last) ? last : inVain(found);
  return { expectation, outcome: outcomeOf(expectation, got), got, ms };
}

function gotOf(name: string, type: number, reply: AskerReply): Got {
  const { bytes, questionEnd, isNotAsked = false } = reply;
  const [answer] = replySections(bytes, questionEnd);
  return {
    name,
    rcode: rcodeName(readRcode(bytes, questionEnd)),
    answers: [...new Set((answer ?? []).map((record) => answerText(record, type)))].sort(),
    ttls: [...new Set((answer ?? []).map(({ ttl }) => ttl))],
    isNotAsked,
  };
}

/**
 * What a search without a find comes to: as with glibc, that there is a name without data, else
 * what the last name came to. Names outside may be refused where nothing is forwarded.
 */
function inVain(found: readonly Got[]): Got {
  const answered = found.filter(({ rcode }) => rcode !== REFUSED);
  return found.find(({ rcode }) => rcode === NOERROR) ?? answered.at(-1) ?? (found.at(-1) as Got);
}

function hasData({ rcode, answers }: Got): boolean {
  return rcode === NOERROR && answers.length > 0;
}

function outcomeOf(expectation: Expectation, got: Got): Judged['outcome'] {
  if (got.isNotAsked) return 'not asked';
  return isMet(expectation, got) ? 'met' : 'differs';
}

function isMet({ rcode, answers, ttl }: Expectation, got: Got): boolean {
  if (got.rcode !== rcode) return false;
  if (ttl !== undefined && got.ttls.some((one) => one !== ttl)) return false;
  if (answers === undefined) return true;
  return [...new Set(answers)].sort().join('\n') === got.answers.join('\n');
}
