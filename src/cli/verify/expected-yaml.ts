import { didYouMean } from '../../corefile/problems.ts';
import { Type, typeCode } from '../../dns/codes.ts';
import { MAX_TTL } from '../../dns/record.ts';
import { searchDomains } from '../../explain/search-list.ts';
import type { Document, Path } from '../../kube/document.ts';
import type { Origin } from '../../kube/objects.ts';
import { isMapping } from '../../kube/schema/json-type.ts';
import { quote } from '../../kube/schema/report.ts';
import {
  type Expectation,
  ExpectationError,
  NOERROR,
  RCODES,
  writtenAnswer,
  writtenName,
} from './expectation.ts';

/** Told what is wrong with a file, and where. */
export type ReportFault = (message: string, origin: Origin) => void;

/** The members of an entry, in the order in which a message lists them. */
const MEMBERS = ['name', 'type', 'rcode', 'answers', 'ttl', 'from', 'search'] as const;

type Member = (typeof MEMBERS)[number];

/** Most domains of a search list: glibc 2.26 and later take any number, which nobody needs. */
const MAX_SEARCH = 32;

/**
 * The expectations of a YAML document: a list of mappings. What cannot be read is reported and left
 * out. `zone` is the cluster's domain, for `from`.
 */
export function expectationsOfYaml(
  document: Document,
  zone: string,
  report: ReportFault,
): Expectation[] {
  const { value } = document;
  if (!Array.isArray(value)) {
    report(`Found ${kindOf(value)}, expected a list of questions: - name: …`, document.origin);
    return [];
  }
  return value.flatMap((_, index) => {
    const entry = new Entry(document, index, report);
    return entry.expectation(zone) ?? [];
  });
}

/** One entry of the list. */
class Entry {
  readonly #document: Document;
  readonly #index: number;
  readonly #value: unknown;
  readonly #report: ReportFault;
  #isWrong = false;

  constructor(document: Document, index: number, report: ReportFault) {
    this.#document = document;
    this.#index = index;
    this.#value = (document.value as readonly unknown[])[index];
    this.#report = report;
  }

  expectation(zone: string): Expectation | undefined {
    if (!isMapping(this.#value)) {
      this.#fault(`Found ${kindOf(this.#value)}, expected a mapping with a name`, []);
      return undefined;
    }
    this.#unknownMembers(this.#value);
    const name = this.#name();
    const type = this.#type();
    const answers = this.#answers(type);
    const expectation = {
      origin: this.#document.locate([this.#index, 'name']),
      name: name ?? '',
      type,
      search: this.#search(zone),
      rcode: this.#rcode(),
      answers,
      ttl: this.#ttl(),
    };
    return this.#isWrong ? undefined : expectation;
  }

  #unknownMembers(value: object): void {
    for (const key of Object.keys(value)) {
      if (MEMBERS.some((member) => member === key)) continue;
      const meant = didYouMean(key, MEMBERS) || `: expected ${MEMBERS.join(', ')}`;
      this.#isWrong = true;
      this.#report(
        `Unknown key ${quote(key)}${meant}`,
        this.#document.locateKey(this.#path([key])),
      );
    }
  }

  #name(): string | undefined {
    const text = this.#text('name');
    if (text === '' || (text === undefined && this.#get('name') === undefined)) {
      this.#fault('Found no name, expected the name to ask for', ['name']);
    }
    return text === undefined ? undefined : this.#checked(['name'], () => writtenName(text));
  }

  #type(): number {
    const text = this.#text('type');
    const code = text === undefined ? Type.A : typeCode(text);
    if (code !== undefined) return code;
    const hint = didYouMean((text ?? '').toUpperCase(), Object.keys(Type));
    this.#fault(`Unknown type ${quote(text)}${hint || ': expected A, SRV, TYPE65 …'}`, ['type']);
    return Type.A;
  }

  /** An entry without answers is about the rcode alone. */
  #rcode(): string {
    const text = this.#text('rcode');
    if (text === undefined) {
      const isEmpty = ['rcode', 'answers'].every((member) => this.#get(member) === undefined);
      if (isEmpty) this.#fault('Found neither rcode nor answers, expected one of them', []);
      return NOERROR;
    }
    if (RCODES.includes(text)) return text;
    const hint =
      text === 'NODATA'
        ? ': expected answers: [], which is NOERROR without a record'
        : didYouMean(text.toUpperCase(), RCODES) || `: expected ${RCODES.join(', ')}`;
    this.#fault(`Unknown rcode ${quote(text)}${hint}`, ['rcode']);
    return NOERROR;
  }

  #answers(type: number): string[] | undefined {
    const value = this.#get('answers');
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) {
      this.#fault(`Found ${kindOf(value)}, expected a list of answers`, ['answers']);
      return undefined;
    }
    return value.flatMap((item: unknown, index) => {
      const path = ['answers', index] as const;
      if (typeof item === 'string')
        return this.#checked(path, () => writtenAnswer(item, type)) ?? [];
      this.#fault(`Found ${kindOf(item)}, expected the text of an answer, in quotes`, path);
      return [];
    });
  }

  #ttl(): number | undefined {
    const value = this.#get('ttl');
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_TTL) {
      return value;
    }
    this.#fault(`Found ${kindOf(value)}, expected a TTL in seconds`, ['ttl']);
    return undefined;
  }

  #search(zone: string): readonly string[] {
    const value = this.#get('search');
    const from = this.#text('from');
    if (value === undefined) {
      const list = from === undefined ? [] : searchDomains(from, zone);
      return list.flatMap((domain) => this.#checked(['from'], () => writtenName(domain)) ?? []);
    }
    if (from !== undefined) {
      this.#fault('Found both from and search, expected one of them', ['search']);
    }
    if (!Array.isArray(value) || value.length > MAX_SEARCH) {
      const what = Array.isArray(value) ? `${value.length} domains` : kindOf(value);
      this.#fault(`Found ${what}, expected a list of at most ${MAX_SEARCH} domains`, ['search']);
      return [];
    }
    return value.flatMap((item: unknown, index) => {
      const path = ['search', index] as const;
      if (typeof item === 'string') return this.#checked(path, () => writtenName(item)) ?? [];
      this.#fault(`Found ${kindOf(item)}, expected a domain`, path);
      return [];
    });
  }

  #get(member: string): unknown {
    const value = this.#value;
    if (!isMapping(value) || !Object.hasOwn(value, member)) return undefined;
    return value[member] ?? undefined;
  }

  #text(member: Member): string | undefined {
    const value = this.#get(member);
    if (value === undefined || typeof value === 'string') return value;
    this.#fault(`Found ${kindOf(value)}, expected text`, [member]);
    return undefined;
  }

  #checked<T>(path: Path, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ExpectationError)) throw error;
      this.#fault(error.message, path);
      return undefined;
    }
  }

  #fault(message: string, path: Path): void {
    this.#isWrong = true;
    this.#report(message, this.#document.locate(this.#path(path)));
  }

  #path(path: Path): Path {
    return [this.#index, ...path];
  }
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (isMapping(value)) return 'a mapping';
  return value === null || value === undefined ? 'nothing' : quote(value);
}
