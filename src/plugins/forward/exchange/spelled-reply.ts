import type { ResourceRecord, WireName } from '../../../dns/record.ts';
import type { Relevant } from './relevant.ts';
import { respelled } from './spelling.ts';

/** Spellings of one name kept apart; clients with others get the first client's. */
const MAX_SPELLINGS = 16;

/**
 * An upstream's reply in the letters of each client that asked for it. Clients with the same
 * letters share it: thousands may wait for thousands of records.
 */
export class SpelledReply {
  readonly #reply: Relevant;
  readonly #sentName: WireName;
  readonly #bySpelling = new Map<WireName, Relevant>();

  constructor(reply: Relevant, sentName: WireName) {
    this.#reply = reply;
    this.#sentName = sentName;
  }

  in(name: WireName): Relevant {
    const known = this.#bySpelling.get(name);
    if (known !== undefined) return known;
    const [first] = this.#bySpelling.values();
    if (first !== undefined && this.#bySpelling.size >= MAX_SPELLINGS) return first;
    const spell = (records: readonly ResourceRecord[]) =>
      records.map((record) => respelled(record, this.#sentName, name));
    const { answer, authority, additional } = this.#reply;
    const reply = {
      ...this.#reply,
      answer: spell(answer),
      authority: spell(authority),
      additional: spell(additional),
    };
    this.#bySpelling.set(name, reply);
    return reply;
  }
}
