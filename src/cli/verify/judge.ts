import { Rcode, rcodeName } from '../../dns/codes.ts';
import { FormatError } from '../../dns/message.ts';
import { wireFromText } from '../../dns/name.ts';
import { searchedNames } from '../../explain/search-list.ts';
import { NoReplyError } from '../query/dns-client.ts';
import { readRcode, replySections } from '../query/reply-sections.ts';
import type { Asker } from './asker.ts';
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
}

/** An expectation, and what came of it; a fault when no reply came that could be read. */
export interface Judged {
  readonly expectation: Expectation;
  readonly isMet: boolean;
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
      found.push(gotOf(one, expectation.type, reply.bytes, reply.questionEnd));
    } catch (error) {
      if (!(error instanceof NoReplyError || error instanceof FormatError)) throw error;
      const fault =
        error instanceof FormatError ? `malformed reply: ${error.message}` : error.message;
      return { expectation, isMet: false, got: { fault }, ms };
    }
    if (hasData(found.at(-1) as Got)) break;
  }
  const last = found.at(-1) as Got;
  const got = hasData(last) ? last : inVain(found);
  return { expectation, isMet: isMet(expectation, got), got, ms };
}

function gotOf(name: string, type: number, bytes: Buffer, questionEnd: number): Got {
  const [answer] = replySections(bytes, questionEnd);
  return {
    name,
    rcode: rcodeName(readRcode(bytes, questionEnd)),
    answers: [...new Set((answer ?? []).map((record) => answerText(record, type)))].sort(),
    ttls: [...new Set((answer ?? []).map(({ ttl }) => ttl))],
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

function isMet({ rcode, answers, ttl }: Expectation, got: Got): boolean {
  if (got.rcode !== rcode) return false;
  if (ttl !== undefined && got.ttls.some((one) => one !== ttl)) return false;
  if (answers === undefined) return true;
  return [...new Set(answers)].sort().join('\n') === got.answers.join('\n');
}
