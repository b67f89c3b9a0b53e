import { didYouMean, quoted } from '../../corefile/problems.ts';
import { Type, typeCode, typeName } from '../../dns/codes.ts';
import { keyOfWire, textOf } from '../../dns/name.ts';
import type { ResourceRecord } from '../../dns/record.ts';
import { parseRecordText } from '../../dns/rr-text.ts';
import { recordWords } from '../../dns/rr-words.ts';
import type { Origin } from '../../kube/objects.ts';
import {
  answerText,
  type Expectation,
  ExpectationError,
  NOERROR,
  RCODES,
  writtenName,
} from './expectation.ts';
import type { ReportFault } from './expected-yaml.ts';

/** Not an rcode, but what everybody calls NOERROR without an answer (RFC 2308 section 2.2). */
const NODATA = 'NODATA';

/** An expectation that further lines add to. */
interface Open extends Expectation {
  readonly answers: string[];
}

/**
 * The expectations of a text in dig's form: a record a line, of which those with one name and type
 * are one answer, and `;; NXDOMAIN name TYPE` or `;; NODATA name TYPE` for names without. Whole
 * replies of dig may stand there too. What cannot be read is reported and left out.
 */
export function expectationsOfText(
  text: string,
  file: string,
  report: ReportFault,
): readonly Expectation[] {
  const reader = new TextReader(report);
  for (const [index, line] of text.split(/\r?\n|\r/).entries()) {
    const column = line.length - line.trimStart().length + 1;
    reader.line(line.trim(), { file, document: 0, line: index + 1, column });
  }
  return reader.found;
}

class TextReader {
  readonly found: Expectation[] = [];
  readonly #report: ReportFault;
  /** Answers of lines that stand by themselves, by name and type. */
  readonly #byQuestion = new Map<string, Open>();
  /** The rcode of a pasted reply whose question has not come yet. */
  #status: string | undefined;
  /** The question of a pasted reply, to which the records of its answer section belong. */
  #pasted: Open | undefined;
  /** Whether this section is open. */
  #isAnswer = false;
  /** What is not compared: the other sections of a pasted reply. */
  #isSkipped = false;

  constructor(report: ReportFault) {
    this.#report = report;
  }

  line(line: string, origin: Origin): void {
    if (line === '' || line.startsWith(';')) this.#isAnswer = false;
    if (line === '') {
      this.#isSkipped = false;
      return;
    }
    try {
      if (line.startsWith(';')) this.#comment(line, origin);
      else if (!this.#isSkipped) this.#record(line, origin);
    } catch (error) {
      if (!(error instanceof ExpectationError)) throw error;
      this.#report(error.message, origin);
    }
  }

  #comment(line: string, origin: Origin): void {
    const status = /^;; ->>HEADER<<-.* status: (\w+)/.exec(line)?.[1];
    if (status !== undefined) {
      this.#status = status;
      this.#pasted = undefined;
      return;
    }
    const section = /^;; ([A-Z]+) SECTION:/.exec(line)?.[1];
    if (section !== undefined) {
      this.#isAnswer = section === 'ANSWER';
      this.#isSkipped = section === 'AUTHORITY' || section === 'ADDITIONAL';
      return;
    }
    const [, asked, type] = /^;(\S+)\s+IN\s+(\S+)$/.exec(line) ?? [];
    if (this.#status !== undefined && asked !== undefined) {
      this.#pasted = this.#opened(asked, type, this.#status, origin);
      this.found.push(this.#pasted);
      this.#status = undefined;
      return;
    }
    // A line of dig's, or words for the reader, unless it says what it says in capitals.
    const [word = '', name, last, ...more] = line.replace(/^;+\s*/, '').split(/\s+/);
    if (!line.startsWith(';; ') || !/^[A-Z]+$/.test(word) || line.includes(':')) return;
    const isKnown = word === NODATA || RCODES.includes(word);
    if (!isKnown) {
      const hint = didYouMean(word, [NODATA, ...RCODES]) || `: expected ${NODATA} or an rcode`;
      throw new ExpectationError(`Unknown rcode ${quoted(word)}${hint}`);
    }
    if (name === undefined || more.length > 0) {
      throw new ExpectationError(
        `Expected a name and a type behind ${word}, found ${quoted(line)}`,
      );
    }
    const rcode = word === NODATA ? NOERROR : word;
    const open = this.#opened(name, last, rcode, origin);
    this.found.push(word === NODATA ? open : { ...open, answers: undefined });
  }

  #opened(name: string, type: string | undefined, rcode: string, origin: Origin): Open {
    const code = type === undefined ? Type.A : typeCode(type);
    if (code === undefined) throw new ExpectationError(`Unknown type ${quoted(type ?? '')}`);
    const absolute = name.endsWith('.') ? name : `${name}.`;
    const search: string[] = [];
    const answers: string[] = [];
    return {
      origin,
      name: writtenName(absolute),
      type: code,
      search,
      rcode,
      answers,
      ttl: undefined,
    };
  }

  #record(line: string, origin: Origin): void {
    const read = parseRecordText(line);
    if (read.record === undefined)
      throw new ExpectationError(`Cannot read a record: ${read.fault}`);
    const { record } = read;
    if (this.#isAnswer && this.#pasted !== undefined) {
      this.#pasted.answers.push(answerText(record, this.#pasted.type));
      return;
    }
    const ttl = hasTtl(line) ? record.ttl : undefined;
    const open = this.#openedFor(record, ttl, origin);
    if (open.ttl !== ttl) {
      const [had, has] = [open.ttl, ttl].map((seconds) => seconds ?? 'none');
      throw new ExpectationError(
        `Found TTL ${has}, expected ${had} as in line ${open.origin.line}: records of one answer have one (RFC 2181 section 5.2)`,
      );
    }
    open.answers.push(answerText(record, record.type));
  }

  #openedFor(record: ResourceRecord, ttl: number | undefined, origin: Origin): Open {
    const name = textOf(keyOfWire(record.owner));
    const key = `${name} ${record.type}`;
    const known = this.#byQuestion.get(key);
    if (known !== undefined) return known;
    const open = { ...this.#opened(name, typeName(record.type), NOERROR, origin), ttl };
    this.#byQuestion.set(key, open);
    this.found.push(open);
    return open;
  }
}

/** NAME [TTL] [CLASS] TYPE, or with TTL and class the other way round. */
function hasTtl(line: string): boolean {
  const [, ...words] = recordWords(line);
  for (const { text } of words.slice(0, 2)) {
    if (/^\d/.test(text)) return true;
    if (typeCode(text) !== undefined) return false;
  }
  return false;
}
